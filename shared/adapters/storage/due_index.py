"""The due index, in the table of the ledger: a small row for each entry, in the order of its key.

It has a partition of its own, which the version before never reads.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from urllib.parse import unquote

from shared.adapters.storage.client import StorageTables, between_keys, in_partition
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import moment
from shared.core.progress import DueEntry, Span
from shared.core.values import Instant, table_keys

TABLE = "AlertWork"
_COLUMNS = ("RowKey", "Timestamp", "AlertId", "Rank", "Since")
_PAGE = 1_000
_NEXT = "!"  # sorts before every character of a key


class TableDueIndex:
    """One tenant's due index, a part of its ledger."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._due = table_keys.due_partition(tenant)

    def due_entries(self, spans: Sequence[Span]) -> list[list[DueEntry]]:
        """For each span its entries, in the order of time."""

        def read(span: Span) -> list[DueEntry]:
            start, last = table_keys.due_rows(span.lane, _instant(span.start), _instant(span.end))
            if span.beyond is not None:
                start = _row_key(span.beyond) + _NEXT
            only = between_keys(self._due, start, last)
            rows = self._tables.query(TABLE, only, _COLUMNS, page=min(span.most, _PAGE))
            return list(_entries(islice(rows, span.most)))

        return self._tables.side_by_side(read, spans)

    def all_due_entries(self) -> Iterator[DueEntry]:
        """Every entry, in the order of keys."""
        return _entries(self._tables.query(TABLE, in_partition(self._due), _COLUMNS))

    def write_due(self, put: Iterable[DueEntry], remove: Iterable[DueEntry]) -> None:
        """Inserts or replaces entries, then removes others, of those that were read only what nobody wrote
        since."""
        operations = [Operation(Verb.PUT, self._entity(entry)) for entry in put]
        operations += [Operation(Verb.DELETE, self._entity(entry), entry.etag) for entry in remove]
        self._tables.apply(TABLE, operations)

    def _entity(self, entry: DueEntry) -> dict[str, object]:
        columns = {"AlertId": entry.alert_id, "Rank": entry.rank, "Since": entry.since}
        return as_entity(self._due, _row_key(entry), columns)


def _row_key(entry: DueEntry) -> str:
    return table_keys.due_row(entry.lane, Instant.of(entry.at), entry.alert_id)


def _instant(at: datetime | None) -> Instant | None:
    return None if at is None else Instant.of(at)


def _entries(rows: Iterable[Entity]) -> Iterator[DueEntry]:
    """The entries; a row with a key that is none of ours is passed over."""
    for row in rows:
        known = table_keys.due_entry(str(row["RowKey"]))
        if known is None:
            continue
        alert_id, rank, since = row.get("AlertId"), row.get("Rank"), row.get("Since")
        yield DueEntry(
            lane=known[0],
            at=known[1].to_datetime(),
            alert_id=alert_id
            if isinstance(alert_id, str)
            else unquote(str(row["RowKey"]).rpartition("|")[2]),
            rank=rank if isinstance(rank, int) else 0,
            since=moment(since) if isinstance(since, datetime) else None,
            written=row.metadata.get("timestamp"),
            etag=str(row.metadata["etag"]),
        )
