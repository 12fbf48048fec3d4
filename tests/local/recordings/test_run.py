"""The whole command, and the score of what it made."""

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.recordings import run as running
from local.recordings.arguments import VARIANTS, Arguments, parse
from local.score import run as score_running
from local.score.arguments import Arguments as ScoreArguments
from local.simulator.engine import hunting_schema
from local.simulator.recording import read
from tests.local.recordings import written
from tests.local.recordings.written import HOST, guid


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs the command over two datasets of the same host: exit code and text."""
    written.write_lines(tmp_path / "in" / "first.json", written.session())
    written.write_lines(tmp_path / "in" / "second.json", written.session())
    (tmp_path / "attacks.txt").write_text(f"{guid(2)}\tT1003.001\n", "utf-8")

    def run(**changes: Any) -> tuple[int, str]:
        usual: dict[str, Any] = {
            "paths": [tmp_path / "in"],
            "out": tmp_path / "out",
            "attack": tmp_path / "attacks.txt",
            "benign": 2,
            "seed": 1,
            "variants": ("process",),
        }
        said = StringIO()
        code = running.run(Arguments(**(usual | changes)), Console(file=said, width=200))
        return code, said.getvalue()

    return run


def truth(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text())
    return found


def test_the_score_finds_every_row_of_every_tree_and_no_other(
    make: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, _ = make(variants=("process", "ms"))
    assert code == 0
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    arguments = ScoreArguments(out, out / "truth.json", figures, None, 5, by_dataset=False)
    assert score_running.run(arguments, Console(file=StringIO())) == 0
    content = json.loads(figures.read_text())["figures"]
    assert set(content) == {"attack/process", "attack/ms", "benign/process", "benign/ms"}
    for one in content.values():
        assert (one["tree_rows_found"], one["wrong_rows"]) == (one["tree_rows"], 0)
    # The tool's birth, its file, its access to LSASS, its helper and that one's connection, in two datasets.
    assert content["attack/process"]["tree_rows"] == 2 * 5
    assert content["attack/process"]["validation"] == {"Confirmed": 2}
    assert content["attack/process"]["technique_named"] == 2
    # The editor's birth and value, two plugins and a file; pid 200 was the tool's before.
    assert content["benign/process"]["tree_rows"] == 2 * 5


def test_the_demo_s_reader_takes_it_without_a_warning(
    make: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    make(variants=VARIANTS)
    recording = read(tmp_path / "out", hunting_schema())
    assert recording.warnings == ()
    assert len(recording.hunting["DeviceProcessEvents"]) == 12
    reports = [row["ReportId"] for rows in recording.hunting.values() for row in rows]
    assert len(reports) == len(set(reports))


def test_datasets_have_devices_of_their_own_and_lie_on_the_same_days(
    make: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    make()
    recording = read(tmp_path / "out", hunting_schema())
    devices = {row["DeviceId"] for row in recording.hunting["DeviceInfo"]}
    assert len(devices) == 2
    assert {row["DeviceName"] for row in recording.hunting["DeviceInfo"]} == {HOST.lower()}
    days = {row["Timestamp"][:10] for rows in recording.hunting.values() for row in rows}
    assert days == {"2026-01-01"}
    assert {about["dataset"] for about in truth(tmp_path / "out").values()} == {"first", "second"}


def test_guids_stand_in_the_truth_alone_and_times_have_seven_digits(
    make: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    make(variants=VARIANTS)
    shape = re.compile(r"1a2b3c4d-[0-9a-f]{4}-", re.IGNORECASE)
    for file in (tmp_path / "out").rglob("*.*"):
        assert bool(shape.search(file.read_text())) == (file.name == "truth.json"), file.name
        if file.name != "truth.json":
            digits = re.findall(r"\d{4}-\d\d-\d\dT[\d:]{8}\.?(\d*)Z", file.read_text())
            assert digits
            assert {len(one) for one in digits} == {7}


def test_alerts_say_nothing_but_what_they_are_about(
    make: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    make(variants=VARIANTS)
    alerts = {one["id"]: one for one in json.loads((tmp_path / "out" / "alerts.json").read_text())["value"]}
    about = truth(tmp_path / "out")
    assert alerts.keys() - about.keys() == {"da_clock"}
    assert {one["title"] for one in alerts.values()} == {"Suspicious activity"}
    assert not any(one["mitreTechniques"] for one in alerts.values())
    kinds = {(one["kind"], one["variant"]): alerts[alert_id]["evidence"] for alert_id, one in about.items()}
    assert kinds["attack", "ip"][0]["ipAddress"] == "203.0.113.7"
    assert kinds["attack", "file"][0]["sha1"] == f"{2:040x}"
    assert kinds["attack", "user"][0]["accountName"] == "Bob"
    assert kinds["attack", "device"] == []
    assert ("attack", "registry") not in kinds
    assert kinds["benign", "registry"][0]["registryValue"] == "10"
    exact, cut = (kinds["attack", variant][0]["processCreationTime"] for variant in ("process", "ms"))
    assert cut == exact[:-5] + "0000Z"
    assert exact != cut


def test_the_clock_stands_after_every_row(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    make()
    recording = read(tmp_path / "out", hunting_schema())
    newest = max(row["Timestamp"] for rows in recording.hunting.values() for row in rows)
    (clock,) = [alert for alert in recording.alerts if alert["id"] == "da_clock"]
    assert clock["alertCreationTime"] > newest


def test_the_same_again_is_the_same_to_the_byte(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    make(out=tmp_path / "one")
    make(out=tmp_path / "two")
    for file in (tmp_path / "one").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()


def test_what_was_left_out_is_told(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    with (tmp_path / "in" / "first.json").open("a") as file:
        file.write("{broken\n")
    (tmp_path / "in" / "third.zip").write_bytes(b"no archive")
    written.write_lines(tmp_path / "in" / "fourth.json", [{"EventID": 1}])
    (tmp_path / "attacks.txt").write_text(f"{guid(2)}\nnever [red]run\n", "utf-8")
    code, text = make()
    assert code == 0
    assert "first: 1 left out: lines that are not JSON" in text
    assert "third.zip" in text
    assert "fourth: no event of Sysmon" in text
    assert "no recording has never [red]run" in text
    assert "sysmon 5 (4)" in text


def test_a_recording_of_many_years_is_told(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    old = {**written.born(7, 70, "C:\\old.exe", 1), "UtcTime": "2019-01-01 00:00:00.000"}
    written.write_lines(tmp_path / "in" / "first.json", [old, *written.session()])
    _, text = make()
    assert "first: spans more than 30 days" in text


def test_nothing_to_make_is_no_success(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    (tmp_path / "attacks.txt").write_text("never run\n", "utf-8")
    code, _ = make(benign=0)
    assert code == 1
    assert truth(tmp_path / "out") == {}


def test_what_cannot_be_used_is_refused(make: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    assert make(paths=[tmp_path / "nowhere"])[0] == 2
    assert make(attack=tmp_path / "nowhere.txt")[0] == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["from-sysmon", "in"],
        ["from-sysmon", "in", "--out", "."],
        ["from-sysmon", "in", "--out", "new", "--variants", "process,novel"],
        ["from-sysmon", "in", "--out", "new", "--benign", "-1"],
    ],
)
def test_wrong_arguments_end_with_code_2(
    argv: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_help_says_what_the_truth_can_and_cannot_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["from-sysmon", "--help"])
    text = capsys.readouterr().out
    assert "What the truth can be" in text
    assert "What it cannot be" in text
