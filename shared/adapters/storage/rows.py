"""The tables that consumers read: `Alerts`, `AlertEvents` and `Incidents`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import plain
from shared.core.values import Column, EventRow, RowWrite, StoredRow, by_key

ALERTS = "Alerts"
EVENTS = "AlertEvents"
INCIDENTS = "Incidents"
_GETS_PER_PAGE = 400  # the rows are wide
_GETS_PER_NARROW_PAGE = 50  # of some columns alone
_KEYS = ("PartitionKey", "RowKey")


class _PublishedRows:
    """Rows of one table. They are merged, so that a consumer's own columns survive."""

    _table: str

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def read(
        self, keys: Iterable[tuple[str, str]], columns: Collection[str] = ()
    ) -> dict[tuple[str, str], StoredRow]:
        """Rows by (day, row key), of these columns alone where any are named; missing ones are absent."""
        gets, select = (_GETS_PER_NARROW_PAGE, (*_KEYS, *columns)) if columns else (_GETS_PER_PAGE, ())
        return {
            (day, row_key): _stored(entity)
            for day, row_keys in by_key(keys).items()
            for row_key, entity in self._tables.get_many(
                self._table, day, row_keys, gets_per_page=gets, select=select
            ).items()
        }

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        """Those written; one that lost a race is left out and must be read and decided again."""
        operations = [
            Operation(
                Verb.MERGE if write.etag else Verb.CREATE,
                as_entity(write.day, write.row_key, write.columns),
                write.etag,
            )
            for write in writes
        ]
        etags = self._tables.apply(self._table, operations)
        return [write for write, etag in zip(writes, etags, strict=True) if etag is not None]


class TableAlertRows(_PublishedRows):
    """Rows of `Alerts`."""

    _table = ALERTS


class TableIncidentRows(_PublishedRows):
    """Rows of `Incidents`."""

    _table = INCIDENTS


class TableEventRows:
    """Rows of `AlertEvents`."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def write(self, rows: Sequence[EventRow]) -> None:
        """Inserts or replaces them, those of one partition together."""
        entities = (as_entity(row.partition, row.row_key, row.columns) for row in rows)
        self._tables.apply(EVENTS, [Operation(Verb.PUT, each) for each in entities])

    def keys(self, partition: str) -> set[str]:
        """Row keys that stand in the partition."""
        rows = self._tables.query(EVENTS, in_partition(partition), select=("RowKey",))
        return {row["RowKey"] for row in rows}

    def remove(self, partition: str, row_keys: Iterable[str]) -> None:
        """Deletes them; one that is gone already is fine."""
        entities = (as_entity(partition, row_key) for row_key in sorted(row_keys))
        self._tables.apply(EVENTS, [Operation(Verb.DELETE, each) for each in entities])


def _stored(entity: Entity) -> StoredRow:
    columns: dict[str, Column] = {}
    for name, held in entity.items():
        value = plain(held)
        if isinstance(value, UUID):
            value = str(value)
        # Bytes can only be a consumer's own; nothing of ours decides by them.
        if name not in _KEYS and isinstance(value, str | int | float | bool | datetime):
            columns[name] = value
    return StoredRow(columns, str(entity.metadata["etag"]))
