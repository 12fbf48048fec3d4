"""The published tables: what a row says, when it is written, and when there is something to tell."""

from shared.core.row.build import content
from shared.core.row.events import event_rows
from shared.core.row.ocsf import detection_finding
from shared.core.row.publish import Context, Decision, Notify, decide

__all__ = ["Context", "Decision", "Notify", "content", "decide", "detection_finding", "event_rows"]
