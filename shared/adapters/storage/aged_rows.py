"""The kinds of rows that grow old, how those of before a moment are found, and how they go.

An alert is old once it was created and last worked on before the moment. Its events go before its history, so
that a purge that was stopped goes on where it was. Nothing that was written within the last hour is touched,
and each row goes on condition that nobody wrote it since it was read: what the app brings back to life
meanwhile stays.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.adapters.storage.client import StorageTables, between_keys, between_partitions, in_partition
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.core.values import Instant, by_key, table_keys

type Filter = Callable[[dt.datetime], str]  # for rows of before a moment
type Some = Callable[[Sequence[Entity]], Sequence[Entity]]  # of a page

_WORK, _EVENTS, _CACHE = "AlertWork", "AlertEvents", "EntityCache"
_GETS = 100  # single reads of open rows, or of history, that cost as much as a page of them
_PAGE, _ALERTS, _INCIDENTS = 1_000, 100, 50  # of rows that go alone; of those that take others along
KEYS = ("PartitionKey", "RowKey", "Timestamp")
_TIMES = ("GenerationSeen", "FirstSeen")


@dataclass(slots=True)
class Purged:
    """How many rows went, or would go."""

    history: int = 0
    documents: int = 0
    events: int = 0
    sightings: int = 0
    cache: int = 0
    unreadable: int = 0
    places: int = 0
    memberships: int = 0
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the filter for rows of before a moment, and what deletes those of a page that may go, which
    says how many these were."""

    name: str
    table: str
    older_than: Filter
    remove: Callable[[Sequence[Entity], dt.datetime], int]
    columns: tuple[str, ...] = ()  # that are read beside the keys
    page: int = _PAGE


