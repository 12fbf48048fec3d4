"""A stored row that cannot be read is not an absent one: it is kept apart, told once, and work goes on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.sightings import TableSightings
from shared.adapters.storage.state import TableCheckpoints, TableLeases
from shared.core.conclude.seen_before import Sighting
from shared.core.progress.lease import Lease
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint
from tests.adapters.kept import Kept
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MOMENT = Instant.parse("2026-11-24T09:58:00.1234567Z")
DAY = "2026-11-24"


def row(alert_id: str = "a", **changes: object) -> LedgerRow:
    made = LedgerRow(alert_id, DAY, "defender", MOMENT, MOMENT, 0, 3, "h", "s", "b", NOW, enrich_due=NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def damage(
    tables: StorageTables, table: str, partition: str, row_key: str, columns: Mapping[str, object]
) -> None:
    """Other values in some columns of a row; None takes a column away."""
    standing = tables.get(table, partition, row_key) or {"PartitionKey": partition, "RowKey": row_key}
    tables.apply(table, [Operation(Verb.PUT, {**standing, **columns})])


def set_apart(tables: StorageTables) -> dict[str, dict[str, object]]:
    """What was kept apart, by the last part of its key."""
    rows = tables.query("AlertWork", in_partition("bad|home"))
    return {str(each["RowKey"]).rpartition("%7C")[2]: dict(each) for each in rows}


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The row keys that were told of."""
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    return [line["RowKey"] for line in lines if line["event"] == "row cannot be read"]


@pytest.mark.parametrize(
    "columns",
    [{"HuntDue": "soon"}, {"Attempts": "two"}, {"Created": 5}, {"BodyRef": None}, {"SeverityRank": "High"}],
    ids=str,
)
def test_an_open_row_that_cannot_be_read_begins_anew_and_what_can_be_read_of_it_stays(
    tables: StorageTables, caplog: pytest.LogCaptureFixture, columns: Mapping[str, object]
) -> None:
    ledger = TableLedger(tables, "home")
    ledger.write([row(attempts=2, hunt_due=NOW, enrich_due=None), row("b")])
    damage(tables, "AlertWork", table_keys.open_partition("home"), "a", columns)
    found = {each.alert_id: each for each in ledger.open_rows()}
    assert (found["a"].generation, found["a"].attempts, found["a"].hunt_due) == (3, 0, None)
    assert found["a"].enrich_due is not None and found["b"].enrich_due == NOW
    assert set_apart(tables)["a"].items() >= {n: v for n, v in columns.items() if v is not None}.items()
    assert ledger.open_row("a") == found["a"], "it can be read from now on"
    assert len(ledger.write([replace(found["a"], sends=1)])) == 1
    assert told(caplog) == ["a"]


