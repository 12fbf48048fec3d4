"""Rows that are written, or deleted, on condition that nobody wrote them since they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import RowShape
from shared.errors import Conflict

if TYPE_CHECKING:  # bounds of a type parameter are read by nobody else
    from shared.core.incidents import Mark
    from shared.core.progress import LedgerRow
    from shared.core.write_back import WriteRow

type Key = tuple[str, str]  # partition, row key


def write_rows[T: (LedgerRow, Mark, WriteRow)](
    tables: StorageTables, table: str, shape: RowShape[T], rows: Sequence[tuple[Key, T]]
) -> list[T]:
    """Creates rows without etag, replaces those whose etag still holds; gives back what was written, with new
    etags and in the same order."""
    operations = [
        Operation(_verb(row.etag, Verb.REPLACE), as_entity(*key, shape.columns(row)), row.etag)
        for key, row in rows
    ]
    etags = tables.apply(table, operations)
    return [replace(row, etag=etag) for (_, row), etag in zip(rows, etags, strict=True) if etag is not None]


def delete_rows[T: (LedgerRow, Mark, WriteRow)](
    tables: StorageTables, table: str, rows: Sequence[tuple[Key, T]]
) -> list[T]:
    """Deletes rows whose etag still holds; gives back those that were deleted or were gone."""
    ends = tables.apply(table, [Operation(Verb.DELETE, as_entity(*key), row.etag) for key, row in rows])
    return [row for (_, row), end in zip(rows, ends, strict=True) if end is not None]


def write_row(
    tables: StorageTables,
    table: str,
    key: Key,
    columns: Mapping[str, object],
    etag: str,
    change: Verb = Verb.REPLACE,
) -> str:
    """The new etag of a row that was written as `change` says if its etag still holds, created where it has
    none. Raises Conflict."""
    [written] = tables.apply(table, [Operation(_verb(etag, change), as_entity(*key, columns), etag)])
    if written is None:
        raise Conflict(f"{key[1]}: written by another run meanwhile", service="tables")
    return written


def _verb(etag: str, change: Verb) -> Verb:
    return change if etag else Verb.CREATE
