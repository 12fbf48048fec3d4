"""How many alerts are worked on together, and how one that ends the process is found among them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress import admission, ledger
from shared.core.progress.due import attempts_below, is_alone, is_apart, next_batch, startable
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow
from shared.core.progress.versions import digests
from tests.builders import alert
from tests.core.progress.test_ledger import NOW

SIZE = 1_000
AT_MOST = LedgerPolicy().max_attempts


def _rows(count: int, attempts: int = 0) -> list[LedgerRow]:
    return _two_thousand(attempts)[:count]


@cache
def _two_thousand(attempts: int) -> list[LedgerRow]:
    one = alert()
    _, row = admission.admit(None, one, digests(one), "body", NOW, LedgerPolicy())
    assert row is not None
    return [replace(row, alert_id=f"a{attempts}_{n}", attempts=attempts) for n in range(2_000)]


@pytest.mark.parametrize(("attempts", "size"), [(0, 1_000), (1, 100), (2, 10), (3, 1), (4, 1), (9, 1)])
def test_what_did_not_end_comes_in_ever_smaller_batches(attempts: int, size: int) -> None:
    assert next_batch(_rows(2_000, attempts), SIZE, AT_MOST) == _rows(size, attempts)


def test_a_few_that_did_not_end_together_are_tried_alone_at_once() -> None:
    assert len(next_batch(_rows(10, 1), SIZE, AT_MOST)) == 1
    assert len(next_batch(_rows(11, 1), SIZE, AT_MOST)) == 11
    assert len(next_batch(_rows(10, 0), SIZE, AT_MOST)) == 10


def test_what_was_begun_least_often_goes_first_in_the_order_that_is_given() -> None:
    rows = [*_rows(2, 2), *_rows(3, 0), *_rows(1, 1)]
    assert next_batch(rows, SIZE, AT_MOST) == _rows(3, 0)
    assert next_batch([*_rows(2, 2), *_rows(1, 1)], SIZE, AT_MOST) == _rows(1, 1)


@pytest.mark.parametrize("count", [5, 50])
def test_the_last_attempt_is_alone_however_many_there_are(count: int) -> None:
    assert len(next_batch(_rows(count, 1), SIZE, max_attempts=2)) == 1
    assert len(next_batch(_rows(count, 1), SIZE, max_attempts=3)) == (1 if count == 5 else 50)


def test_what_did_not_end_is_begun_where_nothing_is_under_way_and_after_what_was_never_begun() -> None:
    fresh, once, twice = _rows(2), _rows(2, 1), _rows(2, 2)
    all_of_them = [*twice, *fresh, *once]
    assert startable(all_of_them, is_busy=False, is_their_turn=False) == fresh
    assert startable(all_of_them, is_busy=True, is_their_turn=False) == fresh
    assert startable(all_of_them, is_busy=False, is_their_turn=True) == once
    assert startable(all_of_them, is_busy=True, is_their_turn=True) == []
    assert startable([*twice, *once], is_busy=False, is_their_turn=False) == once
    assert startable([*twice, *once], is_busy=True, is_their_turn=False) == []
    assert startable(fresh, is_busy=True, is_their_turn=True) == fresh
    assert startable([], is_busy=False, is_their_turn=False) == []


def test_alone_is_one_alert_that_did_not_end() -> None:
    assert [is_alone(rows) for rows in (_rows(1, 1), _rows(2, 1), _rows(1), [])] == [
        True,
        False,
        False,
        False,
    ]
    assert [is_apart(rows) for rows in (_rows(1, 1), _rows(2, 1), _rows(1), [])] == [True, True, False, False]


@pytest.mark.parametrize(("count", "attempts"), [(2, 1), (10, 1), (11, 2), (100, 2), (101, 1), (1_000, 1)])
def test_a_refused_query_is_tried_next_with_fewer(count: int, attempts: int) -> None:
    assert attempts_below(count, SIZE, AT_MOST) == attempts
    assert len(next_batch(_rows(count, attempts), SIZE, AT_MOST)) < count


def _settled(deadly: set[str], rows: Iterable[LedgerRow]) -> tuple[set[str], int, int]:
    """Who is given up in the end, after how many deaths and how many batches that ended."""
    policy = LedgerPolicy()
    left, given_up, deaths, ended = list(rows), set(), 0, 0
    while left:
        some = next_batch(startable(left, is_busy=False, is_their_turn=False), SIZE, AT_MOST)
        taken, alone = {row.alert_id for row in some}, is_alone(some)
        left = [
            row
            if row.alert_id not in taken
            else ledger.taken_alone(row, policy)
            if alone
            else ledger.taken(row)
            for row in left
        ]
        over = {row.alert_id for row in left if row.alert_id in taken and row.attempts > policy.most_begun}
        given_up |= over
        dies = (taken - over) & deadly
        deaths, ended = deaths + bool(dies), ended + (not dies)
        left = [row for row in left if row.alert_id not in (over if dies else taken)]
    return given_up, deaths, ended


@given(st.integers(1, 1_500), st.sets(st.integers(0, 1_499), max_size=3))
def test_only_alerts_that_end_the_process_are_given_up_and_few_steps_find_them(
    count: int, deadly: set[int]
) -> None:
    named = {f"a0_{n}" for n in deadly if n < count}
    given_up, deaths, ended = _settled(named, _rows(count))
    assert given_up == named
    assert deaths <= len(named) * LedgerPolicy().most_begun
    # Tens of batches of 100, tens of 10, ten alone; and the last ten of each size are tried alone.
    assert ended <= 2 + 50 * len(named)
