"""Every claim of docs/security.md has its test, and the tests that it names are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from local.cli import ROOT

PAGE = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")


def rows() -> list[tuple[str, str]]:
    """(first cell, last cell) of each row of the tables that say by what a claim is shown."""
    found: list[tuple[str, str]] = []
    is_shown = False
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            is_shown = False
        elif cells[-1] == "shown by":
            is_shown = True
        elif is_shown and set(cells[-1]) != {"-"}:
            found.append((cells[0], cells[-1]))
    return found


@cache
def names_in(file: Path) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_there_are_tables_to_look_at() -> None:
    text = PAGE.read_text("utf-8")
    assert len(rows()) > 30 and text.count("| shown by |") == 6
    assert len(text.splitlines()) <= 140


@pytest.mark.parametrize(("claim", "shown_by"), rows())
def test_each_claim_names_tests_that_exist(claim: str, shown_by: str) -> None:
    named = _NAMED.findall(shown_by)
    assert named, claim
    # Nothing but such names: a link that the pattern does not know would go unlooked at.
    assert _NAMED.sub("", shown_by).strip(" ,") == ""
    for name, link in named:
        file = (PAGE.parent / link).resolve()
        assert file.is_relative_to(ROOT / "tests") and file.is_file(), link
        assert name in names_in(file), name


def test_every_file_of_these_tests_stands_behind_a_claim() -> None:
    text = PAGE.read_text("utf-8")
    here = {file.name for file in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert {name for name in here if f"tests/security/{name}" not in text} == set()
