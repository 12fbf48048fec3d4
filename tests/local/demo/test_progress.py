"""What the demo prints while alerts flow: each problem once, and never without a reason."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from rich.console import Console

from local.demo.progress import Progress, why_of
from local.host.records import Invocation, LogEntry, Outcome
from shared import telemetry
from tests.infra.facts import events, read_texts

EVENTS = sorted(events(read_texts()).items())


def _shown(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def _on() -> tuple[Progress, Console]:
    console = Console(file=io.StringIO(), width=300)
    return Progress(console, 3), console


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"event": "x", "reason": "its body is gone", "alert_id": "a"}, "its body is gone"),
        ({"event": "access denied", "advice": "grant Alert.Read.All", "roles": []}, "grant Alert.Read.All"),
        ({"event": "x", "reason": "  ", "kind": "TimeoutError", "status": None}, "kind TimeoutError"),
        (
            {"event": "x", "reason": "", "api": "graph hunting", "status": 403},
            "api graph hunting, status 403",
        ),
        ({"event": "x", "reason": None}, "it gives no reason"),
        ({}, "it gives no reason"),
    ],
)
def test_an_error_s_reason_is_what_it_names_or_all_that_it_says(
    record: dict[str, object], words: str
) -> None:
    assert why_of(record) == words


@pytest.mark.parametrize(("event", "fields"), EVENTS, ids=[event for event, _ in EVENTS])
def test_whatever_the_app_logs_as_an_error_is_shown_with_a_reason(event: str, fields: set[str]) -> None:
    progress, console = _on()
    message = telemetry.line(event, dict.fromkeys(fields, 1))
    progress.heard(LogEntry(level="Error", category="alerts", message=message, is_user=True))
    [line] = _shown(console).splitlines()
    head, _, reason = line.partition(f"{event}: ")
    assert head == "logged: " and reason.strip()


@pytest.mark.parametrize("exception", [None, "", " "])
def test_a_run_that_failed_without_a_word_is_said_so(exception: str | None) -> None:
    progress, console = _on()
    invocation = Invocation(
        function="EnrichAlert", invocation_id="1", trigger="queueTrigger", outcome=Outcome.FAILED,
        started=dt.datetime.now(dt.UTC), seconds=1, outputs=0, exception=exception,
    )  # fmt: skip
    for _ in range(2):
        progress.ended(invocation)
    assert _shown(console) == "logged: EnrichAlert failed: no reason was given\n"
