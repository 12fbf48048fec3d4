"""The list of known agents: what an entry has to name, and how it is told that one is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.detections.compile import FOLDER, folder_of
from local.detections.known import BadAgent, agents_of
from tests.detections import own
from tests.local.detections.folder import make, put

GOOD = {
    "agent": "Inventory", "why": "It takes\n  stock.",
    "actor": "C:\\Agent\\Host.exe", "parent": "Service.exe", "rules": ["discovery"],
}  # fmt: skip


def agents(folder: Path, *entries: Any) -> list[dict[str, Any]]:
    make(folder)
    put(folder, "known_agents.yml", list(entries))
    return agents_of(folder, folder_of(folder).rules)


def test_an_entry_is_kept_as_the_app_reads_it(tmp_path: Path) -> None:
    [kept] = agents(tmp_path, GOOD | {"signer": "OsVendor"})
    assert kept == GOOD | {"why": "It takes stock.", "signer": ["OsVendor"]}


def test_a_rule_is_named_by_its_file(tmp_path: Path) -> None:
    [kept] = agents(tmp_path, GOOD | {"rules": ["own_name", "T1003.001"]})
    assert kept["rules"] == ["11111111-1111-4111-8111-111111111111", "T1003.001"]


def test_a_folder_without_a_list_has_no_agents(tmp_path: Path) -> None:
    make(tmp_path)
    assert agents_of(tmp_path, folder_of(tmp_path).rules) == []


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"actor": None}, "has to name a full path"),
        ({"actor": "C:\\Windows\\System32\\*"}, "a full path whose file name has no \\*"),
        ({"actor": "Host.exe"}, "has to be a full path"),
        ({"actor": "*\\Host.exe"}, "has to be a full path"),
        ({"actor": "%ProgramFiles%\\Host.exe"}, "has to be a full path"),
        ({"actor": ["C:\\a.exe", "C:\\b.exe"]}, "is no text that names something"),
        ({"parent": None}, "and one thing more"),
        ({"parent": "*"}, "is no text that names something"),
        ({"command": "* *"}, "is no text that names something"),
        ({"why": None}, "lacks why"),
        ({"rules": None}, "lacks rules"),
        ({"agent": None}, "lacks agent"),
        ({"folder": "C:\\Windows"}, "unknown keys: folder"),
        ({"rules": ["no_such_rule"]}, "there is no room, no rule and no technique no_such_rule"),
        ({"rules": ["*"]}, "there is no room, no rule and no technique"),
    ],
)
def test_an_entry_that_would_excuse_too_much_is_refused(
    tmp_path: Path, changed: dict[str, Any], wrong: str
) -> None:
    entry = {key: told for key, told in (GOOD | changed).items() if told is not None}
    with pytest.raises(BadAgent, match=wrong):
        agents(tmp_path, entry)


@pytest.mark.parametrize("content", ["a: [", "just text", "{a: b}", "- text"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    make(tmp_path)
    put(tmp_path, "known_agents.yml", content)
    with pytest.raises(BadAgent):
        agents_of(tmp_path, folder_of(tmp_path).rules)


def test_our_own_list_is_well() -> None:
    assert agents_of(FOLDER, own.folder().rules)
