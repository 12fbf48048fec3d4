"""Known benign entries in a real table, and how often publishing reads them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.operator_rows import TableKnownBenign
from shared.core.known_benign import Entry, State
from shared.core.known_benign.entry import switched_off
from shared.errors import Conflict, Unavailable
from shared.pipeline.stored.operator_rows import KnownRows, changed
from tests.adapters.test_table_tenants import Clock
from tests.filled import filled


def _entry(**changes: object) -> Entry:
    whole: Entry = replace(filled(Entry), id="a-1", etag="")
    return replace(whole, **changes)  # type: ignore[arg-type]  # the test names fields of Entry


def test_an_entry_comes_back_whole_and_is_written_on_condition(tables: StorageTables) -> None:
    rows = TableKnownBenign(tables, "home")
    assert (rows.read("a-1"), rows.all()) == (None, [])
    written = rows.write(_entry())
    assert rows.read("a-1") == written and rows.all() == [written]
    assert TableKnownBenign(tables, "other").all() == []
    rows.write(replace(written, owner="another"))
    with pytest.raises(Conflict):
        rows.write(replace(written, owner="late"))
    with pytest.raises(Conflict):
        rows.write(_entry())


def test_what_cannot_be_read_marks_nothing_and_the_others_stay(tables: StorageTables) -> None:
    rows = TableKnownBenign(tables, "home")
    good = rows.write(_entry(id="good"))
    bad = {"PartitionKey": "home", "RowKey": "bad", "Id": "bad", "Version": "two", "State": "active"}
    tables.apply("KnownBenign", [Operation(Verb.PUT, bad)])
    assert rows.all() == [good]


def test_a_change_is_decided_again_where_another_was_first(tables: StorageTables) -> None:
    rows = TableKnownBenign(tables, "home")
    rows.write(_entry(state=State.ACTIVE))
    asked: list[Entry | None] = []

    def decide(entry: Entry | None) -> Entry | None:
        asked.append(entry)
        if len(asked) == 1 and entry is not None:
            rows.write(replace(entry, owner="first"))
        return entry and switched_off(entry)

    entry = changed(rows, Entry(id="a-1"), decide)
    assert entry is not None
    assert (entry.owner, entry.state, len(asked)) == ("first", State.OFF, 2)
    assert changed(rows, Entry(id="nobody"), lambda entry: entry) is None


def test_publishing_reads_the_entries_once_a_minute_and_goes_on_where_it_cannot() -> None:
    class Rows:
        """A table that can be away."""

        asked, away = 0, False

        def all(self) -> list[Entry]:
            self.asked += 1
            if self.away:
                raise Unavailable("away", service="tables")
            return [Entry(id=f"v{self.asked}")]

        def read(self, entry_id: str) -> Entry | None:
            raise NotImplementedError

        def write(self, entry: Entry) -> Entry:
            raise NotImplementedError

    rows, clock = Rows(), Clock(datetime(2026, 11, 24, 10, tzinfo=UTC))
    entries = KnownRows(rows, clock)
    assert [one.id for one in entries()] == [one.id for one in entries()] == ["v1"]
    clock.sleep(60)
    assert [one.id for one in entries()] == ["v2"]
    rows.away = True
    clock.sleep(60)
    assert [one.id for one in entries()] == [one.id for one in entries()] == ["v2"]
    assert rows.asked == 3
