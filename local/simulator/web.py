"""HTTP(S) servers on this machine: keep-alive, a thread a connection, and gone when stopped."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from local.listening import ListeningServer
from local.simulator.answers import Answer, Request

MAX_BODY = 16 * 1024 * 1024
type Respond = Callable[[Request], Answer]


class WebServer:
    """Serves `respond` on 127.0.0.1; over TLS if a certificate is given. Port 0 is a free one."""

    def __init__(self, respond: Respond, *, port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        self._server = _Server(port, respond, "https" if tls else "http")
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            # The handshake is the connection's own thread's work, so that no client holds up the others.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._server.scheme}://127.0.0.1:{self._server.server_port}"

    def start(self) -> Self:
        """Itself, listening."""
        self._server.begin("web")
        return self

    def stop(self) -> None:
        """Ends it, with every connection that is open."""
        self._server.end()
        self._server.hang_up()


class _Server(ListeningServer):
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond, scheme: str) -> None:
        self.respond, self.scheme = respond, scheme
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        with self._lock:
            left = list(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # without it each answer waits 40 ms for the peer's delayed ACK
    wbufsize = -1
    timeout = 120

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: what was asked is counted, and can be read by the control address."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            parts=tuple(unquote(part) for part in url.path.strip("/").split("/")),
            query=tuple(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            origin=f"{self.server.scheme}://{self.headers.get('Host', '127.0.0.1')}",
            path=url.path,
        )
        self._send(self.server.respond(request))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(answer.body)
