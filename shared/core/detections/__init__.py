"""Room 6, before what is concluded: what a row of telemetry shows, by rules that are data.

In: the compiled file of the Sigma rules in `detections/`, and rows. Out: which rules each row meets, what was
excused, and what could not be looked at whole. Nothing is read when this is imported.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.detections.decode import Decoded, decoded
    from shared.core.detections.explaining import Explained, Part, explain
    from shared.core.detections.judging import Detections, Excused, Hit, Judged, Row
    from shared.core.detections.loading import load
    from shared.core.detections.rules import STRONG, Rule
else:
    __getattr__ = on_demand.names(
        __name__,
        decode="Decoded decoded",
        explaining="Explained Part explain",
        judging="Detections Excused Hit Judged Row",
        loading="load",
        rules="STRONG Rule",
    )

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
