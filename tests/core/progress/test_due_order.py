"""Which rows are due, in which order, and how late they are."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress.due import attempts_below, due_work, first_entries, is_late, next_batch, to_send
from shared.core.progress.due_index import BACKFILL, LATE, RANKS, WORK_LANES, DueEntry
from shared.core.progress.ledger_row import LedgerRow
from tests.core.progress.rows import NOW, at, row


def _ids(rows: list[LedgerRow]) -> list[str]:
    return [each.alert_id for each in rows]


def test_pointers_leave_when_due_most_severe_first_then_oldest() -> None:
    rows = [
        row(alert_id="b", severity_rank=1, enrich_due=at(-1)),
        row(alert_id="a", severity_rank=1, enrich_due=at(-1)),
        row(alert_id="older", severity_rank=1, enrich_due=at(-2)),
        row(alert_id="severe", severity_rank=0, enrich_due=NOW),
        row(alert_id="not yet", severity_rank=0, enrich_due=at(0.001)),
        row(alert_id="none", severity_rank=0, enrich_due=None),
    ]
    assert _ids(to_send(rows, NOW)) == ["severe", "older", "a", "b"]


FIRST = {"enrich_due": at(400), "sends": 1, "look_ups": 0, "generation_seen": at(-10)}


@pytest.mark.parametrize(
    ("otherwise", "died"),
    [
        ({}, True),
        ({"generation_seen": at(-60)}, False),  # the run that was to send it came to its end
        ({"generation_seen": at(-60.001)}, False),
        ({"generation_seen": None, "first_seen": at(-59)}, True),
        ({"generation_seen": None, "first_seen": at(-61)}, False),
        ({"generation_seen": at(-61), "first_seen": at(-59)}, False),
        ({"sends": 2}, False),  # sent again: that it never ended is counted
        ({"sends": 0}, False),
        ({"look_ups": 1}, False),
        ({"enrich_due": None}, False),
    ],
)
def test_a_first_pointer_that_died_with_its_run_leaves_before_its_time(
    otherwise: dict[str, object], died: bool
) -> None:
    mine = row(**FIRST | otherwise)
    assert to_send([mine], NOW, at(-60)) == ([mine] if died else [])
    assert to_send([mine], NOW, None) == to_send([mine], NOW) == []


def _due(name: str, rank: int, due: datetime, **changes: object) -> LedgerRow:
    return row(**{"alert_id": name, "severity_rank": rank, "hunt_due": due, "publish_due": None} | changes)


def test_work_is_taken_when_due_by_severity_then_age_then_id() -> None:
    rows = [
        _due("b", 1, at(-5)),
        _due("a", 1, at(-5)),
        _due("older", 1, at(-6)),
        _due("severe", 0, NOW),
        _due("not yet", 0, at(0.001)),
        _due("nothing", 0, NOW, hunt_due=None),
        _due("row alone", 1, NOW, hunt_due=None, publish_due=at(-5.5)),
    ]
    assert _ids(due_work(rows, NOW, 100, 1e9)) == ["severe", "older", "row alone", "a", "b"]


def test_what_has_waited_too_long_has_every_fourth_place_the_oldest_first() -> None:
    rows = [
        *(_due(f"severe{n}", 0, at(-n)) for n in range(5)),
        _due("at the bound", 2, at(-100)),
        _due("starved", 3, at(-100.5)),
        _due("starved longer", 2, at(-101)),
        _due("severe for long", 0, at(-500)),
    ]
    assert _ids(due_work(rows, NOW, 100, 1e9)) == [
        *("severe for long", "severe4", "severe3", "starved longer"),
        *("severe2", "severe1", "severe0", "starved"),
        "at the bound",
    ]


def test_twenty_thousand_that_have_waited_too_long_do_not_keep_a_new_severe_one_waiting() -> None:
    waiting = [_due(f"low{n}", 2, at(-1_000 - n)) for n in range(20_000)]
    order = _ids(due_work([*waiting, _due("high", 0, NOW)], NOW, 900, 1e9))
    assert order[:2] == ["high", "low19999"]
    assert len(order) == len(set(order)) == 20_001


def _entry(name: str, rank: int, seconds: float) -> DueEntry:
    return DueEntry(WORK_LANES[RANKS.index(rank)], at(seconds), name)


def test_entries_are_in_the_order_of_the_rows_that_they_are_of() -> None:
    found = [
        *(_entry(f"severe{n}", 0, -n) for n in range(5)),
        _entry("at the bound", 1, -100),
        _entry("starved", 2, -100.5),
        _entry("starved longer", 1, -101),
        _entry("severe for long", 0, -500),
        _entry("asked for", BACKFILL, -900),
    ]
    order = [each.alert_id for each in first_entries(found, NOW, 100, 99)]
    assert order == [
        *("severe for long", "severe4", "severe3", "starved longer"),
        *("severe2", "severe1", "severe0", "starved"),
        *("at the bound", "asked for"),
    ]
    assert [each.alert_id for each in first_entries(found, NOW, 100, 4)] == order[:4]


def test_beside_what_is_due_stand_the_gravest_that_have_no_row() -> None:
    late = [DueEntry(LATE, at(-n), f"late{n}", rank) for n, rank in enumerate((2, 0, 1))]
    found = first_entries([*late, _entry("due", 1, -1)], NOW, 100, 2)
    assert [each.alert_id for each in found] == ["due", "late1", "late2"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2_000, 0), st.booleans()), max_size=60))
def test_every_due_row_has_one_place_and_the_severe_are_never_far_behind(
    given_rows: list[tuple[int, int, bool]],
) -> None:
    rows = [
        _due(f"a{n}", rank, at(due), backfill=backfill) for n, (rank, due, backfill) in enumerate(given_rows)
    ]
    order = due_work(rows, NOW, 900, 1e9)
    assert sorted(_ids(order)) == sorted(_ids(rows))
    severe = [place for place, row in enumerate(order) if not row.severity_rank and not row.backfill]
    assert all(place < (number + 1) * 4 / 3 for number, place in enumerate(severe))


def test_what_has_no_row_in_time_is_due_whatever_it_waits_for() -> None:
    waiting = {"hunt_due": None, "publish_due": None, "first_seen": at(-181)}
    rows = [row(alert_id="late", **waiting), row(alert_id="shown", **waiting, was_published=True)]
    assert _ids(due_work(rows, NOW, 900, 180)) == ["late"]
    assert _ids(due_work(rows, NOW, 900, 181)) == []


def test_a_backfill_comes_after_the_least_severe_news_however_long_it_waits() -> None:
    rows = [
        _due("b", 0, at(-500), backfill=True),
        _due("a", 0, at(-500), backfill=True),
        _due("older", 3, at(-900), backfill=True),
        _due("news", 8, at(-1)),
    ]
    assert _ids(due_work(rows, NOW, 100, 1e9)) == ["news", "older", "a", "b"]


def test_a_batch_is_never_empty_however_small_it_is_meant_to_be() -> None:
    rows = [row(alert_id=str(n), attempts=1) for n in range(13)]
    assert _ids(next_batch(rows, batch_size=5, max_attempts=4)) == ["0"]
    assert len(next_batch(rows, batch_size=20, max_attempts=4)) == 2


@pytest.mark.parametrize(
    ("count", "attempts"), [(1_001, 0), (1_000, 1), (101, 1), (100, 2), (10, 1), (2, 1), (1, 3)]
)
def test_fewer_others_take_as_many_attempts_as_needed_and_never_more_than_there_are(
    count: int, attempts: int
) -> None:
    assert attempts_below(count, 1_000, max_attempts=4) == attempts


def test_what_a_service_refused_is_not_late_before_its_next_try() -> None:
    waits = row(alert_id="late", first_seen=at(-181), was_published=False, hunt_due=at(60), publish_due=None)
    assert is_late(replace(waits, attempts=0), NOW, 180)
    assert not is_late(replace(waits, attempts=2), NOW, 180)
    assert is_late(replace(waits, attempts=2), at(60), 180)
    assert is_late(replace(waits, attempts=2, hunt_due=None), NOW, 180), "nothing is due by itself"
