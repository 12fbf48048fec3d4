"""Rows that are written, or deleted, on condition that nobody wrote them since they were read."""

from collections.abc import Sequence

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import Kept, RowShape, written
from shared.errors import Conflict

type Key = tuple[str, str]  # partition, row key
type Keyed[T] = Sequence[tuple[Key, T]]


def write_rows[T: Kept](
    tables: StorageTables, table: str, shape: RowShape[T], rows: Keyed[T], change: Verb = Verb.REPLACE
) -> list[T]:
    """Creates rows without etag; replaces, or merges as `change` says, those whose etag still holds. What was
    written is given back, with new etags and in the same order."""
    columns = shape.all_columns if change is Verb.MERGE else shape.columns
    operations = [
        Operation(change if row.etag else Verb.CREATE, as_entity(*key, columns(row)), row.etag)
        for key, row in rows
    ]
    etags = tables.apply(table, operations)
    return [written(row, etag) for (_, row), etag in zip(rows, etags, strict=True) if etag is not None]


def write_row[T: Kept](
    tables: StorageTables, table: str, shape: RowShape[T], key: Key, row: T, change: Verb = Verb.REPLACE
) -> T:
    """The same for one row. Raises Conflict where another was first."""
    for done in write_rows(tables, table, shape, [(key, row)], change):
        return done
    raise Conflict(f"{key[1]}: written by another run meanwhile", service="tables")


def delete_rows[T: Kept](tables: StorageTables, table: str, rows: Keyed[T]) -> list[T]:
    """Deletes rows whose etag still holds; gives back those that were deleted or were gone."""
    ends = tables.apply(table, [Operation(Verb.DELETE, as_entity(*key), row.etag) for key, row in rows])
    return [row for (_, row), end in zip(rows, ends, strict=True) if end is not None]
