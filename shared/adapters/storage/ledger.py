"""Table `AlertWork`: the open rows of a tenant and its history."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from azure.data.tables import TableEntity

from shared import telemetry
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import RowShape
from shared.core.progress import LedgerRow
from shared.core.values import history_partition, open_partition, safe_id
from shared.errors import UnexpectedResponse

TABLE = "AlertWork"
_SHAPE = RowShape(LedgerRow)
_GETS_PER_PAGE = 100


class TableLedger:
    """One tenant's ledger."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._tenant = tenant
        self._open = open_partition(tenant)

    def open_rows(self) -> list[LedgerRow]:
        """Every open row of the tenant; one that cannot be read is logged and left out."""
        rows = (_read(entity) for entity in self._tables.query(TABLE, in_partition(self._open)))
        return [row for row in rows if row is not None]

    def open_row(self, alert_id: str) -> LedgerRow | None:
        """One open row, or None."""
        entity = self._tables.get(TABLE, self._open, safe_id(alert_id))
        return None if entity is None else _read(entity)

    def finished(self, keys: Iterable[tuple[str, str]]) -> dict[str, LedgerRow]:
        """History rows by alert id, for (day, alert id) pairs; unknown ones are absent."""
        by_day: dict[str, set[str]] = {}
        for day, alert_id in keys:
            by_day.setdefault(day, set()).add(safe_id(alert_id))
        found: dict[str, LedgerRow] = {}
        for day, row_keys in by_day.items():
            partition = history_partition(self._tenant, day)
            entities = self._tables.get_many(TABLE, partition, row_keys, gets_per_page=_GETS_PER_PAGE)
            rows = (_read(entity) for entity in entities.values())
            found |= {row.alert_id: row for row in rows if row is not None}
        return found

    def write(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Creates open rows without etag, replaces those whose etag still holds.

        Gives back what was written, with new etags, in the same order; rows that lost a race are left out.
        """
        etags = self._tables.apply(
            TABLE,
            [
                Operation(Verb.REPLACE if row.etag else Verb.CREATE, _entity(self._open, row), etag=row.etag)
                for row in rows
            ],
        )
        return [replace(row, etag=etag) for row, etag in zip(rows, etags, strict=True) if etag is not None]

    def finish(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Writes history, then deletes the open row if its etag still holds; gives back the finished rows.

        A crash between the two leaves the row in both: it is open, and the next run finishes it again.
        A row that lost its race leaves a history row behind, which the open row's own end replaces.
        """
        self._tables.apply(
            TABLE,
            [Operation(Verb.PUT, _entity(history_partition(self._tenant, row.day), row)) for row in rows],
        )
        deleted = self._tables.apply(
            TABLE,
            [
                Operation(
                    Verb.DELETE,
                    {"PartitionKey": self._open, "RowKey": safe_id(row.alert_id)},
                    etag=row.etag,
                )
                for row in rows
                if row.etag
            ],
        )
        ends = iter(deleted)
        return [row for row in rows if not row.etag or next(ends) is not None]


def _entity(partition: str, row: LedgerRow) -> dict[str, object]:
    return {"PartitionKey": partition, "RowKey": safe_id(row.alert_id), **_SHAPE.columns(row)}


def _read(entity: TableEntity) -> LedgerRow | None:
    try:
        return _SHAPE.read(entity, str(entity.metadata["etag"]))
    except UnexpectedResponse as err:
        telemetry.error("ledger row cannot be read", row=entity.get("RowKey"), reason=str(err))
        return None
