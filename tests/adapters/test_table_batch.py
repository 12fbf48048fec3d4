"""The text of a transaction and of its answer."""

import json

import pytest

from shared.adapters.storage.batch import Refusal, read_answer, read_refusal, request
from shared.adapters.storage.operations import Operation, Ready, Verb, by_partition

URL = "https://a.example/Things"
ACCEPTED = (
    b"--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n"
    b"--changesetresponse_2\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nDataServiceVersion: 3.0;\r\nETag: W/\"datetime'1'\"\r\n\r\n\r\n"
    b"--changesetresponse_2\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n\r\n"
    b"--changesetresponse_2--\r\n--batchresponse_1--\r\n"
)


def refused(status: int, code: str, message: str) -> bytes:
    error = json.dumps({"odata.error": {"code": code, "message": {"lang": "en-US", "value": message}}})
    return (
        f"--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
        f"Content-Type: application/http\r\n\r\nHTTP/1.1 {status} Whatever\r\n"
        f"Content-Type: application/json\r\n\r\n{error}\r\n--c--\r\n--batchresponse_1--\r\n"
    ).encode()


def ready(verb: Verb, etag: str = "", **columns: object) -> Ready:
    entity = {"PartitionKey": "it's", "RowKey": "a b|\u00fc", **columns}
    [[[made]]] = by_partition([Operation(verb, entity, etag)])
    return made


@pytest.mark.parametrize(
    ("operation", "first", "condition"),
    [
        (ready(Verb.CREATE), f"POST {URL} HTTP/1.1", None),
        (ready(Verb.PUT), f"PUT {URL}(PartitionKey='it%27%27s',RowKey='a%20b%7C%C3%BC') HTTP/1.1", None),
        (ready(Verb.REPLACE, 'W/"1"'), f"PUT {URL}(PartitionKey=", 'If-Match: W/"1"'),
        (ready(Verb.MERGE, 'W/"1"'), f"PATCH {URL}(PartitionKey=", 'If-Match: W/"1"'),
        (ready(Verb.DELETE, 'W/"1"'), f"DELETE {URL}(PartitionKey=", 'If-Match: W/"1"'),
        (ready(Verb.DELETE), f"DELETE {URL}(PartitionKey=", "If-Match: *"),
    ],
)
def test_each_verb_is_its_method_on_its_row(operation: Ready, first: str, condition: str | None) -> None:
    content_type, body = request([operation], URL)
    text = body.decode("ascii")
    assert f"\r\n\r\n{first}" in text
    assert [line for line in text.split("\r\n") if line.startswith("If-Match")] == [condition] * (
        condition is not None
    )
    boundary = content_type.removeprefix("multipart/mixed; boundary=")
    assert text.startswith(f"--{boundary}\r\n") and text.endswith(f"--{boundary}--\r\n")
    if operation.verb is not Verb.DELETE:
        assert f"Content-Length: {len(operation.body)}\r\n\r\n{operation.body.decode()}\r\n" in text


def test_no_value_can_start_a_line_of_its_own() -> None:
    hostile = "x\r\n--changeset_1--\r\nDELETE https://a.example/Things HTTP/1.1\r\n"
    plain, attacked = (request([ready(Verb.PUT, Text=text)], URL)[1] for text in ("x", hostile))
    assert attacked.count(b"\r\n") == plain.count(b"\r\n")
    for etag in ('W/"1"\r\nX-Other: 1', "W/\u00e9", "a\x00"):
        with pytest.raises(ValueError, match="not an etag"):
            request([ready(Verb.REPLACE, etag)], URL)


def test_an_accepted_transaction_gives_an_etag_for_each_write() -> None:
    assert read_answer(ACCEPTED, 2) == ["W/\"datetime'1'\"", ""]


@pytest.mark.parametrize("content", [b"", b"<html/>", ACCEPTED])
def test_an_answer_to_other_operations_is_not_believed(content: bytes) -> None:
    with pytest.raises(ValueError, match="answers to 3 operations"):
        read_answer(content, 3)


@pytest.mark.parametrize(
    ("status", "code", "message", "lost", "index"),
    [
        (412, "UpdateConditionNotSatisfied", "7:The update condition\nRequestId:1", True, 7),
        (409, "EntityAlreadyExists", "0:The specified entity already exists", True, 0),
        (404, "ResourceNotFound", "The specified resource does not exist", True, None),
        (404, "TableNotFound", "0:The table specified does not exist.", False, 0),
        (400, "InvalidInput", "3:Bad", False, 3),
        (503, "ServerBusy", "busy", False, None),
    ],
)
def test_a_refusal_names_the_operation_at_fault(
    status: int, code: str, message: str, lost: bool, index: int | None
) -> None:
    answer = read_answer(refused(status, code, message), 9)
    assert answer == Refusal(status, code, message, index)
    assert isinstance(answer, Refusal) and answer.lost_a_race is lost


def test_a_refusal_that_is_no_json_keeps_its_text() -> None:
    assert read_refusal(502, b"<html>Bad gateway</html>") == Refusal(502, "", "<html>Bad gateway</html>")
    xml = b"<?xml version='1.0'?><Error><Code>ServerBusy</Code><Message>wait</Message></Error>"
    assert read_refusal(503, xml) == Refusal(503, "ServerBusy", xml.decode())
    assert read_refusal(500, b'{"other": 1}') == Refusal(500, "", '{"other": 1}')
