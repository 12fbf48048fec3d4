"""The ways in which a command line is disguised, each as an attacker's own tool does it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

_LETTERS = re.compile(r"(?<=[A-Za-z])(?=[A-Za-z])")
_PATH = re.compile(r"[A-Za-z]:\\[^\"'|<>&]*|\\[\w.]+\\[\w.\\]+")


def _every_third(line: str, mark: str) -> str:
    """The mark between every third pair of letters."""
    places = [found.start() for found in _LETTERS.finditer(line)][1::3]
    for place in reversed(places):
        line = line[:place] + mark + line[place:]
    return line


def carets(line: str) -> str:
    return _every_third(line, "^")


def empty_quotes(line: str) -> str:
    return _every_third(line, '""')


def backticks(line: str) -> str:
    return _every_third(line, "`")


def fullwidth(line: str) -> str:
    wide = (chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char for char in line)
    return "".join(wide)


def encoded(line: str) -> str:
    return f"powershell -enc {base64.b64encode(line.encode('utf-16-le')).decode()}"


def forward_slashes(line: str) -> str:
    return _PATH.sub(lambda found: found[0].replace("\\", "/"), line)


def same_folder(line: str) -> str:
    return _PATH.sub(lambda found: found[0].replace("\\", "\\.\\"), line)


def blanks(line: str) -> str:
    return line.replace(" ", "   ")


def long_dashes(line: str) -> str:
    return re.sub(r"(?<= )-(?=\w)", "\u2013", line)


def padding(line: str) -> str:
    return line.replace(" ", " " * 6_500, 1)


COMMANDS: Mapping[str, Callable[[str], str]] = {
    each.__name__: each
    for each in (
        carets, empty_quotes, backticks, fullwidth, encoded, forward_slashes, same_folder, blanks,
        long_dashes, padding,
    )
}  # fmt: skip


def disguised(row: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any] | None:
    """The row with the line of what it starts (or of what acts) changed; None where that changes nothing."""
    for column in ("ProcessCommandLine", "InitiatingProcessCommandLine"):
        line = row.get(column)
        if isinstance(line, str) and line and change(line) != line:
            return {**row, column: change(line)}
    return None


def renamed(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row with the started program under another name, whose file still tells its own; None where the row
    starts none."""
    name, folder = str(row.get("FileName") or ""), str(row.get("FolderPath") or "")
    if not name or not folder.lower().endswith(name.lower()):
        return None
    own = re.compile(re.escape(name.rsplit(".", 1)[0]), re.IGNORECASE)
    command = own.sub("update7", str(row.get("ProcessCommandLine") or ""))
    return {
        **row,
        "FileName": "update7.exe",
        "FolderPath": folder[: -len(name)] + "update7.exe",
        "ProcessCommandLine": command,
        "ProcessVersionInfoOriginalFileName": row.get("ProcessVersionInfoOriginalFileName") or name,
    }
