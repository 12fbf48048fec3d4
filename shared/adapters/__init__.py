"""What the ports stand for: Defender, Graph, the tables."""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.adapters.alert_writes import DefenderWrites, GraphWrites
    from shared.adapters.defender import DefenderAlerts, DefenderDirectory
    from shared.adapters.detections import DetectionFiles, LoadedDetections
    from shared.adapters.graph import GraphAlerts
    from shared.adapters.hunting import GraphHunter
else:
    __getattr__ = on_demand.names(__name__)
