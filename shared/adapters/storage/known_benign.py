"""Table `KnownBenign`: what the organisation knows to be benign, one row an entry."""

from dataclasses import replace

from azure.data.tables import TableEntity

from shared import telemetry
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import RowShape
from shared.core.known_benign import Entry
from shared.core.values import known_benign_key
from shared.errors import Conflict

TABLE = "KnownBenign"
SHAPE = RowShape(
    Entry,
    "id=Id version=Version state=State detector=Detector hash=Hash title=Title device=Device "
    "device_group=DeviceGroup user=User file_name=FileName folder=Folder process=Process "
    "command_line=CommandLine parent_process=ParentProcess signer=Signer owner=Owner reason=Reason "
    "expires=Expires tested_version=TestedVersion tested_days=TestedDays tested_matched=TestedMatched "
    "tested_against=TestedAgainst tested_at=TestedAt",
)


class TableKnownBenign:
    """One tenant's entries."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._tenant = tenant

    def read(self, entry_id: str) -> Entry | None:
        """The entry, or None where there is none that can be read."""
        row = self._tables.get(TABLE, *known_benign_key(self._tenant, entry_id))
        return None if row is None else _entry(row)

    def all(self) -> list[Entry]:
        """Every entry of the tenant that can be read; what cannot be read marks no alert."""
        only = in_partition(known_benign_key(self._tenant, "")[0])
        return [entry for row in self._tables.query(TABLE, only) if (entry := _entry(row)) is not None]

    def write(self, entry: Entry) -> Entry:
        """Written if its etag still holds, created where it has none. Raises Conflict."""
        partition, row_key = known_benign_key(self._tenant, entry.id)
        columns = {"PartitionKey": partition, "RowKey": row_key, **SHAPE.columns(entry)}
        verb = Verb.REPLACE if entry.etag else Verb.CREATE
        [etag] = self._tables.apply(TABLE, [Operation(verb, columns, entry.etag)])
        if etag is None:
            raise Conflict(f"{entry.id}: written by another meanwhile", service="tables")
        return replace(entry, etag=etag)


def _entry(row: TableEntity) -> Entry | None:
    entry, lost = SHAPE.read(row, str(row.metadata["etag"]))
    if not lost:
        return entry
    telemetry.error("known benign entry cannot be read", row=str(row["RowKey"]), fields=sorted(lost))
    return None
