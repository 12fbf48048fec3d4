import pytest

from shared.core.correlate import spelling


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("C:\\Windows\\System32", "cmd.exe"),
        ("c:\\windows\\system32\\", "cmd.exe"),
        ("C:\\Windows\\System32\\cmd.exe", "cmd.exe"),
        ("\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe", "CMD.EXE"),
        ("\\\\?\\C:\\Windows\\System32", "cmd.exe"),
        ("%SystemRoot%\\System32", "cmd.exe"),
        ("C:/Windows/System32/cmd.exe", "cmd.exe"),
        ("C:\\Windows\\Sysnative", "cmd.exe"),
    ],
)
def test_a_folder_has_one_spelling(path: str, name: str) -> None:
    assert spelling.folder(path, name) == "\\windows\\system32"


def test_folders_that_differ_stay_apart() -> None:
    assert spelling.folder("C:\\Temp", "a.exe") != spelling.folder("C:\\Temp2", "a.exe")
    assert spelling.folder("/tmp/.x/a", "a") == spelling.folder("/tmp/.x", "a")  # noqa: S108


RUN = "\\software\\microsoft\\windows\\currentversion\\run"


@pytest.mark.parametrize(
    ("key", "hive", "canonical"),
    [
        ("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "HKEY_LOCAL_MACHINE", "machine" + RUN),
        ("HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "", "machine" + RUN),
        ("HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "HKLM", "machine" + RUN),
        ("\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run", "", "machine" + RUN),
        ("Software\\Microsoft\\Windows\\CurrentVersion\\Run\\", "HKEY_CURRENT_USER", "user" + RUN),
        (
            "HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
            "",
            "user" + RUN,
        ),
        (
            "S-1-5-21-1-2-3-1001\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
            "HKEY_CURRENT_USER",
            "user" + RUN,
        ),
        ("SYSTEM\\ControlSet001\\Services\\x", "HKLM", "machine\\system\\currentcontrolset\\services\\x"),
        ("SYSTEM\\CurrentControlSet\\Services\\x", "HKLM", "machine\\system\\currentcontrolset\\services\\x"),
        ("HKEY_CLASSES_ROOT\\exefile", "", "machine\\software\\classes\\exefile"),
        ("Software\\x", "", "software\\x"),
    ],
)
def test_a_registry_key_has_one_spelling(key: str, hive: str, canonical: str) -> None:
    assert spelling.registry_key(key, hive) == canonical


@pytest.mark.parametrize(
    "printed",
    [
        "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\x",
        "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\x",
        "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet002\\Services\\x",
    ],
)
def test_every_spelling_of_a_key_ends_in_its_tail(printed: str) -> None:
    tail = spelling.registry_tail(spelling.registry_key(printed))
    assert printed.lower().endswith(tail)
    assert tail == "\\services\\x"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("::FFFF:CB00:7105", "203.0.113.5"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("203.0.113", None),
        ("", None),
        ('1" or 1==1', None),
    ],
)
def test_an_address_has_one_spelling(text: str, canonical: str | None) -> None:
    assert spelling.address(text) == canonical


def test_hunting_may_print_an_address_in_either_form() -> None:
    assert "::ffff:203.0.113.5" in spelling.address_spellings("203.0.113.5")
    assert "2001:0db8:0000:0000:0000:0000:0000:0001" in spelling.address_spellings("2001:db8::1")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://User@Evil.Example.com:8443/a?b#c", "evil.example.com"),
        ("evil.example.com/a", "evil.example.com"),
        ("evil.example.com.", "evil.example.com"),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_a_host_is_found_in_a_url_or_alone(url: str, host: str | None) -> None:
    assert spelling.host(url) == host
