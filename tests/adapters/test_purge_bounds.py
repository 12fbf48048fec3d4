"""A purge reads a page of each kind and no more where nothing is old, ends within its time, and goes on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.azurite import Azurite
from shared.adapters.storage import StorageTables, TableLedger, TableRetention
from shared.adapters.storage.purge_progress import Progress
from shared.adapters.storage.wire import Wire
from shared.core.values import table_keys
from tests.table_service import Answer, Ended, TableService
from tests.tenant_rows import finished, ledger_row, unfinished

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CUT = NOW - timedelta(days=30)
OLD, NEW = NOW - timedelta(days=40), NOW - timedelta(days=2)
KINDS = 8
TABLES = ("AlertWork", "AlertEvents", "EntityCache")


@dataclass
class Clock:
    """A clock that tests and requests move."""

    at: datetime = NOW
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def jitter(self) -> float:
        return 1.0


def retention(tables: StorageTables, clock: Clock | None = None, tenant: str = "home") -> TableRetention:
    return TableRetention(tables, tenant, clock or Clock())


def service_at(moment: datetime) -> TableService:
    return TableService(now=moment)


def _young(service: TableService, rows: int) -> None:
    """So many rows of each kind, none of them old."""
    finished(service.client(), "home", "first", NEW)
    days = [(NEW - timedelta(days=n)).date().isoformat() for n in range(20)]
    work, events, answers = [], [], []
    for n in range(rows):
        day, key = days[n % len(days)], f"a{n:06}"
        work += [
            _row(table_keys.history_partition("home", day), key),
            _row(table_keys.document_partition("home", day), key),
            _row(table_keys.place_partition("home"), key, Day=day),
            _row(table_keys.seen_partition("home"), key, Created=f"{day}T00:00:00.0000000Z"),
            _row(table_keys.set_apart_partition("home"), key),
            _row(table_keys.write_partition("home"), key),
            _row(table_keys.incident_partition("home"), table_keys.incident_day_row(key), Day=day),
        ]
        events.append(_row(key, "e"))
        moment = {"At": f"{day}T00:00:00Z", "At@odata.type": "Edm.DateTime"}
        answers.append(_row(table_keys.cache_partition("home", "device"), key, **moment))
    for table, made in (("AlertWork", work), ("AlertEvents", events), ("EntityCache", answers)):
        service.lay(table, made)


def _row(partition: str, row_key: str, **columns: str) -> dict[str, object]:
    return {"PartitionKey": partition, "RowKey": row_key, **columns}


@pytest.mark.parametrize(
    "rows", [1_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (10_000, 50_000))]
)
def test_with_nothing_old_a_purge_asks_once_for_each_kind_and_gets_no_row(rows: int) -> None:
    service = service_at(NEW)
    _young(service, rows)
    service.effects.clear()
    service.reads.clear()
    gone, _ = retention(service.client()).purge(CUT, 60, "")
    assert set(gone.values()) == {0}
    assert service.effects == ["read AlertWork"] * 7 + ["read EntityCache"]
    assert sum(answered for _, answered in service.reads) == 0


def test_with_nothing_old_azurite_is_asked_once_for_each_kind_too(
    azurite: Azurite, tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    TableLedger(tables, "home").keep(
        [ledger_row(f"a{n}", now - timedelta(days=n % 20)) for n in range(1_000)]
    )
    finished(tables, "home", "whole", now)
    asked: list[int] = []
    get = Wire.get

    def noted(wire: Wire, path: str) -> object:
        answer = get(wire, path)
        asked.append(answer.content.count(b'"RowKey"'))
        return answer

    monkeypatch.setattr(Wire, "get", noted)
    gone, _ = retention(tables, Clock(now)).purge(now - timedelta(days=30), 60, "")
    assert (set(gone.values()), asked) == ({0}, [0] * KINDS)


def test_what_is_old_and_stays_is_read_a_page_at_a_time_and_once_a_round() -> None:
    """Alerts of old days that were worked on lately."""
    service = service_at(NEW)
    tables = service.client()
    partition = table_keys.history_partition("home", OLD.date().isoformat())
    seen = {"GenerationSeen": f"{NEW:%Y-%m-%dT%H:%M:%SZ}", "GenerationSeen@odata.type": "Edm.DateTime"}
    service.lay("AlertWork", [_row(partition, f"a{n:03}", **seen) for n in range(251)])
    progress, read = "", []
    for _ in range(4):
        service.reads.clear()
        _, progress = retention(tables).purge(CUT, 60, progress)
        read.append(service.reads[0][1])
    assert read == [100, 100, 51, 100], "the fourth run begins the next round"


@cache
def _aged_once() -> TableService:
    service = service_at(OLD)
    tables = service.client()
    for n in range(4):
        finished(tables, "home", f"old{n}", OLD + timedelta(hours=n))
    finished(tables, "homely", "theirs", OLD)
    unfinished(tables, "home", "old3", OLD)
    service.now = NEW
    finished(tables, "home", "new", NEW)
    service.now = NOW
    finished(tables, "home", "late", OLD)
    return service


def _aged() -> TableService:
    """Old alerts of two tenants, one in work again, a young one, and one that was written just now."""
    return _aged_once().copied()


def _rest(service: TableService) -> set[tuple[str, tuple[str, str]]]:
    return set(service.everything())


@cache
def _purged() -> set[tuple[str, tuple[str, str]]]:
    service = _aged()
    retention(service.client()).run(CUT, is_dry=False)
    return _rest(service)


def test_a_purge_takes_what_is_old_of_every_kind_and_nothing_else() -> None:
    gone = _rest(_aged()) - _purged()
    assert {table for table, _ in gone} == set(TABLES)
    assert not [key for _, key in gone if "new" in str(key) or "theirs" in str(key)]
    open_again = {key for _, key in _purged() if "old" in str(key)}
    assert {row_key for partition, row_key in open_again if not partition.startswith("due|")} == {
        *("old3", "old3|alert|r|00000", "e0", "e1", "other-old3"),  # what it needs
        *("due|m-old3", "k-old3", "w-old3"),  # a mark of an incident, and what operators wrote
    }


@settings(max_examples=6, deadline=None)
@given(scanned=st.integers(2, 40), seconds=st.sampled_from([0.0, 1.0, 60.0]))
def test_runs_of_any_length_come_to_the_same_end(scanned: int, seconds: float) -> None:
    """However few rows the service looks at for one page."""
    service, clock, progress = _aged(), Clock(), ""
    service.scanned_at_most = scanned
    service.effect = _seconds_pass(clock)
    for _ in range(20):
        _, progress = retention(service.client(), clock).purge(CUT, seconds, progress)
    assert _rest(service) == _purged()


def _seconds_pass(clock: Clock) -> Callable[[str, Callable[[], Answer]], Answer]:
    def effect(name: str, do: Callable[[], Answer]) -> Answer:
        clock.seconds += 0.1
        return do()

    return effect


def test_the_time_is_looked_at_after_each_page() -> None:
    service, clock = _aged(), Clock()
    service.scanned_at_most = 1
    service.effect = _seconds_pass(clock)
    retention(service.client(), clock).purge(CUT, 2.0, "")
    assert clock.seconds < 2.0 + KINDS * 0.5, "each kind may end the page that it has begun"


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_purge_that_is_ended_at_any_request_is_made_good_by_the_next(side: str) -> None:
    service = _aged()
    service.effects.clear()
    retention(service.client()).purge(CUT, 60, "")
    requests = len(service.effects)
    assert requests > 30
    for index in range(requests):
        service = _aged()
        service.effects.clear()
        service.end_at = (index, side)
        with pytest.raises(Ended):
            retention(service.client()).purge(CUT, 60, "")
        retention(service.client()).purge(CUT, 60, "")
        assert _rest(service) == _purged(), (index, side)


def test_a_retention_that_was_made_longer_counts_at_once() -> None:
    progress = Progress()
    progress.reached("cache", CUT, {"NextPartitionKey": "1!61"})
    kept = Progress.read(progress.text())
    assert kept.start("cache", CUT + timedelta(hours=1)) == (CUT, {"NextPartitionKey": "1!61"})
    longer = CUT - timedelta(days=9)
    assert kept.start("cache", longer) == (longer, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"cache":1}',
        '{"cache":["2026-01-01",{}]}',
        '{"cache":["x",{}]}',
        "[" * 99_999,
        "\ud800",
    ],
)
def test_progress_that_cannot_be_read_begins_anew(text: str) -> None:
    assert Progress.read(text).text() == ""


def test_progress_too_long_for_its_column_is_none() -> None:
    progress = Progress()
    progress.reached("cache", CUT, {"NextPartitionKey": "x" * 40_000})
    assert progress.text() == ""


def test_a_place_that_the_service_refuses_is_forgotten() -> None:
    service = _aged()
    progress = json.dumps({"sightings": (CUT.isoformat(), {"NextPartitionKey": "nonsense"})})
    gone, progress = retention(service.client()).purge(CUT, 60, progress)
    assert (gone["sightings"], progress) == (0, "")
    gone, _ = retention(service.client()).purge(CUT, 60, progress)
    assert gone["sightings"] == 5
