"""An alert is found by its id alone, on whatever day of the history it lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, cast

import pytest

from local.ops.finding_alerts import MOST_DAYS, find
from shared.pipeline.ports import Ledger

TODAY = dt.date(2026, 11, 24)


class History:
    """A ledger without open rows, whose history has the alert on some days; it notes what is asked."""

    def __init__(self, *days: int) -> None:
        self.rows = {str(TODAY - dt.timedelta(days=back)): f"row of {back}" for back in days}
        self.asked: list[str] = []

    def open_row(self, alert_id: str) -> None:
        del alert_id

    def finished(self, keys: Iterable[tuple[str, str]]) -> dict[str, Any]:
        asked = list(keys)
        self.asked += [day for day, _ in asked]
        return {alert_id: self.rows[day] for day, alert_id in asked if day in self.rows}


def found(history: History) -> object:
    return find(cast("Ledger", history), "da1", TODAY)


@pytest.mark.parametrize("back", [-1, 0, 1, 57, MOST_DAYS])
def test_it_is_found_however_old_it_is(back: int) -> None:
    assert found(History(back)) == f"row of {back}"


@pytest.mark.parametrize("days", [(-1, 0), (30, 31), (6, 57), (200, 400)])
def test_the_newest_of_several_days_counts(days: tuple[int, int]) -> None:
    assert found(History(*days)) == f"row of {days[0]}"


def test_no_day_is_asked_for_before_the_one_on_which_it_lies() -> None:
    history = History(2)
    found(history)
    assert history.asked == ["2026-11-25", "2026-11-24", "2026-11-23", "2026-11-22"]


def test_each_day_is_asked_for_once_before_it_is_said_that_there_is_none() -> None:
    history = History()
    assert found(history) is None
    assert len(history.asked) == len(set(history.asked)) == MOST_DAYS + 2
    assert history.asked == sorted(history.asked, reverse=True)
