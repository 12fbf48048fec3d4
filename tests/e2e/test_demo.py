"""The demo by its outside door: the command, what it prints, its exit code, its export."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableClient
from rich.console import Console

from local import cli
from local.demo.arguments import parse
from local.demo.run import run
from local.lent import lent
from local.stack_state import StackState, running
from shared import wiring
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.settings import Settings
from tests.scoring.harness import wrong_words
from tests.scoring.known_mistakes import WORDS

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = Path(__file__).parent / "by_hand"
TRUTH = json.loads((ROOT / "local" / "incidents" / "contoso" / "truth.json").read_text("utf-8"))["alerts"]
TIED_BY_PROCESS = ("ExactProcess", "ProcessWithinTolerance")


_STAYS = "Ctrl-C ends it."


class Kept:
    """The command with `--keep`, running; what it prints lies in a file, and its export in another."""

    def __init__(self, folder: Path) -> None:
        self._printed, self._export = folder / "printed.txt", folder / "demo.json"
        with self._printed.open("w") as printed:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*_COMMAND, "--keep", "--export", str(self._export)],
                cwd=ROOT,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> str:
        """What it has printed by now."""
        return self._printed.read_text("utf-8")

    def wait_for(self, words: str, seconds: float = 240) -> None:
        """Returns once it has printed that."""
        until = time.monotonic() + seconds
        while words not in self.said():
            assert time.monotonic() < until and self._process.poll() is None, self.said()
            time.sleep(0.2)

    def whole(self) -> tuple[str, dict[str, Any]]:
        """What it printed and exported, once it stays up with nothing more to do."""
        self.wait_for(_STAYS)
        self.wait_for("IfNotModified)")  # the consumer's last line
        return self.said(), json.loads(self._export.read_text("utf-8"))

    def interrupt(self) -> int:
        """Its exit code after Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=60)

    def stop(self) -> None:
        """Ends it, if it has not ended."""
        self._process.terminate()
        self._process.wait(timeout=30)


@dataclass(frozen=True, slots=True)
class Ended:
    """A demo that ran to its end in this process: its exit code, what it printed, and its export."""

    code: int
    said: str
    export: dict[str, Any]


def _ended(folder: Path, *arguments: str) -> Ended:
    file = folder / "demo.json"
    with (folder / "printed.txt").open("w+", encoding="utf-8") as printed:
        console = Console(file=printed, highlight=False, width=100)
        code = run(parse([*arguments, "--export", str(file)]), console)
        printed.seek(0)
        said = printed.read()
    return Ended(code, said, json.loads(file.read_text("utf-8")) if file.is_file() else {})


_COMMAND = (sys.executable, "-m", "local.cli", "demo")


