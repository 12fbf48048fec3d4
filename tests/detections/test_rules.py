"""The rules of `detections/`: each keeps to its own rows, and the compiled file is theirs."""

from __future__ import annotations

import pytest

from local.detections import house
from local.detections.building import COMMAND, is_stale
from local.detections.compile import FOLDER, Folder, gated
from local.detections.known import agents_of
from local.detections.trying import own_rows
from shared.core.detections import Detections
from tests.detections import own


@pytest.fixture(scope="module")
def folder() -> Folder:
    return own.folder()


@pytest.fixture(scope="module")
def detections() -> Detections:
    return own.detections()


def test_every_rule_can_be_judged(folder: Folder) -> None:
    assert [(each.path.name, each.reason) for each in folder.refused] == []
    assert len(folder.rules) > 100


def test_every_rule_hits_its_own_rows_and_passes_its_own_passes(
    folder: Folder, detections: Detections
) -> None:
    wrong = [f"{rule.path.name}: {said}" for rule in folder.rules for said in own_rows(detections, rule)[0]]
    assert wrong == []


def test_every_rule_is_as_the_house_wants_it(folder: Folder) -> None:
    wrong = [f"{rule.path.name}: {said}" for rule in folder.rules for said in house.problems(FOLDER, rule)]
    assert wrong == []
    assert list(house.strays(FOLDER)) == []


def test_no_two_rules_of_one_platform_have_one_title(folder: Folder) -> None:
    titles = [(rule.path.relative_to(FOLDER).parts[0], rule.title) for rule in folder.rules]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []


def test_the_compiled_file_is_that_of_the_folder(folder: Folder) -> None:
    assert not is_stale(folder, agents_of(FOLDER, folder.rules)), f"stale: run `{COMMAND}`"


@pytest.mark.slow  # every pattern on every hard line
def test_no_rule_has_a_slow_regular_expression(folder: Folder) -> None:
    assert gated(folder).refused == ()
