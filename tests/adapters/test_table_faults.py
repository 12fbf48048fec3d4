"""Reads and writes while the service or the way to it fails, against a scripted service."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from azure.core.pipeline.transport import RequestsTransport

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.errors import AccessDenied, AppError, Unavailable, UnexpectedResponse
from tests.adapters.service import Asked, Reply, Service

WRITTEN = (
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: e1\r\n\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: e2\r\n\r\n\r\n--c--\r\n--b--\r\n"
)
DONE = Reply(202, WRITTEN, {"Content-Type": "multipart/mixed; boundary=b"})
WRITES = [Operation(Verb.PUT, {"PartitionKey": "p", "RowKey": f"{n}"}) for n in range(2)]
ROW = {"PartitionKey": "p", "RowKey": "r", "odata.etag": "e1"}


def gets(tables: StorageTables) -> object:
    row = tables.get("Things", "p", "r")
    return row and row.metadata["etag"]


def lists(tables: StorageTables) -> object:
    return [row.metadata["etag"] for row in tables.query("Things", "PartitionKey eq 'p'")]


def writes(tables: StorageTables) -> object:
    return tables.apply("Things", WRITES)


# Each call, the answer that it waits for, and what it then gives.
CALLS = pytest.mark.parametrize(
    ("call", "done", "outcome"),
    [
        (gets, Reply(200, ROW), "e1"),
        (lists, Reply(200, {"value": [ROW]}), ["e1"]),
        (writes, DONE, ["e1", "e2"]),
    ],
)


def connected(service: Service) -> StorageTables:
    key = base64.b64encode(b"k" * 64).decode()
    return StorageTables.by_connection(f"AccountName=a;AccountKey={key};TableEndpoint={service.url}/a")


@pytest.fixture
def tables(service: Service, monkeypatch: pytest.MonkeyPatch) -> StorageTables:
    quick = {"retry_total": 2, "retry_backoff_factor": 0.01, "retry_backoff_max": 0.5}
    quick |= {"connection_timeout": 1, "read_timeout": 1}
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", quick)
    return connected(service)


@CALLS
@pytest.mark.parametrize(
    "failures",
    [
        [],
        [Reply(503)],
        [Reply(500), Reply(503)],
        [Reply(429)],
        [Reply(status=0)],
        [Reply(503), Reply(status=0)],
        [Reply(200, b"x" * 100, cut=20)],
    ],
)
def test_a_failure_that_passes_is_not_felt(
    service: Service,
    tables: StorageTables,
    call: Callable[[StorageTables], object],
    done: Reply,
    outcome: object,
    failures: list[Reply],
) -> None:
    service.replies = [*failures, done]
    assert call(tables) == outcome
    assert len(service.asked) == len(failures) + 1
    assert len({(asked.target, asked.body) for asked in service.asked}) == 1


@CALLS
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(503), Unavailable),
        (Reply(429), Unavailable),
        (Reply(408, b"<html/>"), Unavailable),
        (Reply(status=0), Unavailable),
        (Reply(202, WRITTEN, cut=20), Unavailable),
        (Reply(403, b"<Error><Code>AuthorizationFailure</Code></Error>"), AccessDenied),
        (Reply(401), AccessDenied),
        (
            Reply(400, {"odata.error": {"code": "AuthenticationFailed", "message": {"value": "no"}}}),
            AccessDenied,
        ),
        (Reply(200, b"<html>a portal of the hotel</html>"), UnexpectedResponse),
        (Reply(404, b"<html>nothing here</html>"), UnexpectedResponse),
        (
            Reply(404, {"odata.error": {"code": "AccountNotFound", "message": {"value": ""}}}),
            UnexpectedResponse,
        ),
        (Reply(409, b"<Error><Code>TableBeingDeleted</Code></Error>"), UnexpectedResponse),
        (Reply(202, b"<html>a portal of the hotel</html>"), UnexpectedResponse),
        (Reply(400, b"<Error><Code>InvalidInput</Code></Error>"), UnexpectedResponse),
        (Reply(200, b"[" * 100_000), UnexpectedResponse),
        (Reply(200, b"\xff\xff"), UnexpectedResponse),
        (Reply(204), UnexpectedResponse),
    ],
)
def test_a_failure_that_stays_ends_by_fate(
    service: Service,
    tables: StorageTables,
    call: Callable[[StorageTables], object],
    done: Reply,
    outcome: object,
    reply: Reply,
    kind: type[AppError],
) -> None:
    service.answer = lambda _: reply
    with pytest.raises(kind) as caught:
        call(tables)
    assert caught.value.service == "tables"
    assert len(service.asked) <= 5


@CALLS
def test_an_answer_that_does_not_come_is_not_waited_for(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[StorageTables], object],
    done: Reply,
    outcome: object,
) -> None:
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", {"retry_total": 0, "read_timeout": 0.2})
    service.answer = lambda _: replace(done, delay=0.5)
    with pytest.raises(Unavailable, match="timed out"):
        call(connected(service))


@CALLS
@pytest.mark.parametrize(
    ("asked_for", "slept"),
    [
        ("3600", 0.5),
        ("inf", 0.5),
        ("Wed, 01 Jan 2200 00:00:00 GMT", 0.5),
        ("0.25", 0.25),
        ("soon", 0),
        ("nan", 0),
        ("-5", 0),
        ("Thu, 99 Foo 20260 99:99:99 GMT", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_the_service_asks_for_is_bounded(
    service: Service,
    tables: StorageTables,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[StorageTables], object],
    done: Reply,
    outcome: object,
    asked_for: str,
    slept: float,
    status: int,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, seconds: waits.append(seconds))
    service.replies = [Reply(status, headers={"Retry-After": asked_for}), done]
    assert call(tables) == outcome
    assert sum(waits) == slept


def test_one_partition_that_fails_does_not_keep_the_others_from_being_written(
    service: Service, tables: StorageTables
) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(400) if b"PartitionKey='bad'" in asked.body else DONE

    service.answer = answer
    bad = Operation(Verb.PUT, {"PartitionKey": "bad", "RowKey": "x"})
    others = [
        Operation(Verb.PUT, {"PartitionKey": f"p{n}", "RowKey": row}) for n in range(3) for row in ("1", "2")
    ]
    with pytest.raises(UnexpectedResponse):
        tables.apply("Things", [bad, *others])
    bodies = b"".join(asked.body for asked in service.asked)
    assert [n for n in range(3) if f"PartitionKey='p{n}'".encode() in bodies] == [0, 1, 2]
