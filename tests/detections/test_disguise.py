"""What a rule hits it hits in disguise, and a disguise that is none of an attack's own makes no new hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from local.detections import house
from shared.core.detections import Detections, Rule
from tests.detections import own
from tests.detections.disguises import COMMANDS, disguised, renamed

CREATED = "DeviceProcessEvents"
# Code that is hidden so is a behaviour of its own, with rules of its own.
TELLING = ("backticks", "encoded")


@pytest.fixture(scope="module")
def detections() -> Detections:
    return own.detections()


@cache
def rows(kind: str) -> tuple[tuple[Rule, dict[str, Any]], ...]:
    """Rows of process creation that the Windows rules hit, or pass."""
    found: list[tuple[Rule, dict[str, Any]]] = []
    for path, rule in own.files().items():
        if rule.product == "windows" and CREATED in rule.tables:
            given, _ = house.rows_of(path)
            found += ((rule, entry["row"]) for entry in given[kind] if entry["table"] == CREATED)
    return tuple(found)


def is_hit(detections: Detections, rule: Rule, row: dict[str, Any]) -> bool:
    return any(hit.rule.id == rule.id for hit in detections.judge([(CREATED, "ProcessCreated", row)]).hits)


def share(
    detections: Detections,
    tried: Iterable[tuple[Rule, dict[str, Any]]],
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
                lost.append(rule.title)
    assert count > 50
    return 1 - len(lost) / count, lost


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disguised_command_line_is_hit_all_the_same(detections: Detections, name: str) -> None:
    kept, lost = share(detections, rows("hits"), lambda row: disguised(row, COMMANDS[name]))
    assert kept >= 0.97, lost


def test_a_renamed_program_is_hit_by_the_name_that_its_file_tells(detections: Detections) -> None:
    kept, lost = share(detections, rows("hits"), renamed)
    assert kept >= 0.88, lost


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in TELLING])
def test_ordinary_work_in_another_spelling_makes_no_new_hit(detections: Detections, name: str) -> None:
    new = [
        rule.title
        for rule, row in rows("passes")
        if (changed := disguised(row, COMMANDS[name])) is not None and is_hit(detections, rule, changed)
    ]
    assert new == []
