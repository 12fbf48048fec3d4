"""What is declared of the hunting tables: each with rows, and held against everything that goes by it."""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from local.cli import ROOT
from local.simulator.gate import SCHEMA_FILE
from shared.core.correlate.finding import Cell, Event, Method, TiedEvent
from shared.core.correlate.indicators import mentions
from shared.core.correlate.rows import Observation, read
from shared.core.row import event_rows
from shared.core.tables import BY_NAME, TABLES, IndicatorKind, Table, Target, table_of, whatever_it_names
from tests.builders import DEVICE, T0, alert, concluded, finding

# One row at least of each table: (action, row), the line that tells it, and what it was done to.
_SHOWN: dict[str, list[tuple[str, dict[str, Cell], str, tuple[Target, str]]]] = {
    "DeviceProcessEvents": [
        ("ProcessCreated", {"FileName": "a.exe", "ProcessId": 7}, "", (Target.PROCESS, "a.exe (pid 7)"))
    ],
    "DeviceNetworkEvents": [
        (
            "ConnectionSuccess",
            {"RemoteIP": "203.0.113.9", "RemotePort": 443.0, "RemoteUrl": "evil.example"},
            "x.exe connected to evil.example port 443",
            (Target.ADDRESS, "203.0.113.9 port 443 (evil.example)"),
        ),
        (
            "ConnectionFailed",
            {"RemoteIP": "203.0.113.9"},
            "x.exe was refused by 203.0.113.9",
            (Target.ADDRESS, "203.0.113.9"),
        ),
    ],
    "DeviceFileEvents": [
        (
            "FileRenamed",
            {"FolderPath": "C:\\Temp\\a.txt", "FileName": "a.txt"},
            "x.exe renamed files in C:\\Temp\\",
            (Target.FILE, "C:\\Temp\\a.txt"),
        ),
        ("FileCreated", {}, "x.exe created files in an unknown folder", (Target.NONE, "")),
    ],
    "DeviceRegistryEvents": [
        (
            "RegistryValueSet",
            {"RegistryKey": "HKLM\\Run", "RegistryValueName": "u"},
            "x.exe changed HKLM\\Run u",
            (Target.REGISTRY, "HKLM\\Run u"),
        )
    ],
    "DeviceImageLoadEvents": [
        ("ImageLoaded", {"FileName": "a.dll"}, "x.exe loaded a.dll", (Target.FILE, "a.dll"))
    ],
    "DeviceLogonEvents": [
        (
            "LogonFailed",
            {"AccountName": "root", "RemoteIP": "10.0.0.9"},
            "root failed to log on from 10.0.0.9",
            (Target.ACCOUNT, "root from 10.0.0.9"),
        ),
        ("LogonSuccess", {}, "somebody logged on locally", (Target.ACCOUNT, "")),
    ],
    "DeviceEvents": [
        (
            "AntivirusDetection",
            {"FileName": "a.exe"},
            "Defender Antivirus found a.exe",
            (Target.FILE, "a.exe"),
        ),
        (
            "LdapSearch",
            {"RemoteIP": "10.0.0.9"},
            "x.exe caused LdapSearch on 10.0.0.9",
            (Target.ADDRESS, "10.0.0.9"),
        ),
    ],
}
_VALUES = {
    IndicatorKind.FILE_HASH: ("A" * 40, "a" * 40),
    IndicatorKind.FILE_NAME: ("A.DLL", "a.dll"),
    IndicatorKind.ADDRESS: ("203.0.113.9", "203.0.113.9"),
    IndicatorKind.URL: ("https://EVIL.example/x", "evil.example"),
    IndicatorKind.REGISTRY: ("HKEY_LOCAL_MACHINE\\Software\\Run", "machine\\software\\run"),
    IndicatorKind.ACCOUNT: ("S-1-5-21-1", "s-1-5-21-1"),
}

by_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


class Reads(dict[str, Cell]):
    """A row that remembers which of its columns were looked at."""

    def __init__(self, cells: dict[str, Cell]) -> None:
        super().__init__(cells)
        self.read: set[str] = set()

    def get(self, column: str, default: object = None) -> Cell:
        self.read.add(column)
        return super().get(column)


def rows_of(table: Table) -> Iterator[Reads]:
    """A row with nothing in it, one for each column with that alone, and one with everything."""
    yield Reads({})
    for column in table.asked:
        yield Reads({column: "1"})
    yield Reads(dict.fromkeys(table.asked, "1"))


def test_every_table_has_rows_here_that_show_how_it_is_told() -> None:
    assert set(_SHOWN) == set(BY_NAME) and len(BY_NAME) == len(TABLES)


