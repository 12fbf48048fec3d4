"""What a rule hits it hits in disguise, and a disguise that is none of an attack's own makes no new hit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.detections import house
from local.detections.compile import Folder
from local.detections.rulefile import Compiled
from shared.core.detections import Detections
from tests.detections import own
from tests.detections.disguises import COMMANDS, disguised, renamed

CREATED = "DeviceProcessEvents"
# Code that is hidden so is a behaviour of its own, with rules of its own.
TELLING = ("backticks", "encoded")


@pytest.fixture(scope="module")
def folder() -> Folder:
    return own.folder()


@pytest.fixture(scope="module")
def detections() -> Detections:
    return own.detections()


def rows(folder: Folder, kind: str) -> Iterator[tuple[Compiled, dict[str, Any]]]:
    """Rows of process creation that the Windows rules hit, or pass."""
    for rule in folder.rules:
        if rule.product == "windows" and CREATED in rule.tables:
            given, _ = house.rows_of(rule.path)
            yield from ((rule, entry["row"]) for entry in given[kind] if entry["table"] == CREATED)


def is_hit(detections: Detections, rule: Compiled, row: dict[str, Any]) -> bool:
    return any(hit.rule.id == rule.id for hit in detections.judge([(CREATED, "ProcessCreated", row)]).hits)


def share(
    detections: Detections,
    tried: Iterator[tuple[Compiled, dict[str, Any]]],
    change: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> tuple[float, list[str]]:
    """(the share of changed rows that are hit, the rules that lose one)."""
    lost: list[str] = []
    count = 0
    for rule, row in tried:
        changed = change(row)
        if changed is not None:
            count += 1
            if not is_hit(detections, rule, changed):
                lost.append(rule.path.stem)
    assert count > 50
    return 1 - len(lost) / count, lost


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disguised_command_line_is_hit_all_the_same(
    folder: Folder, detections: Detections, name: str
) -> None:
    kept, lost = share(detections, rows(folder, "hits"), lambda row: disguised(row, COMMANDS[name]))
    assert kept >= 0.97, lost


def test_a_renamed_program_is_hit_by_the_name_that_its_file_tells(
    folder: Folder, detections: Detections
) -> None:
    kept, lost = share(detections, rows(folder, "hits"), renamed)
    assert kept >= 0.88, lost


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in TELLING])
def test_ordinary_work_in_another_spelling_makes_no_new_hit(
    folder: Folder, detections: Detections, name: str
) -> None:
    new = [
        rule.path.stem
        for rule, row in rows(folder, "passes")
        if (changed := disguised(row, COMMANDS[name])) is not None and is_hit(detections, rule, changed)
    ]
    assert new == []
