"""Table `Tenants`: the list of tenants, and under which name each tenant's id is kept."""

from shared import telemetry
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.conditional import write_row
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import RowShape
from shared.core.tenants import TenantRow
from shared.core.values import table_keys
from shared.errors import UnexpectedResponse

TABLE = "Tenants"
TENANT = RowShape(
    TenantRow,
    "name=Name tenant_id=TenantId state=State deployment=Deployment bound_at=BoundAt is_further=IsFurther "
    "changed_at=ChangedAt overrides=Overrides next_fetch=NextFetch failures=Failures "
    "last_success=LastSuccess last_error=LastError check_asked=CheckAsked checked_at=CheckedAt "
    "checked=Checked",
)


class TableTenants:
    """The rows by name. One that cannot be read stops whoever asks for it: nobody else may decide whose it
    is."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def read(self, name: str) -> TenantRow:
        """The row of the name; an empty one where there is none yet. Raises UnexpectedResponse where it
        cannot be read."""
        entity = self._tables.get(TABLE, *table_keys.tenant_key(name))
        return TenantRow() if entity is None else _tenant(entity)

    def all(self) -> list[TenantRow]:
        """Every tenant of the account. Raises UnexpectedResponse where one cannot be read."""
        return [_tenant(entity) for entity in self._entities()]

    def readable(self) -> list[TenantRow]:
        """Every tenant of the account whose row can be read; another's fault stops none of them."""
        rows = []
        for entity in self._entities():
            try:
                rows.append(_tenant(entity))
            except UnexpectedResponse as err:
                telemetry.error("tenant's row cannot be read", row=str(entity["RowKey"]), reason=str(err))
        return rows

    def write(self, row: TenantRow) -> TenantRow:
        """Written if its etag still holds, what others keep in the row left as it is. Raises Conflict."""
        return write_row(self._tables, TABLE, TENANT, table_keys.tenant_key(row.name), row, Verb.MERGE)

    def bind(self, tenant_id: str, name: str) -> str:
        """The name under which the tenant's id is kept for ever: `name`, unless another was first."""
        partition, row_key = table_keys.tenant_id_key(tenant_id)
        [written] = self._tables.apply(
            TABLE, [Operation(Verb.CREATE, as_entity(partition, row_key, {"Name": name}))]
        )
        if written is not None:
            return name
        known = self._tables.get(TABLE, partition, row_key)
        if known is None or not isinstance(known.get("Name"), str):
            raise UnexpectedResponse(f"table {TABLE}, row {row_key}: cannot be read", service="tables")
        return str(known["Name"])

    def _entities(self) -> list[Entity]:
        return list(self._tables.query(TABLE, in_partition(table_keys.tenant_key("")[0])))


def _tenant(entity: Entity) -> TenantRow:
    row, lost = TENANT.read(entity, str(entity.metadata["etag"]))
    if not lost and table_keys.tenant_key(row.name) != (entity["PartitionKey"], entity["RowKey"]):
        lost = frozenset({"name"})  # moved here by hand: its keys would be another tenant's
    if lost:
        raise UnexpectedResponse(
            f"table {TABLE}, row {entity['RowKey']}: {', '.join(sorted(lost))} cannot be read",
            service="tables",
        )
    return row
