"""FetchAlerts: send again what waits, ask for new versions, put them into the ledger; hourly the audit."""

from typing import TYPE_CHECKING

from shared import on_demand

if TYPE_CHECKING:
    from shared.pipeline.fetch.admission import Fetched, admit_page, read_page
    from shared.pipeline.fetch.tenants import TenantFetches
else:
    __getattr__ = on_demand.names(__name__)
