"""Where an open row is found, what is written before and removed after it, and when the index is repaired."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress import due_index
from shared.core.progress.due_index import DueEntry, after, before, entries
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint
from tests.core.progress.rows import NOW, at, row

NOTHING_DUE: dict[str, object] = {"enrich_due": None, "hunt_due": None, "publish_due": None}


def _keys(found: frozenset[DueEntry]) -> set[tuple[str, datetime]]:
    return {(entry.lane, entry.at) for entry in found}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {("sent", at(100)), ("work|2", at(200))}),
        ({"sends": 0}, {("send", at(100)), ("work|2", at(200))}),
        ({"publish_due": at(50), "enrich_due": None}, {("work|2", at(50))}),
        ({**NOTHING_DUE, "was_published": False}, {("late", at(-5_000))}),
        ({"enrich_due": None, "backfill": True}, {("work|9", at(200))}),
        ({"enrich_due": None, "severity_rank": 17}, {("work|3", at(200))}),
        ({"enrich_due": None, "severity_rank": -1}, {("work|0", at(200))}),
        ({"state": State.DONE}, set()),
    ],
)
def test_a_row_is_found_by_each_time_at_which_somebody_must_look_at_it(
    changes: dict[str, object], wanted: set[tuple[str, datetime]]
) -> None:
    assert _keys(entries(row(**{"was_published": True} | changes))) == wanted


def test_the_version_whose_pointer_is_on_its_way_is_known_by_when_it_was_seen() -> None:
    [sent] = [each for each in entries(row(generation_seen=at(-70))) if each.lane == "sent"]
    assert sent.since == at(-70)


_TIMES = st.sampled_from([None, at(-9), at(0), at(7), at(900)])
_ROWS = st.builds(
    lambda enrich, hunt, publish, sends, shown, rank, open_: row(
        enrich_due=enrich, hunt_due=hunt, publish_due=publish, sends=sends, was_published=shown,
        severity_rank=rank, state=State.OPEN if open_ else State.DONE,
    ),
    _TIMES, _TIMES, _TIMES, st.integers(0, 1), st.booleans(), st.integers(0, 1), st.booleans(),
)  # fmt: skip


@given(_ROWS | st.none(), _ROWS)
def test_the_index_is_as_the_new_row_means_it_in_the_end_and_never_without_what_leads_to_the_old(
    standing: LedgerRow | None, coming: LedgerRow
) -> None:
    put, early = before(standing, coming)
    between = (entries(standing) | put) - early
    assert entries(coming) <= between
    for lost in entries(standing) - between:
        assert any(each.at <= lost.at and each.lane != due_index.LATE for each in put)
    assert between - after(standing, coming) == entries(coming)


def test_what_moves_no_due_time_writes_nothing() -> None:
    assert before(row(), row(attempts=9)) == (frozenset(), frozenset())


def test_entries_sort_by_lane_and_time_and_a_stretch_holds_both_its_ends() -> None:
    moments = [Instant.of(at(seconds)) for seconds in (-9, 0, 0.000001, 7)]
    keys = [table_keys.due_row("work|1", moment, alert) for moment in moments for alert in ("A", "a", "a|1")]
    assert keys == sorted(keys)
    start, end = table_keys.due_rows("work|1", moments[0], moments[1])
    assert [start <= key <= end for key in keys] == [True] * 6 + [False] * 6
    start, end = table_keys.due_rows("work|1", None, None)
    assert all(start <= key <= end for key in keys)
    assert not start <= table_keys.due_row("work|2", moments[0], "a") <= end
    assert table_keys.due_entry(keys[0]) == ("work|1", moments[0])
    assert [table_keys.due_entry(key) for key in ("", "work|1|12|a", "work|1", f"{keys[0][:27]}")] == [
        None
    ] * 4


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (Checkpoint(), True),
        (Checkpoint(repair_begun=at(-50), repair_ended=at(-49), repaired_since=at(-50)), False),
        (Checkpoint(repair_begun=at(-60), repair_ended=at(-59), repaired_since=at(-800)), True),
        (Checkpoint(repair_begun=at(-60), repair_ended=None, repaired_since=at(-60)), False),
        (Checkpoint(repair_begun=at(-60), repair_ended=at(-120), repaired_since=at(-800)), False),
        (Checkpoint(repair_begun=at(-3_599), repair_ended=at(-3_590), repaired_since=at(-9_000)), False),
        (Checkpoint(repair_begun=at(-3_600), repair_ended=at(-3_590), repaired_since=at(-9_000)), True),
        (Checkpoint(repair_begun=at(-3_600), repair_ended=None, repaired_since=at(-9_000)), True),
    ],
)
def test_the_index_is_repaired_hourly_and_each_minute_at_first_but_not_while_it_does_not_end(
    known: Checkpoint, wanted: bool
) -> None:
    assert due_index.is_repair_due(known, NOW, every=3_600, often_for=900) == wanted
