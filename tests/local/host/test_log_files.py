"""The local stack's log files: one a function and the host's, bounded, safe to print, with a reason each."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest

from local.cli import ROOT
from local.host.log_files import KEPT, LogFiles
from local.host.records import Invocation, LogEntry, Outcome, why


def entry(
    message: str = "fetched", function: str | None = "FetchAlerts", category: str = "alerts"
) -> LogEntry:
    at = dt.datetime(2026, 11, 24, 10, 0, 5, 123_000, dt.UTC)
    return LogEntry(
        level="Warning", category=category, message=message, is_user=True, function=function, at=at
    )


def ended(outcome: Outcome, exception: str | None = None, stack_trace: str = "") -> Invocation:
    return Invocation(
        function="FetchAlerts", invocation_id="7f3a", trigger="timerTrigger", outcome=outcome,
        started=dt.datetime.now(dt.UTC), seconds=1.25, outputs=3, exception=exception,
        stack_trace=stack_trace,
    )  # fmt: skip


def lines(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.log").read_text("utf-8").splitlines()


def test_each_function_has_its_file_and_the_host_its_own(tmp_path: Path) -> None:
    files = LogFiles(tmp_path / "made" / "here")
    files.heard(entry())
    files.heard(entry("enriched", "EnrichAlert"))
    files.heard(entry("the queue cannot be read", "EnrichAlert", category="Host"))
    files.heard(entry("a line of no run", None))
    files.close()
    assert lines(files.folder, "FetchAlerts") == ["2026-11-24T10:00:05.123Z Warning     alerts: fetched"]
    assert [line.split(": ")[1] for line in lines(files.folder, "EnrichAlert")] == [
        "enriched",
        "the queue cannot be read",
    ]
    assert len(lines(files.folder, "host")) == 2


def test_a_run_that_failed_is_there_with_its_reason_and_stack(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    files.ended(ended(Outcome.SUCCEEDED))
    files.ended(ended(Outcome.FAILED, "ValueError: no", "File a\n  File b"))
    files.ended(ended(Outcome.LOST, ""))
    files.close()
    found = lines(tmp_path, "FetchAlerts")
    assert found[0].endswith("Host: succeeded in 1.25 s, 3 messages sent, run 7f3a")
    assert found[1].endswith("run 7f3a: ValueError: no")
    assert found[2:4] == ["    File a", "      File b"]
    assert found[4].endswith("run 7f3a: no reason was given")


def test_files_are_bounded_and_an_earlier_run_s_is_kept(tmp_path: Path) -> None:
    for run in range(3):
        files = LogFiles(tmp_path, most_bytes=2_000)
        for number in range(100):
            files.heard(entry(f"run {run} line {number}"))
        files.close()
        files.heard(entry("too late"))
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["FetchAlerts.log", *(f"FetchAlerts.log.{number}" for number in range(1, KEPT + 1))]
    assert all(path.stat().st_size <= 2_000 for path in tmp_path.iterdir())
    assert lines(tmp_path, "FetchAlerts")[-1].endswith("run 2 line 99")


def test_what_a_program_prints_can_neither_move_a_cursor_nor_make_a_line(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    files.heard(entry("\x1b[2J\u202e\n2026-11-24T10:00:06.000Z Information forged\ud800" + "A" * 100_000))
    files.close()
    [line] = lines(tmp_path, "FetchAlerts")
    assert line.isprintable() and "\\u001b[2J" in line and len(line) < 20_100


def test_a_folder_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    files = LogFiles(tmp_path / "taken")
    files.heard(entry())
    files.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [(TimeoutError(), "TimeoutError"), (ValueError(" "), "ValueError"), (OSError("x"), "x")],
)
def test_an_error_always_has_words(error: Exception, words: str) -> None:
    assert why(error) == words


def test_the_host_and_the_demo_never_say_a_caught_error_by_its_text_alone() -> None:
    """`f"{error}"` of a TimeoutError is empty: each goes through `why`, or is shown by its repr."""
    bare = []
    for path in sorted([*(ROOT / "local" / "host").glob("*.py"), *(ROOT / "local" / "demo").glob("*.py")]):
        tree = ast.parse(path.read_text("utf-8"))
        for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
            for node in ast.walk(handler):
                if _says(node, str(handler.name)):
                    bare.append(f"{path.name}:{node.lineno}")  # type: ignore[attr-defined]
    assert bare == []


def _says(node: ast.AST, name: str) -> bool:
    """True for `{name}` in an f-string without `!r`, and for `str(name)`."""
    if isinstance(node, ast.FormattedValue):
        return isinstance(node.value, ast.Name) and node.value.id == name and node.conversion != ord("r")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return len(node.args) == 1 and isinstance(node.args[0], ast.Name) and node.args[0].id == name
    return False
