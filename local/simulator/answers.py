"""What goes over the wire: requests as routes see them, answers, and the two families of error bodies.

Defender: https://learn.microsoft.com/en-us/defender-endpoint/api/common-errors. Graph:
https://learn.microsoft.com/en-us/graph/errors. Both read 2026-11-24.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DEFENDER_TYPE = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
GRAPH_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the path in decoded parts, header names in lower case, `origin` as the caller named us."""

    method: str
    parts: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    origin: str
    path: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back. With `cut`, the connection breaks in the middle of the body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    def with_headers(self, **more: str) -> Answer:
        """The same with further headers; `_` in a name stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return replace(self, headers={**self.headers, **named})


class Refused(Exception):
    """The call ends here: with this status, error code and message, and perhaps seconds to wait."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def encode(body: object) -> bytes:
    """`body` as JSON; a lone surrogate, which recordings may hold, is left escaped."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":")).encode()


def defender_answer(body: object, status: int = 200) -> Answer:
    """An answer of the Defender API."""
    return Answer(status, encode(body), {"Content-Type": DEFENDER_TYPE, "OData-Version": "4.0"})


def graph_answer(body: object, request: Request, status: int = 200) -> Answer:
    """An answer of Graph, with the ids that Graph's support asks for."""
    headers = {"Content-Type": GRAPH_TYPE, "request-id": request.request_id}
    headers["client-request-id"] = request.headers.get("client-request-id", request.request_id)
    return Answer(status, encode(body), headers)


def defender_error(refused: Refused, request: Request) -> Answer:
    """Defender's error body; its `target` is the correlation id."""
    error = {"code": refused.code, "message": refused.message, "target": request.request_id}
    return _with_wait(defender_answer({"error": error}, refused.status), refused)


def graph_error(refused: Refused, request: Request, date: str) -> Answer:
    """Graph's error body; `date` is the present."""
    inner: dict[str, Any] = {
        "date": date.split(".")[0].removesuffix("Z"),
        "request-id": request.request_id,
        "client-request-id": request.headers.get("client-request-id", request.request_id),
    }
    error = {"code": refused.code, "message": refused.message, "innerError": inner}
    return _with_wait(graph_answer({"error": error}, request, refused.status), refused)


def _with_wait(answer: Answer, refused: Refused) -> Answer:
    if refused.retry_after is None:
        return answer
    return answer.with_headers(Retry_After=str(refused.retry_after))
