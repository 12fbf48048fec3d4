"""Deletes what is older than it must be: history, documents, events, sightings, cached answers, and rows that
could not be read.

Rows of `Alerts` are the consumers' and stay. An alert is old once it was created and last worked on before
the given moment. Each alert's events go first and its history last, so that a purge that was stopped goes on
where it was. Nothing that was written within the last hour is touched, and each row goes on condition that
nobody wrote it since it was read: what the app brings back to life meanwhile stays.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import batched, groupby

from azure.data.tables import TableEntity

from shared.adapters.clock import Clock
from shared.adapters.storage.client import StorageTables, between_keys, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import (
    Instant,
    cache_partitions,
    document_partition,
    history_partition,
    incident_alert_rows,
    incident_day_rows,
    incident_partition,
    open_partition,
    place_partition,
    safe_id,
    seen_partition,
    set_apart_partition,
)

_WORK, _EVENTS, _CACHE = "AlertWork", "AlertEvents", "EntityCache"
_BATCH = 500
_GETS = 100  # single reads of open rows that cost as much as a page of them
_QUIET = dt.timedelta(hours=1)
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

    def __str__(self) -> str:
        return (
            f"{self.history} alerts of the ledger's history, {self.documents} documents, "
            f"{self.events} events, {self.sightings} sightings, {self.cache} cached answers, "
            f"{self.unreadable} rows that could not be read, {self.places} places, "
            f"{self.memberships} alerts of incidents"
        )


class _TimeIsUp(Exception):
    """The purge has had its time; the next one goes on."""


class TableRetention:
    """Purges one tenant's rows; it may run while the app works."""

    def __init__(
        self, tables: StorageTables, tenant: str, clock: Clock, *, quiet: dt.timedelta = _QUIET
    ) -> None:
        self._tables = tables
        self._tenant = tenant
        self._clock = clock
        self._quiet = quiet

    def purge(self, older_than: dt.datetime, seconds: float) -> dict[str, int]:
        """How many rows of each kind went; stops after `seconds`, and the next purge goes on."""
        return asdict(self.run(older_than, seconds=seconds, is_dry=False))

    def run(self, older_than: dt.datetime, *, seconds: float | None, is_dry: bool) -> Purged:
        """What went, or with `is_dry` would go; without `seconds` it takes the time it needs."""
        until = None if seconds is None else self._clock.monotonic() + seconds
        run = _Run(self._tables, self._tenant, older_than, self._clock.now() - self._quiet, is_dry)
        run.stop_if = lambda: until is not None and self._clock.monotonic() > until
        try:
            run.all()
        except _TimeIsUp:
            pass
        return run.purged


