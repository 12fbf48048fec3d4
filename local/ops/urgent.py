"""The alerts that are to be looked at first, as `ops status` tells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from local.ops.target import Target

LAST = 2  # priorities 1 (now) and 2 (today)
_NAMED = 3
_WORDS = {1: "now", 2: "today"}
_COLUMNS = ("AlertId", "Priority", "PriorityReason", "CreatedTime")


@dataclass(frozen=True, slots=True, order=True)
class Urgent:
    """One open alert; sorts the one to look at first to the front."""

    priority: int
    created: dt.datetime
    alert_id: str
    reason: str


def urgent(target: Target, days: int, now: dt.datetime) -> list[Urgent]:
    """The open alerts of priority 1 and 2 that were created in the last `days`, the first first."""
    first = (now - dt.timedelta(days=days)).date().isoformat()
    asked = f"PartitionKey ge '{first}' and AlertStatus eq 'Active' and Priority ge 1 and Priority le {LAST}"
    found = (row for row in target.tables.query("Alerts", asked, select=_COLUMNS))
    return sorted(
        Urgent(
            int(row["Priority"]),
            row["CreatedTime"],
            str(row["AlertId"]),
            str(row.get("PriorityReason") or ""),
        )
        for row in found
    )


def lines(found: Sequence[Urgent], days: int) -> list[str]:
    """How many there are of each priority, then the first of them with the reason."""
    counts = [
        f"{count} of priority {number} ({word})"
        for number, word in _WORDS.items()
        if (count := sum(one.priority == number for one in found))
    ]
    if not counts:
        return [f"none of priority 1 or 2 is open, of those created in the last {days} days"]
    return [
        f"{', '.join(counts)} open, of those created in the last {days} days",
        *(f"  P{one.priority} {one.alert_id}: {one.reason[:160]}" for one in found[:_NAMED]),
    ]
