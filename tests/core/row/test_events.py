import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.conclude import NO_RULES, conclude
from shared.core.correlate.finding import Cell, Event, ProcessNode, TiedEvent
from shared.core.row import event_rows
from shared.core.row.columns_event import NO_DEPTH
from shared.core.row.definition import EVENT_COLUMNS
from shared.core.row.text import units
from shared.core.values.instant import Instant
from shared.core.values.records import Column
from tests.builders import DEVICE, T0, alert, finding, key, node, tied
from tests.core.row import odd

CONCLUDED = conclude(alert(), None, finding(), NO_RULES)


def row_of(event: TiedEvent, *nodes: ProcessNode) -> dict[str, Column]:
    """The one row of a finding with one event."""
    (row,) = event_rows("alert-key", alert(), finding(events=(event,), nodes=nodes), CONCLUDED, 3)
    return dict(row.columns)


CREATION = tied(
    "DeviceProcessEvents",
    "ProcessCreated",
    tie="child",
    depth=1,
    DeviceName="ws-0042",
    FileName="cmd.exe",
    FolderPath="C:\\Windows\\System32\\cmd.exe",
    ProcessId=77,
    ProcessCommandLine="cmd /c whoami",
    AccountName="alice",
    AccountDomain="CONTOSO",
    InitiatingProcessFileName="powershell.exe",
    InitiatingProcessId=3276.0,
    InitiatingProcessAccountName="SYSTEM",
)
CONNECTION = tied(
    "DeviceNetworkEvents",
    "ConnectionSuccess",
    RemoteIP="203.0.113.10",
    RemotePort=443,
    RemoteUrl="evil.example",
    InitiatingProcessFileName="powershell.exe",
    InitiatingProcessId=3276,
    InitiatingProcessAccountName="alice",
    InitiatingProcessParentFileName="winword.exe",
    InitiatingProcessParentId=8420,
)


def test_a_creation_shows_the_process_made_and_who_made_it() -> None:
    columns = row_of(CREATION)
    assert columns["ProcessName"] == "cmd.exe" and columns["ProcessId"] == "77"
    assert columns["ProcessCommandLine"] == "cmd /c whoami"
    assert (columns["ParentProcessName"], columns["ParentProcessId"]) == ("powershell.exe", "3276")
    assert columns["Username"] == "CONTOSO\\alice"
    assert (columns["TargetKind"], columns["Target"]) == ("process", "cmd.exe (pid 77)")
    assert (columns["Tie"], columns["Depth"], columns["InTree"]) == ("child", 1, True)
    assert columns["Revision"] == 3 and columns["AlertId"] == alert().id


def test_every_other_event_shows_the_process_that_acted_and_what_on() -> None:
    columns = row_of(CONNECTION)
    assert (columns["ProcessName"], columns["ProcessId"]) == ("powershell.exe", "3276")
    assert (columns["ParentProcessName"], columns["ParentProcessId"]) == ("winword.exe", "8420")
    assert columns["Username"] == "alice"
    assert (columns["TargetKind"], columns["Target"]) == ("address", "203.0.113.10 port 443 (evil.example)")
    assert columns["RemotePort"] == 443
    assert str(columns["EventTimeText"]).startswith("2026-11-24T10:02:12.1234567")


_TARGETS: list[tuple[str, dict[str, Cell], str, str]] = [
    ("DeviceFileEvents", {"FolderPath": "C:\\a.exe", "FileName": "a.exe"}, "file", "C:\\a.exe"),
    ("DeviceRegistryEvents", {"RegistryKey": "Run", "RegistryValueName": "u"}, "registry", "Run u"),
    ("DeviceLogonEvents", {"AccountName": "root", "RemoteIP": "10.0.0.9"}, "account", "root from 10.0.0.9"),
    ("DeviceNetworkEvents", {"RemoteUrl": "evil.example", "RemotePort": 0}, "url", "evil.example"),
    ("DeviceEvents", {}, "", ""),
]


@pytest.mark.parametrize(("table", "row", "kind", "target"), _TARGETS)
def test_each_kind_of_target_is_told_in_one_line(
    table: str, row: dict[str, Cell], kind: str, target: str
) -> None:
    columns = row_of(TiedEvent(Event(table, DEVICE, T0, "1", "Action", row), "own", 0))
    assert (columns["TargetKind"], columns["Target"]) == (kind, target)


def test_an_event_outside_the_tree_is_never_mistaken_for_the_alerts_process() -> None:
    columns = row_of(tied("DeviceEvents", "X", depth=None))
    assert (columns["Depth"], columns["InTree"]) == (NO_DEPTH, False)


def test_a_missing_command_line_is_taken_from_the_tree() -> None:
    owner = node("powershell.exe", "powershell -nop")
    columns = row_of(tied("DeviceEvents", "X", owner=key()), owner)
    assert columns["ProcessCommandLine"] == "powershell -nop"


def test_rows_are_sorted_by_time_once_each_in_the_alerts_partition() -> None:
    events = (tied("DeviceEvents", "b", after=9), CREATION, tied("DeviceEvents", "b", after=9))
    rows = event_rows("alert-key", alert(), finding(events=events), CONCLUDED, 1)
    assert [row.columns["SourceTable"] for row in rows] == ["DeviceProcessEvents", "DeviceEvents"]
    assert {row.partition for row in rows} == {"alert-key"}


_TABLES = ("DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceEvents", "New")
_CELLS = "FileName ProcessId ProcessCommandLine RemoteIP RemotePort RegistryKey AccountName AdditionalFields"
_ROWS = st.dictionaries(
    st.sampled_from(_CELLS.split()), st.one_of(odd.maybe, st.integers(), st.floats(), st.booleans())
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_TABLES), _ROWS, odd.instant, odd.text)
def test_whatever_a_hunting_row_holds_every_column_is_there_and_fits(
    table: str, row: dict[str, Cell], moment: Instant, action: str
) -> None:
    columns = row_of(TiedEvent(Event(table, DEVICE, moment, "1", action, row), "own", None))
    assert list(columns) == [column.name for column in EVENT_COLUMNS]
    for column in EVENT_COLUMNS:
        value = columns[column.name]
        assert type(value) is type(column.empty)
        if isinstance(value, str):
            assert units(value) <= column.limit
            value.encode("utf-16-le")


def test_what_was_cut_is_named() -> None:
    columns = row_of(tied("DeviceEvents", "X", AdditionalFields="x" * 10_000))
    assert columns["ValuesTruncated"] == "AdditionalFields"
    assert str(columns["AdditionalFields"]).endswith("…[cut]")
