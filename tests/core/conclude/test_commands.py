from collections.abc import Callable

import pytest

from shared.core.conclude import commands

Test = Callable[[str], bool]

YES: list[tuple[Test, str]] = [
    (commands.makes_remote_service, 'sc \\\\dc01 create updater binPath= "C:\\a.exe"'),
    (commands.makes_remote_service, 'sc.exe "\\\\10.0.0.5" create x'),
    (commands.makes_remote_service, "C:\\Windows\\PSEXESVC.exe"),
    (commands.makes_task, "schtasks.exe /Create /tn x"),
    (commands.makes_task, "cmd /c schtasks -create /tn x"),
    (commands.removes_recovery, "vssadmin.exe Delete Shadows /all"),
    (commands.removes_recovery, "wmic shadowcopy where id=1 delete"),
    (commands.removes_recovery, "wbadmin delete catalog -quiet"),
    (commands.removes_recovery, "bcdedit /set {default} recoveryenabled No"),
    (commands.dumps_lsass, "rundll32 C:\\Windows\\comsvcs.dll, MiniDump 624 x.dmp full"),
    (commands.dumps_lsass, "procdump64.exe -ma lsass.exe"),
    (commands.dumps_lsass, "tool.exe --out C:\\temp\\lsass_1.dmp"),
    (commands.dumps_lsass, 'mimikatz "sekurlsa::logonpasswords"'),
    (commands.is_run_key, "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\RunOnce"),
    (commands.is_run_key, "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer\\Run\\1"),
]
NO: list[tuple[Test, str]] = [
    (commands.makes_remote_service, "sc create updater binPath= C:\\a.exe"),
    (commands.makes_remote_service, "sc \\\\dc01 query"),
    (commands.makes_remote_service, "misc \\\\dc01 create x"),
    (commands.makes_task, "schtasks /query"),
    (commands.makes_task, "/create schtasks "),
    (commands.removes_recovery, "vssadmin list shadows"),
    (commands.removes_recovery, "wmic delete shadowcopy"),
    (commands.dumps_lsass, "procdump -ma w3wp.exe"),
    (commands.dumps_lsass, "copy lsass.txt a.dmp"),
    (commands.is_run_key, "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Running"),
    (commands.is_run_key, "HKLM\\CurrentVersion\\Run\\Software\\"),
]


@pytest.mark.parametrize(("test", "text"), YES)
def test_what_a_command_is_known_for_is_told(test: Test, text: str) -> None:
    assert test(text)


@pytest.mark.parametrize(("test", "text"), NO)
def test_what_only_looks_like_it_is_not(test: Test, text: str) -> None:
    assert not test(text)
