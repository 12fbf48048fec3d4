"""Finds an alert in the ledger by its id alone."""

from __future__ import annotations

import datetime as dt

from local.ops.target import Target
from shared.core.progress import LedgerRow, State
from shared.core.values import table_keys
from shared.pipeline.ports import Ledger

MOST_DAYS = 400


def find(ledger: Ledger, alert_id: str, today: dt.date, *, days: int = MOST_DAYS) -> LedgerRow | None:
    """The alert's open row, else the newest of its history in the last `days`; None where there is neither.

    History lies under the day on which the alert was created, which an id does not tell: day after day is
    asked for, newest first. The open row is read first, since finishing writes history first.
    """
    row = ledger.open_row(alert_id)
    if row is not None:
        return row
    for back in range(-1, days + 1):  # each day is a partition, and so a request of its own in any case
        found = ledger.finished([((today - dt.timedelta(days=back)).isoformat(), alert_id)])
        if alert_id in found:
            return found[alert_id]
    return None


def set_aside_since(target: Target, first_day: str) -> list[LedgerRow]:
    """The alerts created since that day that were set aside and are not open again."""
    found = finished_since(target, first_day, f" and State eq '{State.SET_ASIDE.value}'")
    open_ids = target.ports.ledger.open_many(row.alert_id for row in found).keys()
    left = [row for row in found if row.alert_id not in open_ids]
    return sorted(left, key=lambda row: (row.severity_rank, row.created))


def finished_since(target: Target, first_day: str, only: str = "") -> list[LedgerRow]:
    """The history of the alerts created since that day; `only` narrows the filter."""
    filter_text = history_filter(target.tenant, first_day) + only
    rows = target.tables.query("AlertWork", filter_text, select=("AlertId", "Day"))
    keys = [(str(row["Day"]), str(row["AlertId"])) for row in rows]
    return list(target.ports.ledger.finished(keys).values())


def judged_since(target: Target, first_day: str) -> list[str]:
    """Ids of the alerts created since that day whose work is done and whose finding is kept."""
    only = f"{history_filter(target.tenant, first_day)} and State eq '{State.DONE.value}'"
    rows = target.tables.query("AlertWork", only, select=("AlertId", "FindingRef"))
    return sorted({str(row["AlertId"]) for row in rows if row.get("FindingRef")})


def history_filter(tenant: str, first_day: str) -> str:
    """A filter for the tenant's history from that day on; the tenant's name holds nothing to quote."""
    first, end = (
        table_keys.history_partition(tenant, first_day),
        table_keys.history_partition(tenant, "9999-12-31"),
    )
    return f"PartitionKey ge '{first}' and PartitionKey le '{end}'"
