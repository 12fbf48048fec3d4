"""Recordings as people really make them are read as far as they can be, and what is left out is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.simulator import recording, ticks
from local.simulator.config import Config
from local.simulator.engine import Engine, hunting_schema
from local.simulator.remarks import MOST, Remarks
from local.simulator.tenant import Tenant
from tests.local.simulator.running import NOW, alert, graph_alert, write_recording

SCHEMA = hunting_schema()
ROW = {"DeviceId": "a", "Timestamp": "2026-11-24T10:00:00Z"}


def written(folder: Path, rows: list[Any] | None = None, **bodies: Any) -> recording.Recording:
    """The recording of these rows of DeviceProcessEvents and bodies, as the simulator reads it."""
    write_recording(folder, hunting={"DeviceProcessEvents": rows or []}, **{"alerts": [], **bodies})
    return recording.read(folder, SCHEMA)


def remarks(read: recording.Recording) -> list[str]:
    """What was said, without the folder."""
    return [one.rpartition("/")[2] for one in read.warnings]


@pytest.mark.parametrize(
    ("column", "value", "left"),
    [
        ("ProcessId", "12ab", False),
        ("ProcessId", {"@odata.type": "#Int64"}, False),
        ("ProcessId", 2**63, False),
        ("ProcessId", 1.5, False),
        ("ProcessId", True, False),
        ("ProcessId", "4711", True),
        ("ProcessId", 4711.0, True),
        ("InitiatingProcessSessionId", "6f9619ff-8b86-d011-b42d-00c04fc964ff", False),
        ("Timestamp", "yesterday", False),
        ("Timestamp", "2026-13-40T00:00:00Z", False),
        ("Timestamp", 1764000000, False),
        ("ProcessCreationTime", "0001-01-01T00:00:00Z", False),
        ("ProcessCreationTime", "2026-11-24 10:00:00.1234567", True),
        ("ProcessCreationTime", "2026-11-24T11:00:00.1234567+01:00", True),
        ("IsInitiatingProcessRemoteSession", "maybe", False),
        ("IsInitiatingProcessRemoteSession", "true", True),
        ("IsInitiatingProcessRemoteSession", 0, True),
    ],
)
def test_a_value_of_the_wrong_type_is_left_out_and_the_engine_takes_the_rest(
    tmp_path: Path, column: str, value: Any, left: bool
) -> None:
    read = written(tmp_path, [{**ROW, "FileName": "x.exe"}, {**ROW, "FileName": "x.exe", column: value}])
    row = read.hunting["DeviceProcessEvents"][1]
    assert (column in row) is left
    assert len(read.warnings) == (0 if left else 1)
    if not left:
        assert remarks(read)[0].startswith(f"DeviceProcessEvents.ndjson, line 2: {column} is no ")
    engine = Engine()
    assert engine.load("DeviceProcessEvents", read.hunting["DeviceProcessEvents"], visible_at=[0, 0]) == 2
    engine.close()


def test_a_time_in_another_form_keeps_its_digits_and_moves_with_the_others(tmp_path: Path) -> None:
    read = written(tmp_path, [{**ROW, "ProcessCreationTime": "2026-11-24 11:00:00.1234567+01:00"}])
    row = recording.moved(read, 10 * ticks.PER_SECOND, SCHEMA).hunting["DeviceProcessEvents"][0]
    assert row["ProcessCreationTime"] == "2026-11-24T10:00:10.1234567Z"


def test_each_kind_is_said_once_with_its_first_line_and_count(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "ProcessId": "x", "Odd": 1}, {**ROW, "ProcessId": "y"}, {**ROW, "FileSize": "z"}]
    no_number = "is no whole number of 64 bits, its type; left out"
    assert remarks(written(tmp_path, rows)) == [
        "DeviceProcessEvents.ndjson, line 2: the schema knows no column Odd; left out",
        f"DeviceProcessEvents.ndjson, line 2: ProcessId {no_number} (2 times)",
        f"DeviceProcessEvents.ndjson, line 4: FileSize {no_number}",
    ]


def test_remarks_are_bounded() -> None:
    many = Remarks()
    for number in range(MOST + 5):
        many.add(Path("a"), 1, f"kind {number}")
    assert len(many.lines()) == MOST + 1
    assert many.lines()[-1] == "and 5 more kinds of remarks"


def test_a_row_that_is_no_object_costs_that_row(tmp_path: Path) -> None:
    read = written(tmp_path, [ROW, 5, ROW])
    assert len(read.hunting["DeviceProcessEvents"]) == 2
    assert remarks(read) == ["DeviceProcessEvents.ndjson, line 2: a row that is not an object; left out"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", ["list", "answer"])
def test_rows_saved_as_a_list_or_a_whole_answer_are_read(
    tmp_path: Path, shape: str, indent: int | None
) -> None:
    written(tmp_path)
    whole: Any = [ROW, ROW] if shape == "list" else {"schema": [], "results": [ROW, ROW]}
    file = tmp_path / "hunting" / "DeviceProcessEvents.ndjson"
    file.write_text(json.dumps(whole, indent=indent), "utf-8-sig")
    read = recording.read(tmp_path, SCHEMA)
    assert read.hunting["DeviceProcessEvents"] == [ROW, ROW]
    assert remarks(read) == ["DeviceProcessEvents.ndjson, line 1: not one row a line; its rows are taken"]


@pytest.mark.parametrize("name", ["alerts.json", "graph_alerts.json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_bare_list_and_a_lone_object_are_taken_for_the_body(
    tmp_path: Path, name: str, encoding: str
) -> None:
    one = alert(1) if name == "alerts.json" else graph_alert(1)
    for content, said in (([one], "a bare list"), (one, "one object")):
        (tmp_path / name).write_text(json.dumps(content, indent=1), encoding)
        read = recording.read(tmp_path, SCHEMA)
        assert [*read.alerts, *read.graph_alerts] == [one]
        [remark] = remarks(read)
        assert remark.startswith(f"{name}, line 1: {said}")


def test_an_item_that_is_no_object_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    body = '{"count": 1, "value": [1], "value": [\n' + json.dumps(alert(1), indent=1) + ",\n\n 5, [1]]}\n"
    (tmp_path / "alerts.json").write_text(body)
    read = recording.read(tmp_path, SCHEMA)
    assert [one["id"] for one in read.alerts] == [alert(1)["id"]]
    line = 2 + json.dumps(alert(1), indent=1).count("\n") + 2
    assert remarks(read) == [f"alerts.json, line {line}: not an object; left out (2 times)"]


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        ({"alertCreationTime": None}, "lastUpdateTime"),
        ({"lastUpdateTime": None}, "alertCreationTime"),
        ({"alertCreationTime": "soon", "lastUpdateTime": 5}, "lastEventTime"),
    ],
)
def test_a_missing_time_of_an_alert_is_that_of_the_next_best(
    tmp_path: Path, times: dict[str, Any], taken: str
) -> None:
    given = alert(1, "2026-11-24T11:00:00Z", lastEventTime="2026-11-24T10:00:00Z") | times
    [read] = (found := written(tmp_path, alerts=[given])).alerts
    assert read["alertCreationTime"] == read["lastUpdateTime"] == (given[taken])
    assert any(f"{taken} is taken for it" in remark for remark in remarks(found))


def test_an_alert_without_any_time_is_left_out_since_no_list_would_show_it(tmp_path: Path) -> None:
    timeless = {"id": "x", "alertCreationTime": "soon", "lastUpdateTime": {}}
    read = written(tmp_path, alerts=[timeless, alert(2)])
    assert [one["id"] for one in read.alerts] == [alert(2)["id"]]
    assert any("without any time" in remark and "line 1" in remark for remark in remarks(read))


@pytest.mark.parametrize(
    "odd",
    [
        {"_listed_after_s": "soon"},
        {"_listed_after_s": float("inf")},
        {"_updates": 5},
        {"_updates": [{"after_s": "x", "changes": {}}, {"after_s": 1, "changes": []}, 7]},
    ],
)
def test_an_instruction_that_cannot_be_followed_costs_that_instruction(
    tmp_path: Path, odd: dict[str, Any], tenant_of: Any
) -> None:
    write_recording(
        tmp_path, alerts=[alert(1, **odd)], hunting={"DeviceInfo": [{**ROW, "_arrives_after_s": "late"}]}
    )
    tenant = tenant_of(tmp_path)
    assert len(tenant.alerts.listed(NOW)) == 1
    assert len(tenant.warnings) == 2
    tenant.close()


@pytest.fixture
def tenant_of(certificates: Any, public_key: Path) -> Any:
    from local.simulator.clock import Clock

    def make(folder: Path) -> Tenant:
        config = Config(
            public_key=public_key, cert=certificates.cert, key=certificates.key, data=folder, shift=False
        )
        return Tenant(config, Clock(NOW))

    return make
