"""Room 6, before what is concluded: what a row of telemetry shows, by rules that are data.

In: the compiled file of the Sigma rules in `detections/`, and rows. Out: which rules each row meets, what was
excused, and what could not be looked at whole. Nothing is read when this is imported.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.detections.decode import decoded
    from shared.core.detections.explaining import Explained, Explainer
    from shared.core.detections.judging import Detections, Row
    from shared.core.detections.loading import load
    from shared.core.detections.rules import STRONG, Rule
else:
    __getattr__ = on_demand.names(__name__)
