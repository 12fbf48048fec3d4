"""Whole sessions of ordinary work on Windows: their rows together confirm no alert."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from local.detections import text
from shared.core.detections import Detections, Rule
from tests.detections import own

SESSIONS = text.document(Path(__file__).with_name("ordinary_sessions.yml"))
_FOLDERS = {
    "explorer.exe": "C:\\Windows\\",
    "powershell.exe": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\",
    "wmic.exe": "C:\\Windows\\System32\\wbem\\",
    "wmiprvse.exe": "C:\\Windows\\System32\\wbem\\",
    "w3wp.exe": "C:\\Windows\\System32\\inetsrv\\",
    "winword.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\",
    "excel.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\",
    "outlook.exe": "C:\\Program Files\\Microsoft Office\\root\\Office16\\",
    "sqlservr.exe": "C:\\Program Files\\Microsoft SQL Server\\MSSQL16.MSSQLSERVER\\MSSQL\\Binn\\",
    "devenv.exe": "C:\\Program Files\\Microsoft Visual Studio\\2022\\Enterprise\\Common7\\IDE\\",
    "ngen.exe": "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\",
}
_HIVES = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER\\S-1-5-21-1004336348-1177238915-682003330-1104",
}


@pytest.fixture(scope="module")
def detections() -> Detections:
    """Every rule of the folder, with the list of known agents."""
    return own.detections()


@pytest.mark.parametrize("session", SESSIONS, ids=lambda each: each["session"])
def test_a_session_of_ordinary_work_is_not_confirmed(session: dict[str, Any], detections: Detections) -> None:
    met = {hit.rule.id: hit.rule for hit in detections.judge(map(row_of, session["steps"]), "windows").hits}
    assert not [rule.title for rule in met.values() if rule.strong]
    assert not [(one.title, other.title) for one, other in _pairs(met.values())]


def test_the_same_measure_confirms_an_attack(detections: Detections) -> None:
    """The sessions pass because they are ordinary, not because nothing hits rows made like this."""
    steps = [
        {"run": "vssadmin.exe", "by": "cmd.exe", "line": "vssadmin delete shadows /all /quiet", "as": "High"},
        {"set": "HKCU\\Environment\\UserInitMprLogonScript", "to": "C:\\ProgramData\\a.bat", "by": "reg.exe"},
        {"write": "C:\\Windows\\System32\\sethc.exe", "by": "cmd.exe"},
        {"thread_in": "C:\\Windows\\explorer.exe", "by": "powershell.exe"},
    ]
    for step in steps:
        assert [hit.rule.title for hit in detections.judge([row_of(step)], "windows").hits if hit.rule.strong]


def _pairs(rules: Any) -> Iterator[tuple[Rule, Rule]]:
    """Two weak rules that share no technique, which together confirm."""
    weak = [rule for rule in rules if rule.level == "medium"]
    for one, other in combinations(weak, 2):
        if not set(one.techniques) & set(other.techniques):
            yield one, other


def row_of(step: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    """A step of a session as a hunting row."""
    doer = _path(step["by"])
    row: dict[str, Any] = {
        "InitiatingProcessFileName": doer.rsplit("\\", 1)[-1],
        "InitiatingProcessFolderPath": doer,
        "InitiatingProcessCommandLine": step.get("by_line", f'"{doer}"'),
    }
    if "under" in step:
        row["InitiatingProcessParentFileName"] = step["under"]
    if "set" in step:
        key, name = step["set"].split("\\", 1)[1].rsplit("\\", 1)
        hive = _HIVES[step["set"].split("\\", 1)[0]]
        value = {"RegistryKey": f"{hive}\\{key}", "RegistryValueName": name, "RegistryValueData": step["to"]}
        return (
            "DeviceRegistryEvents",
            "RegistryValueSet",
            row | value | {"RegistryValueType": step.get("kind", "String")},
        )
    target = _path(step.get("run") or step.get("write") or step.get("thread_in") or step["load"])
    row |= {"FileName": target.rsplit("\\", 1)[-1], "FolderPath": target}
    if "write" in step:
        return "DeviceFileEvents", "FileCreated", row
    if "thread_in" in step:
        return "DeviceEvents", "CreateRemoteThreadApiCall", row
    if "load" in step:
        return "DeviceImageLoadEvents", "ImageLoaded", row
    level = step.get("as", "Medium")
    account = ("nt authority", "system") if level == "System" else ("contoso", "anna")
    row |= {"ProcessCommandLine": step["line"], "ProcessIntegrityLevel": level}
    row |= {"ProcessVersionInfoOriginalFileName": step.get("original", row["FileName"])}
    return (
        "DeviceProcessEvents",
        "ProcessCreated",
        row | {"AccountDomain": account[0], "AccountName": account[1]},
    )


def _path(program: str) -> str:
    if "\\" in program or program == "System":
        return program
    return _FOLDERS.get(program.lower(), "C:\\Windows\\System32\\") + program
