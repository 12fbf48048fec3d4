"""The alerts of the recording: the oddities that every reader of alerts must survive."""

import json
from typing import Any

import pytest

from local.incidents.clock import DAY, at
from local.incidents.make import CONTOSO

DOCUMENTED_KINDS = {"User", "Process", "File", "Ip", "Url", "RegistryKey", "RegistryValue"}
DOCUMENTED_SEVERITIES = {"UnSpecified", "Informational", "Low", "Medium", "High"}

Alert = dict[str, Any]


@pytest.fixture(scope="module")
def alerts() -> list[Alert]:
    return _value("alerts")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTOSO / "truth.json").read_text("utf-8"))["alerts"]
    return found


def test_every_piece_of_evidence_has_every_key(alerts: list[Alert]) -> None:
    shapes = {tuple(sorted(one)) for alert in alerts for one in alert["evidence"]}
    assert len(shapes) == 1
    assert len(shapes.pop()) == 26


def test_unknown_and_null_evidence_is_there(alerts: list[Alert]) -> None:
    evidence = [one for alert in alerts for one in alert["evidence"]]
    assert {one["entityType"] for one in evidence} - DOCUMENTED_KINDS
    empty = [one for one in evidence if one["entityType"] == "Ip" and one["ipAddress"] is None]
    assert empty
    assert {alert["severity"] for alert in alerts} - DOCUMENTED_SEVERITIES
    assert any(alert["machineId"] is None for alert in alerts)


def test_alerts_of_each_thin_kind_are_there(alerts: list[Alert]) -> None:
    kinds = [tuple(sorted({one["entityType"] for one in alert["evidence"]})) for alert in alerts]
    for wanted in ((), ("File",), ("Ip",), ("Url",), ("User",), ("RegistryKey",), ("RegistryValue",)):
        assert wanted in kinds
    assert max(len(alert["evidence"]) for alert in alerts) > 100


def test_hostile_and_foreign_text_is_there(alerts: list[Alert]) -> None:
    lines = [one["processCommandLine"] or "" for alert in alerts for one in alert["evidence"]]
    assert any("\n" in line and '"' in line and "'" in line for line in lines)
    names = "".join(one["fileName"] or "" for alert in alerts for one in alert["evidence"])
    for first, last in (("\u4e00", "\u9fff"), ("\u0600", "\u06ff"), ("\U0001f300", "\U0001faff")):
        assert any(first <= character <= last for character in names)


def test_one_alert_has_a_thing_that_was_stopped_and_one_that_is_active(alerts: list[Alert]) -> None:
    graph = {alert["id"]: alert for alert in _value("graph_alerts")}
    told = [
        {
            (one["detectionStatus"], _remedied(graph[alert["id"]], one["fileName"]))
            for one in alert["evidence"]
        }
        for alert in alerts
    ]
    assert {("Prevented", "prevented"), ("Detected", "active")} in told
    assert {("Prevented", "prevented"), ("Detected", "none")} in told, "the browser that goes on"


def _remedied(alert: Alert, name: str) -> str:
    for one in alert["evidence"]:
        about = one.get("fileDetails") or one.get("imageFile") or {}
        if about.get("fileName") == name:
            return str(one["remediationStatus"])
    return ""


def test_one_alert_is_older_than_hunting_remembers(alerts: list[Alert], truth: dict[str, Any]) -> None:
    newest = max(at(alert["alertCreationTime"]) for alert in alerts)
    old = [alert["id"] for alert in alerts if at(alert["lastEventTime"]) < newest - 30 * DAY]
    assert [truth[name]["reason"] for name in old] == ["OlderThan30Days"]


def test_one_alert_has_all_its_telemetry_late(alerts: list[Alert], truth: dict[str, Any]) -> None:
    late = {}
    for file in (CONTOSO / "hunting").glob("Device*.ndjson"):
        for line in file.read_bytes().splitlines():
            row = json.loads(line)
            if "_arrives_after_s" in row:
                late[row["Timestamp"]] = at(row["Timestamp"]) + round(row["_arrives_after_s"] * 1e7)
    newest = max(alerts, key=lambda alert: at(alert["alertCreationTime"]))
    own = {key[2] for key in truth[newest["id"]]["rows"]["chain"] if key[2][:10] == "2026-11-24"}
    assert own == set(late)
    wait = [(seen - at(newest["alertCreationTime"])) / 1e7 for seen in late.values()]
    assert all(239.9 < seconds < 240.1 for seconds in wait)


def test_nothing_happens_after_the_newest_alert(alerts: list[Alert]) -> None:
    newest = max(at(alert["lastUpdateTime"]) for alert in alerts)
    for file in (CONTOSO / "hunting").glob("*.ndjson"):
        for line in file.read_bytes().splitlines():
            assert at(json.loads(line)["Timestamp"]) <= newest


def test_graph_tells_of_the_same_alerts(alerts: list[Alert]) -> None:
    graph = {alert["id"]: alert for alert in _value("graph_alerts")}
    assert graph.keys() == {alert["id"] for alert in alerts}
    for alert in alerts:
        twin = graph[alert["id"]]
        assert twin["createdDateTime"] == alert["alertCreationTime"]
        devices = [
            one["mdeDeviceId"] for one in twin["evidence"] if one["@odata.type"].endswith(".deviceEvidence")
        ]
        assert devices == ([alert["machineId"]] if alert["machineId"] else [])
        assert len(twin["evidence"]) == len(alert["evidence"]) + len(devices)
        pids = [
            one["processId"] for one in twin["evidence"] if one["@odata.type"].endswith(".processEvidence")
        ]
        assert pids == [one["processId"] for one in alert["evidence"] if one["entityType"] == "Process"]


def test_what_alerts_name_can_be_looked_up(alerts: list[Alert]) -> None:
    machines = {one["id"] for one in _value("machines")}
    assert {alert["machineId"] for alert in alerts} - {None} <= machines
    files = {one["sha1"] for one in _value("files")}
    named = {one["sha1"] for alert in alerts for one in alert["evidence"]} - {None}
    assert named <= files
    addresses = {one["ipAddress"] for one in _value("ips")}
    assert {one["ipAddress"] for alert in alerts for one in alert["evidence"]} - {None} <= addresses


def test_a_custom_detection_names_its_process_only_in_the_evidence_table(
    alerts: list[Alert], truth: dict[str, Any]
) -> None:
    bare = [alert["id"] for alert in alerts if not alert["evidence"]]
    named: dict[str, list[tuple[int, str]]] = {name: [] for name in bare}
    for line in (CONTOSO / "hunting" / "AlertEvidence.ndjson").read_bytes().splitlines():
        row = json.loads(line)
        if row["AlertId"] in named and row["EntityType"] == "Process":
            fields = json.loads(row["AdditionalFields"])
            named[row["AlertId"]].append((int(fields["ProcessId"]), fields["CreationTimeUtc"]))
    for name in bare:
        anchors = [(one["ProcessId"], one["ProcessCreationTime"]) for one in truth[name]["anchors"]]
        assert named[name] == anchors
    assert sorted(map(len, named.values())) == [0, 1]


def _value(name: str) -> list[Alert]:
    found: list[Alert] = json.loads((CONTOSO / f"{name}.json").read_text("utf-8"))["value"]
    return found
