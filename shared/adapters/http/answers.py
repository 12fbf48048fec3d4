"""What an API's answer says: its JSON, its error body, its request id; bounded and redacted."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared import telemetry
from shared.errors import Answered

_MOST_TEXT = 500  # of a foreign body, in an error
_DEEPEST = 100  # levels that are kept of a body nested deeper than Python reads, some 10,000
_BRACKETS_AND_TEXTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_REQUEST_ID_HEADERS = ("request-id", "x-ms-request-id")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as both API families write it; what is not there is ""."""

    code: str = ""
    message: str = ""
    request_id: str = ""

    @property
    def text(self) -> str:
        """Code and message, short and without anything secret."""
        return telemetry.redacted(": ".join(part for part in (self.code, self.message) if part))[:_MOST_TEXT]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer. `body` is the JSON of a success, None for anything else; `error` is set for an error."""

    status: int
    body: object = None
    error: ErrorBody | None = None
    request_id: str = ""

    def by(self, service: str) -> Answered:
        """Who answered what, for an error."""
        return {"service": service, "status": self.status, "request_id": self.request_id}


def read_json(content: bytes) -> object:
    """The JSON in `content`. Raises ValueError where there is none.

    One odd value must not cost the page: bytes that are no UTF-8 become marks; NaN and Infinity, which JSON
    does not have, are read as null, a number of more digits than Python converts as text; and of a body
    nested deeper than Python reads, what lies deepest is left out with a mark.
    """
    text = content.decode("utf-8-sig", "replace")
    try:
        return _loaded(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        text = _shallow(text)
    except ValueError:
        pass  # a number of thousands of digits: in its own place it can be judged like any other value
    return _loaded(text, parse_int=_number)


def _loaded(text: str, parse_int: Callable[[str], object] | None = None) -> object:
    found: object = json.loads(text, parse_constant=lambda _: None, parse_int=parse_int)
    return found


def _number(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def _shallow(text: str) -> str:
    """The JSON text with each list and object deeper than `_DEEPEST` replaced by a mark."""
    kept: list[str] = []
    depth = start = 0
    for found in _BRACKETS_AND_TEXTS.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                kept.append(text[start : found.start()])
        elif found[0] in "]}":
            depth -= 1
            if depth == _DEEPEST:
                kept.append('"[nested too deeply]"')
                start = found.end()
    return "".join(kept) + text[start:] if depth <= _DEEPEST else ""


def read_error(content: bytes) -> ErrorBody:
    """The error in `content`: `{"error":{"code","message","target","innerError":{"request-id"}}}`.

    Defender puts its correlation id into `target`, Graph into `innerError`. A body of another shape is kept
    as the message.
    (https://learn.microsoft.com/en-us/defender-endpoint/api/common-errors and
    https://learn.microsoft.com/en-us/graph/errors, read 2026-11.)
    """
    try:
        body = read_json(content)
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return ErrorBody(message=telemetry.redacted(content[:4_000].decode("utf-8", "replace"))[:_MOST_TEXT])
    inner = error.get("innerError") or error.get("innererror")
    inner_id = inner.get("request-id") if isinstance(inner, Mapping) else None
    return ErrorBody(
        code=_text(error.get("code")),
        message=_text(error.get("message")),
        request_id=_text(inner_id or error.get("target")),
    )


def request_id_of(headers: Mapping[str, str], error: ErrorBody | None) -> str:
    """What Microsoft's support asks for; "" where the answer has none."""
    named = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
    return (named or (error.request_id if error else ""))[:100]


def _text(value: object) -> str:
    return value[:4_000] if isinstance(value, str) else ""
