"""What is remembered, and what is forgotten in time, on Azurite."""

from datetime import UTC, datetime, timedelta

from shared.adapters.clock import SystemClock
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.retention import TableRetention
from shared.adapters.storage.rows import TableEventRows
from shared.adapters.storage.sightings import TableSightings
from shared.core.conclude.seen_before import MOST_SIGHTINGS, Sighting
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values.instant import Instant
from shared.core.values.records import DocumentKey, EventRow

OLD, NEW = datetime(2026, 1, 5, tzinfo=UTC), datetime.now(UTC)
AT_ONCE = timedelta(seconds=-5)  # nothing counts as just written


def _seen(trait: str, alert_id: str, created: datetime, verdict: str = "") -> Sighting:
    return Sighting(trait, alert_id, Instant.of(created), "d1", verdict)


def test_sightings_come_back_newest_first_and_are_replaced_not_doubled(tables: StorageTables) -> None:
    memory = TableSightings(tables, "home")
    memory.add([_seen("file-a", f"a{n}", OLD + timedelta(hours=n)) for n in range(MOST_SIGHTINGS + 20)])
    memory.add(
        [_seen("file-a", "a119", OLD + timedelta(hours=119), "TruePositive"), _seen("file-b", "x", OLD)]
    )
    found = memory.find(["file-a", "file-c"])
    assert set(found) == {"file-a"}
    assert [seen.alert_id for seen in found["file-a"]] == [f"a{n}" for n in range(119, 19, -1)]
    assert found["file-a"][0].classification == "TruePositive"
    assert TableSightings(tables, "other").find(["file-a"]) == {}


def _row(alert_id: str, moment: datetime) -> LedgerRow:
    return LedgerRow(
        alert_id=alert_id,
        day=moment.date().isoformat(),
        source="defender",
        created=Instant.of(moment),
        last_update=Instant.of(moment),
        severity_rank=0,
        generation=1,
        hunt_digest="h",
        status_digest="s",
        body_ref="r",
        first_seen=moment,
        generation_seen=moment,
        state=State.DONE,
    )


def _filled(tables: StorageTables) -> tuple[TableLedger, TableEventRows]:
    ledger, events = TableLedger(tables, "home"), TableEventRows(tables)
    documents = TableDocuments(tables, "home")
    for alert_id, moment in (("old", OLD), ("new", NEW)):
        ledger.keep([_row(alert_id, moment)])
        documents.put({DocumentKey(moment.date().isoformat(), alert_id, "alert", "r"): b"body"})
        events.write([EventRow(alert_id, "e1", {"A": 1})])
    TableSightings(tables, "home").add([_seen("t", "old", OLD), _seen("t", "new", NEW)])
    return ledger, events


def test_what_is_older_than_it_must_be_goes_and_the_rest_stays(tables: StorageTables) -> None:
    ledger, events = _filled(tables)
    retention = TableRetention(tables, "home", SystemClock(), quiet=AT_ONCE)
    limit = NEW - timedelta(days=30)
    assert retention.run(limit, is_dry=True).history == 1
    gone, _ = retention.purge(limit, 60, "")
    assert gone == {
        "history": 1,
        "documents": 1,
        "events": 1,
        "sightings": 1,
        "unreadable": 0,
        "places": 0,
        "memberships": 0,
        "cache": 0,
        "writes": 0,
    }
    days = [("2026-01-05", "old"), (NEW.date().isoformat(), "new")]
    assert set(ledger.finished(days)) == {"new"}
    assert (events.keys("old"), events.keys("new")) == (set(), {"e1"})
    assert [seen.alert_id for seen in TableSightings(tables, "home").find(["t"])["t"]] == ["new"]
    assert set(retention.purge(limit, 60, "")[0].values()) == {0}


def test_a_purge_without_time_goes_on_the_next_time(tables: StorageTables) -> None:
    TableLedger(tables, "home").keep([_row(f"old{n:03}", OLD) for n in range(120)])
    retention = TableRetention(tables, "home", SystemClock(), quiet=AT_ONCE)
    limit = NEW - timedelta(days=30)
    gone, progress = retention.purge(limit, -1, "")
    assert (gone["history"], bool(progress)) == (100, True), "a page"
    assert retention.purge(limit, 60, progress)[0]["history"] == 20


def test_a_further_tenants_purge_takes_its_own_events_and_no_other_tenants(tables: StorageTables) -> None:
    """Both have an alert of the same id, as old as the other."""
    _, events = _filled(tables)
    TableLedger(tables, "acme").keep([_row("old", OLD)])
    events.write([EventRow("acme|old", "e1", {"A": 1})])
    acme = TableRetention(tables, "acme", SystemClock(), quiet=AT_ONCE, row_tenant="acme")
    assert acme.purge(NEW - timedelta(days=30), 60, "")[0]["events"] == 1
    assert (events.keys("acme|old"), events.keys("old")) == (set(), {"e1"})


def test_what_was_written_just_now_is_left_alone(tables: StorageTables) -> None:
    _filled(tables)
    gone, _ = TableRetention(tables, "home", SystemClock()).purge(NEW - timedelta(days=30), 60, "")
    assert (gone["history"], gone["documents"], gone["events"]) == (0, 0, 0)
