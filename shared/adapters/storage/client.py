"""Table Storage: one client for the whole instance; reads and writes in as few calls as they can be.

Our own CPU is what a call costs: about 0.8 ms for a single one, 0.06 ms for a further entity in a
transaction, 0.01 to 0.08 ms for a row of a page, by its width, and 0.005 ms for a row of which only the key
is read (on Azurite, 2026-11-30).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlencode

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.rest import HttpResponse

from shared import telemetry
from shared.adapters.storage.batch import read_answer, request
from shared.adapters.storage.entities import Entity, read_entity, read_page
from shared.adapters.storage.failures import Refusal, failed, refusal_of, refused, unreadable
from shared.adapters.storage.operations import Operation, Ready, Verb, address, by_partition
from shared.adapters.storage.wire import Wire
from shared.threads import Threads

type Place = Mapping[str, str]  # at which a page starts

_SIDE_BY_SIDE = 8
_ROUNDS = 3  # transactions tried with ever fewer operations, before each goes alone
_OK, _ACCEPTED = 200, 202
_MADE = (201, 204)
_ONE_TO_BLAME = (400, 413)  # the others of the group may be fine
_PAGE = 1_000
_FEW = 8  # keys that are read one by one without a look at what else is there
_GETS_PER_KEY_PAGE = 6  # single reads that cost as much as a page of keys
_LOOKED_AT = 20  # keys for which one page of keys is looked at, where single reads may still follow
_CONTINUATION = ("NextPartitionKey", "NextRowKey")
_OPTIONS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 30,
    "retry_total": 5,
    "retry_backoff_factor": 0.4,
    "retry_backoff_max": 8,
}


class StorageTables:
    """The tables of one storage account; a table is created when it is first written to."""

    def __init__(self, wire: Wire, prefix: str = "") -> None:
        telemetry.silence_libraries()
        self._wire = wire
        self._prefix = prefix
        self._pool = Threads(_SIDE_BY_SIDE, thread_name_prefix="tables")

    @classmethod
    def by_connection(cls, connection: str, prefix: str = "") -> Self:
        """The account of a connection string: for local development and the emulator."""
        return cls(Wire.by_connection(connection, _OPTIONS), prefix)

    @classmethod
    def by_identity(cls, url: str, tokens: TokenCredential, prefix: str = "") -> Self:
        """The account at `url`, with tokens for the storage service."""
        return cls(Wire.by_identity(url, tokens, _OPTIONS), prefix)

    def get(self, table: str, partition: str, row_key: str, select: Iterable[str] = ()) -> Entity | None:
        """One entity, or None; of the columns in `select` alone, where any are named."""
        columns = ",".join(select)
        asked = f"?{urlencode({'$select': columns}, safe='$,')}" if columns else ""
        response = self._sent(
            table, self._wire.get, f"{self._prefix}{table}{address(partition, row_key)}{asked}"
        )
        if response.status_code != _OK:
            refusal = refusal_of(response)
            if refusal.is_gone or refusal.table_is_missing:
                return None
            raise refused(refusal, table)
        try:
            return read_entity(response.content)
        except ValueError as err:
            raise unreadable(err, table) from err

    def query(
        self, table: str, only: str, select: Iterable[str] = (), *, page: int = _PAGE
    ) -> Iterator[Entity]:
        """The entities that the filter `only` selects, in key order, read `page` at a time.

        None where there is no table yet.
        """
        for rows, _ in self.pages(table, only, select, page=page):
            yield from rows

    def pages(
        self,
        table: str,
        only: str,
        select: Iterable[str] = (),
        *,
        page: int = _PAGE,
        start: Place | None = None,
    ) -> Iterator[tuple[list[Entity], Place]]:
        """The same page by page, with where the next one starts, empty after the last. A page of few rows or
        none may be followed by others: the service looks at a table for five seconds a page.

        `start` is such a place, of the same filter; one that is none is refused (UnexpectedResponse, 400).
        """
        asked = {"$top": f"{page}", "$filter": only}
        if columns := ",".join(select):
            asked["$select"] = columns
        further = {name: start[name] for name in _CONTINUATION if name in start} if start else {}
        while True:
            rows, then = self._page(table, {**asked, **further})
            yield rows, then
            if not then:
                return
            if then == further:
                raise unreadable(ValueError("a page leads to itself"), table)
            further = then

    def _page(self, table: str, asked: Mapping[str, str]) -> tuple[list[Entity], dict[str, str]]:
        """(entities, what to ask for the next page). An empty page may be followed by others."""
        text = urlencode(asked, quote_via=quote, safe="$", errors="replace")
        response = self._sent(table, self._wire.get, f"{self._prefix}{table}()?{text}")
        if response.status_code != _OK:
            refusal = refusal_of(response)
            if refusal.table_is_missing:
                return [], {}
            raise refused(refusal, table)
        try:
            rows = read_page(response.content)
        except ValueError as err:
            raise unreadable(err, table) from err
        named = ((name, response.headers.get(f"x-ms-continuation-{name}")) for name in _CONTINUATION)
        return rows, {name: value for name, value in named if value}

    def _sent(self, table: str, send: Callable[..., HttpResponse], *what: str | bytes) -> HttpResponse:
        try:
            return send(*what)
        except AzureError as err:
            raise failed(err, table) from err

    def get_many(
        self,
        table: str,
        partition: str,
        keys: Iterable[str],
        *,
        gets_per_page: int,
        select: Collection[str] = (),
    ) -> dict[str, Entity]:
        """Those of the entities that exist, by row key, in whichever way is cheapest.

        `gets_per_page` is how many single reads cost as much as a page of this table's rows. `select` names
        the columns that are wanted, the row's key among them; all are without it.
        """
        wanted = set(keys)
        unsure = wanted
        if len(wanted) > _FEW:
            present, unsure, between = self._look(table, partition, wanted, _GETS_PER_KEY_PAGE)
            if len(present) * _PAGE > between * gets_per_page:
                found = self._between(table, partition, present, select)
                return found | self._get_each(table, partition, unsure, select)
            unsure = present | unsure
        return self._get_each(table, partition, unsure, select)

    def get_close(
        self, table: str, partition: str, row_keys: Iterable[str], *, gets_per_page: int
    ) -> dict[str, Entity]:
        """Those of the entities that lie so close together that reading pages is cheapest; else none."""
        wanted = set(row_keys)
        present, _, between = self._look(table, partition, wanted, _LOOKED_AT)
        if len(present) * _PAGE <= between * gets_per_page:
            return {}
        return self._between(table, partition, present)

    def _between(
        self, table: str, partition: str, present: set[str], select: Collection[str] = ()
    ) -> dict[str, Entity]:
        rows = self.query(table, between_keys(partition, min(present), max(present)), select)
        return {row["RowKey"]: row for row in rows if row["RowKey"] in present}

    def _look(
        self, table: str, partition: str, wanted: set[str], gets_per_key_page: int
    ) -> tuple[set[str], set[str], int]:
        """(keys that exist, keys not looked at, rows from the first to the last that exist).

        Reads keys alone, and stops where reading on would cost more than single reads.
        """
        most = _PAGE * max(1, len(wanted) // gets_per_key_page)
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

    def _get_each(
        self, table: str, partition: str, row_keys: set[str], select: Collection[str]
    ) -> dict[str, Entity]:
        rows = self.side_by_side(lambda key: self.get(table, partition, key, select=select), sorted(row_keys))
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
                for position, etag in self._write_group(table, group).items():
                    results[position] = etag

        self.side_by_side(write, by_partition(operations))
        return results

    def _write_group(self, table: str, group: list[Ready]) -> dict[int, str | None]:
        """Results by position. An operation at fault is left out and the others go again; after a few such
        rounds each goes alone."""
        if len(group) == 1:
            return {group[0].position: self._write_alone(table, group[0])}
        results: dict[int, str | None] = {}
        left = group
        for _ in range(_ROUNDS):
            answer = self._transaction(table, left)
            if not isinstance(answer, Refusal):
                return results | {ready.position: etag for ready, etag in zip(left, answer, strict=True)}
            if not answer.lost_a_race and answer.status not in _ONE_TO_BLAME:
                raise refused(answer, table)
            if not answer.lost_a_race or answer.index is None or answer.index >= len(left):
                break
            results[left[answer.index].position] = _lost(left[answer.index], answer)
            left = left[: answer.index] + left[answer.index + 1 :]
            if not left:
                return results
        return results | {ready.position: self._write_alone(table, ready) for ready in left}

    def _write_alone(self, table: str, ready: Ready) -> str | None:
        answer = self._transaction(table, [ready])
        if not isinstance(answer, Refusal):
            return answer[0]
        if not answer.lost_a_race:
            raise refused(answer, table)
        return _lost(ready, answer)

    def _transaction(self, table: str, group: list[Ready]) -> list[str] | Refusal:
        """The etags; the table is created if it was missing."""
        answer = self._send(table, group)
        if isinstance(answer, Refusal) and answer.table_is_missing:
            self._make(table)
            answer = self._send(table, group)
        return answer

    def _make(self, table: str) -> None:
        """Makes the table; another instance may be first."""
        body = json.dumps({"TableName": self._prefix + table}).encode("ascii")
        response = self._sent(table, self._wire.post, "Tables", "application/json", body)
        if response.status_code not in _MADE:
            refusal = refusal_of(response)
            if not refusal.table_is_there:
                raise refused(refusal, table)

    def _send(self, table: str, group: list[Ready]) -> list[str] | Refusal:
        """One request."""
        try:
            content_type, body = request(group, f"{self._wire.url}/{self._prefix}{table}")
            response = self._sent(table, self._wire.post, "$batch", content_type, body)
            if response.status_code != _ACCEPTED:
                return refusal_of(response)
            return read_answer(response.headers.get("Content-Type", ""), response.content, group)
        except ValueError as err:
            raise unreadable(err, table) from err


def between_keys(partition: str, first: str, last: str) -> str:
    """A filter for one partition's rows from `first` to `last`, both included."""
    return f"PartitionKey eq {quoted(partition)} and RowKey ge {quoted(first)} and RowKey le {quoted(last)}"


def between_partitions(first: str, end: str) -> str:
    """A filter for the partitions from `first` on and before `end`."""
    return f"PartitionKey ge {quoted(first)} and PartitionKey lt {quoted(end)}"


def in_partition(partition: str) -> str:
    """A filter for one partition's rows."""
    return f"PartitionKey eq {quoted(partition)}"


def quoted(text: str) -> str:
    """The text as a filter's value."""
    return "'" + text.replace("'", "''") + "'"


def _lost(ready: Ready, refusal: Refusal) -> str | None:
    """What a refusal means to the operation at fault: what is gone already counts as deleted."""
    return "" if ready.verb is Verb.DELETE and refusal.is_gone else None
