"""The due index in real tables: read by lane and time, written as one, removed on condition."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.operations import Operation, Verb
from shared.core.progress.due_index import DueEntry, Span

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def entry(alert_id: str, seconds: float = 0, lane: str = "work|1") -> DueEntry:
    return DueEntry(lane, at(seconds), alert_id, since=at(-5) if lane == "sent" else None)


def test_each_lane_is_read_by_time_and_no_further_than_asked(tables: StorageTables) -> None:
    ledger = TableLedger(tables, "home")
    odd = ["a/1", "A", "a|b", "é" * 90]
    many = [entry(f"n{n}", n - 10) for n in range(20)]
    ledger.write_due([*many, *(entry(each, lane="sent") for each in odd), entry("x", 0, "work|0")], ())
    upto, sent, none, paged = ledger.due_entries(
        [
            Span("work|1", 6, end=NOW),
            Span("sent", 6, start=at(-1), end=at(1)),
            Span("work|9", 6),
            Span("work|1", 6, end=NOW, beyond=entry("n3", -7)),
        ]
    )
    assert upto == many[:6]
    assert sorted(each.alert_id for each in sent) == sorted(odd)
    assert {each.since for each in sent} == {at(-5)}
    assert none == []
    assert paged == many[4:10]
    assert set(ledger.all_due_entries()) == {
        *many,
        *(entry(each, lane="sent") for each in odd),
        entry("x", 0, "work|0"),
    }
    assert TableLedger(tables, "other").due_entries([Span("work|1", 6)]) == [[]]


def test_an_entry_that_was_read_goes_only_if_nobody_wrote_it_since(tables: StorageTables) -> None:
    ledger = TableLedger(tables, "home")
    ledger.write_due([entry("a"), entry("b")], ())
    [[a, b]] = ledger.due_entries([Span("work|1", 9)])
    assert a.written is not None
    ledger.write_due([entry("a")], ())
    ledger.write_due((), [a, b, replace(entry("gone"), etag=b.etag)])
    assert ledger.due_entries([Span("work|1", 9)]) == [[entry("a")]]
    ledger.write_due((), [entry("a"), entry("gone too")])
    assert ledger.due_entries([Span("work|1", 9)]) == [[]]


def test_a_row_that_is_no_entry_hides_none(tables: StorageTables) -> None:
    ledger = TableLedger(tables, "home")
    ledger.write_due([entry("a")], ())
    strange = {"PartitionKey": "due|home", "RowKey": "work|1|x"}
    tables.apply("AlertWork", [Operation(Verb.PUT, strange)])
    assert list(ledger.all_due_entries()) == [entry("a")]
