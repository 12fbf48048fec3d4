"""The stored rows, each with one owner, which alone reads, decides and writes it."""

from shared.pipeline.stored import bodies
from shared.pipeline.stored.budgeting import may_hunt
from shared.pipeline.stored.doorbell import ring
from shared.pipeline.stored.holding import Holding, LeaseLost

__all__ = [
    "Holding",
    "LeaseLost",
    "bodies",
    "may_hunt",
    "ring",
]
