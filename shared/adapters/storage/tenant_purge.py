"""Every row of one further tenant, in every table: deleted, and looked for once more.

Where they lie is read off the tables, not off a list of ours: each partition of `Alerts` and `Incidents`, and
each kind of partition that `AlertWork` holds. So what an earlier or later version keeps there is found too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.adapters.storage.client import StorageTables, between_partitions, in_partition, quoted
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import table_keys

_KEYS = ("PartitionKey", "RowKey")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in one table: rows of the tenant, and in how many places they were looked for."""

    table: str
    rows: int
    places: int


class TenantPurge:
    """One tenant's rows, by its name. What stays is its row in `Tenants`, for its name is never another's.

    Nobody may work on the tenant: rows are deleted whoever wrote them last, and those of other tenants never.
    """

    def __init__(self, tables: StorageTables, name: str) -> None:
        self._tables = tables
        self._name = table_keys.safe_id(name)
        self._range = table_keys.published_rows(name)

    def delete(self) -> list[Looked]:
        """What was deleted, table by table. Safe to repeat, and to stop anywhere."""
        return [self._look(table, self._deleted) for table in TABLES]

    def left(self) -> list[Looked]:
        """What is there, table by table."""
        return [self._look(table, lambda _, rows: len(rows)) for table in TABLES]

    def _look(self, table: str, count: Callable[[str, list[Entity]], int]) -> Looked:
        places = rows = 0
        for only in _WAYS[table](self, table):
            places += 1
            rows += sum(count(table, page) for page, _ in self._tables.pages(table, only, _KEYS))
        return Looked(table, rows, places)

    def _deleted(self, table: str, rows: list[Entity]) -> int:
        operations = [Operation(Verb.DELETE, {name: row[name] for name in _KEYS}) for row in rows]
        return len(self._tables.apply(table, operations))

    def _in_each_partition(self, table: str) -> Iterator[str]:
        """The tenant's rows of each partition there is; those of ours are days."""
        first, end = self._range
        for partition in self._jumping(table, lambda found: f"PartitionKey gt {quoted(found)}"):
            yield f"{in_partition(partition)} and RowKey ge '{first}' and RowKey lt '{end}'"

    def _partitions(self, table: str) -> Iterator[str]:
        """The partitions that begin with the tenant's name and a `|`."""
        yield between_partitions(*self._range)

    def _own_partition(self, table: str) -> Iterator[str]:
        """The partition that is named for the tenant."""
        yield in_partition(self._name)

    def _of_each_kind(self, table: str) -> Iterator[str]:
        """For each kind there is, the partitions `KIND|TENANT` and `KIND|TENANT|…`."""
        first, end = self._range
        for partition in self._jumping(table, _behind_the_kind):
            kind = partition.partition("|")[0]
            yield in_partition(f"{kind}|{self._name}")
            yield between_partitions(f"{kind}|{first}", f"{kind}|{end}")

    def _jumping(self, table: str, behind: Callable[[str], str]) -> Iterator[str]:
        """A partition, the first one `behind` it, and so on: a read each, however many rows they hold."""
        only = ""
        while found := next(self._tables.query(table, only, _KEYS, page=1), None):
            yield str(found["PartitionKey"])
            only = behind(str(found["PartitionKey"]))


def _behind_the_kind(partition: str) -> str:
    kind, bar, _ = partition.partition("|")
    # `}` sorts behind the `|` that ends a kind.
    return f"PartitionKey ge {quoted(kind + '}')}" if bar else f"PartitionKey gt {quoted(kind)}"


# Consumers' tables first: whatever stops a purge, what people look at is gone.
_WAYS: dict[str, Callable[[TenantPurge, str], Iterator[str]]] = {
    "Alerts": TenantPurge._in_each_partition,
    "Incidents": TenantPurge._in_each_partition,
    "AlertEvents": TenantPurge._partitions,
    "AlertWork": TenantPurge._of_each_kind,
    "EntityCache": TenantPurge._partitions,
    "Checkpoints": TenantPurge._own_partition,
    "KnownBenign": TenantPurge._own_partition,
    "WriteBackRules": TenantPurge._own_partition,
}
TABLES = tuple(_WAYS)  # all that the app writes but `Tenants`
