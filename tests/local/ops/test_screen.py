"""No text from an alert rewrites the operator's screen."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.ops.screen import Screen

HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\x08\u202eexe.txt\u2028\ud800\x9b31m"


def printed(text: str, encoding: str = "utf-8") -> str:
    buffer = io.BytesIO()
    out = io.TextIOWrapper(buffer, encoding=encoding, write_through=True, newline="\n")
    screen = Screen(out, out)
    screen.say(text)
    screen.complain(text)
    screen.block(text)
    return buffer.getvalue().decode(encoding)


def test_control_characters_are_shown_and_not_obeyed() -> None:
    said = printed(HOSTILE)
    assert all(line.isprintable() for line in said.split("\n"))
    assert said.startswith(
        "\\u001b[2J\\u001b]0;owned\\u0007\\u000d\\u0008\\u202eexe.txt\\u2028\\ud800\\u009b31m\n"
    )


@given(st.text())
def test_whatever_the_text_one_line_stays_one_line(text: str) -> None:
    lines = printed(text.replace("\n", "")).split("\n")
    assert len(lines) == 4 and lines[3] == ""
    assert all(line.isprintable() for line in lines)


def test_a_terminal_that_lacks_a_letter_shows_its_number() -> None:
    assert "\\u7279" in printed("特", encoding="ascii")


def test_nobody_is_asked_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert Screen(io.StringIO(), io.StringIO()).ask("Delete them?") == ""