class _Run:
    """One purge under way."""

    def __init__(
        self,
        tables: StorageTables,
        tenant: str,
        older_than: dt.datetime,
        untouched_since: dt.datetime,
        is_dry: bool,
    ) -> None:
        self._tables = tables
        self._tenant = tenant
        self._older_than = older_than
        self._untouched_since = untouched_since
        self._is_dry = is_dry
        self.stop_if: Callable[[], bool] = lambda: False
        self.purged = Purged()

    def all(self) -> None:
        """Purges every kind, each alert's events before its history. Raises _TimeIsUp."""
        doomed: dict[str, set[str]] = {}
        for partition, rows in self._by_partition(self._days(history_partition), _TIMES):
            for batch in batched(rows, _BATCH, strict=False):
                self._history(partition, batch, doomed)
        for partition, rows in self._by_partition(self._days(document_partition)):
            day = partition.rpartition("|")[2]
            self._documents(partition, rows, self._in_history(day) - doomed.get(day, set()))
        self._sightings()
        self._unreadable()
        self._places(doomed)
        self._memberships()
        self._cache()

    def _days(self, partition: Callable[[str, str], str]) -> str:
        """The filter for every day's partition of a kind."""
        first, end = partition(self._tenant, "0000"), partition(self._tenant, "9999")
        return f"PartitionKey ge '{first}' and PartitionKey le '{end}'"

    def _sightings(self) -> None:
        before = Instant.of(self._older_than).text()
        only = f"{in_partition(seen_partition(self._tenant))} and Created lt '{before}'"
        for batch in batched(self._tables.query(_WORK, only, select=_KEYS), _BATCH, strict=False):
            self.purged.sightings += self._delete(_WORK, batch)

    def _places(self, doomed: dict[str, set[str]]) -> None:
        """Places of alerts that are neither open nor in history any more."""
        before = self._older_than.date().isoformat()
        only = f"{in_partition(place_partition(self._tenant))} and Day lt '{before}'"
        rows = self._tables.query(_WORK, only, select=(*_KEYS, "Day", "AlertId"))
        kept: dict[str, set[str]] = {}
        for batch in batched(rows, _BATCH, strict=False):
            old = []
            for row in batch:
                day = str(row["Day"])
                if day not in kept:
                    kept[day] = self._in_history(day) - doomed.get(day, set())
                if _alert_of(row) not in kept[day] and self._is_quiet(row):
                    old.append(row)
            self.purged.places += self._delete(_WORK, self._closed(old, _alert_of))

    def _memberships(self) -> None:
        """What is known of incidents none of whose alerts was published anew since: of each its alerts first,
        then its day. Of any other all stays, or its row would be built without its oldest alerts."""
        partition, before = incident_partition(self._tenant), self._older_than.date().isoformat()
        only = f"{between_keys(partition, *incident_day_rows())} and Day lt '{before}'"
        for row in self._tables.query(_WORK, only, select=(*_KEYS, "IncidentId")):
            theirs = between_keys(partition, *incident_alert_rows(str(row.get("IncidentId", ""))))
            alerts = list(self._tables.query(_WORK, theirs, select=_KEYS))
            times = [each.metadata.get("timestamp") for each in (*alerts, row)]
            if all(written is not None and written < self._older_than for written in times):
                self.purged.memberships += self._delete(_WORK, alerts)
                self._delete(_WORK, [row])

    def _unreadable(self) -> None:
        """Rows that were kept apart, by when that was."""
        before = self._older_than.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        only = f"{in_partition(set_apart_partition(self._tenant))} and Timestamp lt datetime'{before}'"
        for batch in batched(self._tables.query(_WORK, only, select=_KEYS), _BATCH, strict=False):
            self.purged.unreadable += self._delete(_WORK, [row for row in batch if self._is_quiet(row)])

    def _by_partition(
        self, only: str, columns: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Iterator[TableEntity]]]:
        """The rows of each day's partition before the given moment."""
        rows = self._tables.query(_WORK, only, select=(*_KEYS, *columns))
        last_day = self._older_than.date().isoformat()
        for partition, found in groupby(rows, key=lambda row: str(row["PartitionKey"])):
            if partition.rpartition("|")[2] < last_day:
                yield partition, found

    def _history(self, partition: str, rows: tuple[TableEntity, ...], doomed: dict[str, set[str]]) -> None:
        old = [row for row in rows if self._is_old(row)]
        open_keys = self._open({str(row["RowKey"]) for row in old})
        old = [row for row in old if row["RowKey"] not in open_keys]
        for row in old:
            self.purged.events += self._delete(_EVENTS, self._events_of(str(row["RowKey"])))
        self.purged.history += self._delete(_WORK, old)
        if self._is_dry:
            day = partition.rpartition("|")[2]
            doomed.setdefault(day, set()).update(str(row["RowKey"]) for row in old)

    def _is_old(self, row: TableEntity) -> bool:
        """Whether the alert was last worked on long ago, by our own account and by the storage's."""
        times = [row[name] for name in _TIMES if row.get(name) is not None]
        return all(moment < self._older_than for moment in times) and self._is_quiet(row)

    def _is_quiet(self, row: TableEntity) -> bool:
        written = row.metadata.get("timestamp")
        return written is not None and written < self._untouched_since

    def _events_of(self, alert_key: str) -> list[TableEntity]:
        rows = self._tables.query(_EVENTS, in_partition(alert_key), select=_KEYS)
        return [row for row in rows if self._is_quiet(row)]

    def _in_history(self, day: str) -> set[str]:
        """Row keys of the alerts created that day that are in history."""
        only = in_partition(history_partition(self._tenant, day))
        return {str(row["RowKey"]) for row in self._tables.query(_WORK, only, select=("RowKey",))}

    def _open(self, keys: set[str]) -> set[str]:
        """Those of the row keys that are open: these are asked for, not all that is open."""
        found = self._tables.get_many(_WORK, open_partition(self._tenant), keys, gets_per_page=_GETS)
        return set(found)

    def _closed(
        self, rows: Sequence[TableEntity], alert_of: Callable[[TableEntity], str]
    ) -> list[TableEntity]:
        """Those of the rows whose alert is not open."""
        open_keys = self._open({alert_of(row) for row in rows})
        return [row for row in rows if alert_of(row) not in open_keys]

    def _documents(self, partition: str, rows: Iterable[TableEntity], kept: set[str]) -> None:
        for batch in batched(rows, _BATCH, strict=False):
            old = [row for row in batch if _document_of(row) not in kept and self._is_quiet(row)]
            self.purged.documents += self._delete(_WORK, self._closed(old, _document_of))

    def _cache(self) -> None:
        first, end = cache_partitions(self._tenant)
        moment = self._older_than.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        only = f"PartitionKey ge '{first}' and PartitionKey lt '{end}' and At lt datetime'{moment}'"
        for batch in batched(self._tables.query(_CACHE, only, select=_KEYS), _BATCH, strict=False):
            self.purged.cache += self._delete(_CACHE, batch)

    def _delete(self, table: str, rows: Iterable[TableEntity]) -> int:
        """How many went, or would go."""
        operations = [
            Operation(
                Verb.DELETE,
                {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]},
                str(row.metadata["etag"]),
            )
            for row in rows
        ]
        if self.stop_if():
            raise _TimeIsUp
        if self._is_dry or not operations:
            return len(operations)
        return sum(1 for etag in self._tables.apply(table, operations) if etag is not None)


def _alert_of(place: TableEntity) -> str:
    """The row key of the alert that a place names."""
    return safe_id(str(place.get("AlertId", "")))


def _document_of(part: TableEntity) -> str:
    """The row key of the alert that a part of a document belongs to."""
    return str(part["RowKey"]).partition("|")[0]