def test_a_word_that_a_later_version_writes_is_no_damage(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = TableLedger(tables, "home")
    ledger.write([row()])
    ledger.keep([row("b", state=State.DONE)])
    damage(
        tables,
        "AlertWork",
        table_keys.open_partition("home"),
        "a",
        {"State": "halted", "Format": 9, "New": True},
    )
    damage(tables, "AlertWork", table_keys.history_partition("home", DAY), "b", {"State": "merged"})
    assert [each.state for each in ledger.open_rows()] == [State.OPEN]
    assert ledger.finished([(DAY, "b")])["b"].state is State.DONE
    assert (told(caplog), set_apart(tables)) == ([], {})


def test_a_row_whose_count_is_lost_counts_from_above_what_is_published(tables: StorageTables) -> None:
    ledger = TableLedger(tables, "home")
    ledger.write([row()])
    damage(tables, "AlertWork", table_keys.open_partition("home"), "a", {"Generation": "3", "AlertId": 7})
    [found] = ledger.open_rows()
    assert (found.alert_id, found.generation) == ("a", 1_000_000)


def test_a_row_that_names_nobody_is_taken_away(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = TableLedger(tables, "home")
    damage(tables, "AlertWork", table_keys.open_partition("home"), "no~id", {"Created": "soon"})
    assert ledger.open_rows() == []
    assert [each["RowKey"] for each in tables.query("AlertWork", "Created eq 'soon'")] == [
        "open%7Chome%7Cno%7Eid"
    ]
    assert told(caplog) == ["no~id"]


def test_history_that_cannot_be_read_stays_history(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = TableLedger(tables, "home")
    ledger.keep([row(state=State.SET_ASIDE, reason="why")])
    damage(tables, "AlertWork", table_keys.history_partition("home", DAY), "a", {"Sends": "x"})
    found = ledger.finished([(DAY, "a")])["a"]
    assert (found.state, found.reason, found.generation) == (State.SET_ASIDE, "why", 3)
    assert ledger.finished([(DAY, "a")])["a"] == found
    assert (ledger.open_rows(), told(caplog)) == ([], ["a"])


def test_a_checkpoint_or_lease_keeps_what_can_be_read(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints, leases = TableCheckpoints(tables, "home"), TableLeases(tables, "home")
    checkpoints.write("defender", Checkpoint(position=MOMENT, installed_at=NOW))
    leases.write(Lease(holder="me", until=NOW, calls=(NOW,)))
    damage(tables, "Checkpoints", *table_keys.checkpoint_key("home", "defender"), {"Position": "far"})
    damage(tables, "Checkpoints", *table_keys.lease_key("home"), {"Calls": "one two"})
    checkpoint, lease = checkpoints.read("defender"), leases.read()
    assert (checkpoint.position, checkpoint.installed_at) == (None, NOW)
    assert (lease.holder, lease.calls) == ("me", ())
    assert checkpoints.write("defender", replace(checkpoint, position=MOMENT)).position == MOMENT
    assert leases.write(replace(lease, holder="")).holder == ""
    assert set(set_apart(tables)) == {"defender", "lease"}
    assert sorted(told(caplog)) == ["checkpoint|defender", "lease"]


def test_two_that_meet_it_at_once_tell_it_once(
    tables: StorageTables, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, leases = TableLedger(tables, "home"), TableLeases(tables, "home")
    ledger.write([row()])
    leases.write(Lease(holder="me", until=NOW))
    damage(tables, "AlertWork", table_keys.open_partition("home"), "a", {"Sends": "x"})
    damage(tables, "Checkpoints", *table_keys.lease_key("home"), {"Until": "x"})
    stale = [
        tables.get("AlertWork", table_keys.open_partition("home"), "a"),
        tables.get("Checkpoints", *table_keys.lease_key("home")),
    ]
    assert ledger.open_row("a") is not None and leases.read().holder == "me"
    fresh = StorageTables.get
    monkeypatch.setattr(StorageTables, "get", lambda *args: stale.pop(0) if stale else fresh(*args))
    assert ledger.open_row("a") is None, "the other mends it: it is read next time"
    assert leases.read().holder == "me"
    assert sorted(told(caplog)) == ["a", "lease"]


def test_a_sighting_that_cannot_be_read_hides_no_other(tables: StorageTables) -> None:
    sightings = TableSightings(tables, "home")
    sightings.add([Sighting("t", alert_id, MOMENT, "d", "") for alert_id in ("a", "b")])
    damage(tables, "AlertWork", "seen|home", table_keys.seen_row("t", MOMENT, "a"), {"Created": "then"})
    assert [seen.alert_id for seen in sightings.find(["t"])["t"]] == ["b"]


def test_intake_goes_on_and_the_alert_with_the_damage_has_its_row(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    """Field report: one unreadable row, "lost every race" each minute, and the checkpoint stood still."""
    world = Kept(alerts=[raw_alert(alert_id, minutes_ago=5) for alert_id in ("a", "b")], tables=tables)
    platform = Platform(world)
    platform.tick()
    platform.to_enrich.clear()  # nothing was done yet
    damage(tables, "AlertWork", table_keys.open_partition("home"), "a", {"HuntDigest": 5})
    world.alerts.append(raw_alert("c", minutes_ago=1))
    for _ in range(4):
        world.pass_time(minutes=12)
        platform.tick()
        platform.deliver_all()
    checkpoint = world.ports().checkpoints.read("defender")
    assert checkpoint.last_error == "" and checkpoint.position == Instant.of(world.now)
    for alert_id in ("a", "b", "c"):
        stored = world.ports().alert_rows.read([(START.date().isoformat(), alert_id)])
        assert len(stored) == 1, alert_id
    assert told(caplog) == ["a"]
