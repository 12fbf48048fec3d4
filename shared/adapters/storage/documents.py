"""Documents, in the ledger's table `AlertWork`: binary columns of 60 KB, up to 12 of them in a row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.adapters.storage.client import StorageTables, between_keys
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import DocumentKey, by_key, table_keys

TABLE = "AlertWork"
FORMAT = 1
_PART = 60_000  # a binary property of Table Storage holds 64 KiB
# 720 KB a row; Azurite counts them as base64, 960 KB.
_COLUMNS = tuple(f"Part{number:02d}" for number in range(12))
_ROWS = "Rows"
_MANY = 50  # alerts whose documents are asked for together
_GETS_PER_PAGE = 60  # the rows hold a kilobyte or two
_AFTER = "~"  # sorts behind whatever follows a prefix


class TableDocuments:
    """One tenant's documents."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._tenant = tenant

    def put(self, documents: Mapping[DocumentKey, bytes]) -> None:
        """Writes them all; safe to repeat, since a key names its content.

        A crash on the way leaves parts of a document, which `get` does not give back.
        """
        operations = [
            Operation(Verb.PUT, entity)
            for key, body in documents.items()
            for entity in self._entities(key, body)
        ]
        self._tables.apply(TABLE, operations)

    def get(self, keys: Iterable[DocumentKey]) -> dict[DocumentKey, bytes]:
        """Those that exist and are whole. The documents of many alerts of a day are read by pages where they
        lie close together."""
        found: dict[DocumentKey, bytes] = {}
        left: list[DocumentKey] = []
        for wanted in by_key((key.day, key) for key in dict.fromkeys(keys)).values():
            if len({key.alert_id for key in wanted}) >= _MANY:
                found |= self._of_day(wanted)
                wanted = [key for key in wanted if key not in found]  # long ones, and those that are gone
            left += wanted
        by_alert = by_key(((key.day, key.alert_id), key) for key in left)
        parts = self._tables.side_by_side(self._of_alert, list(by_alert.values()))
        return found | {key: body for one in parts for key, body in one.items()}

    def _of_day(self, wanted: Sequence[DocumentKey]) -> dict[DocumentKey, bytes]:
        """Those of one day that fit into one row, where they lie close together; else none."""
        first = {table_keys.document_row(key.alert_id, key.kind, key.ref, 0): key for key in wanted}
        rows = self._tables.get_close(TABLE, self._partition(wanted[0]), first, gets_per_page=_GETS_PER_PAGE)
        return {
            first[row_key]: b"".join(_parts([row])) for row_key, row in rows.items() if row.get(_ROWS) == 1
        }

    def _entities(self, key: DocumentKey, body: bytes) -> list[dict[str, object]]:
        pieces = [body[at : at + _PART] for at in range(0, len(body), _PART)] or [b""]
        rows = [pieces[at : at + len(_COLUMNS)] for at in range(0, len(pieces), len(_COLUMNS))]
        return [
            {
                "PartitionKey": self._partition(key),
                "RowKey": table_keys.document_row(key.alert_id, key.kind, key.ref, number),
                _ROWS: len(rows),
                "Format": FORMAT,
                **dict(zip(_COLUMNS, row, strict=False)),
            }
            for number, row in enumerate(rows)
        ]

    def _partition(self, key: DocumentKey) -> str:
        return table_keys.document_partition(self._tenant, key.day)

    def _of_alert(self, wanted: Sequence[DocumentKey]) -> dict[DocumentKey, bytes]:
        """Documents of one alert in one call: a single read, or the range of keys that holds them all.

        The range may hold documents of older generations too; they are few.
        """
        partition = self._partition(wanted[0])
        prefixes = {table_keys.document_prefix(key.alert_id, key.kind, key.ref): key for key in wanted}
        if len(wanted) == 1:
            [key] = wanted
            row_key = table_keys.document_row(key.alert_id, key.kind, key.ref, 0)
            first = self._tables.get(TABLE, partition, row_key)
            if first is None or first.get(_ROWS) == 1:
                return _whole(prefixes, [] if first is None else [first])
        filter_text = between_keys(partition, min(prefixes), max(prefixes) + _AFTER)
        return _whole(prefixes, self._tables.query(TABLE, filter_text))


def _whole(prefixes: Mapping[str, DocumentKey], entities: Iterable[Entity]) -> dict[DocumentKey, bytes]:
    """The documents of which every row is there; rows come in the order of their parts."""
    rows = by_key((entity["RowKey"].rpartition("|")[0] + "|", entity) for entity in entities)
    return {
        prefixes[prefix]: b"".join(_parts(found))
        for prefix, found in rows.items()
        if prefix in prefixes and found[0].get(_ROWS) in (len(found), None)
    }


def _parts(rows: Iterable[Entity]) -> Iterator[bytes]:
    """The parts in their order; one that is no bytes is left out, and nobody can read the rest."""
    values = (row.get(name) for row in rows for name in _COLUMNS)
    return (value for value in values if isinstance(value, bytes))
