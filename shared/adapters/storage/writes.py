"""What is to be written to alerts, in the ledger's table `AlertWork`."""

from collections.abc import Iterable, Sequence

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.conditional import Key, delete_rows, write_rows
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.row_shape import RowShape
from shared.adapters.storage.unreadable import set_apart
from shared.core.values import table_keys
from shared.core.write_back import WriteRow

TABLE = "AlertWork"
SHAPE = RowShape(
    WriteRow,
    "alert_id=AlertId day=Day api_id=ApiId validation=Validation digest=Digest text=Text "
    "wanted_at=WantedAt due=Due fields=Fields severity_rank=SeverityRank step=Step since=Since "
    "attempts=Attempts next_validation=NextValidation next_digest=NextDigest next_text=NextText",
)
_GETS_PER_PAGE = 100


class TableWrites:
    """One tenant's rows."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._tenant = tenant
        self._partition = table_keys.write_partition(tenant)

    def all(self) -> list[WriteRow]:
        """Every row of the tenant; one that cannot be read is kept apart and left out."""
        return list(self._read(self._tables.query(TABLE, in_partition(self._partition))).values())

    def find(self, alert_ids: Iterable[str]) -> dict[str, WriteRow]:
        """Rows by alert id; alerts without one are absent."""
        keys = {table_keys.safe_id(alert_id) for alert_id in alert_ids}
        found = self._tables.get_many(TABLE, self._partition, keys, gets_per_page=_GETS_PER_PAGE)
        return self._read(found.values())

    def put(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        """Creates rows without etag, replaces those whose etag still holds; gives back what was written, with
        new etags."""
        return write_rows(self._tables, TABLE, SHAPE, self._keyed(rows))

    def close(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        """Deletes rows whose etag still holds; gives back those that were deleted or were gone."""
        return delete_rows(self._tables, TABLE, self._keyed(rows))

    def _keyed(self, rows: Sequence[WriteRow]) -> list[tuple[Key, WriteRow]]:
        return [((self._partition, table_keys.safe_id(row.alert_id)), row) for row in rows]

    def _read(self, entities: Iterable[Entity]) -> dict[str, WriteRow]:
        """The rows by alert id, without those that cannot be read."""
        rows: dict[str, WriteRow] = {}
        for entity in entities:
            row, lost = SHAPE.read(entity, str(entity.metadata["etag"]))
            if lost:
                set_apart(self._tables, self._tenant, TABLE, entity, None, lost)
            else:
                rows[row.alert_id] = row
        return rows
