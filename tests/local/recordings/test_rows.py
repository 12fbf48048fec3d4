"""Each event as its row of hunting."""

import json

import pytest

from local.recordings.processes import Processes
from local.recordings.rows import Row, row_of
from local.simulator.engine import hunting_schema
from tests.local.recordings import written
from tests.local.recordings.written import CMD, EXPLORER, born, did, guid, read, security, sysmon, system

A = (1, 10, "C:\\Apps\\A.exe")
SOURCE = {"SourceProcessGuid": guid(1), "SourceProcessId": "10", "SourceImage": A[2]}
LSASS = {
    "TargetProcessGUID": guid(8),
    "TargetProcessId": "500",
    "TargetImage": "C:\\Windows\\system32\\lsass.exe",
}
NETWORK = {"Protocol": "tcp", "SourceIp": "10.0.0.1", "SourcePort": "1", "DestinationIp": "203.0.113.7"}
NETWORK |= {"DestinationPort": "443", "SourceHostname": "pc1", "DestinationHostname": "c2.example"}
HASHES = f"SHA1={'A' * 40},MD5={'B' * 32},SHA256={'0' * 64},IMPHASH={'C' * 32}"
LOGON = {
    "TargetUserName": "Bob",
    "TargetDomainName": "CORP",
    "TargetUserSid": "S-1-5-21-1",
    "LogonType": "10",
}
SUBJECT = {"SubjectUserName": "Bob", "SubjectDomainName": "CORP"}


def act(event_id: int, **fields: str) -> written.Json:
    """What A did."""
    return did(event_id, A[0], A[1], A[2], 1, **fields)


