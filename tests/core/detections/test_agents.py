"""Known agents excuse by what is known and equal, and by nothing less."""

from __future__ import annotations

from typing import Any

import pytest

from shared.core.detections.agents import PARENT_FOLDER
from tests.core.detections.rules import detections, judged, process, rule

CSCRIPT = "C:\\Windows\\System32\\cscript.exe"
AGENT = "C:\\Program Files\\Agent\\Host.exe"
ROW = process(
    '"C:\\Windows\\System32\\cscript.exe" /nologo "inventory.vbs"',
    CSCRIPT,
    InitiatingProcessFolderPath=AGENT,
    InitiatingProcessFileName="Host.exe",
    InitiatingProcessCommandLine="Host.exe -embedding",
    InitiatingProcessParentFileName="Service.exe",
    InitiatingProcessSignerType="ThirdParty",
    InitiatingProcessSignatureStatus="Valid",
)
WHOLE = {
    "agent": "Inventory", "why": "It takes stock.", "actor": AGENT, "image": CSCRIPT, "parent": "Service.exe",
    "command": '"C:\\Windows\\System32\\cscript.exe" /nologo "*.vbs"', "actor_command": "Host.exe -*",
    "signer": ["ThirdParty"], "rules": ["execution"],
}  # fmt: skip


def excused(entry: dict[str, Any], row: dict[str, Any] = ROW) -> bool:
    found = detections(rule(r"a: {Image|endswith: '\cscript.exe'}"), agents=[entry])
    result = judged(found, row)
    assert len(result.hits) + len(result.excused) == 1, "the rule hits, excused or not"
    return bool(result.excused)


def without(*parts: str, **changed: Any) -> dict[str, Any]:
    return {part: told for part, told in (WHOLE | changed).items() if part not in parts}


def test_a_hit_that_an_entry_covers_is_excused_with_the_reason() -> None:
    found = detections(rule(r"a: {Image|endswith: '\cscript.exe'}"), agents=[WHOLE])
    [one] = judged(found, ROW).excused
    assert (one.agent, one.why, one.row, one.rule.title) == ("Inventory", "It takes stock.", 0, "Rule 1")


@pytest.mark.parametrize("part", ["actor", "image", "parent", "command", "actor_command", "signer"])
def test_an_entry_may_leave_out_any_part(part: str) -> None:
    assert excused(without(part))


COLUMNS = {
    "actor": "InitiatingProcessFolderPath",
    "image": "FolderPath",
    "parent": "InitiatingProcessParentFileName",
    "command": "ProcessCommandLine",
    "actor_command": "InitiatingProcessCommandLine",
    "signer": "InitiatingProcessSignerType",
}


@pytest.mark.parametrize("part", COLUMNS)
def test_a_part_that_the_row_does_not_tell_excuses_nothing(part: str) -> None:
    row = {column: cell for column, cell in ROW.items() if column != COLUMNS[part]}
    assert not excused(WHOLE, row)
    assert not excused(WHOLE, row | {COLUMNS[part]: ""})
    assert not excused(WHOLE, row | {COLUMNS[part]: None})


@pytest.mark.parametrize("part", COLUMNS)
def test_a_part_that_differs_excuses_nothing(part: str) -> None:
    assert not excused(WHOLE, ROW | {COLUMNS[part]: f"x{ROW[COLUMNS[part]]}"})


@pytest.mark.parametrize("status", ["Unknown", "Invalid", "", None])
def test_a_signer_counts_only_where_the_signature_is_valid(status: str | None) -> None:
    assert not excused(WHOLE, ROW | {"InitiatingProcessSignatureStatus": status})


def test_the_path_is_the_whole_path_and_no_ending_of_it() -> None:
    lying = f"C:\\Temp\\{AGENT.replace(':', '')}"
    assert not excused(WHOLE, ROW | {"InitiatingProcessFolderPath": lying})


def test_the_files_own_name_excuses_nothing() -> None:
    row = ROW | {
        "InitiatingProcessFolderPath": "C:\\Program Files\\Agent\\Evil.exe",
        "InitiatingProcessFileName": "Evil.exe",
        "InitiatingProcessVersionInfoOriginalFileName": "Host.exe",
    }
    assert not excused(WHOLE, row)


def test_a_star_stands_for_a_part_of_one_folder_and_for_no_more() -> None:
    entry = without(actor="C:\\Program Files\\Agent_*\\Host.exe")
    inside = ROW | {"InitiatingProcessFolderPath": "C:\\Program Files\\Agent_2.1\\Host.exe"}
    assert excused(entry, inside)
    deeper = ROW | {"InitiatingProcessFolderPath": "C:\\Program Files\\Agent_x\\..\\..\\Temp\\Host.exe"}
    assert not excused(entry, deeper)


def test_a_parents_full_path_is_known_only_where_the_caller_tells_it() -> None:
    entry = without(parent="C:\\Program Files\\Agent\\Service.exe")
    assert not excused(entry)
    assert excused(entry, ROW | {PARENT_FOLDER: "C:\\Program Files\\Agent\\Service.exe"})
    assert not excused(entry, ROW | {PARENT_FOLDER: "C:\\Temp\\Service.exe"})


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        (["execution"], True),
        (["00000000-0000-4000-8000-000000000001"], True),
        (["T1059"], True),
        (["persistence"], False),
        (["T1003"], False),
    ],
)
def test_an_entry_excuses_the_rules_rooms_and_techniques_that_it_names(
    rules: list[str], wanted: bool
) -> None:
    assert excused(without(rules=rules)) is wanted


def test_the_parents_path_is_part_of_what_is_remembered() -> None:
    entry = without(parent="C:\\Program Files\\Agent\\Service.exe")
    found = detections(rule(r"a: {Image|endswith: '\cscript.exe'}"), agents=[entry])
    assert judged(found, ROW).hits
    assert judged(found, ROW | {PARENT_FOLDER: "C:\\Program Files\\Agent\\Service.exe"}).excused
