"""The loop of our servers: awake for a connection, asleep else, and gone when told to end."""

import http.client
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from local.listening import ListeningServer


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _status(server: ListeningServer) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_serves_and_looks_up_for_connections_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(ListeningServer, "service_actions", lambda _: looks.append(1))
    server = ListeningServer(("127.0.0.1", 0), _Hello)
    server.begin("hello")
    try:
        assert [_status(server), _status(server)] == [204, 204]
        time.sleep(0.3)
        assert len(looks) <= 2
    finally:
        monkeypatch.undo()
        server.end()


def test_it_ends_at_once_and_takes_no_connection_any_more() -> None:
    server = ListeningServer(("127.0.0.1", 0), _Hello)
    server.begin("hello")
    assert _status(server) == 204
    port, began = server.server_port, time.monotonic()
    server.end()
    assert time.monotonic() - began < 30  # of the sixty that its loop sleeps
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_one_that_never_began_ends_too() -> None:
    server = ListeningServer(("127.0.0.1", 0), _Hello)
    server.end()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.server_port), timeout=10)
