"""The rows of `Alerts` of some days, read for a few of their columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from local.ops.target import Target
from shared.core.values import Column


def rows_since(target: Target, days: int, columns: Sequence[str]) -> Iterator[Mapping[str, Column]]:
    """Every published row of an alert created in the last `days`, oldest first, with these columns alone."""
    today = target.ports.clock.now().date()
    first, last = (today - dt.timedelta(days=days)).isoformat(), (today + dt.timedelta(days=1)).isoformat()
    asked = f"PartitionKey ge '{first}' and PartitionKey le '{last}'"
    yield from target.tables.query("Alerts", asked, select=tuple(dict.fromkeys(columns)))
