"""Which column or JSON field of AlertEvidence each field of the evidence comes from."""

import json

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.alert_evidence import evidence_by_alert
from shared.core.correlate.finding import Cell
from shared.core.values.instant import Instant
from tests.core.hunting.builders import Row

CREATED, PARENT_CREATED = Instant.parse("2026-11-24T09:30:00Z"), Instant.parse("2026-11-24T09:00:00Z")
IN_JSON = {
    "ProcessId": 4711,
    "CommandLine": "json.exe -x",
    "CreationTimeUtc": CREATED.text(),
    "ImageFile": {
        "Name": "json.exe",
        "Directory": "C:\\Json",
        "FileHashes": [
            {"Algorithm": "sha1", "Value": "1" * 40},
            {"Algorithm": "SHA256", "Value": "2" * 64},
        ],
    },
    "ParentProcess": {"ProcessId": "12", "CreationTimeUtc": PARENT_CREATED.text()},
}
FROM_JSON = {
    "sha1": "1" * 40,
    "sha256": "2" * 64,
    "file_name": "json.exe",
    "folder_path": "C:\\Json",
    "process_id": 4711,
    "command_line": "json.exe -x",
    "process_created": CREATED,
    "parent_process_id": 12,
    "parent_process_created": PARENT_CREATED,
}
IN_COLUMNS: Row = {
    "SHA1": "a" * 40,
    "SHA256": "b" * 64,
    "FileName": "column.exe",
    "FolderPath": "C:\\Column",
    "ProcessCommandLine": "column.exe -x",
    "RemoteIP": "203.0.113.9",
    "RemoteUrl": "evil.example",
    "RegistryKey": "HKLM\\Software\\x",
    "RegistryValueName": "Upd",
    "RegistryValueData": "a.exe",
    "AccountName": "alice",
    "AccountDomain": "contoso",
    "AccountSid": "S-1-5-21-1",
    "AccountObjectId": "object",
    "AccountUpn": "alice@contoso.example",
    "DeviceId": "d" * 40,
    "DeviceName": "ws-1",
}
FROM_COLUMNS = {
    "sha1": "a" * 40,
    "sha256": "b" * 64,
    "file_name": "column.exe",
    "folder_path": "C:\\Column",
    "command_line": "column.exe -x",
    "ip_address": "203.0.113.9",
    "url": "evil.example",
    "registry_key": "HKLM\\Software\\x",
    "registry_value_name": "Upd",
    "registry_value": "a.exe",
    "account": Account("alice", "contoso", "S-1-5-21-1", "object", "alice@contoso.example"),
    "device_id": "d" * 40,
    "device_name": "ws-1",
}


def _read(more: object = None, **columns: Cell) -> Evidence:
    cells: Row = {"AlertId": "a", "EntityType": "Process", **columns}
    if more is not None:
        cells["AdditionalFields"] = more if isinstance(more, str) else json.dumps(more)
    (item,) = evidence_by_alert([cells])["a"]
    return item


def _process(**fields: object) -> Evidence:
    return Evidence(kind=EvidenceKind.PROCESS, kind_text="Process", **fields)  # type: ignore[arg-type]


def test_every_column_has_its_field() -> None:
    assert _read(**IN_COLUMNS) == _process(**FROM_COLUMNS)


def test_what_the_columns_lack_comes_from_the_json() -> None:
    assert _read(IN_JSON) == _process(**FROM_JSON)
    assert _read(IN_JSON, **dict.fromkeys(IN_COLUMNS, "")) == _process(**FROM_JSON)


def test_columns_go_before_the_json() -> None:
    assert _read(IN_JSON, **IN_COLUMNS) == _process(**(FROM_JSON | FROM_COLUMNS))


def test_without_an_image_the_file_is_described_by_the_json_itself() -> None:
    flat = {
        "Name": "flat.exe",
        "Directory": "C:\\Flat",
        "FileHashes": [{"Algorithm": "SHA1", "Value": "3" * 40}],
    }
    expected = _process(file_name="flat.exe", folder_path="C:\\Flat", sha1="3" * 40)
    assert _read(flat) == expected
    assert _read(flat | {"ImageFile": {}}) == expected


def test_the_creation_time_has_two_names_of_which_the_first_counts() -> None:
    both = {"CreationTimeUtc": CREATED.text(), "ProcessCreationTime": PARENT_CREATED.text()}
    assert _read(both).process_created == CREATED
    assert _read({"ProcessCreationTime": CREATED.text()}).process_created == CREATED


@pytest.mark.parametrize(
    "column", ["AccountName", "AccountDomain", "AccountSid", "AccountObjectId", "AccountUpn"]
)
def test_any_part_of_an_account_makes_one(column: str) -> None:
    assert _read(**{column: "x"}).account is not None
    assert _read().account is None


def test_an_alerts_devices_come_first_and_the_rest_stays_in_order() -> None:
    kinds = ["Ip", "Machine", "Process", "File"]
    rows: list[Row] = [{"AlertId": "a", "EntityType": kind} for kind in kinds]
    found = evidence_by_alert([*rows, {"EntityType": "Ip"}, {"AlertId": "", "EntityType": "Ip"}])
    assert [item.kind_text for item in found["a"]] == ["Machine", "Ip", "Process", "File"]
    assert list(found) == ["a"], "a row that is about no alert says nothing"


def test_a_row_without_a_kind_is_of_no_kind_we_know() -> None:
    (item,) = evidence_by_alert([{"AlertId": "a"}])["a"]
    assert (item.kind, item.kind_text) == (EvidenceKind.OTHER, "")


@pytest.mark.parametrize("hashes", [[{"Value": "1" * 40}], [{"Algorithm": "SHA1"}], {"SHA1": "1"}, "SHA1"])
def test_a_hash_without_name_or_value_is_none(hashes: object) -> None:
    assert _read({"ImageFile": {"FileHashes": hashes}}) == _process()
