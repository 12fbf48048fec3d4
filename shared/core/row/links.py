"""The links of a row into the portal."""

from dataclasses import replace
from urllib.parse import quote

from shared.core.alert import Alert
from shared.core.values import Portal


def of_tenant(alert: Alert, portal: Portal) -> Alert:
    """The alert with its tenant's id, and its links into that tenant."""
    if not portal.tenant_id:
        return alert
    return replace(
        alert,
        tenant_id=portal.tenant_id,
        alert_url=alert.alert_url and portal.in_tenant(alert.alert_url),
        incident_url=alert.incident_url and portal.in_tenant(alert.incident_url),
    )


def link(said: str | None, page: str, portal: Portal) -> str:
    """The API's own link if it is one, else that of the portal's page, if any; a link is followed by people,
    so only https will do."""
    if said and said.startswith("https://"):
        return said
    return portal.page(page) if page else ""


def path(part: str) -> str:
    """One segment of an address."""
    return quote(part, safe="", errors="replace")
