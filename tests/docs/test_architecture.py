"""docs/architecture.md shows the house as it stands, in one walk and one page of words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs import rooms
from tests.test_imports import BELOW, ROOT

PAGE = rooms.PAGE.read_text("utf-8")
# Words that the code once had for what the glossary has another word for.
_PRIVATE = re.compile(r"needle|deed|doorbell|birth|(?<!over)crowd")
_MIRRORS = ("shared", "tests/core", "tests/pipeline", "tests/adapters")
# Names that still have one, to be renamed where others work on them now.
_LEFT = {"shared/core/hunting/chain_query.py: births_part", "shared/core/correlate/by_evidence.py: _crowded"}


def _section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", ["rooms", "arrows", "counts"])
def test_the_rooms_on_the_page_are_those_of_the_code(name: str) -> None:
    block = rooms.blocks()[name]
    stale = f"block {name} is stale: run `python -m tests.docs.rooms`"
    assert f"<!-- made: {name} -->\n{block}\n<!-- end: {name} -->" in PAGE, stale


def test_an_arrow_that_is_allowed_is_one_that_some_module_needs() -> None:
    allowed = {(f"core.{room}", f"core.{below}") for room, found in BELOW.items() for below in found}
    assert allowed == {arrow for arrow in rooms.arrows() if all(end.startswith("core.") for end in arrow)}


def test_every_arrow_can_be_read_from_the_drawing() -> None:
    drawn = rooms.drawn()

    def reached(room: str) -> set[str]:
        below = {other for one, other in drawn if one == room}
        return below.union(*map(reached, below))

    assert len(drawn) < sum(map(len, BELOW.values()))
    assert {room: reached(room) for room in BELOW} == {room: rooms.reached(room) for room in BELOW}


def test_the_walk_has_at_most_fifteen_stops_each_with_a_file_of_the_app() -> None:
    stops = re.split(r"^\d+\. ", _section("One alert's walk").split("\n\nA crash")[0], flags=re.MULTILINE)[1:]
    assert 10 < len(stops) <= 15
    for stop in stops:
        links = re.findall(r"\]\(\.\./([^)]+)\)", stop)
        assert links, stop
        assert all((ROOT / link).is_file() and link.endswith(".py") for link in links), stop


def test_the_walk_passes_every_room_of_an_alerts_life() -> None:
    passed = set(re.findall(r"shared/core/(\w+)/", _section("One alert's walk")))
    assert passed >= {room for room in BELOW if rooms.door(room)[0] not in "08"}


def test_the_glossary_is_one_page_and_has_each_word_once() -> None:
    text = _section("Glossary")
    words = re.findall(r"\*\*([^*]+)\*\*", text)
    assert len(words) == len(set(words)) > 30
    assert len(text.splitlines()) <= 40
    assert len(text.split()) <= 600


def _names(file: Path) -> set[str]:
    """What a module names: itself, and whatever it defines, assigns or takes as an argument."""
    found = {file.stem}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            found.add(node.arg)
    return found


def test_no_name_of_the_app_is_a_word_that_the_glossary_replaced() -> None:
    files = [file for top in _MIRRORS for file in sorted((ROOT / top).rglob("*.py"))]
    suspects = [file for file in files if _PRIVATE.search(file.read_text("utf-8").lower())]
    found = {
        f"{file.relative_to(ROOT).as_posix()}: {name}"
        for file in suspects
        for name in _names(file)
        if _PRIVATE.search(name.lower())
    }
    assert len(files) > 200
    assert found <= _LEFT
