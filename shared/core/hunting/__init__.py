"""Room 5: what to ask advanced hunting on behalf of alerts, and what becomes of the answers.

In: alerts that want telemetry. Out: queries in KQL, few for many alerts, and after the answers a `Finding`
for each alert.
"""

from typing import TYPE_CHECKING

from shared import on_demand
from shared.core.correlate import HuntPolicy

if TYPE_CHECKING:
    from shared.core.hunting import bulk_queries, kql, questions
    from shared.core.hunting.audit import AUDIT_QUERY, audit_query, hunted_alerts
    from shared.core.hunting.case import Answer, Case, Query
    from shared.core.hunting.gaps import (
        Gap,
        gaps_in,
        gaps_named,
        is_nobodys_fault,
        whose_column_query,
        without_gaps,
        without_whole,
    )
    from shared.core.hunting.hunt import Hunt, start
    from shared.core.hunting.spread import (
        SPREAD_QUERY,
        TIMESPAN,
        devices_by_key,
        prevalence_text,
        spread_query,
    )
    from shared.core.hunting.tenant import Tenant
else:
    __getattr__ = on_demand.names(__name__)
