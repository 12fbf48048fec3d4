"""What reaches a person's terminal: text alone, whatever an alert, a recording or a queue holds."""

import io
import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from local import doctor, report
from local.demo import show
from local.demo.arguments import Arguments
from local.demo.progress import Progress
from local.demo.run import run as run_demo
from local.host.records import LogEntry
from local.ops import target as targets
from local.ops.parser import Where
from local.ops.target import opened
from local.plain_text import clean
from shared.core.row.definition import COLUMNS
from tests.security import hostile
from tests.security.conftest import Ops, Siege

# The threads of a stack that another test started wait for random times meanwhile.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

_OUR_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Categories of what moves, hides or turns: controls, formats, surrogates, separators of lines, private use.
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def tame(printed: str) -> bool:
    """True for text of which a terminal shows every character, on as many lines as it has line feeds."""
    return all(unicodedata.category(char) not in _NOT_SHOWN for char in printed.replace("\n", ""))


def console() -> Console:
    """A terminal with colours that takes links, as a person has it."""
    return Console(
        file=io.StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False, width=200
    )


def shown(on: Console) -> str:
    """What was printed on it, without the colours that we chose."""
    assert isinstance(on.file, io.StringIO)
    return _OUR_COLOURS.sub("", on.file.getvalue())


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_has_nothing_a_terminal_obeys_and_plain_text_stays(text: str) -> None:
    assert tame(clean(text)) and "\n" not in clean(text)
    plain = "".join(char for char in text if char.isprintable())
    assert clean(plain) == plain


@given(st.text() | st.sampled_from(hostile.ATTACKS))
def test_a_labelled_text_is_shown_letter_by_letter_and_never_taken_for_markup(text: str) -> None:
    on = console()
    on.print(show.labelled("logged:", "yellow", text), soft_wrap=True)
    assert shown(on) == f"logged: {clean(text)}\n"


@pytest.mark.xdist_group("siege")
def test_every_attacked_alert_is_shown_to_the_operator_in_harmless_letters(run_ops: Ops) -> None:
    for alert in hostile.alerts():
        said = run_ops("show", alert["id"])
        assert said.code == 0, said.err
        assert tame(said.text)
        assert clean(alert["id"]) in said.out
    unknown = run_ops("show", hostile.CLIPBOARD, "--days", "1")
    assert unknown.code == 1 and tame(unknown.text)


@pytest.mark.xdist_group("siege")
def test_the_demo_shows_the_rows_and_stories_of_attacked_alerts_as_text(siege: Siege) -> None:
    on = console()
    rows = siege.published.alerts()
    on.print(show.incidents_table([], rows, 100))
    for row in rows:
        show.story(on, row)
    assert tame(shown(on))
    assert "\\u001b]8;;" in shown(on) and "[link=https://evil.example]" in shown(on)


@pytest.mark.xdist_group("siege")
def test_no_attack_adds_a_line_to_a_story(siege: Siege) -> None:
    """The even attacks are tied to the same telemetry: their stories differ in texts, not in lines."""
    stories = [
        str(row["Story"]).split("\n")
        for row in siege.published.alerts()
        if re.match(r"da9\d[02468]_", row["AlertId"])
    ]
    assert len(stories) == 6 and {len(story) for story in stories} == {len(stories[0])}
    assert len(stories[0]) > 5
    for story in stories:
        assert all(line.isprintable() for line in story)
        assert [line[:8] for line in story] == [line[:8] for line in stories[0]]


@pytest.mark.xdist_group("siege")
def test_what_is_json_in_a_row_stays_json_in_plain_ascii(siege: Siege) -> None:
    names = [column.name for column in COLUMNS if column.is_json]
    assert len(names) > 3
    for row in siege.published.alerts():
        for text in (str(row[name]) for name in names if row[name]):
            assert text.isascii() and text.isprintable()
            json.loads(text)


@pytest.mark.xdist_group("siege")
def test_the_doctor_shows_a_hostile_error_as_text(
    siege: Siege, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "running", lambda: siege.state)
    with opened(Where(), siege.state) as target:
        checkpoints = target.ports.checkpoints
        before = checkpoints.read("defender")
        now = target.ports.clock.now()
        failed = replace(
            before,
            last_success=now - timedelta(days=1),
            last_error="".join(hostile.ATTACKS),
            last_error_at=now,
        )
        checkpoints.write("defender", failed)
        doctor.main([])
        checkpoints.write("defender", replace(before, etag=checkpoints.read("defender").etag))
    printed = capfd.readouterr()
    assert tame(printed.out + printed.err)
    assert "\\u001b]8;;" in printed.out


@pytest.mark.parametrize("attack", hostile.ATTACKS)
def test_a_log_line_shown_while_the_demo_runs_is_text(attack: str) -> None:
    on = console()
    line = json.dumps({"event": attack, "reason": attack})
    Progress(on, 1).heard(LogEntry(level="Error", category="alerts", message=line, is_user=True))
    assert tame(shown(on)) and shown(on).startswith("logged: ")


@pytest.mark.parametrize("attack", (hostile.MARKUP, hostile.LINK, hostile.TURNED, "[/x]"))
def test_a_recording_that_is_refused_is_named_as_text(tmp_path: Path, attack: str) -> None:
    folder = tmp_path / attack.replace("/", "_")
    folder.mkdir()
    (folder / "alerts.json").write_text('{"value": []}', "utf-8")
    on = console()
    given = Arguments(folder=folder, source="defender", shift=True, export=None, keep=False)
    assert run_demo(given, on) == 2
    assert shown(on).startswith("demo: ") and tame(shown(on))
    assert attack.replace("/", "_")[:5] in shown(on) or "\\u" in shown(on)


def test_the_report_names_what_it_cannot_show_as_text(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export\x1b]0;x\x07\u202e.json"
    export.write_text("{", "utf-8")
    assert report.main(["--export", str(export), "--out", str(tmp_path / "x.html")]) == 2
    export.write_text(json.dumps({"alerts": [{"AlertId": "a"}], "events": []}), "utf-8")
    report.main(["--export", str(export), "--alert", hostile.CLIPBOARD, "--out", str(tmp_path / "x.html")])
    printed = capfd.readouterr()
    assert printed.err.count("report: ") == 2 and tame(printed.out + printed.err)
