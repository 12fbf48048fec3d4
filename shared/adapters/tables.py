"""Table Storage: one client for the whole instance; reads and writes in as few calls as they can be.

The SDK's own work is what a call costs: about 1.2 ms of CPU for a single one, 0.3 ms for an entity in a
transaction, 0.1 ms for a row of a page and 0.01 ms for a row of which only the key is read.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
)
from azure.data.tables import TableClient, TableEntity, TableServiceClient, TableTransactionError, UpdateMode

from shared.adapters.table_operations import Operation, Ready, Verb, by_partition
from shared.errors import AccessDenied, AppError, Unavailable, UnexpectedResponse

STORAGE_SCOPE = "https://storage.azure.com/.default"
_SIDE_BY_SIDE = 8
_LOST = (404, 409, 412)
_RAISED_AGAIN = 2  # transactions tried again without the operation that failed, before single ones
_PAGE = 1_000
_FEW = 8  # keys that are read one by one without a look at what else is there
_GETS_PER_KEY_PAGE = 6  # single reads that cost as much as a page of keys
_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 30,
    "retry_total": 5,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 8,
}


class StorageTables:
    """The tables of one storage account; a table is created when it is first written to."""

    def __init__(self, service: TableServiceClient, prefix: str = "") -> None:
        # The SDK logs each request and its headers at INFO.
        logging.getLogger("azure").setLevel(logging.WARNING)
        self._service = service
        self._prefix = prefix
        self._clients: dict[str, TableClient] = {}
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="tables")

    @classmethod
    def by_connection(cls, connection: str, prefix: str = "") -> Self:
        """The account of a connection string: for the local emulator."""
        return cls(TableServiceClient.from_connection_string(connection, **_OPTIONS), prefix)

    @classmethod
    def by_identity(cls, url: str, tokens: TokenCredential, prefix: str = "") -> Self:
        """The account at `url`, with tokens of `STORAGE_SCOPE`."""
        return cls(TableServiceClient(endpoint=url, credential=tokens, **_OPTIONS), prefix)

    def get(self, table: str, partition: str, row_key: str) -> TableEntity | None:
        """One entity, or None."""
        try:
            return self._client(table).get_entity(partition, row_key)
        except AzureError as err:
            if _status(err) == 404:
                return None
            raise _as_ours(err, table) from err

    def query(self, table: str, filter_text: str, select: Iterable[str] = ()) -> Iterator[TableEntity]:
        """The entities that `filter_text` selects, in key order; none where there is no table yet."""
        columns = list(select) or None
        try:
            yield from self._client(table).query_entities(filter_text, results_per_page=_PAGE, select=columns)
        except AzureError as err:
            if not _table_is_missing(err):
                raise _as_ours(err, table) from err

    def get_many(
        self, table: str, partition: str, row_keys: Iterable[str], *, gets_per_page: int
    ) -> dict[str, TableEntity]:
        """Those of the entities that exist, by row key, in whichever way is cheapest.

        `gets_per_page` is how many single reads cost as much as a page of this table's rows.
        """
        wanted = set(row_keys)
        unsure = wanted
        if len(wanted) > _FEW:
            present, unsure, between = self._look(table, partition, wanted)
            if len(present) * _PAGE > between * gets_per_page:
                rows = self.query(table, between_keys(partition, min(present), max(present)))
                found = {row["RowKey"]: row for row in rows if row["RowKey"] in present}
                return found | self._get_each(table, partition, unsure)
            unsure = present | unsure
        return self._get_each(table, partition, unsure)

    def _look(self, table: str, partition: str, wanted: set[str]) -> tuple[set[str], set[str], int]:
        """(keys that exist, keys not looked at, rows from the first to the last that exist).

        Reads keys alone, and stops where reading on would cost more than single reads.
        """
        most = _PAGE * max(1, len(wanted) // _GETS_PER_KEY_PAGE)
        present: set[str] = set()
        seen = upto = first = 0
        last = ""
        filter_text = between_keys(partition, min(wanted), max(wanted))
        for row in self.query(table, filter_text, select=("RowKey",)):
            seen += 1
            last = row["RowKey"]
            if last in wanted:
                first = first or seen
                upto = seen
                present.add(last)
            if seen >= most:
                return present, {key for key in wanted if key > last}, upto - first + 1
        return present, set(), upto - first + 1

    def _get_each(self, table: str, partition: str, row_keys: set[str]) -> dict[str, TableEntity]:
        rows = self.side_by_side(lambda key: self.get(table, partition, key), sorted(row_keys))
        return {row["RowKey"]: row for row in rows if row is not None}

    def side_by_side[A, B](self, do: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """`do` of each, a few at a time, in order; raises the first error once all have ended.

        `do` must not come back here: the threads are shared, and would wait for themselves.
        """
        if len(items) < 2:
            return [do(item) for item in items]
        futures = [self._pool.submit(do, item) for item in items]
        errors = [future.exception() for future in futures]
        for error in errors:
            if error is not None:
                raise error
        return [future.result() for future in futures]

    def apply(self, table: str, operations: Sequence[Operation]) -> list[str | None]:
        """For each operation the new etag ("" after a delete), or None where it lost a race.

        Partitions are written side by side, each in transactions, in the order given; an operation that
        fails its transaction does not fail the others. Raises OverLimit before anything is written.
        """
        results: list[str | None] = [None] * len(operations)

        def write(groups: list[list[Ready]]) -> None:
            for group in groups:
                for ready, etag in zip(group, self._write_group(table, group), strict=True):
                    results[ready.position] = etag

        self.side_by_side(write, by_partition(operations))
        return results

    def _write_group(self, table: str, group: list[Ready]) -> list[str | None]:
        if len(group) == 1:
            return [self._write_one(table, group[0])]
        lost: set[int] = set()
        for _ in range(_RAISED_AGAIN + 1):
            left = [ready for ready in group if ready.position not in lost]
            if len(left) < 2:
                break
            try:
                etags = iter(self._transaction(table, left))
            except TableTransactionError as err:
                if _status(err) in _LOST and err.index < len(left):
                    lost.add(left[err.index].position)
                    continue
                if _status(err) == 413:
                    break
                raise _as_ours(err, table) from err
            return [
                self._write_one(table, ready) if ready.position in lost else next(etags) for ready in group
            ]
        return [self._write_one(table, ready) for ready in group]

    def _transaction(self, table: str, group: list[Ready]) -> list[str]:
        def do() -> list[str]:
            answers = self._client(table).submit_transaction([ready.in_transaction() for ready in group])
            return [str(answer.get("etag", "")) for answer in answers]

        try:
            return self._creating(table, do)
        except TableTransactionError:
            raise
        except AzureError as err:
            raise _as_ours(err, table) from err

    def _write_one(self, table: str, ready: Ready) -> str | None:
        client = self._client(table)

        def do() -> str:
            if ready.verb is Verb.DELETE:
                client.delete_entity(ready.entity, **ready.conditions())
                return ""
            if ready.verb is Verb.CREATE:
                return str(client.create_entity(ready.entity, **ready.conditions())["etag"])
            if ready.verb is Verb.PUT:
                return str(client.upsert_entity(ready.entity, mode=UpdateMode.REPLACE)["etag"])
            mode = UpdateMode.MERGE if ready.verb is Verb.MERGE else UpdateMode.REPLACE
            return str(client.update_entity(ready.entity, mode=mode, **ready.conditions())["etag"])

        try:
            return self._creating(table, do)
        except AzureError as err:
            if _status(err) in _LOST:
                return None
            raise _as_ours(err, table) from err

    def _creating[T](self, table: str, do: Callable[[], T]) -> T:
        """`do`, once more after creating the table if it was missing."""
        try:
            return do()
        except HttpResponseError as err:
            if not _table_is_missing(err):
                raise
        try:
            self._client(table).create_table()
        except ResourceExistsError:
            pass  # another instance was first
        return do()

    def _client(self, table: str) -> TableClient:
        client = self._clients.get(table)
        if client is None:
            client = self._clients[table] = self._service.get_table_client(self._prefix + table)
        return client


def between_keys(partition: str, first: str, last: str) -> str:
    """A filter for one partition's rows from `first` to `last`, both included."""
    return (
        f"PartitionKey eq {_quoted(partition)} and RowKey ge {_quoted(first)} and RowKey le {_quoted(last)}"
    )


def in_partition(partition: str) -> str:
    """A filter for one partition's rows."""
    return f"PartitionKey eq {_quoted(partition)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _status(err: AzureError) -> int | None:
    return err.status_code if isinstance(err, HttpResponseError) else None


def _table_is_missing(err: AzureError) -> bool:
    # After an insert the SDK (12.7.0) raises the error as it came, with the code in its text alone.
    code = getattr(err, "error_code", None) or str(err)
    return "TableNotFound" in str(getattr(code, "value", code))


def _as_ours(err: AzureError, table: str) -> AppError:
    """The error by its fate; the SDK has waited and tried again already."""
    status = _status(err)
    message = f"table {table}: {str(err).splitlines()[0][:300] if str(err) else type(err).__name__}"
    if status in (401, 403) or isinstance(err, ClientAuthenticationError):
        return AccessDenied(message, service="tables", status=status, audience=STORAGE_SCOPE)
    if status is None or status in (408, 429) or status >= 500:
        return Unavailable(message, service="tables", status=status)
    return UnexpectedResponse(message, service="tables", status=status)
