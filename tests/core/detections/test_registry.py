"""Registry keys and data in Sigma's spelling."""

from __future__ import annotations

import pytest

from shared.core.detections import registry

SET = "RegistryValueSet"
SID = "S-1-5-21-1111111111-2222222222-3333333333-1001"


@pytest.mark.parametrize(
    ("key", "name", "action", "wanted"),
    [
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\X", "Run", SET, "HKLM\\SOFTWARE\\X\\Run"),
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\X", "", SET, "HKLM\\SOFTWARE\\X\\(Default)"),
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\X", "", "RegistryKeyCreated", "HKLM\\SOFTWARE\\X"),
        ("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Lsa", "a", SET,
         "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\a"),
        ("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002", "", "RegistryKeyDeleted",
         "HKLM\\SYSTEM\\CurrentControlSet"),
        (f"HKEY_CURRENT_USER\\{SID}\\Software\\X", "v", SET, f"HKU\\{SID}\\Software\\X\\v"),
        (f"HKEY_CURRENT_USER\\{SID}\\Software\\X", "v", SET, "HKCU\\Software\\X\\v"),
        (f"HKEY_USERS\\{SID}_Classes\\mscfile", "", SET, "HKCU\\Software\\Classes\\mscfile\\(Default)"),
        ("HKEY_CURRENT_USER\\Software\\X", "v", SET, "HKCU\\Software\\X\\v"),
        ("HKEY_CLASSES_ROOT\\.txt", "", SET, "HKCR\\.txt\\(Default)"),
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\X", "v", SET, "HKLM\\SOFTWARE\\X\\v"),
        ("HKLM\\SOFTWARE\\X", "v", SET, "HKLM\\SOFTWARE\\X\\v"),
        ("\\REGISTRY\\MACHINE\\SOFTWARE\\X", "v", SET, "HKLM\\SOFTWARE\\X\\v"),
    ],
)  # fmt: skip
def test_a_key_is_spelled_as_rules_spell_it(key: str, name: str, action: str, wanted: str) -> None:
    assert wanted in registry.objects(key, name, action)


def test_a_name_that_only_looks_like_a_control_set_stays() -> None:
    assert registry.objects("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001x", "", SET)[0].startswith(
        "HKLM\\SYSTEM\\ControlSet001x"
    )


@pytest.mark.parametrize(
    ("data", "kind", "wanted"),
    [
        ("1", "Dword", "DWORD (0x00000001)"),
        ("0", "Dword", "DWORD (0x00000000)"),
        ("4294967295", "Dword", "DWORD (0xffffffff)"),
        ("0x1F", "REG_DWORD", "DWORD (0x0000001f)"),
        ("4294967296", "Qword", "QWORD (0x00000001-0x00000000)"),
        ("DWORD (0x00000001)", "", "DWORD (0x00000001)"),
        ("DWORD (0x00000001)", "Dword", "DWORD (0x00000001)"),
        ("AB CD", "Binary", "Binary Data"),
        ("C:\\x.exe", "String", "C:\\x.exe"),
    ],
)
def test_data_is_rendered_as_sysmon_does(data: str, kind: str, wanted: str) -> None:
    assert wanted in registry.details(data, kind)


@pytest.mark.parametrize("kind", ["String", "", "ExpandString"])
def test_a_number_is_rendered_only_where_it_is_one(kind: str) -> None:
    assert registry.details("1", kind) == ("1",)


@pytest.mark.parametrize("data", ["9" * 5_000, "0x" + "f" * 5_000, "one", "", "1_0 0"])
def test_odd_numbers_stay_as_they_came(data: str) -> None:
    assert data in registry.details(data, "Dword")
