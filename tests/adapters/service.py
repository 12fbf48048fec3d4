"""A small HTTPS service that answers what the test says, and remembers what it was asked."""

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from local.certs import Certificates


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` closes the connection after that many bytes of the body, a status of 0 before any
    answer; `delay` in seconds, and `drip` between any two bytes of the body."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    drip: float = 0.0

    def content(self) -> bytes:
        """The body's bytes; what is not bytes is sent as JSON."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path, still quoted."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, unquoted."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


class Service:
    """Listens on a free port of this machine while the `with` block lasts. `answer` decides; where it is not
    set, `replies` are used up in order."""

    def __init__(self, certificates: Certificates) -> None:
        self.replies: list[Reply] = []
        self.answer: Callable[[Asked], Reply] | None = None
        self.asked: list[Asked] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._server = _Server(self)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.cert, certificates.key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        """The address."""
        return f"https://127.0.0.1:{self._server.server_port}"

    def reply_to(self, asked: Asked) -> Reply:
        """The next reply."""
        with self._lock:
            self.asked.append(asked)
            if self.answer is None:
                return self.replies.pop(0)
        return self.answer(asked)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        self.server.service.connections += 1
        super().setup()

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        reply = self.server.service.reply_to(asked)
        time.sleep(reply.delay)
        if reply.status == 0:
            self.close_connection = True
            return
        content = reply.content()
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drip:
            for byte in content:
                self.wfile.write(bytes((byte,)))
                self.wfile.flush()
                time.sleep(reply.drip)
            return
        self.wfile.write(content if reply.cut is None else content[: reply.cut])
        self.wfile.flush()
        self.close_connection = reply.cut is not None

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""


@dataclass
class FakeClock:
    """A clock that only moves when somebody sleeps."""

    at: float = datetime(2026, 11, 24, 10, 1, 40, tzinfo=UTC).timestamp()
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def jitter(self) -> float:
        return 1.0


@dataclass
class FakeTokens:
    """Hands out `tokens` one after the other, a further one whenever the last was refused."""

    tokens: list[str] = field(default_factory=lambda: ["token-1", "token-2", "token-3"])
    refused: list[str] = field(default_factory=list)

    def token(self, scope: str, *, instead_of: str = "") -> str:
        if instead_of:
            self.refused.append(instead_of)
        return next(token for token in self.tokens if token not in self.refused)
