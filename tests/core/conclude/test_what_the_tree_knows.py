"""A row that does not say where the program that acted lies is judged by what the tree knows of it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.adapters.detections import DetectionFiles
from shared.core.conclude import Rules, conclude
from shared.core.conclude.conclusion import Validation
from shared.core.correlate.finding import Cell, TiedEvent
from tests.builders import alert, finding, key, node, tied

LOOSE = "C:\\Users\\alice\\AppData\\Roaming\\upd.exe"
READ: dict[str, Cell] = {
    "FileName": "lsass.exe",
    "ProcessId": 660,
    "AdditionalFields": '{"DesiredAccess":2097151}',
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return DetectionFiles(frozenset()).rules()


def opened(cells: Mapping[str, Cell]) -> TiedEvent:
    """The log-on service opened for reading."""
    plain = tied("DeviceEvents", "OpenProcessApiCall", after=5)
    return replace(plain, event=replace(plain.event, row={**READ, **cells}))


def validation(rules: Rules, cells: Mapping[str, Cell], *, path: str = LOOSE) -> Validation:
    """The verdict on a program that opened the log-on service for reading."""
    nodes = (
        node("upd.exe", folder_path=path, parent=key(9, -9)),
        node("explorer.exe", pid=9, after=-9, depth=-1),
    )
    return conclude(alert(), None, finding(nodes=nodes, events=(opened(cells),)), rules).validation


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"InitiatingProcessFileName": "upd.exe"},
        {"InitiatingProcessFileName": "UPD.EXE", "InitiatingProcessFolderPath": None},
        {"InitiatingProcessFileName": "upd.exe", "InitiatingProcessFolderPath": ""},
    ],
)
def test_the_folder_of_who_acted_is_the_tree_s_where_the_row_has_none(
    rules: Rules, cells: Mapping[str, Cell]
) -> None:
    assert validation(rules, cells) is Validation.CONFIRMED
    assert validation(rules, cells, path="C:\\Program Files\\Agent\\upd.exe") is Validation.UNPROVEN


def test_the_row_s_own_word_counts_before_the_tree_s(rules: Rules) -> None:
    own: dict[str, Cell] = {
        "InitiatingProcessFileName": "upd.exe",
        "InitiatingProcessFolderPath": "C:\\Program Files\\Agent\\upd.exe",
    }
    assert validation(rules, own) is Validation.UNPROVEN
    assert validation(rules, {"InitiatingProcessFileName": "other.exe"}) is Validation.UNPROVEN


def test_the_starter_of_a_process_is_known_from_the_tree(rules: Rules) -> None:
    """A service's shell: what started it is told by the tree alone."""
    started = tied(
        *("DeviceProcessEvents", "ProcessCreated"),
        after=0, FileName="cmd.exe", FolderPath="C:\\Windows\\System32\\cmd.exe",
        ProcessCommandLine="cmd.exe /c whoami",
    )  # fmt: skip
    above = node(
        "w3wp.exe", pid=9, after=-9, depth=-1, folder_path="C:\\Windows\\System32\\inetsrv\\w3wp.exe"
    )
    nodes = (node("cmd.exe", "cmd.exe /c whoami", parent=above.key), above)
    known = conclude(alert(), None, finding(nodes=nodes, events=(started,)), rules).validation
    assert known in (Validation.LIKELY, Validation.CONFIRMED)
    alone = conclude(alert(), None, finding(nodes=nodes[:1], events=(started,)), rules).validation
    assert alone is Validation.UNPROVEN
