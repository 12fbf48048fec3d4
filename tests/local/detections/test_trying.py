"""`test` and `explain`: rules on their own rows, on recorded rows, on an export."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from local.detections.command import main
from local.detections.compile import folder_of
from local.detections.exported import of_export
from local.detections.recorded import NoRows, Tried, of_file, of_folder
from local.detections.telling import tell
from local.detections.trying import on_own_rows, on_rows, ready
from local.ops.screen import Screen
from tests.local.detections.folder import HIT, PASS, ROWS, entry, make, put

TREE = [
    {"id": "p0", "parent": "", "pid": 10, "created": "2026-11-01T00:00:00.0000000Z", "name": "cmd.exe",
     "path": "C:\\Windows\\System32\\cmd.exe", "command": "cmd /c x", "account": "alice"},
    {"id": "p1", "parent": "p0", "pid": 11, "created": "2026-11-01T00:00:01.0000000Z", "name": "whoami.exe",
     "path": "C:\\Windows\\System32\\whoami.exe", "command": "whoami", "account": "alice"},
]  # fmt: skip
EVENT = {
    "AlertId": "a1", "SourceTable": "DeviceProcessEvents", "ReportId": "7", "ActionType": "ProcessCreated",
    "EventTimeText": "2026-11-01T00:00:01Z", "ProcessName": "whoami.exe", "ProcessId": "11",
    "ProcessCreationTime": "2026-11-01T00:00:01.0000000Z", "ProcessCommandLine": "whoami",
    "ParentProcessName": "cmd.exe", "ParentProcessId": "10", "FileName": "whoami.exe",
    "FilePath": "C:\\Windows\\System32\\whoami.exe", "RemotePort": -1, "RemoteIP": "", "AdditionalFields": "",
}  # fmt: skip
OTHER = EVENT | {
    "SourceTable": "DeviceNetworkEvents", "ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.9",
    "RemotePort": 443, "FileName": "", "FilePath": "", "AlertId": "a2",
}  # fmt: skip


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(said: io.StringIO) -> Screen:
    return Screen(said, said)


def export(path: Path) -> Path:
    alerts = [{"AlertId": "a1", "ProcessTree": json.dumps(TREE), "DvcOs": "Windows11"}, {"AlertId": "a2"}]
    path.write_text(json.dumps({"alerts": alerts, "events": [EVENT, OTHER]}), "utf-8")
    return path


def recording(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "hunting").mkdir(parents=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "hunting" / "DeviceProcessEvents.ndjson").write_text(lines, "utf-8")
    (folder / "hunting" / "IdentityInfo.ndjson").write_text("{}\n", "utf-8")
    return folder


def test_a_rule_that_keeps_to_its_rows_is_well(tmp_path: Path, screen: Screen, said: io.StringIO) -> None:
    make(tmp_path)
    assert on_own_rows(screen, tmp_path) == 0
    assert "1 rules (1 low), 4 rows of their own: all well" in said.getvalue()


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (ROWS | {"hits": [entry(PASS), entry(HIT)]}, "hits 1: the rule does not hit it"),
        (ROWS | {"passes": [entry(PASS), entry(HIT)]}, "passes 2: the rule hits it"),
        (ROWS | {"hits": [entry(HIT)]}, "1 hits where two are wanted"),
        (
            ROWS | {"hits": [entry(HIT | {"NoColumn": 1}), entry(HIT)]},
            "DeviceProcessEvents has no column NoColumn",
        ),
        (ROWS | {"hits": [entry(HIT, "NoTable"), entry(HIT)]}, "hits 1: a mapping of table"),
        (ROWS | {"hits": ["text", entry(HIT)]}, "hits 1: a mapping of table"),
        ({"hits": []}, "has to hold hits and passes"),
        ("a: [", "is no YAML"),
    ],
)
def test_a_rule_that_does_not_is_named_with_the_row(
    tmp_path: Path, screen: Screen, said: io.StringIO, rows: Any, wrong: str
) -> None:
    make(tmp_path)
    put(tmp_path, "windows/discovery/own_name.rows.yml", rows)
    assert on_own_rows(screen, tmp_path) == 1
    assert wrong in said.getvalue()


def test_a_row_needs_the_action_that_the_log_source_asks_for(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    make(tmp_path, logsource={"category": "registry_set", "product": "windows"},
         detection={"a": {"Details": "x"}, "condition": "a"})  # fmt: skip
    bare = entry({"RegistryKey": "HKLM\\X", "RegistryValueData": "x"}, "DeviceRegistryEvents")
    put(tmp_path, "windows/discovery/own_name.rows.yml", {"hits": [bare, bare], "passes": [bare, bare]})
    assert on_own_rows(screen, tmp_path) == 1
    assert said.getvalue().count("it has no ActionType") == 4


def test_recorded_rows_tell_what_hits_by_level_and_rule(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    make(tmp_path / "d")
    make(
        tmp_path / "d",
        "windows/discovery/more",
        id="2" * 8 + "-2222-4222-8222-222222222222",
        level="high",
        title="M",
    )
    data = recording(tmp_path / "r", HIT | {"DeviceId": "d1", "ReportId": 1}, PASS, HIT | {"DeviceId": "d2"})
    detections = ready(folder_of(tmp_path / "d"), tmp_path / "d")
    assert on_rows(screen, detections, of_folder(data), tmp_path / "hits.ndjson") == 0
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("high          2 rows     2 alerts or devices  M [windows/discovery] first: ")
    assert lines[1].startswith("low ")
    assert "3 rows judged by 2 rules; 2 of them hit" in lines
    hits = [json.loads(line) for line in (tmp_path / "hits.ndjson").read_text("utf-8").splitlines()]
    assert len(hits) == 4
    assert {hit["report_id"] for hit in hits} == {1, None}


def test_a_folder_without_rows_and_a_broken_line_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(NoRows, match="has no hunting"):
        list(of_folder(tmp_path))
    data = recording(tmp_path / "r", HIT)
    (data / "hunting" / "DeviceProcessEvents.ndjson").write_text("{}\n{broken\n", "utf-8")
    with pytest.raises(NoRows, match=r"DeviceProcessEvents\.ndjson, line 2: no JSON"):
        list(of_folder(data))


def test_an_exports_events_get_back_what_the_process_tree_tells(tmp_path: Path) -> None:
    one, two = of_export(export(tmp_path / "e.json"))
    assert (one.table, one.action, one.alert, one.system) == (
        "DeviceProcessEvents",
        "ProcessCreated",
        "a1",
        "windows",
    )
    assert one.cells["FolderPath"] == "C:\\Windows\\System32\\whoami.exe"
    assert one.cells["InitiatingProcessFolderPath"] == "C:\\Windows\\System32\\cmd.exe"
    assert one.cells["InitiatingProcessCommandLine"] == "cmd /c x"
    assert (two.cells["RemotePort"], two.cells["InitiatingProcessFileName"]) == (443, "whoami.exe")
    assert "InitiatingProcessFolderPath" not in two.cells, "its alert has no tree: nothing is made up"
    assert not {"RemotePort", "RemoteIP", "AdditionalFields"} & set(one.cells)


def test_one_alert_of_an_export_is_chosen_and_an_unknown_one_refused(tmp_path: Path) -> None:
    path = export(tmp_path / "e.json")
    assert [row.alert for row in of_export(path, "a2")] == ["a2"]
    with pytest.raises(NoRows, match="has no alert a3"):
        list(of_export(path, "a3"))
    path.write_text("[]")
    with pytest.raises(NoRows, match="is no export"):
        list(of_export(path))


def test_rows_come_from_a_file_of_rows_or_a_rules_own(tmp_path: Path) -> None:
    assert [row.where for row in of_file(put(tmp_path, "a.yml", ROWS))] == [
        "row 1",
        "row 2",
        "row 3",
        "row 4",
    ]
    one = put(tmp_path, "b.json", json.dumps(entry(HIT | {"AdditionalFields": {"a": 1}})))
    [row] = of_file(one)
    assert row.cells["AdditionalFields"] == '{"a": 1}'
    for content in ("a: [", "[]", json.dumps([1]), json.dumps(entry(HIT, "NoTable"))):
        with pytest.raises(NoRows):
            of_file(put(tmp_path, "c.json", content))


def test_a_row_is_explained_with_the_part_that_was_missing(
    tmp_path: Path, screen: Screen, said: io.StringIO
) -> None:
    detection = {
        "a": {"Image|endswith": "\\whoami.exe", "CommandLine|contains|all": ["priv", "who"]},
        "condition": "a",
    }
    make(tmp_path, detection=detection)
    detections = ready(folder_of(tmp_path), tmp_path)
    near = Tried("DeviceProcessEvents", "", HIT, "row 1")
    hit = Tried("DeviceProcessEvents", "", HIT | {"ProcessCommandLine": "whoami /priv"}, "row 2")
    assert tell(screen, detections, [near, hit, Tried("DeviceProcessEvents", "", PASS, "row 3")]) == 0
    assert said.getvalue().splitlines() == [
        "row 1 : whoami",
        "  almost: Own name asked (low), 67% of what accuses",
        "    not met: CommandLine contains priv",
        "row 2 : whoami /priv",
        "  hit: Own name asked (low)",
        "3 rows looked at with 1 rules, 2 told of",
    ]


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ([], 2),
        (["nothing"], 2),
        (["explain"], 2),
        (["explain", "--alert", "x", "--rows", __file__], 2),
        (["test", "--data", "/no/such/folder"], 2),
        (["test", "--export", "/no/such/file"], 2),
        (["build", "--add", "/no/such/folder"], 2),
        (["--help"], 0),
        (["build", "--help"], 0),
    ],
)
def test_wrong_arguments_end_with_two_and_one_line(
    argv: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == code
    if code:
        assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_rows_that_cannot_be_read_are_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e.json").write_text("{}")
    assert main(["test", "--export", str(tmp_path / "e.json")]) == 1
    assert "dev.py detections:" in capsys.readouterr().err
