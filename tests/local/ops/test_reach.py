"""Every command ends quickly and says the way out where the storage is away."""

from __future__ import annotations

import http.server
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import certifi
import pytest

from local import ops
from local.listening import ListeningServer
from local.ops import reach
from local.ops import target as targets
from tests.local.ops.test_target import STATE

COMMANDS = [
    ["status"],
    ["show", "da1"],
    ["replay", "da1"],
    ["backfill", "--from", "2026-11-01"],
    ["purge", "--older-than", "90", "--yes"],
    ["poison", "--clear", "--yes"],
]


@contextmanager
def _port(kind: str) -> Iterator[str]:
    """An address at which nobody listens, or somebody who never says a word."""
    with closing(socket.socket()) as mine:
        mine.bind(("127.0.0.1", 0))
        if kind == "silent":
            mine.listen(8)
        yield f"https://127.0.0.1:{mine.getsockname()[1]}/a"


@contextmanager
def _answering(statuses: list[int]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers so, the last status for ever; and the Authorization headers it got."""
    met: list[str] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            met.append(self.headers.get("Authorization", ""))
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ListeningServer(("127.0.0.1", 0), Answers)
    server.begin("answers")
    try:
        yield f"http://127.0.0.1:{server.server_port}/", met
    finally:
        server.end()


@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: argv[0])
def test_each_command_ends_in_seconds_with_one_line(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _port("closed") as address:
        connection = f"TableEndpoint={address};QueueEndpoint={address};AccountName=a;AccountKey=YQ==;"
        connection = f"DefaultEndpointsProtocol=https;{connection}"
        state = replace(STATE, connection_string=connection, ca=certifi.where())
        monkeypatch.setattr(targets, "running", lambda: state)
        began = time.monotonic()
        assert ops.main(argv) == 1
    printed = capsys.readouterr()
    [line] = printed.err.splitlines()
    assert (printed.out, address in line, "the connection is refused" in line) == ("", True, True)
    assert "python3 dev.py demo --keep" in line
    assert time.monotonic() - began < 15


def test_a_stack_that_took_its_certificates_along_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "running", lambda: STATE)
    assert ops.main(["status"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "certificates to trust cannot be read" in line and "demo --keep" in line


def test_one_who_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_PATIENCE", (0.3, 0.3))
    began = time.monotonic()
    pauses: list[float] = []
    with _port("silent") as address, pytest.raises(reach.StorageAway, match=r"no answer in time. Do this"):
        reach.ask([address], "Do this", pauses.append)
    assert (pauses, time.monotonic() - began < 30) == ([], True)


def test_a_name_that_nobody_has_is_said_so() -> None:
    with pytest.raises(reach.StorageAway, match=r"nobody\.invalid/: (no host has this name|the proxy)"):
        reach.ask(["https://nobody.invalid/"], "", lambda _: None)


@pytest.mark.parametrize("statuses", [[200], [400], [403], [404], [503, 200]])
def test_any_answer_counts_and_one_failure_does_not(statuses: list[int]) -> None:
    with _answering(list(statuses)) as (address, met):
        reach.ask([address], "", lambda _: None)
    assert met == [""] * len(statuses)  # nothing that signs us in goes to who only might be the storage


def test_a_service_that_fails_again_is_away() -> None:
    with _answering([503]) as (address, met), pytest.raises(reach.StorageAway, match="HTTP 503"):
        reach.ask([address], "", lambda _: None)
    assert len(met) == 2


def test_each_address_is_asked() -> None:
    with _answering([200]) as (address, _), _port("closed") as away, pytest.raises(reach.StorageAway):
        reach.ask([address, away], "", lambda _: None)
