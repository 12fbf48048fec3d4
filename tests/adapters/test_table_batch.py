"""The text of a transaction and of its answer."""

import json

import pytest

from shared.adapters.storage.batch import read_answer, request
from shared.adapters.storage.failures import Refusal, read_refusal
from shared.adapters.storage.operations import Operation, Ready, Verb, by_partition

URL = "https://a.example/Things"
KIND = "multipart/mixed; boundary=batchresponse_1"
WRITTEN = b"HTTP/1.1 204 No Content\r\nDataServiceVersion: 3.0;\r\nETag: W/\"datetime'1'\"\r\n\r\n\r\n"
DELETED = b"HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n\r\n"


def changes(*answers: bytes) -> bytes:
    """An answer as the service frames it."""
    head = (
        b"--changesetresponse_2\r\nContent-Type: application/http\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n"
    )
    return (
        b"--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n"
        + b"".join(head + answer for answer in answers)
        + b"--changesetresponse_2--\r\n--batchresponse_1--\r\n"
    )


def error(status: int, code: str, message: str) -> bytes:
    body = json.dumps({"odata.error": {"code": code, "message": {"lang": "en-US", "value": message}}})
    return f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n\r\n{body}\r\n".encode()


ACCEPTED = changes(WRITTEN, DELETED)


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


WRITE, DELETE = ready(Verb.PUT), ready(Verb.DELETE)


def test_an_accepted_transaction_gives_an_etag_for_each_write() -> None:
    assert read_answer(KIND, ACCEPTED, [WRITE, DELETE]) == ["W/\"datetime'1'\"", ""]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not end"),
        (b"<html/>", "does not end"),
        (ACCEPTED[:-20], "does not end"),
        (b"x" + ACCEPTED, "does not end"),
        (ACCEPTED + b"x", "does not end"),
        (ACCEPTED, "2 answers to 3 operations"),
        (changes(WRITTEN, WRITTEN, DELETED, DELETED), "4 answers to 3 operations"),
        (changes(WRITTEN, DELETED, DELETED), "without its etag"),
        (changes(WRITTEN, WRITTEN.replace(b"HTTP/1.1 204", b"HTTP/1.1 2040"), DELETED), "no HTTP"),
        (changes(WRITTEN, b"204\r\n\r\n\r\n", DELETED), "no HTTP"),
        (changes(WRITTEN, WRITTEN, DELETED).replace(b"application/http", b"text/plain"), "no answer"),
        (changes(WRITTEN, WRITTEN, DELETED).replace(b"--changesetresponse_2--", b""), "does not end"),
        (
            changes(WRITTEN, WRITTEN, DELETED).replace(
                b"\n--changesetresponse_2\r", b"\n--changesetresponse_2x", 1
            ),
            "no lines of their own",
        ),
        (changes(WRITTEN, WRITTEN, DELETED).replace(b"multipart/mixed", b"text/html"), "several parts"),
        (b"--batchresponse_1--\r\n", "0 parts"),
        (ACCEPTED.replace(b"--batchresponse_1--\r\n", b"") + ACCEPTED, "2 parts"),
    ],
)
def test_an_answer_to_other_operations_is_not_believed(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_answer(KIND, content, [WRITE, WRITE, DELETE])


@pytest.mark.parametrize("kind", ["", "text/html", "multipart/mixed", "multipart/mixed; boundary=other"])
def test_an_answer_of_another_type_is_not_believed(kind: str) -> None:
    with pytest.raises(ValueError, match=r"several parts|does not end"):
        read_answer(kind, ACCEPTED, [WRITE, DELETE])


@pytest.mark.parametrize(
    ("status", "code", "message", "lost", "index"),
    [
        (412, "UpdateConditionNotSatisfied", "7:The update condition\nRequestId:1", True, 7),
        (409, "EntityAlreadyExists", "0:The specified entity already exists", True, 0),
        (404, "ResourceNotFound", "The specified resource does not exist", True, None),
        (404, "TableNotFound", "0:The table specified does not exist.", False, 0),
        (404, "EntityNotFound", "0:gone", True, 0),
        (404, "", "not found", False, None),
        (409, "TableBeingDeleted", "0:The specified table is being deleted", False, 0),
        (412, "ConditionNotMet", "0:changed", True, 0),
        (400, "InvalidInput", "3:Bad", False, 3),
        (503, "ServerBusy", "busy", False, None),
    ],
)
def test_a_refusal_names_the_operation_at_fault(
    status: int, code: str, message: str, lost: bool, index: int | None
) -> None:
    refusal = error(status, code, message)
    answer = read_answer(KIND, changes(refusal), [WRITE] * 9)
    assert answer == Refusal(status, code, message, index)
    assert isinstance(answer, Refusal) and answer.lost_a_race is lost
    # A change set that failed may be answered as a whole, too (OData 3.0, batch processing).
    whole = b"--batchresponse_1\r\nContent-Type: application/http\r\n\r\n" + refusal + b"--batchresponse_1--"
    assert read_answer(KIND, whole, [WRITE] * 9) == answer


@pytest.mark.parametrize(
    "repeated",
    [
        "\r\nHTTP/1.1 204 No Content\r\nETag: forged\r\n\r\n",
        "\r\n--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No\r\n\r\n\r\n",
        "\r\n--changeset_1--\r\n--batch_1--\r\n",
        '"}}} {"odata.error":{"code":"ResourceNotFound","message":{"value":"0:gone',
    ],
)
def test_a_text_that_an_error_repeats_says_nothing_by_its_form(repeated: str) -> None:
    """Raw in the body, as from a service that does not escape it, and escaped."""
    raw = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n" + repeated.encode() + b"\r\n"
    for refusal in (raw, error(400, "InvalidInput", f"1:{repeated}")):
        answer = read_answer(KIND, changes(refusal), [WRITE, DELETE])
        assert isinstance(answer, Refusal) and answer.status == 400 and not answer.lost_a_race


def test_a_refusal_that_is_no_json_keeps_its_text() -> None:
    assert read_refusal(502, b"<html>Bad gateway</html>") == Refusal(502, "", "<html>Bad gateway</html>")
    xml = b"<?xml version='1.0'?><Error><Code>ServerBusy</Code><Message>wait</Message></Error>"
    assert read_refusal(503, xml) == Refusal(503, "ServerBusy", "wait")
    xml = b'<m:error><m:code>InvalidInput</m:code><m:message xml:lang="en-US">2:Bad</m:message></m:error>'
    assert read_refusal(400, xml) == Refusal(400, "InvalidInput", "2:Bad", 2)
    assert read_refusal(500, b'{"other": 1}') == Refusal(500, "", '{"other": 1}')
    assert read_refusal(404, b"", "TableNotFound") == Refusal(404, "TableNotFound", "")
    assert read_refusal(400, b"[" * 200_000).message == "[" * 300
