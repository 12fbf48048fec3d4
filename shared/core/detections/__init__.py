"""Room 6, before what is concluded: what a row of telemetry shows, by rules that are data.

In: the compiled file of the Sigma rules in `detections/`, and rows. Out: which rules each row meets, what was
excused, and what could not be looked at whole. Nothing is read when this is imported.
"""

from contextlib import AbstractContextManager

from shared.core.detections.decode import Decoded, decoded
from shared.core.detections.explaining import Explained, Part, explain
from shared.core.detections.judging import Detections, Excused, Hit, Judged, Row
from shared.core.detections.rules import STRONG, Rule, read

__all__ = [
    "STRONG",
    "Decoded",
    "Detections",
    "Excused",
    "Explained",
    "Hit",
    "Judged",
    "Part",
    "Row",
    "Rule",
    "decoded",
    "explain",
    "load",
]


def load(*compiled: bytes, lock: AbstractContextManager[object] | None = None) -> Detections:
    """The rules of these compiled files, ready to judge. Raises ConfigError for one that cannot be read.

    `lock` is what threads that judge by them at the same time share.
    """
    return Detections([read(file) for file in compiled], lock)