CASES: list[tuple[written.Json, str, str, dict[str, object]]] = [
    (
        act(3, Initiated="true", **NETWORK), "DeviceNetworkEvents", "ConnectionSuccess",
        {"RemoteIP": "203.0.113.7", "RemotePort": 443, "RemoteUrl": "c2.example", "LocalIP": "10.0.0.1",
         "LocalPort": 1, "Protocol": "Tcp", "RemoteIPType": "Private", "LocalIPType": "Private"},
    ),
    (
        act(3, Initiated="false", **NETWORK), "DeviceNetworkEvents", "InboundConnectionAccepted",
        {"RemoteIP": "10.0.0.1", "RemotePort": 1, "RemoteUrl": "", "LocalIP": "203.0.113.7"},
    ),
    (
        sysmon(6, 1, ImageLoaded="C:\\d\\evil.sys", Hashes=HASHES), "DeviceEvents", "DriverLoad",
        {"FileName": "evil.sys", "FolderPath": "C:\\d\\evil.sys", "SHA1": "a" * 40, "MD5": "b" * 32},
    ),
    (
        act(7, ImageLoaded="C:\\d\\x.dll", Hashes=HASHES), "DeviceImageLoadEvents", "ImageLoaded",
        {"FileName": "x.dll", "SHA1": "a" * 40, "SHA256": None},
    ),
    (
        sysmon(8, 1, **SOURCE, **LSASS), "DeviceEvents", "CreateRemoteThreadApiCall",
        {"FileName": "lsass.exe", "ProcessId": 500, "InitiatingProcessId": 10},
    ),
    (
        sysmon(10, 1, GrantedAccess="0x1fffff", **SOURCE, **LSASS), "DeviceEvents", "OpenProcessApiCall",
        {"FileName": "lsass.exe", "AdditionalFields": '{"DesiredAccess":2097151}', "InitiatingProcessId": 10},
    ),
    (
        act(11, TargetFilename="C:\\Temp\\x.bin"), "DeviceFileEvents", "FileCreated",
        {"FileName": "x.bin", "FolderPath": "C:\\Temp\\x.bin"},
    ),
    (
        act(12, EventType="CreateKey", TargetObject="HKLM\\A\\B"), "DeviceRegistryEvents",
        "RegistryKeyCreated", {"RegistryKey": "HKEY_LOCAL_MACHINE\\A\\B", "RegistryValueName": ""},
    ),
    (
        act(12, EventType="DeleteKey", TargetObject="HKLM\\A\\B"), "DeviceRegistryEvents",
        "RegistryKeyDeleted", {"RegistryKey": "HKEY_LOCAL_MACHINE\\A\\B"},
    ),
    (
        act(12, EventType="DeleteValue", TargetObject="HKLM\\A\\B"), "DeviceRegistryEvents",
        "RegistryValueDeleted", {"RegistryKey": "HKEY_LOCAL_MACHINE\\A", "RegistryValueName": "B"},
    ),
    (
        act(13, TargetObject="HKLM\\A\\B", Details="DWORD (0x00000001)"), "DeviceRegistryEvents",
        "RegistryValueSet", {"RegistryKey": "HKEY_LOCAL_MACHINE\\A", "RegistryValueName": "B",
                             "RegistryValueType": "Dword", "RegistryValueData": "1"},
    ),
    (
        act(14, TargetObject="HKLM\\A\\Old", NewName="HKLM\\A\\New"), "DeviceRegistryEvents",
        "RegistryKeyRenamed", {"RegistryKey": "HKEY_LOCAL_MACHINE\\A\\New",
                               "PreviousRegistryKey": "HKEY_LOCAL_MACHINE\\A\\Old"},
    ),
    (
        act(15, TargetFilename="C:\\x.exe:Zone.Identifier", Hash=HASHES,
            Contents="[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://a.example/  HostUrl=https://b.example/x"),
        "DeviceFileEvents", "FileCreated",
        {"FileName": "x.exe", "FileOriginUrl": "https://b.example/x", "SHA1": "a" * 40,
         "FileOriginReferrerUrl": "https://a.example/"},
    ),
    (
        act(17, PipeName="\\evil"), "DeviceEvents", "NamedPipeEvent",
        {"AdditionalFields": '{"PipeName":"\\\\Device\\\\NamedPipe\\\\evil","FileOperation":"File created",'
                             '"NamedPipeEnd":"Server"}'},
    ),
    (
        act(18, PipeName="\\evil"), "DeviceEvents", "NamedPipeEvent",
        {"AdditionalFields": '{"PipeName":"\\\\Device\\\\NamedPipe\\\\evil","FileOperation":"File opened",'
                             '"NamedPipeEnd":"Client"}'},
    ),
    (
        act(22, QueryName="c2.example", QueryResults="::ffff:203.0.113.7;"), "DeviceEvents",
        "DnsQueryResponse",
        {"AdditionalFields": '{"DnsQueryString":"c2.example","DnsQueryResult":"::ffff:203.0.113.7;"}'},
    ),
    (
        act(23, TargetFilename="C:\\Temp\\x.bin", Hashes=HASHES), "DeviceFileEvents", "FileDeleted",
        {"FileName": "x.bin", "SHA1": "a" * 40},
    ),
    (act(26, TargetFilename="C:\\x"), "DeviceFileEvents", "FileDeleted", {"FileName": "x"}),
    (
        security(4624, 1, IpAddress="::ffff:10.0.0.9", IpPort="50123", TargetLogonId="0x1f", **LOGON),
        "DeviceLogonEvents", "LogonSuccess",
        {"AccountName": "bob", "AccountDomain": "corp", "AccountSid": "S-1-5-21-1", "RemotePort": 50123,
         "LogonType": "RemoteInteractive", "RemoteIPType": "FourToSixMapping", "LogonId": 31},
    ),
    (
        security(4625, 1, IpAddress="-", WorkstationName="EVIL", **LOGON), "DeviceLogonEvents", "LogonFailed",
        {"RemoteIP": "", "RemoteDeviceName": "EVIL"},
    ),
    (
        security(4697, 1, ServiceName="Upd", ServiceStartType="2", ServiceAccount="LocalSystem",
                 ServiceFileName='"C:\\Program Files\\u.exe" -k', **SUBJECT),
        "DeviceEvents", "ServiceInstalled",
        {"FileName": "u.exe", "FolderPath": "C:\\Program Files\\u.exe", "AccountName": "bob",
         "ProcessCommandLine": '"C:\\Program Files\\u.exe" -k',
         "AdditionalFields": '{"ServiceName":"Upd","ServiceStartType":"2","ServiceAccount":"LocalSystem"}'},
    ),
    (
        system(7045, 1, ServiceName="Upd", ImagePath="C:\\Program Files\\u.exe -k"), "DeviceEvents",
        "ServiceInstalled", {"FileName": "u.exe", "FolderPath": "C:\\Program Files\\u.exe"},
    ),
    (
        security(4698, 1, TaskName="\\Upd", TaskContent="<Task/>", **SUBJECT), "DeviceEvents",
        "ScheduledTaskCreated", {"AdditionalFields": '{"TaskName":"\\\\Upd","TaskContent":"<Task/>"}'},
    ),
]  # fmt: skip


