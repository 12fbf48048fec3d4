"""What `ops status` prints of a source, without a stack."""

import datetime as dt
import io
from types import SimpleNamespace
from typing import cast

from local.ops.screen import Screen
from local.ops.status import Standing, show
from local.ops.target import Target
from shared.core.progress import BudgetPolicy, Lease
from shared.core.values import Checkpoint

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def _said(**fields: object) -> str:
    out = io.StringIO()
    checkpoint = Checkpoint(last_success=NOW, **fields)  # type: ignore[arg-type]  # the test names its fields
    found = Standing(
        now=NOW, days=7, waits={}, is_counted_whole=True, oldest=None, done=0, set_aside={},
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
