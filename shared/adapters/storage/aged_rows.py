"""The kinds of rows that grow old, how those of before a moment are found, and how they go.

An alert is old once it was created and last worked on before the moment. Its events go before its history, so
that a purge that was stopped goes on where it was. Nothing that was written within the last hour is touched,
and each row goes on condition that nobody wrote it since it was read: what the app brings back to life
meanwhile stays.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.adapters.storage.client import StorageTables, between_keys, in_partition
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import Instant, by_key, table_keys

_WORK, _EVENTS, _CACHE = "AlertWork", "AlertEvents", "EntityCache"
_GETS = 100  # single reads of open rows, or of history, that cost as much as a page of them
_PAGE, _ALERTS, _INCIDENTS = 1_000, 100, 50  # of rows that go alone; of those that take others along
_KEYS = ("PartitionKey", "RowKey", "Timestamp")
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

    def __str__(self) -> str:
        return (
            f"{self.history} alerts of the ledger's history, {self.documents} documents, "
            f"{self.events} events, {self.sightings} sightings, {self.cache} cached answers, "
            f"{self.unreadable} rows that could not be read, {self.places} places, "
            f"{self.memberships} alerts of incidents, {self.writes} writes that nobody made"
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the filter for rows of before a moment, and what deletes those of a page that may go, which
    says how many these were."""

    name: str
    table: str
    older_than: Callable[[dt.datetime], str]
    remove: Callable[[Sequence[Entity], dt.datetime], int]
    columns: tuple[str, ...] = ()
    page: int = _PAGE

    @property
    def select(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (*_KEYS, *self.columns)


class AgedRows:
    """One tenant's rows, and how many of them went so far."""

    def __init__(
        self,
        tables: StorageTables,
        tenant: str,
        untouched_since: dt.datetime,
        *,
        is_dry: bool,
        row_tenant: str = "",
    ) -> None:
        self._tables = tables
        self._tenant = tenant
        self._row_tenant = row_tenant
        self._untouched_since = untouched_since
        self._is_dry = is_dry
        self._doomed: dict[str, set[str]] = {}  # what a dry run would have deleted of history, by day
        self.purged = Purged()

    def kinds(self) -> list[Kind]:
        """All of them; documents and places follow the history that they wait for."""
        days, tenant = self._days_before, self._tenant
        return [
            Kind("history", _WORK, days(table_keys.history_partition), self._history, _TIMES, _ALERTS),
            Kind("documents", _WORK, days(table_keys.document_partition), self._documents),
            Kind("places", _WORK, self._places_before, self._places, ("Day", "AlertId")),
            Kind("sightings", _WORK, self._sightings_before, self._sightings),
            Kind(
                "unreadable", _WORK, _written_before(table_keys.set_apart_partition(tenant)), self._unreadable
            ),
            Kind("memberships", _WORK, self._incidents_before, self._incidents, ("IncidentId",), _INCIDENTS),
            Kind("writes", _WORK, _written_before(table_keys.write_partition(tenant)), self._writes),
            Kind("cache", _CACHE, self._answers_before, self._answers),
        ]

    def _days_before(self, partition: Callable[[str, str], str]) -> Callable[[dt.datetime], str]:
        """The filter for the days of a kind, which end at the moment's own."""
        first = partition(self._tenant, "0000")

        def only(moment: dt.datetime) -> str:
            return f"PartitionKey ge '{first}' and PartitionKey lt '{partition(self._tenant, _day(moment))}'"

        return only

    def _history(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        old = [row for row in rows if self._is_old(row, moment)]
        open_keys = self._open({str(row["RowKey"]) for row in old})
        old = [row for row in old if row["RowKey"] not in open_keys]
        events = self._tables.side_by_side(lambda row: self._events_of(str(row["RowKey"])), old)
        self.purged.events += self._delete(_EVENTS, [event for theirs in events for event in theirs])
        self.purged.history += self._delete(_WORK, old)
        if self._is_dry:
            for row in old:
                self._doomed.setdefault(_last_part(row), set()).add(str(row["RowKey"]))
        return len(old)

    def _is_old(self, row: Entity, moment: dt.datetime) -> bool:
        """Whether the alert was last worked on long ago, by our own account and by the storage's."""
        times = [row[name] for name in _TIMES if row.get(name) is not None]
        return all(time < moment for time in times) and self._is_quiet(row)

    def _is_quiet(self, row: Entity) -> bool:
        return _written_by(row, self._untouched_since)

    def _events_of(self, row_key: str) -> list[Entity]:
        partition = table_keys.published_row(self._row_tenant, row_key)
        rows = self._tables.query(_EVENTS, in_partition(partition), select=_KEYS)
        return [row for row in rows if self._is_quiet(row)]

    def _documents(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """Those of alerts that are neither open nor in history any more."""
        old = self._of_none(rows, lambda row: (_last_part(row), _document_of(row)))
        self.purged.documents += self._delete(_WORK, old)
        return len(old)

    def _places_before(self, moment: dt.datetime) -> str:
        return f"{in_partition(table_keys.place_partition(self._tenant))} and Day lt '{_day(moment)}'"

    def _places(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """Those of alerts that are neither open nor in history any more."""
        old = self._of_none(rows, lambda row: (str(row["Day"]), _alert_of(row)))
        self.purged.places += self._delete(_WORK, old)
        return len(old)

    def _of_none(self, rows: Sequence[Entity], alert_of: Callable[[Entity], tuple[str, str]]) -> list[Entity]:
        """Those of the rows whose alert, by day and row key, is neither open nor in history any more."""
        kept = self._kept(dict.fromkeys(map(alert_of, rows)))
        return [row for row in rows if self._is_quiet(row) and alert_of(row) not in kept]

    def _kept(self, alerts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the alerts, by day and row key, that are open or in history."""
        kept: set[tuple[str, str]] = set()
        for day, listed in by_key(alerts).items():
            keys, partition = set(listed), table_keys.history_partition(self._tenant, day)
            known = self._present(partition, keys) - self._doomed.get(day, set())
            kept |= {(day, key) for key in known | self._open(keys - known)}
        return kept

    def _open(self, keys: set[str]) -> set[str]:
        """Those of the row keys that are open: these are asked for, not all that is open."""
        return self._present(table_keys.open_partition(self._tenant), keys)

    def _present(self, partition: str, keys: set[str]) -> set[str]:
        if not keys:
            return set()
        return set(self._tables.get_many(_WORK, partition, keys, gets_per_page=_GETS, select=("RowKey",)))

    def _sightings_before(self, moment: dt.datetime) -> str:
        seen = in_partition(table_keys.seen_partition(self._tenant))
        return f"{seen} and Created lt '{Instant.of(moment).text()}'"

    def _sightings(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        self.purged.sightings += self._delete(_WORK, rows)
        return len(rows)

    def _unreadable(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """Rows that were kept apart, by when that was."""
        quiet = [row for row in rows if self._is_quiet(row)]
        self.purged.unreadable += self._delete(_WORK, quiet)
        return len(quiet)

    def _writes(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """What waits since the write-back was switched off: while it is on, each try writes its row."""
        quiet = [row for row in rows if self._is_quiet(row)]
        self.purged.writes += self._delete(_WORK, quiet)
        return len(quiet)

    def _incidents_before(self, moment: dt.datetime) -> str:
        days = between_keys(table_keys.incident_partition(self._tenant), *table_keys.incident_day_rows())
        return f"{days} and Day lt '{_day(moment)}'"

    def _incidents(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        """What is known of incidents none of whose alerts was published anew since: of each its alerts first,
        then its day. Of any other all stays, or its row would be built without its oldest alerts."""
        alerts = self._tables.side_by_side(self._alerts_of, rows)
        old = [
            (row, theirs)
            for row, theirs in zip(rows, alerts, strict=True)
            if all(_written_by(each, moment) for each in (row, *theirs))
        ]
        self.purged.memberships += self._delete(_WORK, [each for _, theirs in old for each in theirs])
        # An alert that came meanwhile keeps the day, or its incident would begin a second row.
        days = [row for row, _ in old]
        left = self._tables.side_by_side(self._alerts_of, days)
        self._delete(_WORK, [day for day, found in zip(days, left, strict=True) if not found])
        return len(old)

    def _alerts_of(self, day: Entity) -> list[Entity]:
        theirs = table_keys.incident_alert_rows(str(day.get("IncidentId", "")))
        only = between_keys(table_keys.incident_partition(self._tenant), *theirs)
        return list(self._tables.query(_WORK, only, select=_KEYS))

    def _answers_before(self, moment: dt.datetime) -> str:
        first, end = table_keys.cache_partitions(self._tenant)
        return f"PartitionKey ge '{first}' and PartitionKey lt '{end}' and At lt {_literal(moment)}"

    def _answers(self, rows: Sequence[Entity], moment: dt.datetime) -> int:
        self.purged.cache += self._delete(_CACHE, rows)
        return len(rows)

    def _delete(self, table: str, rows: Sequence[Entity]) -> int:
        """How many went, or would go."""
        operations = [Operation(Verb.DELETE, _keys(row), str(row.metadata["etag"])) for row in rows]
        if self._is_dry or not operations:
            return len(operations)
        return sum(1 for etag in self._tables.apply(table, operations) if etag is not None)


def _written_before(partition: str) -> Callable[[dt.datetime], str]:
    return lambda moment: f"{in_partition(partition)} and Timestamp lt {_literal(moment)}"


def _written_by(row: Entity, moment: dt.datetime) -> bool:
    written = row.metadata.get("timestamp")
    return written is not None and written < moment


def _literal(moment: dt.datetime) -> str:
    return f"datetime'{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}'"


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).date().isoformat()


def _keys(row: Mapping[str, object]) -> dict[str, object]:
    return {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}


def _last_part(row: Entity) -> str:
    """The day that ends the partition's key."""
    return str(row["PartitionKey"]).rpartition("|")[2]


def _alert_of(place: Entity) -> str:
    """The row key of the alert that a place names."""
    return table_keys.safe_id(str(place.get("AlertId", "")))


def _document_of(part: Entity) -> str:
    """The row key of the alert that a part of a document belongs to."""
    return str(part["RowKey"]).partition("|")[0]
