"""Table writes while the service or the way to it fails, against a scripted service."""

import base64

import pytest

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.errors import AppError, Unavailable, UnexpectedResponse
from tests.adapters.service import Asked, Reply, Service

WRITTEN = (
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: e1\r\n\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: e2\r\n\r\n\r\n--c--\r\n--b--\r\n"
)
DONE = Reply(202, WRITTEN, {"Content-Type": "multipart/mixed; boundary=b"})
WRITES = [Operation(Verb.PUT, {"PartitionKey": "p", "RowKey": f"{n}"}) for n in range(2)]


@pytest.fixture
def tables(service: Service, monkeypatch: pytest.MonkeyPatch) -> StorageTables:
    quick = {"retry_total": 2, "retry_backoff_factor": 0.01, "connection_timeout": 1, "read_timeout": 1}
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", quick)
    key = base64.b64encode(b"k" * 64).decode()
    return StorageTables.by_connection(f"AccountName=a;AccountKey={key};TableEndpoint={service.url}/a")


@pytest.mark.parametrize(
    "failures",
    [[], [Reply(503)], [Reply(500), Reply(503)], [Reply(status=0)], [Reply(503), Reply(status=0)]],
)
def test_a_failure_that_passes_is_not_felt(
    service: Service, tables: StorageTables, failures: list[Reply]
) -> None:
    service.replies = [*failures, DONE]
    assert tables.apply("Things", WRITES) == ["e1", "e2"]
    assert {asked.path for asked in service.asked} == {"/a/$batch"}
    assert len({asked.body for asked in service.asked}) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(503), Unavailable),
        (Reply(status=0), Unavailable),
        (Reply(202, WRITTEN, cut=20), Unavailable),
        (Reply(202, b"<html>a portal of the hotel</html>"), UnexpectedResponse),
        (Reply(400, b"<Error><Code>InvalidInput</Code></Error>"), UnexpectedResponse),
    ],
)
def test_a_failure_that_stays_ends_by_fate(
    service: Service, tables: StorageTables, reply: Reply, kind: type[AppError]
) -> None:
    service.answer = lambda _: reply
    with pytest.raises(kind) as caught:
        tables.apply("Things", WRITES)
    assert caught.value.service == "tables"


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