def row(record: written.Json, *before: written.Json) -> Row | None:
    events = read(*before, record)
    return row_of(events[-1], Processes(events))


@pytest.mark.parametrize(
    ("record", "table", "action", "cells"), CASES, ids=[f"{case[0]['EventID']} {case[2]}" for case in CASES]
)
def test_the_row_of_an_event(record: written.Json, table: str, action: str, cells: dict[str, object]) -> None:
    made = row(record)
    assert made is not None
    assert (made.table, made.action) == (table, action)
    assert {name: made.columns.get(name) for name in cells} == cells


@pytest.mark.parametrize("record", [case[0] for case in CASES] + [born(2, 20, "C:\\b.exe", 1, parent=CMD)])
def test_hunting_has_every_column(record: written.Json) -> None:
    made = row(record, born(A[0], A[1], A[2], 0.5, parent=EXPLORER))
    assert made is not None
    assert made.columns.keys() <= hunting_schema()[made.table].keys()
    assert json.loads(str(made.columns.get("AdditionalFields", "{}"))) is not None


def test_the_row_of_a_creation_tells_of_the_process_and_of_its_parent() -> None:
    parent = born(*CMD, 1, parent=EXPLORER)
    made = row(born(2, 20, "C:\\b.exe", 2, parent=CMD), parent)
    assert made is not None
    cells = made.columns
    assert (made.table, cells["ProcessId"], cells["FileName"]) == ("DeviceProcessEvents", 20, "b.exe")
    assert (cells["ProcessCommandLine"], cells["ProcessIntegrityLevel"]) == ('"C:\\b.exe" -x', "High")
    assert (cells["AccountName"], cells["AccountDomain"]) == ("bob", "corp")
    assert (cells["SHA1"], cells["ProcessVersionInfoOriginalFileName"]) == (f"{2:040x}", "original.exe")
    assert "ProcessVersionInfoCompanyName" not in cells
    assert (cells["InitiatingProcessId"], cells["InitiatingProcessSHA1"]) == (100, f"{1:040x}")
    assert cells["InitiatingProcessFolderPath"] == "c:\\windows\\system32\\cmd.exe"
    assert cells["InitiatingProcessParentFileName"] == "explorer.exe"
    assert made.owner is not None
    assert made.owner.pid == 20


@pytest.mark.parametrize(
    "record",
    [
        act(5),
        sysmon(10, 1, GrantedAccess="0x1fffff", **SOURCE, **{**LSASS, "TargetImage": "C:\\lsass.exe.txt"}),
        act(12, EventType="Novel", TargetObject="HKLM\\A"),
        sysmon(255, 1, Description="error"),
        security(4634, 1),
        sysmon(4624, 1),
        security(1, 1),
    ],
)
def test_what_defender_does_not_report_has_no_row(record: written.Json) -> None:
    assert row(record) is None


def test_an_actor_without_an_identity_owns_nothing() -> None:
    made = row(act(11, TargetFilename="C:\\x") | {"ProcessGuid": "-"})
    assert made is not None
    assert made.owner is None
    assert "InitiatingProcessId" not in made.columns
