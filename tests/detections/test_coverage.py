"""The tables of behaviours name rules that exist, leave no cell empty, and leave out no rule."""

from pathlib import Path
from typing import Any

import pytest

from local.detections import text
from local.detections.compile import FOLDER, rule_files
from local.detections.house import ROOMS

TABLES = sorted((FOLDER / "coverage").glob("*.yml"))
PLATFORMS = ("windows", "linux", "macos")
_SHARED = "posix"  # the folder of rules for Linux and macOS alike, which the cells of both may name


def _lines(table: Path) -> list[dict[str, Any]]:
    read = text.document(table)
    assert isinstance(read, list)
    return read


def _names(path: Path) -> set[str]:
    """A rule as a cell may name it: its file, with the folders before it or without."""
    folder, room, _ = path.relative_to(FOLDER).parts
    return {path.stem, f"{room}/{path.stem}", f"{folder}/{room}/{path.stem}"}


def _platforms(path: Path) -> tuple[str, ...]:
    folder = path.relative_to(FOLDER).parts[0]
    return ("linux", "macos") if folder == _SHARED else (folder,)


def _rules(platform: str) -> set[str]:
    chosen = [path for path in rule_files(FOLDER) if platform in _platforms(path)]
    return {name for path in chosen for name in _names(path)}


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_cell_names_rules_that_exist_or_a_reason(table: Path) -> None:
    known = {platform: _rules(platform) for platform in PLATFORMS}
    for line in _lines(table):
        assert line["behaviour"]
        assert line["tactic"] in ROOMS, line["behaviour"]
        assert set(line["platforms"]) == set(PLATFORMS), line["behaviour"]
        for platform, cell in line["platforms"].items():
            if isinstance(cell, str):
                assert len(cell.split()) > 2, f"{line['behaviour']}, {platform}: no reason"
            else:
                assert cell, f"{line['behaviour']}, {platform}: empty"
                assert set(cell) <= known[platform], line["behaviour"]


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_behaviour_stands_once_in_a_table(table: Path) -> None:
    behaviours = [line["behaviour"] for line in _lines(table)]
    assert len(set(behaviours)) == len(behaviours)


def test_every_rule_stands_in_a_table() -> None:
    named = {
        (platform, name)
        for table in TABLES
        for line in _lines(table)
        for platform, cell in line["platforms"].items()
        if not isinstance(cell, str)
        for name in cell
    }
    left_out = [
        str(path.relative_to(FOLDER))
        for path in rule_files(FOLDER)
        if not any((platform, name) in named for platform in _platforms(path) for name in _names(path))
    ]
    assert not left_out
