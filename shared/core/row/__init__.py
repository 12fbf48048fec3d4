"""Room 7: the published tables: what a row says, when it is written, and when there is something to tell.

In: alert, look-ups, finding and conclusion. Out: the columns of `Alerts` and `AlertEvents`, each defined
once.
"""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.core.row import column, text
    from shared.core.row.build import content
    from shared.core.row.column import Definition, Kind, Role
    from shared.core.row.decision import Context, Decision, Notify, decide
    from shared.core.row.definition import COLUMNS, EVENT_COLUMNS, GROUPS, VOLATILE
    from shared.core.row.events import event_rows
    from shared.core.row.incident_columns import incidents_before
    from shared.core.row.known_before import with_alert_of, with_other_source
    from shared.core.row.redacting import columns_without_secrets, event_without_secrets
else:
    __getattr__ = on_demand.names(__name__)
