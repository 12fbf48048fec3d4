"""Writes to one table, and how they are grouped into transactions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from shared.adapters.storage.limits import as_json

MOST_OPERATIONS = 100
MOST_BYTES = 4 * 2**20  # of a transaction's whole body
# Bytes of an operation besides its entity, address and etag, at the most; so for the body's ends.
_FRAME = 1_024


class Verb(StrEnum):
    """What to do with an entity."""

    CREATE = "create"  # it must not be there yet
    REPLACE = "replace"  # the etag must still hold
    MERGE = "merge"  # the etag must still hold
    PUT = "put"  # whatever stands there
    BLEND = "blend"  # into whatever stands there, its other columns left as they are
    DELETE = "delete"  # the etag must still hold, where there is one; gone already is fine


@dataclass(frozen=True, slots=True)
class Operation:
    """One write. `etag` is "" where the verb asks for none."""

    verb: Verb
    entity: Mapping[str, object]
    etag: str = ""


def as_entity(partition: str, row_key: str, columns: Mapping[str, object] | None = None) -> dict[str, object]:
    """The columns under their key, which is all that a row needs that is to be deleted."""
    return {"PartitionKey": partition, "RowKey": row_key, **(columns or {})}


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that was checked; `position` is its place among those given, `body` the entity as JSON."""

    position: int
    verb: Verb
    partition: str
    row_key: str
    body: bytes
    etag: str

    @property
    def address(self) -> str:
        """The entity's place behind the table's address."""
        return address(self.partition, self.row_key)

    @property
    def size(self) -> int:
        """Bytes that it takes in a transaction's body, at the most."""
        return len(self.body) + len(self.address) + len(self.etag) + _FRAME


def address(partition: str, row_key: str) -> str:
    """An entity's place behind its table's address, quoted; lone surrogates become marks, as in a write."""
    return f"(PartitionKey='{_quoted(partition)}',RowKey='{_quoted(row_key)}')"


def _quoted(key: str) -> str:
    return quote(key.replace("'", "''"), safe="", errors="replace")


def by_partition(operations: Sequence[Operation]) -> list[list[list[Ready]]]:
    """For each partition the groups that go out one after the other, each fit for a transaction.

    Raises OverLimit before anything is written.
    """
    partitions: dict[str, list[Ready]] = {}
    for position, operation in enumerate(operations):
        body = as_json(operation.entity)
        partition, row_key = (str(operation.entity[name]) for name in ("PartitionKey", "RowKey"))
        ready = Ready(position, operation.verb, partition, row_key, body, operation.etag)
        partitions.setdefault(partition, []).append(ready)
    return [list(_groups(ready)) for ready in partitions.values()]


def _groups(operations: Sequence[Ready]) -> Iterator[list[Ready]]:
    group: list[Ready] = []
    size = _FRAME
    rows: set[str] = set()
    for ready in operations:
        full = len(group) == MOST_OPERATIONS or size + ready.size > MOST_BYTES
        if group and (full or ready.row_key in rows):  # a transaction may touch an entity once
            yield group
            group, size, rows = [], _FRAME, set()
        group.append(ready)
        size += ready.size
        rows.add(ready.row_key)
    if group:
        yield group
