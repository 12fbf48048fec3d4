"""The ports that are kept in tables, against Azurite: the same promises that the fakes of the steps make."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.core.rest import HttpResponse

from shared.adapters.clock import SystemClock
from shared.adapters.defender import DefenderAlerts, DefenderDirectory
from shared.adapters.detections import DetectionFiles
from shared.adapters.graph import GraphAlerts
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import JsonApi
from shared.adapters.hunting import GraphHunter
from shared.adapters.storage.cache import TableEntityCache
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.memberships import TableMemberships
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.retention import TableRetention
from shared.adapters.storage.rows import TableAlertRows, TableEventRows, TableIncidentRows
from shared.adapters.storage.sightings import TableSightings
from shared.adapters.storage.state import TableCheckpoints, TableLeases
from shared.adapters.storage.wire import Wire
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import DocumentKey
from shared.pipeline import ports
from shared.pipeline.hunt import KnowingHunter
from tests.adapters.service import FakeTokens

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
MOMENT = Instant.parse("2026-11-24T09:58:00.1234567Z")
DAY = "2026-11-24"


@pytest.fixture
def ledger(tables: StorageTables) -> TableLedger:
    return TableLedger(tables, "home")


@pytest.fixture
def documents(tables: StorageTables) -> TableDocuments:
    return TableDocuments(tables, "home")


def row(alert_id: str, day: str = DAY) -> LedgerRow:
    return LedgerRow(alert_id, day, "defender", MOMENT, MOMENT, 0, 1, "h", "s", "b", NOW, enrich_due=NOW)


def done(written: LedgerRow) -> LedgerRow:
    return replace(written, state=State.DONE, enrich_due=None)


def test_every_adapter_fulfils_its_port(tables: StorageTables) -> None:
    """mypy compares the signatures; here they are only put together."""
    clock = SystemClock()
    api = JsonApi("defender", "https://127.0.0.1:1", "s", FakeTokens(), clock=clock)
    sources: list[ports.AlertSource] = [DefenderAlerts(api), GraphAlerts(api)]
    cache: ports.EntityCache = TableEntityCache(tables, "home", clock)
    made = ports.Ports(
        source=sources[0],
        directory=DefenderDirectory(api, clock),
        hunter=KnowingHunter(GraphHunter(api, clock), cache, clock),
        ledger=TableLedger(tables, "home"),
        documents=TableDocuments(tables, "home"),
        checkpoints=TableCheckpoints(tables, "home"),
        leases=TableLeases(tables, "home"),
        alert_rows=TableAlertRows(tables),
        event_rows=TableEventRows(tables),
        incident_rows=TableIncidentRows(tables),
        memberships=TableMemberships(tables, "home"),
        sightings=TableSightings(tables, "home"),
        retention=TableRetention(tables, "home", clock),
        calls=CallCounts(),
        clock=clock,
        rules=DetectionFiles(frozenset()).rules,
    )
    assert (made.source.name, sources[1].name) == ("defender", "graph")
    assert cache.get("device", []) == {}


def test_open_rows_come_back_with_the_etag_that_writes_them(ledger: TableLedger) -> None:
    odd = row("da1_-2/../x#\u00fc'")
    written = ledger.write([row("a"), odd])
    assert [replace(each, etag="") for each in written] == [row("a"), odd]
    assert sorted(ledger.open_rows(), key=lambda each: each.alert_id) == written
    assert ledger.open_row(odd.alert_id) == written[1]
    assert ledger.open_row("unknown") is None
    assert len(ledger.write([replace(each, attempts=1) for each in written])) == 2


def test_a_due_time_that_is_taken_away_is_gone(ledger: TableLedger) -> None:
    [written] = ledger.write([row("a")])
    ledger.write([replace(written, enrich_due=None, hunt_due=NOW)])
    read = ledger.open_row("a")
    assert read is not None and (read.enrich_due, read.hunt_due) == (None, NOW)


def test_a_row_that_lost_its_race_is_left_out(ledger: TableLedger) -> None:
    first = ledger.write([row(f"{n}") for n in range(5)])
    newer = ledger.write([replace(first[2], attempts=7)])
    again = ledger.write([replace(each, attempts=1) for each in first])
    assert [each.alert_id for each in again] == ["0", "1", "3", "4"]
    assert ledger.write([row("2")]) == []
    assert ledger.open_row("2") == newer[0]


def test_a_finished_row_moves_to_its_days_history(ledger: TableLedger) -> None:
    written = ledger.write([row("a"), row("b"), row("c", "2026-11-23")])
    finished = [done(each) for each in written]
    assert len(ledger.keep([replace(each, etag="") for each in finished])) == 3
    assert ledger.close(finished) == finished
    assert ledger.open_rows() == []
    found = ledger.finished([(DAY, "a"), ("2026-11-23", "c"), (DAY, "c"), (DAY, "unknown")])
    assert {key: each.state for key, each in found.items()} == {"a": State.DONE, "c": State.DONE}


def test_a_row_that_is_gone_counts_as_closed_and_a_newer_version_stays_open(ledger: TableLedger) -> None:
    written = ledger.write([row("a"), row("b")])
    assert ledger.close(written[:1]) == ledger.close(written[:1]) == written[:1]
    [newer] = ledger.write([replace(written[1], generation=2)])
    assert ledger.close(written[1:]) == []
    assert ledger.open_rows() == [newer]


def test_history_is_written_only_by_who_knows_what_stands_there(ledger: TableLedger) -> None:
    [kept] = ledger.keep([done(row("a"))])
    assert ledger.finished([(DAY, "a")]) == {"a": kept}
    assert ledger.keep([done(row("a"))]) == []
    [newer] = ledger.keep([replace(kept, generation=2)])
    assert ledger.keep([kept]) == []
    assert ledger.finished([(DAY, "a")]) == {"a": newer}


def test_tenants_do_not_see_each_other(tables: StorageTables) -> None:
    TableLedger(tables, "one").write([row("a")])
    assert TableLedger(tables, "two").open_rows() == []


def document(alert: str, kind: str = "alert", ref: str = "r1") -> DocumentKey:
    return DocumentKey(DAY, alert, kind, ref)


@pytest.mark.parametrize("size", [0, 1, 60_000, 60_001, 720_000, 720_001, 2_500_000])
def test_a_body_of_any_size_comes_back_whole(documents: TableDocuments, size: int) -> None:
    body = bytes(n * 7 % 251 for n in range(min(size, 10_000))) * (size // 10_000 or 1)
    body = body[:size].ljust(size, b"x")
    documents.put({document("a"): body})
    documents.put({document("a"): body})
    assert documents.get([document("a")]) == {document("a"): body}


def test_the_documents_of_many_alerts_are_told_apart(documents: TableDocuments) -> None:
    odd = ["a", "a|b", "a/b", "A", "a~", "a%7C"]
    stored = {
        document(alert, kind, ref): f"{alert}{kind}{ref}".encode()
        for alert in odd
        for kind in ("alert", "enrichment", "finding")
        for ref in ("r1", "r2")
    }
    documents.put(stored)
    wanted = [key for key in stored if key.ref == "r1"]
    assert documents.get(wanted) == {key: stored[key] for key in wanted}
    assert documents.get([document("a", "finding", "r2"), document("a", "note", "r2"), document("z")]) == {
        document("a", "finding", "r2"): b"afindingr2"
    }


def test_a_document_that_lacks_a_part_is_not_given_back(
    documents: TableDocuments, tables: StorageTables
) -> None:
    documents.put({document("a"): b"x" * 2_000_000, document("b"): b"y"})
    for part in (1, 0):
        gone = {
            "PartitionKey": table_keys.document_partition("home", DAY),
            "RowKey": table_keys.document_row("a", "alert", "r1", part),
        }
        tables.apply("AlertWork", [Operation(Verb.DELETE, gone)])
        assert documents.get([document("a")]) == {}
        assert documents.get([document("a"), document("a", "finding"), document("b")]) == {
            document("b"): b"y"
        }


def test_documents_are_read_in_as_few_calls_as_can_be(
    documents: TableDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents.put({document("a", kind): b"x" for kind in ("alert", "enrichment", "finding")})
    asked: list[str] = []
    get = Wire.get

    def noted(wire: Wire, path: str) -> HttpResponse:
        asked.append("query" if "AlertWork()?" in path else "get")
        return get(wire, path)

    monkeypatch.setattr(Wire, "get", noted)
    documents.get([document("a")])
    documents.get([document("a", kind) for kind in ("alert", "enrichment", "finding")])
    assert asked == ["get", "query"]


def test_the_documents_of_many_alerts_of_a_day_are_read_by_pages(
    documents: TableDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {document(f"a{n:03}", kind): f"{kind}{n}".encode() for n in range(60) for kind in ("alert", "b")}
    large = {document("a007", "c"): b"x" * 2_000_000, document("a001", "c"): b"y" * 800_000}
    documents.put(small | large)
    asked: list[str] = []
    get = Wire.get

    def noted(wire: Wire, path: str) -> HttpResponse:
        asked.append(path)
        return get(wire, path)

    monkeypatch.setattr(Wire, "get", noted)
    wanted = small | large
    assert documents.get([*wanted, document("gone"), document("a003", "gone")]) == wanted
    assert len(asked) <= 8, "two by pages; then those of many rows, and those that are gone"
    asked.clear()
    scattered = {document(f"{n:03}z"): b"s" for n in range(60)}
    many = {document(f"{n:03}{m}"): b"m" for n in range(60) for m in range(40)}
    documents.put(scattered | many)
    asked.clear()
    assert documents.get(scattered) == scattered
    assert len(asked) <= 70, "one by one, after a look at keys that is soon over"
