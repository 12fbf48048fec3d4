"""Room 6, before what is concluded: what a row of telemetry shows, by rules that are data.

In: the compiled file of the Sigma rules in `detections/`, and rows. Out: which rules each row meets, what was
excused, and what could not be looked at whole. Nothing is read when this is imported.
"""

from shared.core.detections.decode import Decoded, decoded
from shared.core.detections.explaining import Explained, Part, explain
from shared.core.detections.judging import Detections, Excused, Hit, Judged, Row
from shared.core.detections.rules import Rule, read

__all__ = [
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


def load(*compiled: bytes) -> Detections:
    """The rules of these compiled files, ready to judge. Raises ConfigError for one that cannot be read."""
    return Detections([read(file) for file in compiled])
