"""Keys and data in Defender's form."""

import pytest

from local.recordings.registry import full_key, key_and_value, typed_data

SID = "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize(
    ("sysmon", "defender"),
    [
        ("HKLM\\SOFTWARE\\A", "HKEY_LOCAL_MACHINE\\SOFTWARE\\A"),
        ("\\REGISTRY\\MACHINE\\SOFTWARE\\A", "HKEY_LOCAL_MACHINE\\SOFTWARE\\A"),
        (f"HKU\\{SID}\\Software\\A", f"HKEY_CURRENT_USER\\{SID}\\Software\\A"),
        (f"HKU\\{SID}_CLASSES\\A", f"HKEY_CURRENT_USER\\{SID}_CLASSES\\A"),
        ("HKU\\.DEFAULT\\Software\\A", "HKEY_USERS\\.DEFAULT\\Software\\A"),
        ("HKCR\\.txt", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\.txt"),
        (
            "HKLM\\System\\CurrentControlSet\\Services\\A",
            "HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Services\\A",
        ),
        ("HKLM\\System\\CurrentControlSet", "HKEY_LOCAL_MACHINE\\System\\ControlSet001"),
        (
            "HKLM\\SOFTWARE\\System\\CurrentControlSet",
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\System\\CurrentControlSet",
        ),
        ("HKLMX\\A", "HKLMX\\A"),
        ("\\REGISTRY\\A\\{0}\\B", "\\REGISTRY\\A\\{0}\\B"),
    ],
)
def test_hives_are_written_in_full(sysmon: str, defender: str) -> None:
    assert full_key(sysmon) == defender


def test_the_last_part_is_the_value_s_name() -> None:
    assert key_and_value("HKLM\\SOFTWARE\\Run\\Updater") == ("HKEY_LOCAL_MACHINE\\SOFTWARE\\Run", "Updater")
    assert key_and_value("HKLM\\A\\(Default)") == ("HKEY_LOCAL_MACHINE\\A", "(Default)")


@pytest.mark.parametrize(
    ("details", "kind", "data"),
    [
        ("DWORD (0x00000001)", "Dword", "1"),
        ("DWORD (0xffffffff)", "Dword", "4294967295"),
        ("QWORD (0x00000001-0x00000002)", "Qword", "4294967298"),
        ("Binary Data", "Binary", ""),
        ("(Empty)", "String", ""),
        ("C:\\a.exe", "String", "C:\\a.exe"),
        ("%SystemRoot%\\a.exe", "ExpandString", "%SystemRoot%\\a.exe"),
        ("100 %", "String", "100 %"),
        ("DWORD (0x1) and more", "String", "DWORD (0x1) and more"),
    ],
)
def test_data_has_its_type_and_numbers_are_decimal(details: str, kind: str, data: str) -> None:
    assert typed_data(details) == (kind, data)
