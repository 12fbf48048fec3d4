"""Rows of ours that cannot be read: kept apart as they were, logged once, and the row itself mended."""

from collections.abc import Collection, Mapping
from datetime import datetime

from shared import telemetry
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import plain
from shared.core.values import table_keys

_TABLE = "AlertWork"
# Columns beside the row's own: the table and the keys that it had, and the fields that could not be read.
KEPT = ("KeptFromTable", "KeptFromPartition", "KeptFromRow", "KeptForFields")
_TYPES = (str, bool, int, float, bytes, datetime)


def set_apart(
    tables: StorageTables,
    tenant: str,
    table: str,
    entity: Entity,
    columns: Mapping[str, object] | None,
    lost: Collection[str],
) -> str | None:
    """The new etag of the row, whose columns are now `columns` (gone with None); None where it was lost to
    another run, or is gone.

    The copy has columns that say where it was, and is written first. So a crash in between loses nothing, and
    the row is met again.
    """
    keys = {name: str(entity[name]) for name in ("PartitionKey", "RowKey")}
    partition, row_key = table_keys.set_apart_key(tenant, *keys.values())
    values = {name: plain(held) for name, held in entity.items()}
    raw = {name: value if isinstance(value, _TYPES) else str(value) for name, value in values.items()}
    where = dict(zip(KEPT, (table, *keys.values(), " ".join(sorted(lost))), strict=True))
    tables.apply(_TABLE, [Operation(Verb.PUT, raw | where | {"PartitionKey": partition, "RowKey": row_key})])
    verb = Verb.DELETE if columns is None else Verb.REPLACE
    [etag] = tables.apply(table, [Operation(verb, keys | dict(columns or {}), str(entity.metadata["etag"]))])
    if etag is not None:
        telemetry.error("row cannot be read", table=table, **keys, fields=sorted(lost), kept_as=row_key)
    return etag or None