def _of_graph(folder: Path) -> Path:
    """Graph's alerts of the recorded incident, one for each way in which they are tied; tests/scoring has all
    of them."""
    source = ROOT / "local" / "incidents" / "contoso"
    for file in source.iterdir():
        if file.name not in ("alerts.json", "graph_alerts.json", "truth.json"):
            (folder / file.name).symlink_to(file)
    chosen = {truth["method"]: alert_id for alert_id, truth in TRUTH.items()}.values()
    alerts = json.loads((source / "graph_alerts.json").read_text("utf-8"))["value"]
    kept = [alert for alert in alerts if alert["id"] in chosen]
    (folder / "graph_alerts.json").write_text(json.dumps({"value": kept}), "utf-8")
    return folder


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "100"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    demo = Kept(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def demos(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Those that run to their end beside the one that stays up, which waits most of its time."""
    kept.wait_for("fetched")  # by then its stack is up, and found by other commands
    graph = _of_graph(tmp_path_factory.mktemp("graph"))
    demonstrated = {
        "by hand": ("--data", str(BY_HAND)),
        "graph": ("--source", "graph", "--data", str(graph)),
    }
    return {
        name: _ended(tmp_path_factory.mktemp("demo"), *arguments) for name, arguments in demonstrated.items()
    }


@pytest.fixture(scope="module")
def recorded(kept: Kept, demos: dict[str, Ended]) -> tuple[str, dict[str, Any]]:
    return kept.whole()


@cache
def _key(row: tuple[str, str, str, str]) -> tuple[str, str, str]:
    return (row[0], row[1], row[3])  # times are shifted; table, device and ReportId are unique here


def _truth_rows(alert_id: str, kind: str) -> set[tuple[str, str, str]]:
    return {_key((row[0], row[1], row[2], str(row[3]))) for row in TRUTH[alert_id]["rows"][kind]}


def _neutral(alert_id: str) -> set[tuple[str, str, str]]:
    rows = [row for kind in TRUTH[alert_id]["neutral"].values() for row in kind]
    return {_key((row[0], row[1], row[2], str(row[3]))) for row in rows}


def _events(export: dict[str, Any], alert_id: str) -> set[tuple[str, str, str]]:
    return {
        (event["SourceTable"], event["DvcId"], str(event["ReportId"]))
        for event in export["events"]
        if event["AlertId"] == alert_id
    }


def test_every_recorded_alert_has_one_row(recorded: tuple[str, dict[str, Any]]) -> None:
    rows = [row["AlertId"] for row in recorded[1]["alerts"]]
    assert sorted(rows) == sorted(TRUTH)


def test_alerts_with_a_process_have_the_events_of_the_truth(recorded: tuple[str, dict[str, Any]]) -> None:
    checked = 0
    for alert_id, truth in TRUTH.items():
        if truth["method"] not in TIED_BY_PROCESS:
            continue
        checked += 1
        got = _events(recorded[1], alert_id)
        wanted = _truth_rows(alert_id, "direct") | _truth_rows(alert_id, "chain")
        row = next(row for row in recorded[1]["alerts"] if row["AlertId"] == alert_id)
        if row["EventsTruncated"]:
            assert got <= wanted | _neutral(alert_id)
            assert row["EventCount"] >= len(wanted)
        else:
            assert got - _neutral(alert_id) == wanted - _neutral(alert_id), truth["title"]
    assert checked >= 10


def test_each_alert_is_tied_as_the_truth_says_or_says_why_not(recorded: tuple[str, dict[str, Any]]) -> None:
    for row in recorded[1]["alerts"]:
        truth = TRUTH[row["AlertId"]]
        told = (row["CorrelationStatus"], row["CorrelationMethod"], row["CorrelationReason"])
        assert told == (truth["status"], truth["method"] or "None", truth["reason"]), truth["title"]


def test_the_validation_is_one_that_the_truth_allows(recorded: tuple[str, dict[str, Any]]) -> None:
    told = {row["AlertId"]: row["Validation"] for row in recorded[1]["alerts"]}
    assert wrong_words(TRUTH, told) == WORDS


def test_the_story_names_the_techniques_that_telemetry_shows(recorded: tuple[str, dict[str, Any]]) -> None:
    for row in recorded[1]["alerts"]:
        named = set(re.findall(r"T\d{4}(?:\.\d{3})?", row["Story"]))
        assert set(TRUTH[row["AlertId"]]["techniques"]) <= named, row["AlertName"]


def test_people_see_rows_a_story_and_a_tree_within_100_columns(recorded: tuple[str, dict[str, Any]]) -> None:
    lines = recorded[0].partition("The stack stays up")[0].splitlines()
    assert all(len(line) <= 100 for line in lines if "/" not in line), max(lines, key=len)
    text = recorded[0]
    for shown in ("starting storage", "LATE_HUNTS=", "gravest first", "process tree", "README.md"):
        assert shown in text
    assert all(character.isprintable() for line in lines for character in line)


def test_alerts_that_come_after_the_installation_are_new_and_one_is_updated(
    recorded: tuple[str, dict[str, Any]],
) -> None:
    printed, export = recorded
    states = Counter(row["NotifyState"] for row in export["alerts"])
    assert states == {"historic": len(TRUTH) - 2, "updated": 1, "new": 1}
    assert re.search(r"a consumer tells: new \d '", printed)
    [updated] = [row for row in export["alerts"] if row["NotifyState"] == "updated"]
    assert (updated["EventSeverity"], updated["Revision"]) == ("High", 2)


def test_the_gravest_incident_stands_first_with_its_alerts_under_it(
    recorded: tuple[str, dict[str, Any]],
) -> None:
    printed, export = recorded
    lines = printed[printed.index("gravest first") :].splitlines()[4:]
    first = export["incidents"][0]
    assert (first["IncidentId"], first["AlertCount"]) == ("1042", 6)  # two of them came later
    assert first["NotifyState"] != "historic"
    assert first["Priority"] == min(row["Priority"] for row in export["alerts"])
    assert lines[0].split()[:2] == [str(first["Priority"]), str(first["Title"]).split()[0]]
    under = lines[1 : 1 + first["AlertCount"]]
    assert all(re.match(r" \d    \S", line) for line in under)


def test_the_sample_consumer_run_as_printed_marks_rows_told_and_the_marks_survive(
    kept: Kept, recorded: tuple[str, dict[str, Any]]
) -> None:
    shell = _printed_for_consumers(recorded[0])
    first, second = _shell(shell), _shell(shell)
    assert [line.split()[0] for line in sorted(first)] == ["new", "updated"]
    assert second == []
    told = _states(shell)
    assert Counter(told.values())["told"] == 2
    state = running()
    if state is None or state.pid != kept.pid:
        pytest.skip("another stack was up before")
    _fetch_once_more(state)  # a run of the timer lies in between, as in production
    assert _states(shell) == told


def test_the_printed_consumer_is_the_file_and_stands_in_the_page_word_by_word(
    recorded: tuple[str, dict[str, Any]],
) -> None:
    text = (ROOT / "local" / "demo" / "sample_consumer.py").read_text("utf-8")
    assert text in recorded[0]
    assert f"```python\n{text}```" in (ROOT / "docs" / "table.md").read_text("utf-8")
    assert sum(1 for line in text.splitlines() if line) <= 10


def test_demos_beside_one_that_stays_up_leave_it_to_the_other_commands(
    kept: Kept, demos: dict[str, Ended]
) -> None:
    if f"beside the stack that is up (process {kept.pid})" not in demos["by hand"].said:
        pytest.skip("another stack was up before")
    state = running()
    assert state is not None and state.pid == kept.pid
    assert (ROOT / "out" / "report-second.html").is_file()


def test_the_export_counts_calls_by_api(recorded: tuple[str, dict[str, Any]]) -> None:
    export = recorded[1]
    assert export["calls"]["POST /v1.0/security/runHuntingQuery"] > 0
    assert export["calls"]["GET /api/alerts"] > 0
    assert export["elapsed_s"] > 0


def test_a_folder_written_by_hand_is_demonstrated(demos: dict[str, Ended]) -> None:
    ended = demos["by hand"]
    assert ended.code == 0, ended.said
    assert "NewerThanOurSchema" in ended.said
    rows = {row["AlertId"]: row for row in ended.export["alerts"]}
    assert len(rows) == 3
    by_process = rows["da637472900382838869_1364969609"]
    assert (by_process["CorrelationMethod"], by_process["EventCount"]) == ("ExactProcess", 3)
    assert rows["da637308392288907382_-880718168"]["CorrelationMethod"] == "FileHash"
    assert rows["ar637308392288907382_99"]["CorrelationReason"] == "NoUsableEvidence"
    assert rows["ar637308392288907382_99"]["AlertVerdict"] == "False Positive"


def test_graphs_alerts_flow_too(demos: dict[str, Ended]) -> None:
    assert demos["graph"].code == 0, demos["graph"].said
    rows = {row["AlertId"]: row for row in demos["graph"].export["alerts"]}
    methods = {alert_id: row["CorrelationMethod"] for alert_id, row in rows.items()}
    assert methods == {alert_id: TRUTH[alert_id]["method"] or "None" for alert_id in rows}
    assert set(methods.values()) == {truth["method"] or "None" for truth in TRUTH.values()}


def _printed_for_consumers(printed: str) -> str:
    """The lines to type, of what the demo printed."""
    return "\n".join(re.findall(r"^  (export \w+=.*|\S*python\S* .*sample_consumer.py)$", printed, re.M))


def _fetch_once_more(state: StackState) -> None:
    """A run of the timer's function, and the hunts that it asks for, by one more instance of the app."""
    identity = {name: value for name, value in state.settings.items() if name.startswith("IDENTITY_")}
    with lent({"REQUESTS_CA_BUNDLE": state.ca, **identity}):
        app = wiring.make(Settings.from_env(state.settings))
        before = app.ports.checkpoints.read("defender")
        for wake_up in fetch_alerts(app.ports, app.policy).wake_ups:
            hunt_correlate(app.ports, app.policy, wake_up, "one more")
        after = app.ports.checkpoints.read("defender")
    assert (after != before, after.last_error) == (True, "")


def _shell(text: str) -> list[str]:
    ran = subprocess.run(  # noqa: S603 - what the demo tells people to type
        ["/bin/bash", "-c", text], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def _states(shell: str) -> dict[str, str]:
    """NotifyState by RowKey, read with the printed connection."""
    given = dict(re.findall(r"export (\w+)='(.*)'", shell))
    with TableClient.from_connection_string(given["TABLES"], "Alerts", connection_verify=given["CA"]) as rows:
        return {row["RowKey"]: row["NotifyState"] for row in rows.list_entities()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "no/such/folder"], "no/such/folder is not a folder"),
        (["--source", "sentinel"], "invalid choice"),
        (["--export", "no/such/folder/file.json"], "does not exist"),
        (["--frobnicate"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_get_one_clear_line_and_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["demo", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.strip().splitlines()[-1]


def test_the_command_ends_with_the_code_of_its_complaint() -> None:
    ran = subprocess.run(  # noqa: S603 - our own command
        [*_COMMAND, "--frobnicate"], cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.strip().splitlines()[-1].split(":")[0]) == (2, "dev.py demo")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("alerts.json", "{not json", "alerts.json is not the body of an alert list"),
        ("alerts.json", '{"value": []}', "holds no alert"),
        ("graph_alerts.json", '{"value": [{"id": "a"}]}', "add --source graph"),
        ("hunting/DeviceEvents.ndjson", '{"DeviceId": "x"}\n{oops\n', "DeviceEvents.ndjson"),
    ],
)
def test_a_recording_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hunting").mkdir()
    if name.startswith("hunting"):
        (tmp_path / "alerts.json").write_text((BY_HAND / "alerts.json").read_text("utf-8"), "utf-8")
    (tmp_path / name).write_text(content, "utf-8")
    assert cli.main(["demo", "--data", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert said in printed.out.replace("\n", "")
    assert "Traceback" not in printed.out + printed.err


def test_ctrl_c_ends_one_that_stays_up_in_one_line(kept: Kept, recorded: tuple[str, dict[str, Any]]) -> None:
    """The last test of the file: what stays up is needed by the others."""
    assert kept.interrupt() == 130
    said = kept.said()
    assert said.splitlines()[-1] == "stopped"
    assert "Traceback" not in said
