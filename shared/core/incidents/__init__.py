"""Room 7, over the rows: one row of `Incidents` for each, made of the published rows of its alerts.

In: rows of `Alerts`. Out: the columns of `Incidents`, and when there is something to tell.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.incidents import mark
    from shared.core.incidents.build import content
    from shared.core.incidents.columns import GROUPS, INCIDENT_COLUMNS, INCIDENT_VOLATILE
    from shared.core.incidents.decision import decide
    from shared.core.incidents.mark import Mark
    from shared.core.incidents.member import NEEDED, VALIDATIONS
else:
    __getattr__ = on_demand.names(__name__)
