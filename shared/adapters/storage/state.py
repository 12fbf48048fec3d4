"""Table `Checkpoints`: how far each source was read, and the hunting lease."""

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.conditional import write_row
from shared.adapters.storage.row_shape import Kept, RowShape, written
from shared.adapters.storage.unreadable import set_apart
from shared.core.progress import Lease
from shared.core.values import Checkpoint, table_keys

TABLE = "Checkpoints"
CHECKPOINT = RowShape(
    Checkpoint,
    "position=Position last_success=LastSuccess last_error=LastError last_error_at=LastErrorAt "
    "installed_at=InstalledAt last_purge=LastPurge last_audit=LastAudit audit_result=AuditResult gaps=Gaps "
    "audit_tries=AuditTries run_ended=RunEnded others=Others overlapped_at=OverlappedAt "
    "repair_begun=RepairBegun repair_ended=RepairEnded repaired_since=RepairedSince "
    "purge_progress=PurgeProgress",
)
LEASE = RowShape(
    Lease,
    "holder=Holder until=Until woken_at=RungAt calls=Calls blocked_until=BlockedUntil writes=Writes "
    "writes_at=WritesAt writes_blocked_until=WritesBlockedUntil",
)


class _StateRow[T: Kept]:
    """One row that is read, and written on condition of its etag."""

    def __init__(self, tables: StorageTables, tenant: str, shape: RowShape[T], empty: T) -> None:
        self._tables = tables
        self._tenant = tenant
        self._shape: RowShape[T] = shape
        self._empty: T = empty

    def read(self, key: tuple[str, str]) -> T:
        entity = self._tables.get(TABLE, *key)
        if entity is None:
            return self._empty
        value, lost = self._shape.read(entity, str(entity.metadata["etag"]))
        if not lost:
            return value
        # Each field stands for itself: what can be read stays, the others begin anew.
        etag = set_apart(self._tables, self._tenant, TABLE, entity, self._shape.columns(value), lost)
        return written(value, etag) if etag else self.read(key)

    def write(self, key: tuple[str, str], value: T) -> T:
        return write_row(self._tables, TABLE, self._shape, key, value)


class TableCheckpoints:
    """One tenant's checkpoints."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._row = _StateRow(tables, tenant, CHECKPOINT, Checkpoint())
        self._tenant = tenant

    def read(self, source: str) -> Checkpoint:
        """The source's checkpoint; an empty one where there is none yet."""
        return self._row.read(table_keys.checkpoint_key(self._tenant, source))

    def write(self, source: str, checkpoint: Checkpoint) -> Checkpoint:
        """Written if its etag still holds. Raises Conflict."""
        return self._row.write(table_keys.checkpoint_key(self._tenant, source), checkpoint)


class TableLeases:
    """One tenant's hunting lease."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._row = _StateRow(tables, tenant, LEASE, Lease())
        self._key = table_keys.lease_key(tenant)

    def read(self) -> Lease:
        """The lease; an empty one where there is none yet."""
        return self._row.read(self._key)

    def write(self, lease: Lease) -> Lease:
        """Written if its etag still holds. Raises Conflict."""
        return self._row.write(self._key, lease)
