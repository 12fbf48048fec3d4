from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.simulator import recording, ticks
from local.simulator.bodies import RecordingError
from local.simulator.engine import hunting_schema
from tests.local.simulator.running import write_recording

SCHEMA = hunting_schema()


def refused(folder: Path) -> str:
    with pytest.raises(RecordingError) as refusal:
        recording.read(folder, SCHEMA)
    message = str(refusal.value)
    assert "\n" not in message
    return message


def test_a_missing_folder_is_refused_by_name(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'}: no such folder"


def test_a_folder_without_alerts_is_refused(tmp_path: Path) -> None:
    assert "neither alerts.json nor graph_alerts.json" in refused(tmp_path)


def test_a_row_that_is_not_json_is_refused_with_its_line(tmp_path: Path) -> None:
    write_recording(tmp_path, hunting={"DeviceInfo": [{"DeviceId": "a"}, {"DeviceId": "b"}]})
    file = tmp_path / "hunting" / "DeviceInfo.ndjson"
    file.write_text(file.read_text() + "\n{broken\n")
    assert f"{file}, line 4: not JSON" in refused(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"value": [\n{"id": 1},\n{"id" 2}]}', "line 3: not JSON"),
        ("5", 'line 1: not an object with a list "value"'),
        ('{"values": []}', 'line 1: not an object with a list "value"'),
        ("[" * 100_000, "line 1: not JSON"),
    ],
)
def test_a_body_that_is_none_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "alerts.json").write_text(text)
    message = refused(tmp_path)
    assert says in message
    assert "alerts.json" in message


def test_what_the_schema_does_not_know_is_left_out_with_a_warning(tmp_path: Path) -> None:
    rows: list[Mapping[str, Any]] = [{"DeviceId": "a", "NewColumn": 1}, {"DeviceId": "b", "NewColumn": 2}]
    write_recording(tmp_path, hunting={"DeviceInfo": rows, "NewTable": [{"A": 1}]})
    read = recording.read(tmp_path, SCHEMA)
    assert read.hunting == {"DeviceInfo": [{"DeviceId": "a"}, {"DeviceId": "b"}]}
    assert [re.sub(r"^.*/", "", one) for one in read.warnings] == [
        "DeviceInfo.ndjson, line 1: the schema knows no column NewColumn; left out (2 times)",
        "NewTable.ndjson, line 1: the schema knows no table NewTable; left out",
    ]


def test_all_times_move_by_one_constant_and_keep_their_digits(tmp_path: Path) -> None:
    inside = json.dumps({"ProcessCreationTime": "2026-01-01T00:00:00.0000001Z", "Note": "at 2026-01-01"})
    write_recording(
        tmp_path,
        alerts=[
            {
                "id": "1",
                "title": "2026-01-01 is no time here",
                "alertCreationTime": "2026-01-01T00:00:00.1234567Z",
                "lastUpdateTime": "2026-01-01T01:00:00Z",
                "evidence": [{"processCreationTime": "2025-12-31T23:59:59.9999999Z", "pid": 1}],
            }
        ],
        machines=[{"id": "m", "lastSeen": "2026-01-01T00:00:00Z"}],
        hunting={
            "DeviceProcessEvents": [
                {
                    "Timestamp": "2026-01-01T00:00:00.7Z",
                    "ProcessCommandLine": "2026-01-01T00:00:00Z",
                    "AdditionalFields": inside,
                    "_arrives_after_s": 240,
                }
            ]
        },
    )
    read = recording.read(tmp_path, SCHEMA)
    newest = ticks.parse("2026-11-24T13:00:00Z")
    shift = recording.shift_to(read, newest)
    moved = recording.moved(read, shift, SCHEMA)
    alert = moved.alerts[0]
    assert alert["lastUpdateTime"] == "2026-11-24T13:00:00Z"
    assert alert["alertCreationTime"] == "2026-11-24T12:00:00.1234567Z"
    assert alert["evidence"][0] == {"processCreationTime": "2026-11-24T11:59:59.9999999Z", "pid": 1}
    assert alert["title"] == "2026-01-01 is no time here"
    assert moved.entities["machines"][0]["lastSeen"] == "2026-11-24T12:00:00Z"
    row = moved.hunting["DeviceProcessEvents"][0]
    assert row["Timestamp"] == "2026-11-24T12:00:00.7Z"
    assert row["ProcessCommandLine"] == "2026-01-01T00:00:00Z"
    assert json.loads(row["AdditionalFields"]) == {
        "ProcessCreationTime": "2026-11-24T12:00:00.0000001Z",
        "Note": "at 2026-01-01",
    }
    assert row["_arrives_after_s"] == 240


def test_keys_of_the_simulator_are_never_shown() -> None:
    raw = {"id": 1, "_updates": [], "evidence": [{"a": 1, "_b": 2}]}
    assert recording.shown(raw) == {"id": 1, "evidence": [{"a": 1}]}
