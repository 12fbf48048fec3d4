"""What `ops status` prints of a source, without a stack."""

import datetime as dt
import io
from types import SimpleNamespace
from typing import cast

from local.ops import urgent
from local.ops.screen import Screen
from local.ops.status import Standing, show
from local.ops.target import Target
from local.ops.urgent import Urgent
from shared.core.progress import BudgetPolicy, Lease
from shared.core.values import Checkpoint

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def _said(**fields: object) -> str:
    out = io.StringIO()
    checkpoint = Checkpoint(last_success=NOW, **fields)  # type: ignore[arg-type]  # the test names its fields
    found = Standing(
        now=NOW, days=7, urgent=[], waits={}, is_counted_whole=True, oldest=None, done=0, set_aside={},
        checkpoints={"graph": checkpoint},
        lease=Lease(), queues=[], poison_seen=0, poison_unknown=[],
    )  # fmt: skip
    target = SimpleNamespace(
        name="stack", tenant="home", logs="", policy=SimpleNamespace(budget=BudgetPolicy())
    )
    show(Screen(out), cast("Target", target), found)
    return out.getvalue()


def test_alerts_of_other_services_are_told_where_they_were_counted() -> None:
    said = _said(others="7: microsoftDefenderForOffice365 5, microsoftDefenderForIdentity 2 in an hour")
    assert "alerts of other services, not taken: 7: microsoftDefenderForOffice365 5" in said
    assert "other services" not in _said()


def test_what_is_to_be_looked_at_first_is_counted_and_the_first_named_with_the_reason() -> None:
    later = Urgent(1, NOW, "da2", "confirmed by telemetry, severity High")
    first = Urgent(1, NOW - dt.timedelta(hours=1), "da1", "confirmed by telemetry, severity High")
    others = [Urgent(2, NOW, f"da{number}", "likely") for number in range(3, 6)]
    said = urgent.lines(sorted([*others, later, first]), 7)
    assert (
        said[0] == "2 of priority 1 (now), 3 of priority 2 (today) open, of those created in the last 7 days"
    )
    assert said[1:] == [
        "  P1 da1: confirmed by telemetry, severity High",
        "  P1 da2: confirmed by telemetry, severity High",
        "  P2 da3: likely",
    ]
    assert urgent.lines([], 7) == ["none of priority 1 or 2 is open, of those created in the last 7 days"]
    assert "first    none of priority 1 or 2" in _said()


def test_only_open_alerts_of_the_days_and_of_the_first_priorities_are_read() -> None:
    asked: list[tuple[str, str]] = []

    class Tables:
        def query(self, table: str, text: str, *, select: tuple[str, ...]) -> list[dict[str, object]]:
            asked.append((table, text))
            return [dict(zip(select, ("da1", 2, "likely", NOW), strict=True))]

    target = SimpleNamespace(tables=Tables())
    assert urgent.urgent(cast("Target", target), 7, NOW) == [Urgent(2, NOW, "da1", "likely")]
    [(table, text)] = asked
    assert table == "Alerts" and "PartitionKey ge '2026-11-17'" in text
    assert "AlertStatus eq 'Active'" in text and "Priority le 2" in text
