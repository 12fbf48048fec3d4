"""What to ask advanced hunting on behalf of alerts, and what becomes of the answers."""

from shared.core.correlate.policy import HuntPolicy
from shared.core.hunting.case import Answer, Case, Query
from shared.core.hunting.hunt import Hunt, start

__all__ = ["Answer", "Case", "Hunt", "HuntPolicy", "Query", "start"]
