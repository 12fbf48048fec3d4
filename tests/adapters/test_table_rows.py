"""Checkpoints, the lease and the consumers' tables, against Azurite."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import TableClient

from local.azurite import Azurite
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.rows import TableAlertRows, TableEventRows
from shared.adapters.storage.state import TableCheckpoints, TableLeases
from shared.core.progress.lease import Lease
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint, EventRow, RowWrite
from shared.errors import Conflict

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
MOMENT = Instant.parse("2026-11-24T09:58:00.1234567Z")
DAY = "2026-11-24"


def test_a_checkpoint_is_written_only_by_who_has_read_it(tables: StorageTables) -> None:
    checkpoints = TableCheckpoints(tables, "home")
    assert checkpoints.read("defender") == Checkpoint()
    first = checkpoints.write("defender", Checkpoint(position=MOMENT, gaps=(MOMENT.text(),) * 100))
    assert checkpoints.read("defender") == first
    second = checkpoints.write("defender", replace(first, last_success=NOW, gaps=()))
    for stale in (first, Checkpoint()):
        with pytest.raises(Conflict):
            checkpoints.write("defender", stale)
    assert checkpoints.read("defender") == second
    assert checkpoints.read("graph") == Checkpoint()


def test_a_lease_is_taken_by_one_alone_and_holds_the_budget(tables: StorageTables) -> None:
    leases = TableLeases(tables, "home")
    calls = tuple(NOW + timedelta(microseconds=n) for n in range(1_000))
    held = leases.write(Lease(holder="one", until=NOW, calls=calls, blocked_until=NOW))
    assert leases.read() == held
    with pytest.raises(Conflict):
        leases.write(Lease(holder="two"))
    free = leases.write(replace(held, holder="", until=None))
    assert (leases.read(), free.until) == (free, None)


def test_of_many_who_take_the_lease_at_once_one_gets_it(tables: StorageTables) -> None:
    leases = TableLeases(tables, "home")
    for seen in (Lease(), None):
        found = seen or leases.read()

        def take(number: int, found: Lease = found) -> bool:
            try:
                leases.write(replace(found, holder=f"{number}"))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(8))) == 1


def test_an_alert_row_is_merged_around_a_consumers_columns(azurite: Azurite, tables: StorageTables) -> None:
    rows = TableAlertRows(tables)
    columns: dict[str, str | int | float | bool | datetime] = {
        "Title": "x",
        "Count": 2**40,
        "Small": 3,
        "Ratio": 0.5,
        "Flag": False,
        "When": NOW,
        "Empty": "",
    }
    create = RowWrite(DAY, "a", columns, "")
    assert rows.write([create]) == [create]
    assert rows.write([create]) == []
    stored = rows.read([(DAY, "a"), (DAY, "b"), ("2026-01-01", "a")])
    assert {key: dict(each.columns) for key, each in stored.items()} == {(DAY, "a"): columns}
    when = stored[DAY, "a"].columns["When"]
    assert type(when) is datetime and when == NOW
    mark = {"PartitionKey": DAY, "RowKey": "a", "Ticket": "T-1", "Raw": b"1", "Id": uuid.UUID(int=1)}
    theirs = TableClient.from_connection_string(
        azurite.connection_string, f"{tables._prefix}Alerts"
    ).upsert_entity(mark)
    late = RowWrite(DAY, "a", {"Title": "y"}, stored[DAY, "a"].etag)
    assert rows.write([late]) == []
    [again] = rows.read([(DAY, "a")]).values()
    assert again.etag == theirs["etag"]
    assert rows.write([replace(late, etag=again.etag)]) != []
    [final] = rows.read([(DAY, "a")]).values()
    assert dict(final.columns) == columns | {"Title": "y", "Ticket": "T-1", "Id": str(uuid.UUID(int=1))}


def test_event_rows_are_replaced_listed_and_removed(tables: StorageTables) -> None:
    events = TableEventRows(tables)
    assert events.keys("a") == set()
    made = [EventRow(part, f"{n:04}", {"N": n}) for part in ("a", "b") for n in range(120)]
    events.write(made)
    events.write([EventRow("a", "0000", {"M": 1})])
    assert events.keys("a") == {f"{n:04}" for n in range(120)}
    found = tables.get("AlertEvents", "a", "0000")
    assert found is not None and dict(found) == {"PartitionKey": "a", "RowKey": "0000", "M": 1}
    events.remove("a", [f"{n:04}" for n in range(1, 120)])
    events.remove("a", ["0001", "0002", "never there"])
    assert (events.keys("a"), len(events.keys("b"))) == ({"0000"}, 120)
