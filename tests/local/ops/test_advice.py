"""What `ops status` advises: a restart where the tables show that a part stands still, and else nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from local.ops.advice import advice
from local.ops.waits import Waits
from shared.core.progress import Lease
from shared.core.values import Checkpoint
from tests.core.progress.rows import NOW, at

Oldest = tuple[dt.datetime, Waits, str] | None
FETCHES = Checkpoint(last_success=at(-30))
SILENT = Checkpoint(last_success=at(-2_000))


@pytest.mark.parametrize(
    ("checkpoints", "lease", "oldest", "said"),
    [
        ([FETCHES], Lease(), None, []),
        ([SILENT], Lease(), None, ["FetchAlerts"]),
        ([Checkpoint(last_success=at(-2_000), last_error="503", last_error_at=at(-20))], Lease(), None, []),
        ([SILENT, FETCHES], Lease(), None, []),  # the source was switched
        ([Checkpoint(), FETCHES], Lease(), None, []),
        ([], Lease(), None, []),  # it has not run yet, which the line above says
        ([FETCHES], Lease(), (at(-1_000), Waits.DUE, "a1"), ["nobody drains"]),
        ([FETCHES], Lease(), (at(-1_000), Waits.HUNTING, "a1"), ["nobody drains"]),
        ([FETCHES], Lease(), (at(-800), Waits.DUE, "a1"), []),
        ([FETCHES], Lease(), (at(-1_000), Waits.LOOK_UPS, "a1"), []),  # they are sent again by themselves
        ([FETCHES], Lease("m#1", until=at(60)), (at(-1_000), Waits.DUE, "a1"), []),
        ([FETCHES], Lease("m#1", until=at(-60)), (at(-1_000), Waits.ROW, "a1"), ["nobody drains"]),
        ([FETCHES], Lease(blocked_until=at(60)), (at(-1_000), Waits.DUE, "a1"), []),
    ],
)
def test_a_restart_is_advised_where_something_stands_still(
    checkpoints: list[Checkpoint], lease: Lease, oldest: Oldest, said: list[str]
) -> None:
    lines = list(advice(checkpoints, lease, oldest, NOW))
    assert len(lines) == len(said)
    for line, words in zip(lines, said, strict=True):
        assert words in line and "az functionapp restart" in line and "docs/runbook.md#" in line
