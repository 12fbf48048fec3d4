"""`ops purge`: deletes what is older than some days: history, documents, events and cached answers.

Rows of `Alerts` are the consumers' and stay. An alert is old once it was created and last worked on before
the given moment. Each alert's events go first and its history last, so that a purge that was stopped goes on
where it was. Nothing that was written within the last hour is touched, and each row goes on condition that
nobody wrote it since it was read: what the app brings back to life meanwhile stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched, groupby

from azure.data.tables import TableEntity

from local.ops.finding_alerts import history_filter
from local.ops.target import Target
from shared.adapters.table_operations import Operation, Verb
from shared.adapters.tables import in_partition
from shared.core.keys import document_partition, history_partition, open_partition, safe_id

_WORK, _EVENTS, _CACHE = "AlertWork", "AlertEvents", "EntityCache"
_BATCH = 500
_QUIET = dt.timedelta(hours=1)
_KEYS = ("PartitionKey", "RowKey", "Timestamp")
_TIMES = ("GenerationSeen", "FirstSeen")


@dataclass(slots=True)
class Purged:
    """How many rows went, or would go."""

    history: int = 0
    documents: int = 0
    events: int = 0
    cache: int = 0

    def __str__(self) -> str:
        return (
            f"{self.history} alerts of the ledger's history, {self.documents} documents, "
            f"{self.events} events, {self.cache} cached answers"
        )


class Purge:
    """One purge; with `is_dry` it only counts."""

    def __init__(
        self, target: Target, older_than: dt.datetime, *, is_dry: bool, quiet: dt.timedelta = _QUIET
    ) -> None:
        self._tables = target.tables
        self._tenant = target.tenant
        self._older_than = older_than
        self._untouched_since = target.ports.clock.now() - quiet
        self._is_dry = is_dry
        self.purged = Purged()

    def run(self) -> Purged:
        """What went."""
        doomed: dict[str, set[str]] = {}
        for partition, rows in self._by_partition(history_filter(self._tenant, "0000"), _TIMES):
            for batch in batched(rows, _BATCH, strict=False):
                self._history(partition, batch, doomed)
        for partition, rows in self._by_partition(self._documents_filter()):
            day = partition.rpartition("|")[2]
            self._documents(partition, rows, self._kept(day) - doomed.get(day, set()))
        self._cache()
        return self.purged

    def _by_partition(
        self, only: str, columns: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Iterator[TableEntity]]]:
        """The rows of each day's partition before the given moment."""
        rows = self._tables.query(_WORK, only, select=(*_KEYS, *columns))
        last_day = self._older_than.date().isoformat()
        for partition, found in groupby(rows, key=lambda row: str(row["PartitionKey"])):
            if partition.rpartition("|")[2] < last_day:
                yield partition, found

    def _documents_filter(self) -> str:
        first, end = document_partition(self._tenant, "0000"), document_partition(self._tenant, "9999")
        return f"PartitionKey ge '{first}' and PartitionKey le '{end}'"

    def _history(self, partition: str, rows: tuple[TableEntity, ...], doomed: dict[str, set[str]]) -> None:
        open_keys = self._row_keys(open_partition(self._tenant))
        old = [row for row in rows if self._is_old(row) and row["RowKey"] not in open_keys]
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

    def _kept(self, day: str) -> set[str]:
        """Row keys of the alerts created that day that are in history or open."""
        return self._row_keys(history_partition(self._tenant, day)) | self._row_keys(
            open_partition(self._tenant)
        )

    def _row_keys(self, partition: str) -> set[str]:
        return {
            str(row["RowKey"])
            for row in self._tables.query(_WORK, in_partition(partition), select=("RowKey",))
        }

    def _documents(self, partition: str, rows: Iterable[TableEntity], kept: set[str]) -> None:
        for batch in batched(rows, _BATCH, strict=False):
            old = [
                row
                for row in batch
                if str(row["RowKey"]).partition("|")[0] not in kept and self._is_quiet(row)
            ]
            self.purged.documents += self._delete(_WORK, old)

    def _cache(self) -> None:
        # `}` sorts behind the `|` that ends the tenant's part of the key.
        tenant = safe_id(self._tenant)
        moment = self._older_than.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        only = f"PartitionKey ge '{tenant}|' and PartitionKey lt '{tenant}}}' and At lt datetime'{moment}'"
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
        if self._is_dry or not operations:
            return len(operations)
        return sum(1 for etag in self._tables.apply(table, operations) if etag is not None)
