"""Room 7, over the rows: one row of `Incidents` for each, made of the published rows of its alerts.

In: rows of `Alerts`. Out: the columns of `Incidents`, and when there is something to tell.
"""

from shared.core.incidents import mark
from shared.core.incidents.build import content
from shared.core.incidents.columns import GROUPS, INCIDENT_COLUMNS, INCIDENT_VOLATILE
from shared.core.incidents.decision import Decision, decide
from shared.core.incidents.mark import Mark
from shared.core.incidents.member import NEEDED, VALIDATIONS
from shared.core.incidents.state import State

__all__ = [
    "GROUPS",
    "INCIDENT_COLUMNS",
    "INCIDENT_VOLATILE",
    "NEEDED",
    "VALIDATIONS",
    "Decision",
    "Mark",
    "State",
    "content",
    "decide",
    "mark",
]
