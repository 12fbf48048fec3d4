"""How many writes to alerts the budget lets through, and when it lets none."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress import Lease, write_budget
from tests.core.progress.rows import NOW, at


@given(st.lists(st.tuples(st.floats(0, 120), st.integers(1, 20)), max_size=60))
def test_no_minute_has_more_than_twenty_writes_and_no_hour_more_than_six_hundred_and_ten(
    asked: list[tuple[float, int]],
) -> None:
    lease, now = Lease(), NOW
    made: list[datetime] = []
    for wait, many in asked:
        now += timedelta(seconds=wait)
        lease, count = write_budget.granted(lease, now, many)
        made += [now] * count
    for moment in made:
        within = [one for one in made if moment <= one < moment + timedelta(minutes=1)]
        assert len(within) <= 20
        assert len([one for one in made if moment <= one < moment + timedelta(hours=1)]) <= 610


def test_what_is_blocked_waits() -> None:
    blocked = write_budget.blocked(Lease(), NOW + timedelta(seconds=60))
    assert write_budget.granted(blocked, NOW, 1)[1] == 0
    assert write_budget.granted(blocked, NOW + timedelta(seconds=60), 1)[1] == 1
    assert write_budget.blocked(blocked, NOW).writes_blocked_until == NOW + timedelta(seconds=60)


def test_ten_are_there_at_first_and_ten_come_back_a_minute() -> None:
    assert Lease() == Lease(writes=0.0)
    lease, count = write_budget.granted(Lease(), NOW, 12)
    assert (count, lease) == (10, Lease(writes=10.0, writes_at=NOW))
    assert [write_budget.writes_left(lease, at(seconds)) for seconds in (0, 5.9, 6, 12, 60, 600)] == [
        0, 0, 1, 2, 10, 10,
    ]  # fmt: skip
    later, count = write_budget.granted(lease, at(15), 1)
    assert (count, later) == (1, Lease(writes=8.5, writes_at=at(15)))


def test_a_clock_that_went_back_gives_nothing_back_and_takes_nothing() -> None:
    lease = Lease(writes=4.1, writes_at=at(60))
    assert write_budget.writes_left(lease, NOW) == 5


def test_nothing_is_spent_where_nothing_may_be_written_or_is_wanted() -> None:
    empty = Lease(writes=10.0, writes_at=NOW)
    assert write_budget.granted(empty, NOW, 1) == (empty, 0)
    assert write_budget.granted(Lease(), NOW, 0) == (Lease(), 0)
    blocked = replace(empty, writes_at=at(-600), writes_blocked_until=at(1))
    assert write_budget.granted(blocked, NOW, 1) == (blocked, 0)
    assert write_budget.writes_left(blocked, at(1)) == 10
