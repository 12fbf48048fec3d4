"""The tables that consumers read: `Alerts` and `AlertEvents`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from azure.data.tables import TableEntity

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import plain
from shared.core.values import Column, EventRow, RowWrite, StoredRow

ALERTS = "Alerts"
EVENTS = "AlertEvents"
_GETS_PER_PAGE = 400  # the rows are wide
_KEYS = ("PartitionKey", "RowKey")


class TableAlertRows:
    """Rows of `Alerts`. They are merged, so that a consumer's own columns survive."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def read(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StoredRow]:
        """Rows by (day, row key); missing ones are absent."""
        by_day: dict[str, set[str]] = {}
        for day, row_key in keys:
            by_day.setdefault(day, set()).add(row_key)
        return {
            (day, row_key): _stored(entity)
            for day, row_keys in by_day.items()
            for row_key, entity in self._tables.get_many(
                ALERTS, day, row_keys, gets_per_page=_GETS_PER_PAGE
            ).items()
        }

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        """Those written; one that lost a race is left out and must be read and decided again."""
        etags = self._tables.apply(
            ALERTS,
            [
                Operation(
                    Verb.MERGE if write.etag else Verb.CREATE,
                    {"PartitionKey": write.day, "RowKey": write.row_key, **write.columns},
                    write.etag,
                )
                for write in writes
            ],
        )
        return [write for write, etag in zip(writes, etags, strict=True) if etag is not None]


class TableEventRows:
    """Rows of `AlertEvents`."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def write(self, rows: Sequence[EventRow]) -> None:
        """Inserts or replaces them, those of one partition together."""
        self._tables.apply(
            EVENTS,
            [
                Operation(Verb.PUT, {"PartitionKey": row.partition, "RowKey": row.row_key, **row.columns})
                for row in rows
            ],
        )

    def keys(self, partition: str) -> set[str]:
        """Row keys that stand in the partition."""
        rows = self._tables.query(EVENTS, in_partition(partition), select=("RowKey",))
        return {row["RowKey"] for row in rows}

    def remove(self, partition: str, row_keys: Iterable[str]) -> None:
        """Deletes them; one that is gone already is fine."""
        self._tables.apply(
            EVENTS,
            [
                Operation(Verb.DELETE, {"PartitionKey": partition, "RowKey": row_key})
                for row_key in sorted(row_keys)
            ],
        )


def _stored(entity: TableEntity) -> StoredRow:
    columns: dict[str, Column] = {}
    for name, held in entity.items():
        value = plain(held)
        if isinstance(value, UUID):
            value = str(value)
        # Bytes can only be a consumer's own; nothing of ours decides by them.
        if name not in _KEYS and isinstance(value, str | int | float | bool | datetime):
            columns[name] = value
    return StoredRow(columns, str(entity.metadata["etag"]))
