"""Writes to one table, and how they are grouped into transactions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import TransactionOperation, UpdateMode

from shared.adapters.table_limits import Entity, prepared

MOST_OPERATIONS = 100
MOST_BYTES = 3 * 2**20  # of 4 MiB: the frame of each operation takes some, too


class Verb(StrEnum):
    """What to do with an entity."""

    CREATE = "create"  # it must not be there yet
    REPLACE = "replace"  # the etag must still hold
    MERGE = "merge"  # the etag must still hold
    PUT = "put"  # whatever stands there
    DELETE = "delete"  # the etag must still hold, where there is one; gone already is fine


@dataclass(frozen=True, slots=True)
class Operation:
    """One write. `etag` is "" where the verb asks for none."""

    verb: Verb
    entity: Mapping[str, object]
    etag: str = ""

    @property
    def partition(self) -> str:
        """The entity's partition."""
        return str(self.entity["PartitionKey"])


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that was checked; `position` is its place among those given."""

    position: int
    verb: Verb
    entity: Entity
    etag: str
    size: int

    def in_transaction(self) -> tuple[TransactionOperation, Entity, dict[str, Any]]:
        """As the SDK's `submit_transaction` takes it."""
        if self.verb is Verb.CREATE:
            return TransactionOperation.CREATE, self.entity, self.conditions()
        if self.verb is Verb.PUT:
            return TransactionOperation.UPSERT, self.entity, {"mode": UpdateMode.REPLACE}
        conditions = self.conditions()
        if self.verb is Verb.DELETE:
            return TransactionOperation.DELETE, self.entity, conditions
        mode = UpdateMode.MERGE if self.verb is Verb.MERGE else UpdateMode.REPLACE
        return TransactionOperation.UPDATE, self.entity, {"mode": mode, **conditions}

    def conditions(self) -> dict[str, Any]:
        """The etag, and the wish for a short answer, as the SDK takes them."""
        if self.verb is Verb.CREATE:
            return {"response_preference": "return-no-content"}  # else the entity comes back whole
        if not self.etag and self.verb is Verb.DELETE:
            return {}
        return {"etag": self.etag, "match_condition": MatchConditions.IfNotModified}


def by_partition(operations: Sequence[Operation]) -> list[list[list[Ready]]]:
    """For each partition the groups that go out one after the other, each fit for a transaction.

    Raises OverLimit before anything is written.
    """
    partitions: dict[str, list[Ready]] = {}
    for position, operation in enumerate(operations):
        entity, size = prepared(operation.entity)
        ready = Ready(position, operation.verb, entity, operation.etag, size)
        partitions.setdefault(operation.partition, []).append(ready)
    return [list(_groups(ready)) for ready in partitions.values()]


def _groups(operations: Sequence[Ready]) -> Iterator[list[Ready]]:
    group: list[Ready] = []
    size = 0
    rows: set[object] = set()
    for ready in operations:
        row = ready.entity["RowKey"]
        # A transaction may touch an entity once.
        if group and (len(group) == MOST_OPERATIONS or size + ready.size > MOST_BYTES or row in rows):
            yield group
            group, size, rows = [], 0, set()
        group.append(ready)
        size += ready.size
        rows.add(row)
    if group:
        yield group
