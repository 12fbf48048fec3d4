"""Forms of paths, registry keys, addresses and hosts that lie at the edge of their one spelling."""

import pytest

from shared.core.correlate import spelling


@pytest.mark.parametrize(
    ("path", "name", "folder"),
    [
        ('  "C:\\Temp\\"  ', "", "\\temp"),
        ("\\??\\D:\\Temp", "", "\\temp"),
        ("%windir%\\System32", "", "\\windows\\system32"),
        ("%ProgramFiles%\\x", "", "\\program files\\x"),
        ("%ProgramFiles(x86)%\\x", "", "\\program files (x86)\\x"),
        ("%ProgramData%\\x", "", "\\programdata\\x"),
        ("%SystemDrive%\\x", "", "\\x"),
        ("%Temp%\\x", "", "\\x"),
        ("\\Device\\HarddiskVolume3", "", ""),
        ("C:\\", "", ""),
        ("C:\\Temp\\a.exe\\", "a.exe", "\\temp"),
        ("C:\\Temp\\a.exe", "b.exe", "\\temp\\a.exe"),
        ("C:\\Temp\\a.exe", "", "\\temp\\a.exe"),
        ("C:\\Temp\\xa.exe", "a.exe", "\\temp\\xa.exe"),
        ("/usr/bin/env", "env", "\\usr\\bin"),
        ("C:\\Temp\\dir/a.exe", "dir/a.exe", "\\temp"),
        ("C:\\Temp\\Dir\\A.exe", "DIR/a.EXE", "\\temp"),
        ("a.exe", "a.exe", "a.exe"),
        ("", "a.exe", ""),
        ("C:\\Windows\\SysNative\\x", "", "\\windows\\system32\\x"),
        ("\\\\server\\share\\x", "", "\\\\server\\share\\x"),
    ],
)
def test_a_folder_in_any_form(path: str, name: str, folder: str) -> None:
    assert spelling.folder(path, name) == folder


@pytest.mark.parametrize(
    ("key", "hive", "canonical"),
    [
        *(
            (f"{hive}\\Software\\x", "", "machine\\software\\x")
            for hive in ("Machine", "Local_Machine", "\\\\HKLM")
        ),
        *(
            (f"{hive}\\Software\\x", "", "user\\software\\x")
            for hive in ("User", "HKU", "HKCU", "Current_User", "Users")
        ),
        *((f"{hive}\\.x", "", "machine\\software\\classes\\.x") for hive in ("HKCR", "Classes_Root")),
        *((f"{hive}\\x", "", "config\\x") for hive in ("HKEY_CURRENT_CONFIG", "HKCC")),
        ("\\Registry\\User\\.DEFAULT\\x", "", "user\\x"),
        ("HKU\\S-1-5-21-1_Classes\\x", "", "user\\x"),
        ("HKU\\S-1-5-18", "", "user"),
        ("HKLM\\S-1-5-18\\x", "", "machine\\s-1-5-18\\x"),
        ("HKLM\\System\\ControlSet001", "", "machine\\system\\currentcontrolset"),
        ("HKLM\\System\\ControlSet01\\x", "", "machine\\system\\controlset01\\x"),
        ("HKLM\\System\\CurrentControlSetX", "", "machine\\system\\currentcontrolsetx"),
        ("HKLM", "", "machine"),
        ("HKCR", "", "machine\\software\\classes"),
        ("HKLMX\\x", "", "hklmx\\x"),
        ("\\ Software\\x \\", "\\ HKLM \\", "machine\\software\\x"),
        ("", "HKLM", "machine"),
        ("x", "", "x"),
        ("HKLM\\HKLM\\HKCU\\x", "", "user\\x"),
    ],
)
def test_a_registry_key_in_any_form(key: str, hive: str, canonical: str) -> None:
    assert spelling.registry_key(key, hive) == canonical


@pytest.mark.parametrize(
    ("canonical", "tail"),
    [
        ("machine\\software\\x", "\\software\\x"),
        ("machine\\system\\currentcontrolset\\services\\x", "\\services\\x"),
        ("machine\\system\\currentcontrolset", "\\system\\currentcontrolset"),
        ("machine\\system\\currentcontrolsetx\\y", "\\system\\currentcontrolsetx\\y"),
        ("machine", "\\"),
    ],
)
def test_the_tail_of_a_key(canonical: str, tail: str) -> None:
    assert spelling.registry_tail(canonical) == tail


def test_an_address_is_read_with_blanks_brackets_and_zone() -> None:
    assert spelling.address("  203.0.113.5 ") == "203.0.113.5"
    assert spelling.address("[fe80::1%eth0%1]") == "fe80::1"
    assert spelling.address("fe80::1%eth0%1") == "fe80::1"
    assert spelling.address("2001:db8::203.0.113.5") == "2001:db8::cb00:7105"


def test_the_spellings_of_an_address() -> None:
    assert spelling.address_spellings("203.0.113.5") == [
        "203.0.113.5", "::ffff:203.0.113.5", "::FFFF:203.0.113.5",
    ]  # fmt: skip
    assert spelling.address_spellings("2001:db8::a") == [
        "2001:db8::a", "2001:0db8:0000:0000:0000:0000:0000:000a", "2001:DB8::A",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("ftp://x.example/http://y.example", "x.example"),
        ("x.example:8080", "x.example"),
        ("X.example..", "x.example"),
        ("//x.example/a", None),
        ("http:///a", None),
        ("/only/a/path", None),
    ],
)
def test_a_host_in_any_form(url: str, host: str | None) -> None:
    assert spelling.host(url) == host
