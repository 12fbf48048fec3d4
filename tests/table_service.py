"""Stands in for Azure's table service, in memory, behind the product's own client.

It answers requests as the service does: pages with continuations, filters, transactions that are carried out
whole or not at all, etags. What it does is held against Azurite (tests/adapters/test_table_service.py). It
counts what it is asked for, and may end the caller before or after any request.
"""

import json
import re
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs, quote, unquote

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.wire import Wire
from tests.table_filter import Filter

_KEYS = ("PartitionKey", "RowKey")
_FRAME = re.compile(rb"\r\n--changeset_[-0-9a-f]+(?:--)?\r\n")
_ADDRESS = re.compile(r"([A-Za-z0-9]+)\(PartitionKey='((?:[^']|'')*)',RowKey='((?:[^']|'')*)'\)")

type Key = tuple[str, str]
type Row = dict[str, object]


class Ended(BaseException):
    """The caller is no more: no handler of ours can catch it."""


@dataclass
class Answer:
    """As the client reads one."""

    status_code: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class _Table:
    rows: dict[Key, Row] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)

    def put(self, key: Key, row: Row) -> None:
        if key not in self.rows:
            insort(self.order, key)
        self.rows[key] = row

    def remove(self, key: Key) -> None:
        del self.rows[key]
        del self.order[bisect_left(self.order, key)]


@dataclass
class TableService:
    """The tables by name. Of a read it looks at `scanned_at_most` rows, and then answers what it has, as the
    service does after five seconds."""

    now: datetime = datetime(2026, 11, 24, 10, tzinfo=UTC)
    scanned_at_most: int = 100_000
    url: str = "https://tables.test"
    tables: dict[str, _Table] = field(default_factory=dict)
    reads: list[tuple[str, int]] = field(default_factory=list)  # table, rows answered
    effects: list[str] = field(default_factory=list)
    effect: Callable[[str, Callable[[], Answer]], Answer] = lambda name, do: do()
    end_at: tuple[int, str] | None = None  # (index of the effect, "before" or "after")
    _ticks: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def client(self) -> StorageTables:
        """The product's client over these tables; its requests go one after the other."""
        return _OneByOne(cast(Wire, self))

    def get(self, path: str) -> Answer:
        """What the service would answer to a read."""
        table = path.partition("(")[0]
        return self._does(f"read {table}", lambda: self._read(table, path))

    def post(self, path: str, content_type: str, body: bytes) -> Answer:
        """What the service would answer to a write."""
        if path == "Tables":
            return self._does("make a table", lambda: self._make(json.loads(body)["TableName"]))
        table = self._operations(body)[0][2]
        return self._does(f"write {table}", lambda: self._carry_out(body))

    def _does(self, name: str, do: Callable[[], Answer]) -> Answer:
        with self._lock:
            index = len(self.effects)
            self.effects.append(name)
            if self.end_at == (index, "before"):
                raise Ended(f"before {name}")
            answer = self.effect(name, do)
            if self.end_at == (index, "after"):
                raise Ended(f"after {name}")
            return answer

    def _make(self, table: str) -> Answer:
        if table in self.tables:
            return _refusal(409, "TableAlreadyExists")
        self.tables[table] = _Table()
        return Answer(201)

    def _read(self, table: str, path: str) -> Answer:
        if table not in self.tables:
            return _refusal(404, "TableNotFound")
        address, _, asked = path.partition("?")
        query = {name: values[-1] for name, values in parse_qs(asked).items()}
        select = [name for name in query.get("$select", "").split(",") if name]
        if not address.endswith("()"):
            row = self.tables[table].rows.get(_key(_ADDRESS.fullmatch(unquote(address))))
            return _refusal(404, "ResourceNotFound") if row is None else _ok(_shown(row, select))
        return self._page(table, query, select)

    def _page(self, table: str, query: Mapping[str, str], select: Sequence[str]) -> Answer:
        only = Filter(query.get("$filter", ""))
        held, most = self.tables[table], min(int(query.get("$top", 1_000)), 1_000)
        start, end = only.bounds()
        if "NextPartitionKey" in query:
            place = [query["NextPartitionKey"], query.get("NextRowKey", "1!")]
            if not all(re.fullmatch("1!([0-9a-f]{2})*", part) for part in place):
                return _refusal(400, "InvalidInput")
            start = (_opened(place[0]), _opened(place[1]))
        found: list[Row] = []
        further: dict[str, str] = {}
        for scanned, key in enumerate(_between(held.order, start, end)):
            if len(found) == most or scanned == self.scanned_at_most:
                names = ("x-ms-continuation-NextPartitionKey", "x-ms-continuation-NextRowKey")
                further = {name: _sealed(part) for name, part in zip(names, key, strict=True)}
                break
            if only.takes(held.rows[key]):
                found.append(_shown(held.rows[key], select))
        self.reads.append((table, len(found)))
        return _ok({"value": found}, further)

    def _operations(self, body: bytes) -> list[tuple[str, str, str, Key, Row]]:
        """(verb, etag, table, key, entity) of each."""
        found = []
        for part in _FRAME.split(body)[1:-1]:
            head, _, entity = part.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
            first, *lines = head.decode("ascii").split("\r\n")
            verb, url, _ = first.split(" ")
            etag = next((line[10:] for line in lines if line.startswith("If-Match: ")), "")
            row: Row = json.loads(entity) if entity.strip() else {}
            named = unquote(url.removeprefix(f"{self.url}/"))
            match = _ADDRESS.fullmatch(named)
            key = _key(match) if match else (str(row["PartitionKey"]), str(row["RowKey"]))
            found.append((verb, etag, match[1] if match else named, key, row))
        return found

    def _carry_out(self, body: bytes) -> Answer:
        operations = self._operations(body)
        table = operations[0][2]
        if table not in self.tables:
            return _batch(_refused(404, "TableNotFound", 0))
        assert len({(name, key[0]) for _, _, name, key, _ in operations}) == 1, "one partition"
        assert len({key for *_, key, _ in operations}) == len(operations) <= 100, "each row once"
        held = self.tables[table]
        for index, (verb, etag, _, key, _) in enumerate(operations):
            if (code := _objection(held.rows.get(key), verb, etag)) is not None:
                return _batch(_refused(*code, index))
        return _batch(*(self._write(held, verb, key, row) for verb, _, _, key, row in operations))

    def _write(self, held: _Table, verb: str, key: Key, row: Row) -> bytes:
        if verb == "DELETE":
            held.remove(key)
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        self._ticks += 1
        written = f"{self.now + timedelta(microseconds=self._ticks):%Y-%m-%dT%H:%M:%S.%f}0Z"
        etag = f"W/\"datetime'{quote(written)}'\""
        kept = held.rows.get(key, {}) if verb == "PATCH" else {}
        kept = {name: value for name, value in kept.items() if name.partition("@")[0] not in row}
        mine = {**kept, **row, **dict(zip(_KEYS, key, strict=True))}
        held.put(key, {**mine, "Timestamp": written, "odata.etag": etag})
        return f"HTTP/1.1 204 No Content\r\nETag: {etag}\r\n\r\n".encode()

    def lay(self, table: str, rows: Iterable[Row]) -> None:
        """Has these rows stand in the table, written now: many at once, past the door for writes."""
        held = self.tables.setdefault(table, _Table())
        written = f"{self.now:%Y-%m-%dT%H:%M:%S.%f}0Z"
        marks = {"Timestamp": written, "odata.etag": f"W/\"datetime'{quote(written)}'\""}
        held.rows |= {(str(row["PartitionKey"]), str(row["RowKey"])): {**row, **marks} for row in rows}
        held.order = sorted(held.rows)

    def all(self, table: str) -> dict[Key, Row]:
        """Every row of a table, as it stands."""
        return dict(self.tables[table].rows) if table in self.tables else {}

    def everything(self) -> dict[tuple[str, Key], Row]:
        """Every row of every table, times and etags included."""
        return {(table, key): row for table in self.tables for key, row in self.all(table).items()}

    def stand_as(self, other: "TableService") -> None:
        """From now on it holds what the other holds now."""
        self.tables, self._ticks = other.copied().tables, other._ticks

    def copied(self) -> "TableService":
        """A second service that holds the same and goes its own way."""
        tables = {name: _Table(dict(held.rows), list(held.order)) for name, held in self.tables.items()}
        return TableService(self.now, self.scanned_at_most, self.url, tables, _ticks=self._ticks)