@dataclass(frozen=True, slots=True)
class AgedRows:
    """One tenant's rows, and how many of them went so far."""

    tables: StorageTables
    tenant: str
    row_tenant: str  # as `published_row` takes it
    untouched_since: dt.datetime
    is_dry: bool
    _counts: Counter[str] = field(default_factory=Counter)
    _doomed: dict[str, set[str]] = field(default_factory=dict)  # what a dry run would have deleted, by day

    @property
    def purged(self) -> Purged:
        """How many went so far."""
        return Purged(**self._counts)

    def kinds(self) -> list[Kind]:
        """All of them; documents and places follow the history that they wait for."""
        days, written = self._days_before, self._written_before
        return [
            Kind("history", _WORK, days(table_keys.history_partition), self._history, _TIMES, _ALERTS),
            self._alone("documents", days(table_keys.document_partition), partial(self._of_none, _of_part)),
            self._alone("places", self._places_before, partial(self._of_none, _of_place), ("Day", "AlertId")),
            self._alone("sightings", self._sightings_before),
            # Rows that were kept apart, by when that was.
            self._alone("unreadable", written(table_keys.set_apart_partition), self._quiet),
            Kind("memberships", _WORK, self._incidents_before, self._incidents, ("IncidentId",), _INCIDENTS),
            # What waits since the write-back was switched off: while it is on, each try writes its row.
            self._alone("writes", written(table_keys.write_partition), self._quiet),
            self._alone("cache", self._answers_before, table=_CACHE),
        ]

    def _alone(
        self, name: str, before: Filter, some: Some = list, columns: tuple[str, ...] = (), table: str = _WORK
    ) -> Kind:
        """A kind whose rows go alone: `some` of each page."""
        return Kind(name, table, before, lambda rows, _: self._gone(name, table, some(rows)), columns)

    def _days_before(self, partition: Callable[[str, str], str]) -> Filter:
        """The filter for the days of a kind, which end at the moment's own."""
        first = partition(self.tenant, "0000")
        return lambda moment: between_partitions(first, partition(self.tenant, _day(moment)))

    def _written_before(self, partition: Callable[[str], str]) -> Filter:
        only = in_partition(partition(self.tenant))
        return lambda moment: f"{only} and Timestamp lt {_literal(moment)}"

    def _history(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        old = [row for row in rows if self._is_old(row, moment)]
        open_keys = self._open({str(row["RowKey"]) for row in old})
        old = [row for row in old if row["RowKey"] not in open_keys]
        events = self.tables.side_by_side(lambda row: self._events_of(str(row["RowKey"])), old)
        self._gone("events", _EVENTS, [event for theirs in events for event in theirs])
        self._gone("history", _WORK, old)
        if self.is_dry:
            for row in old:
                self._doomed.setdefault(_last_part(row), set()).add(str(row["RowKey"]))
        return len(old)

    def _is_old(self, row: Entity, moment: dt.datetime) -> bool:
        """Whether the alert was last worked on long ago, by our own account and by the storage's."""
        times = [row[name] for name in _TIMES if row.get(name) is not None]
        return all(time < moment for time in times) and self._is_quiet(row)

    def _is_quiet(self, row: Entity) -> bool:
        return _written_by(row, self.untouched_since)

    def _quiet(self, rows: Iterable[Entity]) -> list[Entity]:
        return [row for row in rows if self._is_quiet(row)]

    def _events_of(self, row_key: str) -> list[Entity]:
        partition = table_keys.published_row(self.row_tenant, row_key)
        return self._quiet(self.tables.query(_EVENTS, in_partition(partition), select=KEYS))

    def _places_before(self, moment: dt.datetime) -> str:
        return f"{in_partition(table_keys.place_partition(self.tenant))} and Day lt '{_day(moment)}'"

    def _of_none(self, alert_of: Callable[[Entity], tuple[str, str]], rows: Sequence[Entity]) -> list[Entity]:
        """Those of the rows whose alert, by day and row key, is neither open nor in history any more."""
        kept = self._kept(dict.fromkeys(map(alert_of, rows)))
        return [row for row in self._quiet(rows) if alert_of(row) not in kept]

    def _kept(self, alerts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the alerts, by day and row key, that are open or in history."""
        kept: set[tuple[str, str]] = set()
        for day, listed in by_key(alerts).items():
            keys, partition = set(listed), table_keys.history_partition(self.tenant, day)
            known = self._present(partition, keys) - self._doomed.get(day, set())
            kept |= {(day, key) for key in known | self._open(keys - known)}
        return kept

    def _open(self, keys: set[str]) -> set[str]:
        """Those of the row keys that are open: these are asked for, not all that is open."""
        return self._present(table_keys.open_partition(self.tenant), keys)

    def _present(self, partition: str, keys: set[str]) -> set[str]:
        if not keys:
            return set()
        return set(self.tables.get_many(_WORK, partition, keys, gets_per_page=_GETS, select=("RowKey",)))

    def _sightings_before(self, moment: dt.datetime) -> str:
        seen = in_partition(table_keys.seen_partition(self.tenant))
        return f"{seen} and Created lt '{Instant.of(moment).text()}'"

    def _incidents_before(self, moment: dt.datetime) -> str:
        days = between_keys(table_keys.incident_partition(self.tenant), *table_keys.incident_day_rows())
        return f"{days} and Day lt '{_day(moment)}'"

    def _incidents(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """What is known of incidents none of whose alerts was published anew since: of each its alerts first,
        then its day. Of any other all stays, or its row would be built without its oldest alerts."""
        alerts = self.tables.side_by_side(self._alerts_of, rows)
        old = [
            (row, theirs)
            for row, theirs in zip(rows, alerts, strict=True)
            if all(_written_by(each, moment) for each in (row, *theirs))
        ]
        self._gone("memberships", _WORK, [each for _, theirs in old for each in theirs])
        # An alert that came meanwhile keeps the day, or its incident would begin a second row.
        days = [row for row, _ in old]
        left = self.tables.side_by_side(self._alerts_of, days)
        self._delete(_WORK, [day for day, found in zip(days, left, strict=True) if not found])
        return len(old)

    def _alerts_of(self, day: Entity) -> list[Entity]:
        theirs = table_keys.incident_alert_rows(str(day.get("IncidentId", "")))
        only = between_keys(table_keys.incident_partition(self.tenant), *theirs)
        return list(self.tables.query(_WORK, only, select=KEYS))

    def _answers_before(self, moment: dt.datetime) -> str:
        theirs = between_partitions(*table_keys.cache_partitions(self.tenant))
        return f"{theirs} and At lt {_literal(moment)}"

    def _gone(self, name: str, table: str, rows: Sequence[Entity]) -> int:
        """Deletes them, counted under this name, and gives back how many they were."""
        self._counts[name] += self._delete(table, rows)
        return len(rows)

    def _delete(self, table: str, rows: Sequence[Entity]) -> int:
        """How many went, or would go."""
        operations = [
            Operation(Verb.DELETE, as_entity(row["PartitionKey"], row["RowKey"]), str(row.metadata["etag"]))
            for row in rows
        ]
        if self.is_dry or not operations:
            return len(operations)
        return sum(1 for etag in self.tables.apply(table, operations) if etag is not None)


def _written_by(row: Entity, moment: dt.datetime) -> bool:
    written = row.metadata.get("timestamp")
    return written is not None and written < moment


def _literal(moment: dt.datetime) -> str:
    return f"datetime'{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}'"


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).date().isoformat()


def _last_part(row: Entity) -> str:
    """The day that ends the partition's key."""
    return str(row["PartitionKey"]).rpartition("|")[2]


def _of_place(place: Entity) -> tuple[str, str]:
    """The day and the row key of the alert that a place names."""
    return str(place["Day"]), table_keys.safe_id(str(place.get("AlertId", "")))


def _of_part(part: Entity) -> tuple[str, str]:
    """Those of the alert that a part of a document belongs to."""
    return _last_part(part), str(part["RowKey"]).partition("|")[0]
