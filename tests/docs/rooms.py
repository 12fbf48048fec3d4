"""Writes docs/architecture.md's blocks on the rooms: what goes in and out, the arrows, how many there are.

Run it as `python -m tests.docs.rooms` after a room or an arrow was added; tests/docs/test_architecture.py
fails where the page is stale.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from local.docs.blocks import page_with
from tests.test_imports import BELOW, ROOT, imports_of

PAGE = ROOT / "docs" / "architecture.md"
SHARED = ROOT / "shared"


def _room_of(module: str) -> str:
    """The room that a module of `shared` lies in: `core.alert` for what is in that folder, else the second
    part of its name; "" for a module outside."""
    parts = module.split(".")
    if parts[0] != "shared" or len(parts) < 2:
        return ""
    return ".".join(parts[1:3]) if parts[1] == "core" and len(parts) > 2 else parts[1]


def _module(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def rooms() -> set[str]:
    """Every room of `shared`."""
    return {room for file in SHARED.rglob("*.py") if (room := _room_of(_module(file))) not in ("", "core")}


@cache
def arrows() -> set[tuple[str, str]]:
    """(room, another that any module of it imports from)."""
    found = set()
    for file in SHARED.rglob("*.py"):
        room = _room_of(_module(file))
        found |= {(room, _room_of(module)) for module in imports_of(file.read_text("utf-8"))}
    return {(room, other) for room, other in found if "" not in (room, other) and room != other}


def _inside_core(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(a.removeprefix("core."), b.removeprefix("core.")) for a, b in found if a[:5] == b[:5] == "core."}


def reached(room: str) -> set[str]:
    """The rooms that a room imports from, and all that these do."""
    return BELOW[room].union(*(reached(below) for below in BELOW[room]))


def drawn() -> list[tuple[str, str]]:
    """The arrows of the core that do not follow from two others."""
    return [
        (room, below)
        for room in BELOW
        for below in sorted(BELOW[room])
        if not any(below in reached(other) for other in BELOW[room])
    ]


def door(room: str) -> tuple[str, str, str, str]:
    """(number, what the room is for, what goes in, what comes out), as its docstring says."""
    text = ast.get_docstring(ast.parse((SHARED / "core" / room / "__init__.py").read_text("utf-8"))) or ""
    said = re.fullmatch(r"Room (\d)[^:]*: (.*?)\n\nIn: (.*?)\. Out: (.*)", text, re.DOTALL)
    assert said, f"shared/core/{room}/__init__.py does not say `Room N: …` and `In: … Out: …`"
    number, purpose, comes_in, goes_out = (" ".join(part.split()).rstrip(".") for part in said.groups())
    return number, purpose, comes_in, goes_out


def blocks() -> dict[str, str]:
    """Each block's text by its name."""
    doors = sorted((door(room), room) for room in BELOW)
    table = ["| | room | for | in | out |", "|---|---|---|---|---|"]
    table += [
        f"| {n} | [`{room}`](../shared/core/{room}) | {w} | {i} | {o} |" for (n, w, i, o), room in doors
    ]
    alone = [f"  {room}" for room in BELOW if not BELOW[room] and all(room not in b for b in BELOW.values())]
    drawing = ["```mermaid", "flowchart TB", *(f"  {a} --> {b}" for a, b in drawn()), *alone, "```"]
    every = arrows()
    counts = (
        f"All of `shared/` has {len(rooms())} rooms and {len(every)} arrows between them, "
        f"{len(_inside_core(every))} of these between the {len(BELOW)} rooms of the core."
    )
    return {"rooms": "\n".join(table), "arrows": "\n".join(drawing), "counts": counts}


def page() -> str:
    """The page with its blocks as the code is now."""
    return page_with(PAGE, blocks())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
