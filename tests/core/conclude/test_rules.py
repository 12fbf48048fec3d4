import base64
from collections.abc import Callable, Iterator

import pytest

from shared.core.conclude import rules
from shared.core.conclude.scene import Scene, Sign, scene_of
from shared.core.correlate.finding import ProcessNode, TiedEvent
from tests.builders import alert, enrichment_of_file, finding, key, node, tied

Rule = Callable[[Scene], Iterator[Sign]]
ENCODED = "powershell.exe -enc " + base64.b64encode("whoami".encode("utf-16-le")).decode()
RUN = "HKEY_CURRENT_USER\\S-1-5-21\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"


def _scene(nodes: tuple[ProcessNode, ...] = (), events: tuple[TiedEvent, ...] = ()) -> Scene:
    return scene_of(alert(), None, finding(nodes=nodes, events=events))


def _files(count: int, action: str = "FileModified", step: float = 1.0) -> tuple[TiedEvent, ...]:
    return tuple(
        tied("DeviceFileEvents", action, after=step * n, number=n, FolderPath=f"C:\\Docs\\{n}.docx")
        for n in range(count)
    )


def _logons(failures: int, then: str | None = "203.0.113.7") -> tuple[TiedEvent, ...]:
    failed = [
        tied(
            "DeviceLogonEvents", "LogonFailed", after=n, number=n, RemoteIP="203.0.113.7", AccountName="root"
        )
        for n in range(failures)
    ]
    if then:
        failed.append(
            tied("DeviceLogonEvents", "LogonSuccess", after=90, number=99, RemoteIP=then, AccountName="root")
        )
    return tuple(failed)


DOWNLOADED = (
    tied("DeviceNetworkEvents", "ConnectionSuccess", after=1, RemoteIP="203.0.113.10"),
    tied("DeviceFileEvents", "FileCreated", after=2, FolderPath="C:\\Users\\alice\\a.exe", FileName="a.exe"),
)

FIRES: list[tuple[Rule, str, Scene]] = [
    (rules.encoded_powershell, "T1059.001", _scene((node("powershell.exe", ENCODED),))),
    (
        rules.lsass_access,
        "T1003.001",
        _scene((), (tied("DeviceEvents", "OpenProcessApiCall", FileName="lsass.exe"),)),
    ),
    (
        rules.lsass_access,
        "T1003.001",
        _scene((node("rundll32.exe", "rundll32 C:\\Windows\\comsvcs.dll, MiniDump 624 x.dmp full"),)),
    ),
    (
        rules.run_key,
        "T1547.001",
        _scene((), (tied("DeviceRegistryEvents", "RegistryValueSet", RegistryKey=RUN),)),
    ),
    (
        rules.scheduled_task,
        "T1053.005",
        _scene((node("schtasks.exe", "schtasks /create /tn Updater /tr C:\\a.exe"),)),
    ),
    (
        rules.scheduled_task,
        "T1053.003",
        _scene((), (tied("DeviceFileEvents", "FileCreated", FolderPath="/etc/cron.d/job"),)),
    ),
    (
        rules.shadow_copies,
        "T1490",
        _scene((node("vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"),)),
    ),
    (rules.mass_rewriting, "T1486", _scene((), _files(rules.MASS_FILES))),
    (
        rules.remote_service,
        "T1569.002",
        _scene((node("sc.exe", "sc.exe \\\\fs-01 create upd binPath= C:\\u.exe"),)),
    ),
    (rules.remote_service, "T1543.003", _scene((), (tied("DeviceEvents", "ServiceInstalled", depth=1),))),
    (rules.brute_force, "T1110", _scene((), _logons(rules.BRUTE_FAILURES))),
    (
        rules.download_to_execution,
        "T1105",
        _scene((node("a.exe", pid=77, after=3, depth=1, folder_path="C:\\Users\\alice\\a.exe"),), DOWNLOADED),
    ),
]