@by_table
def test_a_row_is_told_and_shown_as_its_table_says(table: Table) -> None:
    for action, row, line, target in _SHOWN[table.name]:
        told = table.told("x.exe", action, row)
        assert (" ".join(told).strip() if told else "") == line
        assert table.target(row) == target


@by_table
def test_its_columns_are_microsofts_and_each_is_asked_for_once(table: Table) -> None:
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))["tables"][table.name]
    known = {column["name"] if isinstance(column, dict) else column for column in schema}
    assert [column for column in table.asked if column not in known] == []
    assert len(set(table.asked)) == len(table.asked)


@by_table
def test_what_is_told_shown_tied_or_searched_is_asked_for(table: Table) -> None:
    read = {column for columns in table.names.values() for column in columns} | {table.devices_by}
    for columns in (table.process, table.parent):
        read |= {columns.pid, columns.created, columns.name, columns.folder, columns.command_line}
        read |= {columns.sha1, columns.sha256, columns.account and columns.account + "Name"}
    for row in rows_of(table):
        table.told("x.exe", "Something", row)
        if table.target is not whatever_it_names:  # which looks for anything, in rows of any table
            table.target(row)
        read |= row.read
    assert read - {""} <= set(table.asked)


def test_every_cell_that_a_row_of_alert_events_shows_is_asked_of_some_table() -> None:
    read = set()
    for table in TABLES:
        for row in rows_of(table):
            event = Event(table.name, DEVICE, T0, "1", "Something", row)
            event_rows("key", alert(), finding(events=(TiedEvent(event, "own"),)), concluded(), 1)
            read |= row.read
    assert len(read) > 25
    assert read <= {column for table in TABLES for column in table.asked}


@by_table
def test_a_row_is_recognised_by_every_column_by_which_it_is_searched(table: Table) -> None:
    assert set(_VALUES) == set(IndicatorKind)
    for kind, columns in table.names.items():
        written, canonical = _VALUES[kind]
        for column in columns:
            row: dict[str, Cell] = {"Table": table.name, "DeviceId": DEVICE, "Timestamp": T0.text()}
            (one,) = read(
                [
                    row
                    | {"InitiatingProcessId": 5, "InitiatingProcessCreationTime": T0.text(), column: written}
                ]
            )
            assert isinstance(one, Observation)
            found = [(mention.method, mention.value) for mention in mentions(one)]
            assert (Method(kind), canonical) in found, column


def test_what_is_searched_for_is_a_method_in_the_order_of_trust() -> None:
    methods = [Method(kind) for kind in IndicatorKind]
    assert methods == [method for method in Method if method in methods]


def test_every_column_that_a_rule_reads_is_asked_of_the_table_it_reads() -> None:
    """Rules read cells by `cell(tied, "Column")`, mostly in a loop over `scene.of_table("Table")`."""
    everywhere = {column for table in TABLES for column in table.asked}
    found = 0
    for file in sorted((ROOT / "shared" / "core" / "conclude").glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for column in _read_in(tree):
            assert column in everywhere, f"{file.name}: {column}"
            found += 1
        for loop in ast.walk(tree):
            if not isinstance(loop, ast.For):
                continue
            for name in _tables_in(loop.iter):
                assert set(_read_in(loop)) <= set(BY_NAME[name].asked), f"{file.name}: {name}"
    assert found > 5


def _read_in(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "cell":
            yield from (one.value for one in call.args[1:] if isinstance(one, ast.Constant))  # type: ignore[misc]  # a name


def _tables_in(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "of_table"
        ):
            yield from (one.value for one in call.args if isinstance(one, ast.Constant))  # type: ignore[misc]  # a name


def test_the_report_page_shows_each_table_under_the_kind_that_is_declared() -> None:
    page = (ROOT / "local" / "report" / "page" / "scripts" / "words.js").read_text("utf-8")
    listed = re.search(r"kindOfTable = new Map\(\[(.*?)\]\);", page, re.DOTALL)
    kinds = re.search(r"const kinds = \[(.*?)\]", page)
    assert listed and kinds
    shown = dict(re.findall(r'\["(\w+)", "(\w+)"\]', listed[1]))
    assert shown == {table.name: table.shown_as for table in TABLES if table.shown_as != "other"}
    assert {table.shown_as for table in TABLES} <= set(re.findall(r'"(\w+)"', kinds[1]))


def test_a_table_of_another_version_is_shown_and_its_antivirus_told() -> None:
    unknown = table_of("DeviceFutureEvents")
    assert unknown.told("x.exe", "AntivirusReport", {}) == ("Defender Antivirus", "found", "a threat")
    assert unknown.told("x.exe", "Something", {"FileName": "a"}) is None
    assert unknown.target({"FileName": "a"}) == (Target.FILE, "a")
