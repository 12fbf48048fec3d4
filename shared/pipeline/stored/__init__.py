"""The stored rows, each with one owner, which alone reads, decides and writes it."""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.pipeline.stored import (
        checkpoint,
        documents,
        due_index,
        lease,
        ledger,
        operator_rows,
        places,
        published_rows,
    )
else:
    __getattr__ = on_demand.names(__name__)
