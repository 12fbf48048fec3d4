"""Table `Tenants`: the tenants of the account, a row each."""

from dataclasses import replace

from azure.data.tables import TableEntity

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import RowShape
from shared.core.progress import TenantRow
from shared.core.values import tenant_key
from shared.errors import Conflict, UnexpectedResponse

TABLE = "Tenants"
SHAPE = RowShape(TenantRow, "name=Name tenant_id=TenantId state=State deployment=Deployment bound_at=BoundAt")


class TableTenants:
    """The rows by name. One that cannot be read stops whoever asks: nobody else may decide whose it is."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def read(self, name: str) -> TenantRow | None:
        """The row of the name, if there is one. Raises UnexpectedResponse where it cannot be read."""
        entity = self._tables.get(TABLE, *tenant_key(name))
        return None if entity is None else _row(entity)

    def all(self) -> list[TenantRow]:
        """Every tenant of the account. Raises UnexpectedResponse where one cannot be read."""
        return [_row(entity) for entity in self._tables.query(TABLE, in_partition(tenant_key("")[0]))]

    def write(self, row: TenantRow) -> TenantRow:
        """Written if its etag still holds, what others keep in the row left as it is. Raises Conflict."""
        partition, row_key = tenant_key(row.name)
        entity = {"PartitionKey": partition, "RowKey": row_key, **SHAPE.columns(row)}
        [etag] = self._tables.apply(
            TABLE, [Operation(Verb.MERGE if row.etag else Verb.CREATE, entity, row.etag)]
        )
        if etag is None:
            raise Conflict(f"{row_key}: written by another run meanwhile", service="tables")
        return replace(row, etag=etag)


def _row(entity: TableEntity) -> TenantRow:
    row, lost = SHAPE.read(entity, str(entity.metadata["etag"]))
    if lost:
        raise UnexpectedResponse(
            f"table {TABLE}, row {entity['RowKey']}: {', '.join(sorted(lost))} cannot be read",
            service="tables",
        )
    return row
