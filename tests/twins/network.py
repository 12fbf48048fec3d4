"""All hosts that the app calls, in this process: whatever goes out ends at a part of the local stack itself.

What `requests` would send over a socket is answered by the simulated Defender and Graph, the token endpoints
and the table service in memory, as over the wire. Each call is an effect: it is noted with the tenant of its
token, and the instance may die before or after any.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from local.identity.endpoint import IdentityEndpoint
from local.identity.entra import TokenEndpoint
from local.simulator.answers import Answer, Request
from local.simulator.service import tenant_of
from tests.table_service import TableService

DEFENDER, GRAPH = "defender.test", "graph.test"
TABLES, ENTRA, IDENTITY = "tables.test", "entra.test", "identity.test"


class Died(BaseException):
    """The instance is no more: no handler of ours can catch it."""


@dataclass(frozen=True)
class Called:
    """One call: to which host, by which tenant's token, for what, and what was in its body."""

    host: str
    tenant: str
    what: str
    body: bytes = b""


@dataclass
class Network:
    """Answers by host. After a death nothing is answered until there is a new instance."""

    answers: dict[str, Callable[[Request], Answer]]
    calls: list[Called] = field(default_factory=list)
    die_at: tuple[int, str] | None = None  # (index of the call, "before" or "after")
    is_dead: bool = False
    deaths: list[str] = field(default_factory=list)

    def lay(self, patch: pytest.MonkeyPatch) -> None:
        """From now on `requests` sends here."""
        patch.setattr(HTTPAdapter, "send", lambda _, request, **__: self._send(request))

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        if self.is_dead:
            raise Died
        request = _request(prepared)
        host = str(urlsplit(str(prepared.url)).hostname)
        index = len(self.calls)
        what = f"{request.method} {request.path}"
        self.calls.append(Called(host, tenant_of(request), what, request.body))
        self._perhaps_dies(index, "before")
        answer = self.answers[host](request)
        self._perhaps_dies(index, "after")
        return _response(prepared, answer)

    def _perhaps_dies(self, index: int, side: str) -> None:
        if self.die_at == (index, side):
            self.is_dead = True
            self.deaths.append(f"{side} {self.calls[index].what}")
            raise Died(self.deaths[-1])


def tables_by(service: TableService) -> Callable[[Request], Answer]:
    """The table service at its host."""

    def answer(request: Request) -> Answer:
        path = request.path.removeprefix("/")
        if request.method == "GET":
            asked = "&".join(f"{name}={_quoted(value)}" for name, value in request.query)
            got = service.get(f"{path}?{asked}" if asked else path)
        else:
            got = service.post(path, request.headers.get("content-type", ""), request.body)
        return Answer(got.status_code, got.content, got.headers)

    return answer


def entra_by(endpoint: TokenEndpoint) -> Callable[[Request], Answer]:
    """Entra's token endpoint at its host."""

    def answer(request: Request) -> Answer:
        status, body = endpoint.answer(request.parts[0], dict(parse_qsl(request.body.decode())))
        return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    return answer


def identity_by(endpoint: IdentityEndpoint) -> Callable[[Request], Answer]:
    """The managed identity's endpoint at its host."""

    def answer(request: Request) -> Answer:
        target = request.path + "?" + "&".join(f"{name}={_quoted(value)}" for name, value in request.query)
        status, body = endpoint.answer(target, request.headers.get("x-identity-header"))
        return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    return answer


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _request(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(str(prepared.url))
    body: Any = prepared.body or b""
    if not isinstance(body, (bytes, str)):
        body = body.read()
    return Request(
        method=str(prepared.method),
        parts=tuple(unquote(part) for part in url.path.strip("/").split("/")),
        query=tuple(parse_qsl(url.query, keep_blank_values=True)),
        headers={name.lower(): _text(value) for name, value in prepared.headers.items()},
        body=body if isinstance(body, bytes) else body.encode(),
        origin=f"{url.scheme}://{url.netloc}",
        path=url.path,
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _response(prepared: requests.PreparedRequest, answer: Answer) -> requests.Response:
    headers: Mapping[str, str] = {**answer.headers, "Content-Length": str(len(answer.body))}
    raw = HTTPResponse(
        body=BytesIO(answer.body), headers=headers, status=answer.status, preload_content=False
    )
    return HTTPAdapter().build_response(prepared, raw)
