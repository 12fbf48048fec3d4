"""The budget at its edges: the ends of a minute and of a block, what is kept, what is granted at once."""

from datetime import datetime, timedelta

import pytest

from shared.core.progress.budget import BudgetPolicy, blocked, calls_left, granted, spent, wait_for_call
from shared.core.progress.lease import Lease
from tests.core.progress.rows import NOW, at

POLICY = BudgetPolicy(per_minute=5, kept_for_high=2)


def _made(*ago: float, until: datetime | None = None) -> Lease:
    return Lease(calls=tuple(at(-each) for each in ago), blocked_until=until)


@pytest.mark.parametrize(
    ("lease", "high", "seconds"),
    [
        (_made(), False, 0),
        (_made(50, 40), False, 0),
        (_made(50, 40, 30), False, 10),
        (_made(50, 40, 30), True, 0),
        (_made(50, 40, 30, 20), False, 20),
        (_made(50, 40, 30, 20, 0), True, 10),
        (_made(60, 40, 30), False, 0),
        (_made(59.5, 40, 30), False, 0.5),
        (_made(until=at(7)), False, 7),
        (_made(until=at(-7)), False, 0),
        (_made(50, 40, 30, until=at(7)), False, 10),
        (_made(50, 40, 30, until=at(17)), False, 17),
        (_made(50, 40, 30, until=at(-17)), False, 10),
        (_made(50, 40, 30, until=at(17)), True, 17),
    ],
)
def test_a_call_waits_for_the_minute_and_for_the_block_whichever_ends_later(
    lease: Lease, high: bool, seconds: float
) -> None:
    assert wait_for_call(lease, NOW, POLICY, high=high) == seconds


@pytest.mark.parametrize(
    ("lease", "left"),
    [
        (_made(), 3),
        (_made(60, 40), 2),
        (_made(50, 40, 30), 0),
        (_made(50, 40, 30, 20), 0),
        (_made(until=at(0.5)), 0),
        (_made(until=NOW), 3),
        (_made(until=at(-1)), 3),
    ],
)
def test_calls_left_are_those_that_all_may_make_at_once(lease: Lease, left: int) -> None:
    assert calls_left(lease, NOW, POLICY) == left


def test_one_call_is_left_to_all_although_everything_is_kept_for_high_severity() -> None:
    assert calls_left(_made(), NOW, BudgetPolicy(per_minute=5, kept_for_high=5)) == 1
    assert calls_left(_made(), NOW, BudgetPolicy(per_minute=5, kept_for_high=9)) == 1
    assert calls_left(_made(), NOW, BudgetPolicy(per_minute=5, kept_for_high=3)) == 2


@pytest.mark.parametrize(
    ("wanted", "high", "count"),
    [(0, False, 0), (1, False, 1), (2, False, 2), (3, False, 2), (3, True, 3), (9, True, 4)],
)
def test_what_is_wanted_is_granted_as_far_as_it_goes_and_written_down(
    wanted: int, high: bool, count: int
) -> None:
    before = _made(70, 30)
    after, got, wait = granted(before, NOW, POLICY, wanted, high=high)
    assert (got, wait) == (count, 0.0)
    assert after == (Lease(calls=(at(-30), *[NOW] * count)) if count else before)


def test_where_nothing_is_granted_the_wait_is_told_and_nothing_is_written() -> None:
    full = _made(50, 40, 30)
    assert granted(full, NOW, POLICY, 2, high=False) == (full, 0, 10.0)


def test_a_call_that_is_spent_takes_the_place_of_those_older_than_a_minute() -> None:
    lease = Lease("me", at(5), at(6), (at(-60), at(-59)), at(7), etag="mark")
    assert spent(lease, NOW) == Lease("me", at(5), at(6), (at(-59), NOW), at(7), etag="mark")


def test_a_block_never_becomes_shorter() -> None:
    lease = Lease("me", at(5), at(6), (NOW,), None, etag="mark")
    assert blocked(lease, at(9)) == Lease("me", at(5), at(6), (NOW,), at(9), etag="mark")
    assert blocked(blocked(lease, at(9)), at(8)).blocked_until == at(9)
    assert blocked(blocked(lease, at(8)), at(9)).blocked_until == at(9)


def test_the_usual_budget_stays_below_the_documented_quota() -> None:
    assert BudgetPolicy() == BudgetPolicy(per_minute=30, kept_for_high=5)
    lease = Lease()
    for second in range(60):
        lease, _, _ = granted(lease, NOW + timedelta(seconds=second), BudgetPolicy(), 9, high=True)
    assert len(lease.calls) == 30
