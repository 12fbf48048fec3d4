"""Table `AlertWork`: the open rows of a tenant, where those that are due are found, and its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import unquote

from shared.adapters.clock import SystemClock
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.conditional import Key, delete_rows, write_rows
from shared.adapters.storage.due_index import TableDueIndex
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import RowShape
from shared.adapters.storage.unreadable import set_apart
from shared.core.progress import LedgerRow, State, admission
from shared.core.values import by_key, table_keys

TABLE = "AlertWork"
SHAPE = RowShape(
    LedgerRow,
    "alert_id=AlertId day=Day source=Source created=Created last_update=LastUpdate "
    "severity_rank=SeverityRank generation=Generation hunt_digest=HuntDigest status_digest=StatusDigest "
    "body_ref=BodyRef first_seen=FirstSeen state=State enrich_due=EnrichDue hunt_due=HuntDue "
    "publish_due=PublishDue sends=Sends attempts=Attempts failures=Failures late_hunts=LateHunts "
    "settled=Settled generation_seen=GenerationSeen enrichment_ref=EnrichmentRef finding_ref=FindingRef "
    "finding_digest=FindingDigest look_ups=LookUps look_up_attempts=LookUpAttempts "
    "was_published=WasPublished pace=Pace paced_at=PacedAt backfill=Backfill reason=Reason",
)
_GETS_PER_PAGE = 30  # so many single reads take as much of our processor time as a page of these rows


class TableLedger(TableDueIndex):
    """One tenant's ledger, with its due index."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        super().__init__(tables, tenant)
        self._tenant = tenant
        self._open = table_keys.open_partition(tenant)

    def open_rows(self, most: int | None = None) -> list[LedgerRow]:
        """Every open row of the tenant, or the first so many; one that cannot be read is logged and begins
        anew."""
        found = islice(self._tables.query(TABLE, in_partition(self._open)), most)
        return list(self._read(found).values())

    def open_row(self, alert_id: str) -> LedgerRow | None:
        """One open row, or None."""
        entity = self._tables.get(TABLE, self._open, table_keys.safe_id(alert_id))
        return None if entity is None else self._read_one(entity)

    def open_many(self, alert_ids: Iterable[str]) -> dict[str, LedgerRow]:
        """Those of the alerts that are open, by id."""
        keys = {table_keys.safe_id(alert_id) for alert_id in alert_ids}
        found = self._tables.get_many(TABLE, self._open, keys, gets_per_page=_GETS_PER_PAGE)
        return self._read(found.values())

    def finished(self, keys: Iterable[tuple[str, str]]) -> dict[str, LedgerRow]:
        """History rows by alert id, for (day, alert id) pairs; unknown ones are absent."""
        found: dict[str, LedgerRow] = {}
        for day, row_keys in by_key((day, table_keys.safe_id(alert_id)) for day, alert_id in keys).items():
            partition = table_keys.history_partition(self._tenant, day)
            entities = self._tables.get_many(TABLE, partition, row_keys, gets_per_page=_GETS_PER_PAGE)
            found |= self._read(entities.values())
        return found

    def places(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """(day, alert id) under which an alert is kept, by an id of it, as `keep_places` was told."""
        keys = {table_keys.safe_id(name): name for name in names}
        partition = table_keys.place_partition(self._tenant)
        rows = self._tables.get_many(TABLE, partition, keys, gets_per_page=_GETS_PER_PAGE)
        return {
            keys[key]: (str(row["Day"]), str(row["AlertId"]))
            for key, row in rows.items()
            if "Day" in row and "AlertId" in row
        }

    def keep_places(self, places: Mapping[str, tuple[str, str]]) -> None:
        """Remembers them; safe to repeat."""
        partition = table_keys.place_partition(self._tenant)
        rows = (
            as_entity(partition, table_keys.safe_id(name), {"Day": day, "AlertId": alert_id})
            for name, (day, alert_id) in places.items()
        )
        self._tables.apply(TABLE, [Operation(Verb.PUT, row) for row in rows])

    def write(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Creates open rows without etag, replaces those whose etag still holds.

        Gives back what was written, with new etags, in the same order; rows that lost a race are left out.
        """
        return write_rows(self._tables, TABLE, SHAPE, [_keyed(self._open, row) for row in rows])

    def keep(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """The same for history, whose rows have etags of their own."""
        days = (table_keys.history_partition(self._tenant, row.day) for row in rows)
        return write_rows(self._tables, TABLE, SHAPE, list(map(_keyed, days, rows)))

    def close(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Deletes open rows whose etag still holds; gives back those that were deleted or were gone."""
        return delete_rows(self._tables, TABLE, [_keyed(self._open, row) for row in rows])

    def _read(self, entities: Iterable[Entity]) -> dict[str, LedgerRow]:
        """The rows by alert id, without those that are gone."""
        rows = map(self._read_one, entities)
        return {row.alert_id: row for row in rows if row is not None}

    def _read_one(self, entity: Entity) -> LedgerRow | None:
        """The row, mended where it cannot be read; None where it is gone then, or another run mends it."""
        row, lost = SHAPE.read(entity, str(entity.metadata["etag"]))
        is_open = entity["PartitionKey"] == self._open
        if not lost:
            # In history, a word for its state that we do not know: a later version finished it.
            return row if is_open or row.state is not State.OPEN else replace(row, state=State.DONE)
        if "alert_id" in lost:
            row = replace(row, alert_id=unquote(str(entity["RowKey"])))
        row = admission.mended(row, lost, SystemClock().now(), is_open=is_open)
        is_ours = table_keys.safe_id(row.alert_id) == entity["RowKey"]
        columns = SHAPE.columns(row) if is_ours else None
        etag = set_apart(self._tables, self._tenant, TABLE, entity, columns, lost)
        return replace(row, etag=etag) if etag else None


def _keyed(partition: str, row: LedgerRow) -> tuple[Key, LedgerRow]:
    return (partition, table_keys.safe_id(row.alert_id)), row
