"""FetchAlerts: send again what waits, ask for new versions, put them into the ledger; hourly the audit."""

from shared.pipeline.fetch.admission import Fetched, admit_page, read_page
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.fetch.tenants import TenantFetches

__all__ = [
    "Fetched",
    "TenantFetches",
    "admit_page",
    "fetch_alerts",
    "read_page",
]
