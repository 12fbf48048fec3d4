"""Defender's columns read by Sigma's names, table by table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.detections.rulefile import columns
from shared.core.detections.fields import FIELDS, READERS
from shared.core.detections.value import Value, Values
from shared.core.detections.view import MAX_MORE, View

PROCESS, FILE, REGISTRY = "DeviceProcessEvents", "DeviceFileEvents", "DeviceRegistryEvents"
NETWORK, LOAD, LOGON, EVENTS = (
    "DeviceNetworkEvents", "DeviceImageLoadEvents", "DeviceLogonEvents", "DeviceEvents",
)  # fmt: skip
CMD = "C:\\Windows\\System32\\cmd.exe"


def value(
    table: str, name: str, row: dict[str, Any], action: str = "", system: str | None = None
) -> Value | None:
    return View(READERS[table], action, row, Values(), system).field(name)


def texts(table: str, name: str, row: dict[str, Any], action: str = "") -> tuple[str, ...]:
    found = value(table, name, row, action)
    return found.raw if found is not None else ()


def more(**fields: Any) -> dict[str, Any]:
    return {"AdditionalFields": json.dumps(fields)}


READ: list[tuple[str, str, dict[str, Any], str, str]] = [
    (PROCESS, "Image", {"FolderPath": CMD, "FileName": "cmd.exe"}, "", CMD),
    (PROCESS, "Image", {"FolderPath": "C:\\Windows\\System32", "FileName": "cmd.exe"}, "", CMD),
    (PROCESS, "Image", {"FolderPath": "C:\\Windows\\System32\\", "FileName": "cmd.exe"}, "", CMD),
    (PROCESS, "Image", {"FolderPath": "/usr/bin", "FileName": "bash"}, "", "/usr/bin/bash"),
    (PROCESS, "Image", {"FileName": "cmd.exe"}, "", "\\cmd.exe"),
    (PROCESS, "Image", {"FolderPath": "C:/Windows/System32/cmd.exe"}, "", CMD),
    (PROCESS, "ParentImage", {"InitiatingProcessFolderPath": CMD}, "", CMD),
    (PROCESS, "GrandParentImage", {"InitiatingProcessParentFileName": "winword.exe"}, "", "\\winword.exe"),
    (PROCESS, "CommandLine", {"ProcessCommandLine": "cmd /c x"}, "", "cmd /c x"),
    (PROCESS, "ParentCommandLine", {"InitiatingProcessCommandLine": "cmd /c x"}, "", "cmd /c x"),
    (PROCESS, "OriginalFileName", {"ProcessVersionInfoOriginalFileName": "Cmd.Exe.MUI"}, "", "Cmd.Exe"),
    (PROCESS, "User", {"AccountDomain": "NT AUTHORITY", "AccountName": "SYSTEM"}, "", "NT AUTHORITY\\SYSTEM"),
    (PROCESS, "User", {"AccountDomain": "web-01", "AccountName": "root"}, "", "root"),
    (PROCESS, "IntegrityLevel", {"ProcessIntegrityLevel": "High"}, "", "High"),
    (PROCESS, "Hashes", {"SHA1": "aa", "MD5": "bb"}, "", "SHA1=aa,MD5=bb"),
    (PROCESS, "FileSize", {"FileSize": 1234}, "", "1234"),
    (FILE, "TargetFilename", {"FolderPath": "C:\\a\\b.txt", "FileName": "b.txt"}, "", "C:\\a\\b.txt"),
    (FILE, "SourceFilename", {"PreviousFolderPath": "C:\\a", "PreviousFileName": "c"}, "", "C:\\a\\c"),
    (FILE, "Image", {"InitiatingProcessFolderPath": CMD}, "", CMD),
    (FILE, "ParentImage", {"InitiatingProcessParentFileName": "explorer.exe"}, "", "\\explorer.exe"),
    (REGISTRY, "TargetObject", {"RegistryKey": "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\X",
                                "RegistryValueName": "y"}, "RegistryValueSet",
     "HKLM\\SYSTEM\\CurrentControlSet\\X\\y"),
    (REGISTRY, "TargetObject", {"PreviousRegistryKey": "HKEY_USERS\\.DEFAULT\\X"}, "RegistryKeyDeleted",
     "HKU\\.DEFAULT\\X"),
    (REGISTRY, "Details", {"RegistryValueData": "1", "RegistryValueType": "Dword"}, "", "DWORD (0x00000001)"),
    (REGISTRY, "Details", {"RegistryValueData": "DWORD (0x00000001)"}, "", "DWORD (0x00000001)"),
    (REGISTRY, "Details", {"RegistryValueData": "po^wershell -nop"}, "", "powershell -nop"),
    (REGISTRY, "EventType", {}, "RegistryValueSet", "SetValue"),
    (NETWORK, "Initiated", {}, "ConnectionSuccess", "true"),
    (NETWORK, "Initiated", {}, "InboundConnectionAccepted", "false"),
    (NETWORK, "DestinationIp", {"RemoteIP": "203.0.113.9"}, "ConnectionSuccess", "203.0.113.9"),
    (NETWORK, "DestinationPort", {"LocalPort": 445, "RemotePort": 50000}, "InboundConnectionAccepted", "445"),
    (NETWORK, "SourceIp", {"RemoteIP": "203.0.113.9"}, "InboundConnectionAccepted", "203.0.113.9"),
    (NETWORK, "DestinationHostname", {"RemoteUrl": "https://a.contoso.example:8443/x"}, "ConnectionSuccess",
     "a.contoso.example"),
    (NETWORK, "QueryName", more(query="a.contoso.example"), "DnsConnectionInspected", "a.contoso.example"),
    (LOAD, "ImageLoaded", {"FolderPath": "C:\\a\\b.dll", "FileName": "b.dll"}, "", "C:\\a\\b.dll"),
    (LOGON, "LogonType", {"LogonType": "Network"}, "", "3"),
    (LOGON, "LogonType", {"LogonType": "RemoteInteractive"}, "", "10"),
    (LOGON, "IpAddress", {"RemoteIP": "203.0.113.9"}, "", "203.0.113.9"),
    (LOGON, "ActionType", {}, "LogonFailed", "LogonFailed"),
    (EVENTS, "GrantedAccess", more(DesiredAccess=4096), "OpenProcessApiCall", "0x1000"),
    (EVENTS, "GrantedAccess", more(DesiredAccess="2097151"), "OpenProcessApiCall", "0x1fffff"),
    (EVENTS, "GrantedAccess", more(DesiredAccess="0x1410"), "OpenProcessApiCall", "0x1410"),
    (EVENTS, "GrantedAccess", {}, "ReadProcessMemoryApiCall", "0x10"),
    (EVENTS, "SourceImage", {"InitiatingProcessFolderPath": CMD}, "OpenProcessApiCall", CMD),
    (EVENTS, "TargetImage", {"FolderPath": "C:\\Windows\\lsass.exe"}, "", "C:\\Windows\\lsass.exe"),
    (EVENTS, "PipeName", more(PipeName="\\Device\\NamedPipe\\msagent_1"), "NamedPipeEvent", "\\msagent_1"),
    (EVENTS, "QueryName", more(DnsQueryString="a.contoso.example"), "DnsQueryResponse", "a.contoso.example"),
    (EVENTS, "ServiceName", more(ServiceName="svc"), "ServiceInstalled", "svc"),
    (EVENTS, "ImagePath", {"FolderPath": "C:\\a\\svc.exe", "FileName": "svc.exe"}, "ServiceInstalled",
     "C:\\a\\svc.exe"),
    (EVENTS, "ImagePath", {"ProcessCommandLine": "cmd /c x", "FileName": "cmd.exe"}, "", "cmd /c x"),
    (EVENTS, "TaskContent", more(TaskContent="<Exec>po^wershell</Exec>"), "ScheduledTaskCreated",
     "<Exec>powershell</Exec>"),
    (EVENTS, "ScriptBlockText", more(Command="Invoke-`Thing"), "PowerShellCommand", "Invoke-Thing"),
    (EVENTS, "ThreatName", more(ThreatName="Trojan:Win32/X"), "AntivirusDetection", "Trojan:Win32/X"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "name", "row", "action", "wanted"), READ)
def test_a_field_is_read(table: str, name: str, row: dict[str, Any], action: str, wanted: str) -> None:
    assert wanted in texts(table, name, row, action)


@pytest.mark.parametrize(
    ("table", "name", "row", "action"),
    [
        (PROCESS, "Image", {}, ""),
        (PROCESS, "CommandLine", {"ProcessCommandLine": ""}, ""),
        (PROCESS, "OriginalFileName", {"ProcessVersionInfoOriginalFileName": "?"}, ""),
        (NETWORK, "Initiated", {}, "ConnectionFound"),
        (NETWORK, "DestinationHostname", {"RemoteUrl": "host"}, "InboundConnectionAccepted"),
        (EVENTS, "GrantedAccess", more(DesiredAccess="all"), "OpenProcessApiCall"),
        (EVENTS, "ThreatName", {"AdditionalFields": "{broken"}, ""),
        (EVENTS, "ThreatName", {"AdditionalFields": "[1]"}, ""),
        (EVENTS, "ThreatName", {"AdditionalFields": "[" * 100_000}, ""),
    ],
)
def test_what_a_row_does_not_tell_is_no_value(
    table: str, name: str, row: dict[str, Any], action: str
) -> None:
    assert value(table, name, row, action) is None


def test_the_files_own_name_is_a_second_name_of_a_program_and_may_not_excuse() -> None:
    row = {"FolderPath": "C:\\Temp\\good.exe", "ProcessVersionInfoOriginalFileName": "PowerShell.EXE"}
    found = value(PROCESS, "Image", row)
    assert found is not None
    assert found.low == ("c:\\temp\\good.exe", "c:\\temp\\powershell.exe")
    assert found.low[: found.sure] == ("c:\\temp\\good.exe",)


def test_additional_fields_that_are_too_long_are_not_read_and_it_is_said() -> None:
    row = {"AdditionalFields": json.dumps({"Command": "x" * MAX_MORE})}
    view = View(READERS[EVENTS], "PowerShellCommand", row, Values())
    assert view.field("ScriptBlockText") is None
    assert view.capped == {"AdditionalFields"}


@pytest.mark.parametrize(
    ("row", "system", "posix"),
    [
        ({"FolderPath": "/usr/bin/x"}, None, True),
        ({"FolderPath": "C:\\x"}, "linux", False),
        ({"FolderPath": "\\Device\\HarddiskVolume3\\x"}, None, False),
        ({"InitiatingProcessFolderPath": "/usr/sbin/sshd"}, None, True),
        ({}, "macos", True),
        ({}, "windows", False),
        ({}, None, False),
    ],
)
def test_a_row_is_posix_by_its_paths_or_else_by_the_device(
    row: dict[str, Any], system: str | None, posix: bool
) -> None:
    assert View(READERS[PROCESS], "", row, Values(), system).posix is posix


def test_every_column_that_a_field_is_read_from_is_one_of_the_table() -> None:
    known = columns()
    odd = {
        f"{table}.{name}: {column}"
        for table, sources in FIELDS.items()
        for name, source in sources.items()
        for column in source.columns
        if column not in known[table]
    }
    # DeviceEvents does not tell it of the acting process: a rule that asks for it there is refused.
    assert odd == {"DeviceEvents.IntegrityLevel: InitiatingProcessIntegrityLevel"}
