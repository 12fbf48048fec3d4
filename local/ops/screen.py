"""What the operator's commands print: each line through one door, so that no alert rewrites the screen."""

from __future__ import annotations

import sys
from typing import TextIO

from local.plain_text import clean


class Screen:
    """Prints lines of text; control and invisible characters in them are shown as escapes."""

    def __init__(self, out: TextIO | None = None, errors: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._errors = errors or sys.stderr

    def say(self, line: str = "") -> None:
        """One line."""
        _print(line, self._out)

    def block(self, text: str, indent: str = "    ") -> None:
        """A text of several lines."""
        for line in text.split("\n"):
            _print(indent + line, self._out)

    def complain(self, line: str) -> None:
        """One line on standard error."""
        _print(line, self._errors)

    def ask(self, question: str) -> str:
        """What the person typed; "" where there is nobody to ask."""
        if not sys.stdin.isatty():
            return ""
        print(clean(question), end=" ", file=self._out, flush=True)
        return sys.stdin.readline().strip()


def _print(line: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    # What the terminal's own encoding lacks is shown as an escape too.
    print(clean(line).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
