r"""Registry keys and data as Defender writes them, from what Sysmon writes.

Sysmon shortens hives (`HKLM`, `HKU`) and shows numbers as `DWORD (0x00000001)`:
https://learn.microsoft.com/en-us/sysinternals/downloads/sysmon. Defender writes hives in full, a user's hive
as HKEY_CURRENT_USER with the SID, `ControlSet001`, and numbers in decimal beside RegistryValueType:
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-deviceregistryevents-table (read 2026-11).
"""

from __future__ import annotations

import re

_HIVES = (
    (re.compile(r"^(?:HKLM|\\REGISTRY\\MACHINE)(?=\\|$)", re.IGNORECASE), r"HKEY_LOCAL_MACHINE"),
    (re.compile(r"^HKCR(?=\\|$)", re.IGNORECASE), r"HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"),
    (re.compile(r"^(?:HKU|\\REGISTRY\\USER)(?=\\S-1-)", re.IGNORECASE), r"HKEY_CURRENT_USER"),
    (re.compile(r"^(?:HKU|\\REGISTRY\\USER)(?=\\|$)", re.IGNORECASE), r"HKEY_USERS"),
    (re.compile(r"^HKCU(?=\\|$)", re.IGNORECASE), r"HKEY_CURRENT_USER"),
)
_CONTROL_SET = re.compile(r"^(HKEY_LOCAL_MACHINE\\SYSTEM)\\CurrentControlSet(?=\\|$)", re.IGNORECASE)
_DWORD = re.compile(r"DWORD \(0x([0-9a-fA-F]{1,8})\)")
_QWORD = re.compile(r"QWORD \(0x([0-9a-fA-F]{1,8})-0x([0-9a-fA-F]{1,8})\)")
_VARIABLE = re.compile(r"%[A-Za-z_()0-9]+%")


def full_key(path: str) -> str:
    """The key with its hive in full."""
    for hive, full in _HIVES:
        path, count = hive.subn(full, path)
        if count:
            break
    return _CONTROL_SET.sub(r"\1\\ControlSet001", path)


def key_and_value(path: str) -> tuple[str, str]:
    """(key in full, value's name) of a path whose last part is a value's name."""
    key, _, value = path.rpartition("\\")
    return full_key(key), value


def typed_data(details: str) -> tuple[str, str]:
    """(RegistryValueType, RegistryValueData). Sysmon keeps nothing of binary data, and does not say which
    kind of text a text is: one with a variable is taken for an expandable one."""
    if match := _DWORD.fullmatch(details):
        return "Dword", str(int(match[1], 16))
    if match := _QWORD.fullmatch(details):
        return "Qword", str(int(match[1], 16) << 32 | int(match[2], 16))
    if details == "Binary Data":
        return "Binary", ""
    if details == "(Empty)":
        return "String", ""
    return "ExpandString" if _VARIABLE.search(details) else "String", details