SILENT: list[tuple[Rule, Scene]] = [
    (rules.encoded_powershell, _scene((node("powershell.exe", "powershell.exe -File backup.ps1"),))),
    (rules.encoded_powershell, _scene((node("powershell.exe", ENCODED, depth=-1),))),
    (rules.lsass_access, _scene((), (tied("DeviceEvents", "OpenProcessApiCall", FileName="notepad.exe"),))),
    (rules.lsass_access, _scene((node("procdump.exe", "procdump -ma w3wp.exe"),))),
    (
        rules.run_key,
        _scene(
            (),
            (
                tied(
                    "DeviceRegistryEvents", "RegistryValueSet", RegistryKey=RUN.replace("\\Run", "\\Explorer")
                ),
            ),
        ),
    ),
    (rules.run_key, _scene((), (tied("DeviceRegistryEvents", "RegistryValueDeleted", RegistryKey=RUN),))),
    (rules.scheduled_task, _scene((node("schtasks.exe", "schtasks /query"),))),
    (
        rules.scheduled_task,
        _scene((), (tied("DeviceFileEvents", "FileCreated", FolderPath="/home/etc/cron.txt"),)),
    ),
    (rules.shadow_copies, _scene((node("vssadmin.exe", "vssadmin list shadows"),))),
    (rules.mass_rewriting, _scene((), _files(rules.MASS_FILES - 1))),
    (rules.mass_rewriting, _scene((), _files(rules.MASS_FILES, step=60.0))),
    (rules.mass_rewriting, _scene((), _files(rules.MASS_FILES * 2, action="FileCreated"))),
    (rules.remote_service, _scene((node("sc.exe", "sc.exe query spooler"),))),
    (rules.brute_force, _scene((), _logons(rules.BRUTE_FAILURES - 1))),
    (rules.brute_force, _scene((), _logons(rules.BRUTE_FAILURES, then="198.51.100.3"))),
    (rules.brute_force, _scene((), _logons(rules.BRUTE_FAILURES + 9, then=None))),
    (
        rules.download_to_execution,
        _scene(
            (node("a.exe", pid=77, after=3, depth=1, folder_path="C:\\Users\\alice\\a.exe"),), DOWNLOADED[1:]
        ),
    ),
    (rules.download_to_execution, _scene((node("b.exe", pid=77, after=3, depth=1),), DOWNLOADED)),
]


@pytest.mark.parametrize(
    ("rule", "technique", "scene"), FIRES, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_rule_fires_on_what_it_is_for(rule: Rule, technique: str, scene: Scene) -> None:
    assert [sign.technique for sign in rule(scene)] == [technique]


@pytest.mark.parametrize(("rule", "scene"), SILENT, ids=lambda value: getattr(value, "__name__", None))
def test_a_rule_is_silent_on_its_lookalikes(rule: Rule, scene: Scene) -> None:
    assert list(rule(scene)) == []


def test_a_downloaded_script_that_replaces_its_shell_is_run_too() -> None:
    """On macOS exec keeps the pid and the creation time, and /tmp shows as /private/tmp."""
    downloaded = (
        tied("DeviceNetworkEvents", "ConnectionSuccess", after=1, owner=key(88, 1), depth=1),
        tied(
            "DeviceFileEvents",
            "FileCreated",
            after=2,
            owner=key(88, 1),
            depth=1,
            FolderPath="/private/tmp/f.py",
        ),
    )
    shell = node("python3", "python3 /tmp/f.py", images=("sh", "bash", "python3"))
    assert [sign.technique for sign in rules.download_to_execution(_scene((shell,), downloaded))] == ["T1105"]


def test_making_a_download_executable_is_not_running_it() -> None:
    chmod = node("chmod", "chmod +x c:\\users\\alice\\a.exe", pid=77, after=3, depth=1)
    assert list(rules.download_to_execution(_scene((chmod,), DOWNLOADED))) == []


SHA1 = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("fields", "fires"),
    [
        ({"org_prevalence": 1}, True),
        ({"org_prevalence": 500}, False),
        ({"org_prevalence": 2, "global_prevalence": 4_000_000}, False),
        ({"org_prevalence": 300, "global_prevalence": 6}, True),
        ({"org_prevalence": 1, "signer": "Contoso", "is_valid_certificate": True}, False),
        ({}, False),
    ],
)
def test_an_unsigned_rare_binary_is_named_without_a_technique(fields: dict[str, object], fires: bool) -> None:
    scene = scene_of(alert(), enrichment_of_file(SHA1, **fields), finding(nodes=(node("a.exe", sha1=SHA1),)))
    assert [sign.technique for sign in rules.unsigned_and_rare(scene)] == ([""] if fires else [])


def test_every_rule_has_a_scene_that_fires_and_one_that_must_not() -> None:
    assert {rule for rule, _, _ in FIRES} | {rules.unsigned_and_rare} == set(rules.RULES)
    assert {rule for rule, _ in SILENT} | {rules.unsigned_and_rare} == set(rules.RULES)


def test_signs_come_in_time_order() -> None:
    scene = _scene((node("vssadmin.exe", "vssadmin delete shadows", after=50),), _files(rules.MASS_FILES))
    assert [sign.technique for sign in rules.signs_of(scene)] == ["T1486", "T1490"]
    assert key(after=50) in scene.nodes
