"""Tables `KnownBenign` and `WriteBackRules`: what operators have written down, one row each."""

from shared import telemetry
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.conditional import write_row
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.row_shape import RowShape
from shared.core.known_benign import Entry
from shared.core.values import table_keys
from shared.core.write_back import WriteRule

BENIGN = "KnownBenign"
RULES = "WriteBackRules"
_CONDITIONS = (
    "id=Id version=Version state=State detector=Detector hash=Hash title=Title device=Device "
    "device_group=DeviceGroup user=User file_name=FileName folder=Folder process=Process "
    "command_line=CommandLine parent_process=ParentProcess signer=Signer owner=Owner reason=Reason "
)
ENTRY = RowShape(
    Entry,
    _CONDITIONS + "expires=Expires tested_version=TestedVersion tested_days=TestedDays "
    "tested_matched=TestedMatched tested_against=TestedAgainst tested_at=TestedAt",
)
RULE = RowShape(
    WriteRule,
    _CONDITIONS + "validation=Validation known_benign=KnownBenign set_classification=SetClassification "
    "set_determination=SetDetermination set_status=SetStatus set_assigned_to=SetAssignedTo",
)


class _Rows[T: (Entry, WriteRule)]:
    """One tenant's rows of a table."""

    def __init__(self, tables: StorageTables, tenant: str, table: str, shape: RowShape[T]) -> None:
        self._tables = tables
        self._tenant = tenant
        self._table = table
        self._shape: RowShape[T] = shape

    def read(self, row_id: str) -> T | None:
        """The row, or None where there is none that can be read."""
        row = self._tables.get(self._table, *table_keys.operator_row_key(self._tenant, row_id))
        return None if row is None else self._read(row)

    def all(self) -> list[T]:
        """Every row of the tenant that can be read; what cannot be read has no effect."""
        only = in_partition(table_keys.operator_row_key(self._tenant, "")[0])
        found = (self._read(row) for row in self._tables.query(self._table, only))
        return [row for row in found if row is not None]

    def write(self, row: T) -> T:
        """Written if its etag still holds, created where it has none. Raises Conflict."""
        key = table_keys.operator_row_key(self._tenant, row.id)
        return write_row(self._tables, self._table, self._shape, key, row)

    def _read(self, entity: Entity) -> T | None:
        row, lost = self._shape.read(entity, str(entity.metadata["etag"]))
        if not lost:
            return row
        telemetry.error(
            "row of an operator cannot be read",
            table=self._table,
            row=str(entity["RowKey"]),
            fields=sorted(lost),
        )
        return None


class TableKnownBenign(_Rows[Entry]):
    """What the organisation knows to be benign."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        super().__init__(tables, tenant, BENIGN, ENTRY)


class TableWriteRules(_Rows[WriteRule]):
    """The write-back rules."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        super().__init__(tables, tenant, RULES, RULE)
