"""The audit's one hunting query: which alerts the tenant has had, by hunting's own account."""

from collections.abc import Iterable, Mapping

from shared.core.alert import Severity, mappings
from shared.core.correlate import Cell
from shared.core.hunting import kql
from shared.core.progress import Window
from shared.core.values import Instant

AUDIT_QUERY = "audit"
MDE = "Microsoft Defender for Endpoint"


def audit_query(window: Window) -> str:
    """Ids, first times and severities of the Defender for Endpoint alerts inside the window.

    https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-alertinfo-table (read 2026-11).
    """
    return kql.lines(
        "AlertInfo",
        f"| where Timestamp {kql.between(window.start, window.end)}",
        f"| where ServiceSource == {kql.literal(MDE)}",
        "| summarize Timestamp = min(Timestamp), Severity = take_any(Severity) by AlertId",
        "| project AlertId, Timestamp, Severity",
    )


def hunted_alerts(rows: Iterable[Mapping[str, Cell]]) -> dict[str, tuple[Instant, Severity]]:
    """Alert id → (first time, severity); rows that cannot be read are passed over."""
    found: dict[str, tuple[Instant, Severity]] = {}
    for row in rows:
        alert_id, first = row.get("AlertId"), row.get("Timestamp")
        if isinstance(alert_id, str) and alert_id and isinstance(first, str):
            try:
                found[alert_id] = (Instant.parse(first), mappings.severity(str(row.get("Severity") or "")))
            except ValueError:
                continue
    return found
