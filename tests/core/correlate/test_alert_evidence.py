import json

import pytest

from shared.core.correlate.alert_evidence import evidence_by_alert
from shared.core.correlate.finding import Method
from shared.core.hunting import Case
from shared.core.values.instant import Instant
from tests.core.hunting.builders import DEVICE, SHA1, START, Row, alert, hunted, started

FIELDS = {
    "Type": "process",
    "ProcessId": "4711",
    "CommandLine": "a.exe -x",
    "CreationTimeUtc": START.text(),
    "ImageFile": {
        "Name": "a.exe",
        "Directory": "C:\\Temp",
        "FileHashes": [{"Algorithm": "SHA1", "Value": SHA1}],
    },
    "ParentProcess": {"ProcessId": 12, "CreationTimeUtc": "2026-11-24T09:00:00Z"},
}


def rows(fields: object = FIELDS) -> list[Row]:
    return [
        {"AlertId": "da1_1", "EntityType": "Process", "AdditionalFields": json.dumps(fields), "DeviceId": ""},
        {"AlertId": "da1_1", "EntityType": "Machine", "DeviceId": DEVICE},
        {"AlertId": "da2_2", "EntityType": "Ip", "RemoteIP": "203.0.113.9"},
    ]


def test_the_process_is_read_from_the_json() -> None:
    device, found = evidence_by_alert(rows())["da1_1"]
    assert (device.kind, device.device_id) == ("device", DEVICE)
    assert (found.process_id, found.process_created) == (4711, START)
    assert (found.file_name, found.folder_path, found.sha1) == ("a.exe", "C:\\Temp", SHA1)
    assert (found.parent_process_id, found.parent_process_created) == (
        12,
        Instant.parse("2026-11-24T09:00:00Z"),
    )


def test_each_alert_gets_its_own() -> None:
    (item,) = evidence_by_alert(rows())["da2_2"]
    assert item.ip_address == "203.0.113.9"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"ProcessId": true, "CreationTimeUtc": 5}',
        '{"ProcessId": "x", "ImageFile": [1], "ParentProcess": "y"}',
        '{"ImageFile": {"FileHashes": [1, null]}}',
        '{"ImageFile": {"FileHashes": 5, "Name": 7}}',
        "{" + '"a":[' * 5_000 + "]" * 5_000 + "}",
    ],
)
def test_json_that_cannot_be_read_is_as_good_as_none(text: str) -> None:
    (item,) = evidence_by_alert([{"AlertId": "a", "EntityType": "Odd", "AdditionalFields": text}])["a"]
    assert (item.kind, item.kind_text) == ("other", "Odd")
    assert item.process_created is None


def test_a_custom_detection_is_tied_by_the_process_that_only_hunting_names() -> None:
    bare = alert(device_id=None)
    telemetry = [*rows(), started(4711, START, "a.exe")]
    finding = hunted([Case(bare)], telemetry)["da1_1"]
    assert finding.method is Method.EXACT_PROCESS
    assert [node.key.pid for node in finding.nodes] == [4711]
