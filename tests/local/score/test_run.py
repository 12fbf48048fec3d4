"""The whole command over a small recording: figures, export, and what Ctrl-C leaves."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.report.sources import from_export
from local.score import run as running
from local.score.arguments import Arguments, parse
from local.score.figures import figures, judged
from local.score.publishing import Publisher
from local.score.stopping import Stopped, stoppable
from local.score.truth import read_truth
from tests.local.score import small


@pytest.fixture
def score(tmp_path: Path) -> Callable[..., tuple[int, str, Any]]:
    """Runs the command over the small recording: exit code, text, figures."""
    folder = small.write(tmp_path / "recording")

    def run(truth: object = small.TRUTH, **changes: Any) -> tuple[int, str, Any]:
        figures_file = tmp_path / "figures.json"
        arguments = Arguments(
            data=folder,
            truth=small.write_truth(tmp_path, truth),
            json=figures_file,
            export=tmp_path / "export.json",
            most=5,
            by_dataset=True,
        )
        said = Console(file=StringIO(), width=160, highlight=False)
        code = running.run(replace(arguments, **changes), said)
        text = said.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
        return code, text, json.loads(figures_file.read_text()) if figures_file.exists() else None

    return run


def test_the_figures_are_those_that_can_be_counted_by_hand(
    score: Callable[..., tuple[int, str, Any]],
) -> None:
    code, text, made = score()
    assert code == 0
    attack, benign = made["figures"]["attack/process"], made["figures"]["benign/process"]
    assert attack == {
        "alerts": 1,
        "rows": 1,
        "validation": {"Confirmed": 1},
        "tree_rows_found": 3,
        "tree_rows": 3,
        "wrong_rows": 0,
        "borne_out": 1,
        "technique_named": 1,
        "techniques_an_alert": 1.0,
    }
    assert (benign["tree_rows_found"], benign["tree_rows"], benign["wrong_rows"]) == (1, 2, 1)
    assert set(made["datasets"]) == {"first", "second"}
    assert "1 wrong rows, 1 rows missed" in text
    assert "2 alerts in the truth, 0 without a row; 3 alerts in the recording" in text


def test_the_export_holds_what_was_scored_and_a_page_can_be_made_of_it(
    score: Callable[..., tuple[int, str, Any]], tmp_path: Path
) -> None:
    _, _, made = score()
    content = json.loads((tmp_path / "export.json").read_text())
    rows = from_export(content, "export.json")
    assert {row["AlertId"] for row in rows.alerts} == {small.ATTACK, small.BENIGN, small.CLOCK}
    again = {str(row["AlertId"]): judged(row, rows.events.get(row["RowKey"], [])) for row in rows.alerts}
    counted = figures(read_truth(tmp_path / "truth.json"), again)
    assert {f"{kind}/{variant}": one.content() for (_, kind, variant), one in counted.items()} == made[
        "figures"
    ]
    assert content["calls"] == {"hunting": made["queries"]}
    moments = {row["CreatedTime"] for row in rows.alerts}
    assert small.at(5, 30).replace("4567Z", "456Z") in moments


def test_ctrl_c_keeps_the_groups_that_were_done(
    score: Callable[..., tuple[int, str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = replace(running.production(), batch_size=1)
    monkeypatch.setattr(running, "production", lambda: policy)
    publish = Publisher.published

    def published(self: Publisher, *arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return publish(self, *arguments)

    monkeypatch.setattr(Publisher, "published", published)
    code, text, made = score()
    assert code == 130
    assert "stopped: 1 of 3 alerts are done" in text
    assert (made["is_whole"], made["alerts"]) == (False, 1)
    assert made["figures"]["attack/process"]["tree_rows_found"] == 3
    content = json.loads((tmp_path / "export.json").read_text())
    assert [row["AlertId"] for row in content["alerts"]] == [small.ATTACK]
    assert {row["ReportId"] for row in content["events"]} == {"1", "2", "3", "4"}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_pressed_twice_interrupts_at_once() -> None:
    with stoppable() as check:
        check()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            check()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_an_alert_of_the_truth_without_a_row_is_told(score: Callable[..., tuple[int, str, Any]]) -> None:
    code, text, made = score({**small.TRUTH, "da9": {"kind": "attack", "variant": "file", "rows": [1]}})
    assert code == 1
    assert "3 alerts in the truth, 1 without a row" in text
    assert made["figures"]["attack/file"]["rows"] == 0


def test_a_refused_query_is_told(
    score: Callable[..., tuple[int, str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.simulator.engine import Engine, EngineError

    def refuse(self: Engine, kql: str) -> None:
        raise EngineError("no such thing as [bold]a table")

    monkeypatch.setattr(Engine, "run", refuse)
    code, text, _ = score()
    assert code == 0
    assert "not hunted: 3 alerts; the first: no such thing as [bold]a table" in text


@pytest.mark.parametrize(
    ("truth", "why"),
    [
        ({"da1": {"variant": "process"}}, "alert da1: it does not say its kind"),
        ({"da1": {"kind": "attack", "variant": "process", "rows": 7}}, "must be lists"),
        ([], "not an object"),
        ({"alerts": {}}, "alert alerts"),
    ],
)
def test_a_truth_that_cannot_be_used_is_refused(
    score: Callable[..., tuple[int, str, Any]], truth: object, why: str
) -> None:
    code, text, made = score(truth)
    assert (code, made) == (2, None)
    assert why in text


def test_a_recording_that_cannot_be_used_is_refused_and_no_export_is_begun(
    score: Callable[..., tuple[int, str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_text("what was there")
    code, text, _ = score(data=tmp_path)
    assert code == 2
    assert "neither alerts.json nor graph_alerts.json" in text
    assert (tmp_path / "export.json").read_text() == "what was there"
    assert not list(tmp_path.glob("*.part"))


def test_text_of_a_recording_cannot_drive_the_terminal(score: Callable[..., tuple[int, str, Any]]) -> None:
    hostile = {**small.TRUTH[small.BENIGN], "cmd": "\x1b[2J[red]x\nnew line", "dataset": "[bold]d\x07"}
    _, text, _ = score({small.BENIGN: hostile})
    assert "\\u001b[2J[red]x\\u000anew line" in text
    assert "[bold]d\\u0007" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "argv",
    [
        ["--truth", "t"],
        ["--data", "nowhere", "--truth", "t"],
        ["--data", ".", "--truth", "t", "--list", "-1"],
        ["--data", ".", "--truth", "t", "--json", "no/such/folder/f.json"],
        ["--data", ".", "--truth", "t", "--export", "."],
    ],
)
def test_wrong_arguments_end_with_code_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    assert capsys.readouterr().err
