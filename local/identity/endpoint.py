"""The identity endpoint of App Service, on this machine.

azure-identity's own `ManagedIdentityCredential` asks it: GET with `api-version=2019-08-01`, `resource`, and
`client_id` for a user-assigned identity, and the header X-IDENTITY-HEADER
(https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference, read
2026-11-24). It has a user-assigned identity only, so a request without its client id is refused, as the
platform refuses it. The body of a refusal is as people have posted it
(https://github.com/Azure-Samples/azure-search-openai-demo/issues/2148, read 2026-11-24).
"""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from local.identity.tokens import DEFENDER, EXCHANGE, GRAPH, STORAGE, Identity, TokenIssuer
from local.listening import ListeningServer

API_VERSION = "2019-08-01"
_PATH = "/msi/token"
_NO_IDENTITY = (
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
)


class _Refusal(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class IdentityEndpoint:
    """Answers token requests while the `with` block lasts: HTTP as on App Service, a free port of 127.0.0.1.

    `roles` maps each resource that has a token to give to the roles its tokens carry. A resource that is not
    in it is refused, as one without a service principal is.
    """

    def __init__(
        self,
        *,
        identity: Identity | None = None,
        issuer: TokenIssuer | None = None,
        roles: Mapping[str, Iterable[str]] | None = None,
        lifetime_seconds: float = 24 * 3600,
    ) -> None:
        self.identity = identity or Identity()
        self.issuer = issuer or TokenIssuer()
        self._header = secrets.token_hex(16)
        self._lock = threading.Lock()
        granted: Mapping[str, Iterable[str]] = (
            {DEFENDER: (), GRAPH: (), STORAGE: (), EXCHANGE: ()} if roles is None else roles
        )
        self._roles = {resource.rstrip("/"): frozenset(names) for resource, names in granted.items()}
        self._lifetime = lifetime_seconds
        self._asked: Counter[str] = Counter()
        self._refused: Counter[int] = Counter()
        self._server: _Server | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What the platform puts into the environment of an app that has an identity."""
        if self._server is None:
            raise RuntimeError("the identity endpoint is not running")
        url = f"http://127.0.0.1:{self._server.server_port}{_PATH}"
        return {"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": self._header}

    @property
    def asked(self) -> dict[str, int]:
        """How many tokens were given, by resource."""
        with self._lock:
            return dict(self._asked)

    @property
    def refused(self) -> dict[int, int]:
        """How many requests were refused, by HTTP status."""
        with self._lock:
            return dict(self._refused)

    def set_roles(self, resource: str, roles: Iterable[str]) -> None:
        """From now on, tokens for `resource` carry exactly `roles`; those already given keep theirs."""
        with self._lock:
            self._roles[resource.rstrip("/")] = frozenset(roles)

    def set_lifetime(self, seconds: float) -> None:
        """From now on, tokens live this long; the credential asks anew below five minutes of life left."""
        with self._lock:
            self._lifetime = seconds

    def start(self) -> Self:
        """Itself, listening."""
        self._server = _Server(self)
        self._server.begin("identity")
        return self

    def stop(self) -> None:
        """Stops listening. Stopping twice is harmless."""
        server, self._server = self._server, None
        if server is not None:
            server.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, target: str, header: str | None) -> tuple[int, dict[str, Any]]:
        """The HTTP status and body for a request of `target` (path and query) with this X-IDENTITY-HEADER."""
        try:
            resource, client_id = self._checked(target, header)
            with self._lock:
                roles, lifetime = self._roles.get(resource.rstrip("/")), self._lifetime
            if roles is None:
                raise _Refusal(500, f"AADSTS500011: The resource principal named {resource} was not found.")
        except _Refusal as refusal:
            with self._lock:
                self._refused[refusal.status] += 1
            correlation = str(uuid.uuid4())
            return refusal.status, {
                "statusCode": refusal.status,
                "message": str(refusal),
                "correlationId": correlation,
            }
        if resource.rstrip("/") == EXCHANGE:
            token, expires = self.issuer.issue_assertion(self.identity, lifetime_seconds=lifetime)
        else:
            token, expires = self.issuer.issue(
                self.identity, resource, roles=roles, lifetime_seconds=lifetime
            )
        with self._lock:
            self._asked[resource.rstrip("/")] += 1
        return 200, {
            "access_token": token,
            "expires_on": str(expires),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": client_id.upper(),
        }

    def _checked(self, target: str, header: str | None) -> tuple[str, str]:
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path != _PATH:
            raise _Refusal(404, "Not found.")
        if header is None or not secrets.compare_digest(header.encode(), self._header.encode()):
            raise _Refusal(401, "The X-IDENTITY-HEADER header is missing or not the one of this app.")
        if query.get("api-version") != API_VERSION:
            raise _Refusal(400, f"The api-version query parameter must be {API_VERSION}.")
        if not query.get("resource"):
            raise _Refusal(400, "The resource query parameter is missing.")
        if query.get("client_id", "").lower() != self.identity.client_id.lower():
            raise _Refusal(400, _NO_IDENTITY)
        return query["resource"], query["client_id"]


class _Server(ListeningServer):
    def __init__(self, endpoint: IdentityEndpoint) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", 0), _TokenRequests)


class _TokenRequests(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # without it each answer waits 40 ms for the peer's delayed ACK
    wbufsize = -1

    def do_GET(self) -> None:
        status, body = self.server.endpoint.answer(self.path, self.headers.get("X-IDENTITY-HEADER"))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: a test's output is not the place for an access log."""
