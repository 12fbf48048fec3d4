"""A group of writes as one request, and its answer: Table Storage's entity group transactions.

https://learn.microsoft.com/en-us/rest/api/storageservices/performing-entity-group-transactions
(read 2026-11). Written here rather than by the SDK's `submit_transaction`, which makes three pools of threads
and an e-mail message for each (12.7.0).
"""

import re
import uuid
from collections.abc import Sequence

from shared.adapters.storage.failures import Refusal, read_refusal
from shared.adapters.storage.operations import Ready, Verb

_METHODS = {
    Verb.CREATE: "POST",
    Verb.PUT: "PUT",
    Verb.REPLACE: "PUT",
    Verb.MERGE: "PATCH",
    Verb.BLEND: "PATCH",
    Verb.DELETE: "DELETE",
}
_BLANK = b"\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?")
_MULTIPART = re.compile(r"multipart/mixed; ?boundary=([\w.'()+,/:=?-]{1,200})", re.IGNORECASE | re.ASCII)


def request(operations: Sequence[Ready], table_url: str) -> tuple[str, bytes]:
    """(content type, body) of the transaction."""
    batch, changes = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
    frame = (
        f"--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    ).encode("ascii")
    parts = [f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n".encode("ascii")]
    for ready in operations:
        parts += (frame, _operation(ready, table_url), b"\r\n")
    parts.append(f"--{changes}--\r\n--{batch}--\r\n".encode("ascii"))
    return f"multipart/mixed; boundary={batch}", b"".join(parts)


def _operation(ready: Ready, table_url: str) -> bytes:
    address = "" if ready.verb is Verb.CREATE else ready.address
    lines = [
        f"{_METHODS[ready.verb]} {table_url}{address} HTTP/1.1",
        "Accept: application/json;odata=minimalmetadata",
        "DataServiceVersion: 3.0",
        "Prefer: return-no-content",  # else a created entity comes back whole
    ]
    if ready.verb in (Verb.REPLACE, Verb.MERGE, Verb.DELETE):
        lines.append(f"If-Match: {_header(ready.etag) or '*'}")
    body = b"" if ready.verb is Verb.DELETE else ready.body
    if body:
        lines += ("Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body + b"\r\n"


def _header(etag: str) -> str:
    """The etag as a header's value. Raises ValueError for one that would end the line."""
    if not etag.isascii() or not etag.isprintable():
        raise ValueError("not an etag")
    return etag


def read_answer(content_type: str, content: bytes, operations: Sequence[Ready]) -> list[str] | Refusal:
    """The new etag of each operation ("" after a delete), or why nothing was done.

    Only the lines between the answer's own boundaries are read as its form: a message that repeats somebody's
    text says nothing by it. Raises ValueError for an answer that is not one to these operations.
    """
    answers = [_http(part) for part in _changes(content_type, content)]
    for status, _, body in answers:
        if not 200 <= status < 300:
            return read_refusal(status, body)
    if len(answers) != len(operations):
        raise ValueError(f"{len(answers)} answers to {len(operations)} operations")
    return [
        "" if ready.verb is Verb.DELETE else _etag(headers)
        for ready, (_, headers, _) in zip(operations, answers, strict=True)
    ]


def _changes(content_type: str, content: bytes) -> list[bytes]:
    """The HTTP answers in the batch's one part: a change set, or a single answer for all of it."""
    parts = _split(content, _boundary(content_type))
    if len(parts) != 1:
        raise ValueError(f"{len(parts)} parts in the answer to one change set")
    headers, inner = _head(parts[0])
    kind = headers.get("content-type", "")
    if kind.lower() == "application/http":
        return [inner]
    changes = [_head(part) for part in _split(inner, _boundary(kind))]
    if any(headers.get("content-type", "").lower() != "application/http" for headers, _ in changes):
        raise ValueError("a change set holds what is no answer")
    return [answer for _, answer in changes]


def _boundary(content_type: str) -> bytes:
    found = _MULTIPART.fullmatch(content_type)
    if found is None:
        raise ValueError("the answer is not of several parts")
    return found[1].encode("ascii")


def _split(content: bytes, boundary: bytes) -> list[bytes]:
    """What lies between the boundary's lines, from the first to the closing one."""
    first, *pieces = (b"\r\n" + content).split(b"\r\n--" + boundary)
    if first or not pieces or pieces.pop() not in (b"--", b"--\r\n"):
        raise ValueError("the answer does not end with its boundary")
    if not all(piece.startswith(b"\r\n") for piece in pieces):
        raise ValueError("the answer's boundaries are no lines of their own")
    return [piece[2:] for piece in pieces]


def _head(part: bytes) -> tuple[dict[str, str], bytes]:
    """(headers by name in small letters, what follows them)."""
    head, blank, rest = part.partition(_BLANK)
    if not blank:
        raise ValueError("a part of the answer has no end of its headers")
    return _headers(head.split(b"\r\n")), rest


def _headers(lines: Sequence[bytes]) -> dict[str, str]:
    named = (line.decode("ascii", "replace").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in named}


def _http(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of one answer."""
    head, blank, body = answer.partition(_BLANK)
    first, *lines = head.split(b"\r\n")
    status = _STATUS.fullmatch(first)
    if status is None or not blank:
        raise ValueError("a part of the answer is no HTTP")
    return int(status[1]), _headers(lines), body


def _etag(headers: dict[str, str]) -> str:
    if not headers.get("etag"):
        raise ValueError("a write was answered without its etag")
    return headers["etag"]
