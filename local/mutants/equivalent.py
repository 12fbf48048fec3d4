"""The mutants that no test can notice, because they behave as the module does: `equivalent.txt`.

Its paragraphs are a reason after `#`, then the mutants it holds for: the module's path, the lines taken out
after `-`, and the lines put in after `+`, as the command prints them.
"""

from __future__ import annotations

from pathlib import Path

from local.mutants.making import Change

LIST = Path(__file__).with_name("equivalent.txt")


def read(text: str) -> dict[Change, str]:
    """The reason of each mutant that is listed. Raises ValueError, with the line, where one is not whole."""
    found: dict[Change, str] = {}
    reason = file = before = ""
    for number, line in enumerate(text.splitlines(), start=1):
        kind, _, rest = line.partition(" ")
        if not line:
            reason = file = before = ""
        elif kind == "#":
            reason = f"{reason} {rest}".strip()
        elif kind == "-" and file:
            before = rest
        elif kind == "+" and reason and before:
            found[file, before, rest] = reason
        elif line.endswith(".py"):
            file, before = line, ""
        else:
            raise ValueError(f"line {number}: neither a reason, a module, nor a change of one: {line!r}")
    return found


def stale(root: Path, changes: dict[Change, str]) -> list[Change]:
    """Those whose lines are no longer in the module."""
    return [change for change in changes if change[1] not in _text(root / change[0])]


def _text(file: Path) -> str:
    return " ".join(line.strip() for line in file.read_text("utf-8").splitlines()) if file.is_file() else ""