class _OneByOne(StorageTables):
    """Requests in the same order each time."""

    def side_by_side[A, B](self, do: Callable[[A], B], items: Sequence[A]) -> list[B]:
        return [do(item) for item in items]


def _between(order: Sequence[Key], start: Key, end: Key) -> Iterator[Key]:
    return (order[at] for at in range(bisect_left(order, start), bisect_left(order, end)))


def _key(match: re.Match[str] | None) -> Key:
    assert match is not None
    return match[2].replace("''", "'"), match[3].replace("''", "'")


def _sealed(text: str) -> str:
    """A continuation is nobody's to read."""
    return "1!" + text.encode().hex()


def _opened(text: str) -> str:
    return bytes.fromhex(text[2:]).decode()


def _shown(row: Row, select: Sequence[str]) -> Row:
    """The columns that are asked for, with their types; the etag goes with the whole row alone."""
    if not select:
        return row
    return {name: value for name, value in row.items() if name.partition("@")[0] in select}


def _ok(body: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(200, json.dumps(body).encode(), dict(headers or {}))


def _refusal(status: int, code: str, index: int | None = None) -> Answer:
    said = code if index is None else f"{index}:{code}"
    return Answer(status, json.dumps({"odata.error": {"code": code, "message": {"value": said}}}).encode())


def _refused(status: int, code: str, index: int) -> bytes:
    said = _refusal(status, code, index).content
    return f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\n\r\n".encode() + said


def _batch(*answers: bytes) -> Answer:
    parts = [b"Content-Type: application/http\r\n\r\n" + answer + b"\r\n" for answer in answers]
    changes = b"".join(b"--c\r\n" + part for part in parts) + b"--c--\r\n"
    whole = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + changes + b"--b--\r\n"
    return Answer(202, whole, {"Content-Type": "multipart/mixed; boundary=b"})


def _objection(standing: Row | None, verb: str, etag: str) -> tuple[int, str] | None:
    """Why a write is not carried out."""
    if verb == "POST":
        return (409, "EntityAlreadyExists") if standing is not None else None
    if not etag:
        return None
    if standing is None:
        return 404, "ResourceNotFound"
    return (412, "UpdateConditionNotSatisfied") if etag not in ("*", standing["odata.etag"]) else None
