"""Ordinary days: what people and services do on every device, with pids used again as real systems do.

On one real Windows machine a fifth of the pids were used more than once within three days; that is the
measure for `reuse`.
"""

from dataclasses import dataclass

from local.incidents.chance import Chance
from local.incidents.clock import HOUR, MINUTE, SECOND, seconds
from local.incidents.columns import file
from local.incidents.estate import END, START, Estate
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.world import Account, Cell, Device, File, Process, local_account

REUSE = 0.24  # of new processes; with it at least 19 % of all pids have served twice
PROCESSES = 98  # on each device, at --noise 1

_SITES = (
    ("192.0.2.11", "www.contoso.example"),
    ("192.0.2.12", "mail.contoso.example"),
    ("192.0.2.13", "https://files.contoso.example/api/v2"),
    ("198.51.100.201", "update.fabrikam.example"),
    ("2001:db8::51", "telemetry.fabrikam.example"),
    ("10.20.8.10", "srv-file-01.contoso.example"),
)


@dataclass(frozen=True, slots=True)
class Habit:
    """Something done every day: who starts it, what, how long, and how many events of each kind at most."""

    parent: str
    name: str
    line: str
    seconds: int
    network: int = 0
    files: int = 0
    registry: int = 0
    images: int = 0
    child: str = ""
    actions: tuple[str, ...] = ()  # DeviceEvents


# antivirus reads the memory of LSASS every day, too
_SCAN = ("OpenProcessApiCall", "AntivirusScanCompleted")
_PLUG = ("PnpDeviceConnected",)
_HABITS: dict[str, tuple[Habit, ...]] = {
    "windows": (
        Habit("explorer.exe", "msedge.exe", '"msedge.exe" --profile-directory=Default', 900, 5, 3),
        Habit("explorer.exe", "ms-teams.exe", '"ms-teams.exe" --minimized', 1_800, 3, 1, images=2),
        Habit("explorer.exe", "OUTLOOK.EXE", '"OUTLOOK.EXE" /recycle', 1_800, 3, 2, 1, child="WINWORD.EXE"),
        Habit("explorer.exe", "Code.exe", '"Code.exe" .', 1_200, 2, 4, child="git.exe"),
        Habit(
            "explorer.exe",
            "powershell.exe",
            "powershell.exe -NoLogo",
            600,
            1,
            1,
            images=2,
            child="whoami.exe",
        ),
        Habit("explorer.exe", "cmd.exe", "cmd.exe", 300, files=1, child="robocopy.exe"),
        Habit("explorer.exe", "notepad.exe", "notepad.exe notes.txt", 400, files=2),
        Habit("services.exe", "svchost.exe", "svchost.exe -k LocalService -p", 900, 1, 0, 2),
        Habit("services.exe", "msiexec.exe", "msiexec.exe /V", 200, 0, 4, 3, 1),
        Habit("services.exe", "MsMpEng.exe", '"MsMpEng.exe" -scan', 700, 1, 1, actions=_SCAN),
        Habit("dcom", "RuntimeBroker.exe", "RuntimeBroker.exe -Embedding", 300, registry=1),
        Habit("dcom", "dllhost.exe", "dllhost.exe /Processid:{1}", 60, images=1, actions=_PLUG),
        Habit("dcom", "backgroundTaskHost.exe", "backgroundTaskHost.exe -ServerName:App", 40, 1),
        Habit(
            "schedule", "taskhostw.exe", "taskhostw.exe", 240, registry=1, actions=("ScheduledTaskUpdated",)
        ),
        Habit("schedule", "rundll32.exe", "rundll32.exe shell32.dll,Control_RunDLL", 30, images=1),
    ),
    "linux": (
        Habit("cron", "dash", "/bin/sh -c run-parts --report /etc/cron.hourly", 20, child="run-parts"),
        Habit("systemd", "apt-get", "apt-get -qq update", 90, 3, 2),
        Habit("systemd", "logrotate", "logrotate /etc/logrotate.conf", 20, files=3),
        Habit("sshd", "sshd", "sshd: monitor [priv]", 300, child="bash"),
        Habit("nginx", "nginx", "nginx: worker process", 900, 4, 1),
        Habit("systemd", "python3.12", "python3 /opt/agent/collect.py", 120, 2, 1, child="cat"),
        Habit("systemd", "systemctl", "systemctl is-active postgresql", 5),
        Habit("cron", "bash", "bash /opt/maintenance/rotate.sh", 60, files=2, child="grep"),
    ),
    "macos": (
        Habit("launchd", "mdworker_shared", "mdworker_shared -s mdworker", 90, files=1),
        Habit("launchd", "Safari", "Safari", 1_200, 5, 2),
        Habit("launchd", "Sketch", "Sketch", 1_200, 1, 4),
        Habit("launchd", "trustd", "trustd --agent", 300, 1),
        Habit("launchd", "softwareupdated", "softwareupdated", 200, 2, 1),
        Habit("Terminal", "zsh", "-zsh", 500, files=1, child="git"),
        Habit("Terminal", "python3", "python3 render.py", 200, 1, 3),
        Habit("launchd", "xpcproxy", "xpcproxy com.apple.Safari.History", 10),
    ),
}


def make_noise(
    recorder: Recorder, estate: Estate, busy: dict[str, list[int]], seed: int, *, amount: float, reuse: float
) -> None:
    """Fills every device; half of it within three quarters of an hour of the moments in `busy`."""
    share = min(0.92, REUSE * reuse)
    for device in estate.devices.values():
        recorder.begin("", Chance(seed, "noise", device.short, amount, reuse))
        for _ in range(round(PROCESSES * amount)):
            born = _moment(busy.get(device.short) or [START + 8 * HOUR], recorder.chance)
            habit = recorder.chance.pick(_HABITS[device.family])
            _live(recorder, estate.resident(device.short, habit.parent), habit, born, share)
        _logons(recorder, estate, device, amount)


def _moment(busy: list[int], chance: Chance) -> int:
    if chance.yes(0.5):
        born = chance.pick(busy) + chance.integer(-45 * MINUTE, 45 * MINUTE)
        if born < END - HOUR // 2:
            return born
    return START - 14 * HOUR + chance.integer(0, 23 * HOUR)


def _live(recorder: Recorder, parent: Process, habit: Habit, born: int, share: float) -> None:
    chance, device = recorder.chance, parent.device
    life = min(chance.integer(3, habit.seconds) * SECOND, END - born - SECOND)
    people = device.users if habit.parent in ("explorer.exe", "Terminal") else ()
    who = people[0] if people else None
    image = program(device.family, habit.name)
    process = recorder.start(
        parent, image, habit.line, at=born, account=who, life=life, reuse=chance.yes(share)
    )
    _events(recorder, process, habit, life)
    if habit.child and life > 4 * SECOND:
        image = program(device.family, habit.child)
        for _ in range(chance.integer(1, 2)):
            at = born + chance.integer(SECOND, life - 2 * SECOND)
            recorder.start(
                process, image, f"{image.name} --ordinary", at=at, life=SECOND, reuse=chance.yes(share)
            )


def _events(recorder: Recorder, process: Process, habit: Habit, life: int) -> None:
    chance = recorder.chance

    def sometime() -> int:
        return process.created + chance.integer(SECOND // 20, life - SECOND // 20)

    for _ in range(chance.integer(0, habit.network)):
        ip, url = chance.pick(_SITES)
        recorder.network(process, sometime(), ip=ip, url=url)
    for _ in range(chance.integer(0, habit.files)):
        action = chance.pick(("FileCreated", "FileModified", "FileModified", "FileRenamed", "FileDeleted"))
        recorder.file(process, sometime(), action, _document(process, chance), previous="~tmp")
    for _ in range(chance.integer(0, habit.registry)):
        key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Settings"
        recorder.registry(process, sometime(), key=key, name=f"v{chance.integer(1, 90)}", value="1")
    for _ in range(chance.integer(0, habit.images)):
        library = program("windows", chance.pick(("amsi.dll", "winhttp.dll", "taskschd.dll")))
        recorder.image_load(process, sometime(), library)
    for action in habit.actions:
        recorder.event("DeviceEvents", process, sometime(), action, _target(action))


def _target(action: str) -> dict[str, Cell]:
    columns: dict[str, Cell] = {"AdditionalFields": "{}"}
    if action == "OpenProcessApiCall":
        columns |= {**file(program("windows", "lsass.exe")), "AdditionalFields": '{"DesiredAccess":4096}'}
    return columns


def _document(process: Process, chance: Chance) -> File:
    number = chance.integer(1, 400)
    home = {
        "windows": f"C:\\Users\\{process.account.name}\\Documents",
        "linux": "/var/lib/agent",
        "macos": f"/Users/{process.account.name}/Documents",
    }
    return File(f"document {number}.dat", home[process.device.family], hashed=chance.yes(0.8))


def _logons(recorder: Recorder, estate: Estate, device: Device, amount: float) -> None:
    """People coming and going; on Linux also the guesses that any server on the internet sees."""
    chance = recorder.chance
    name = {"windows": "lsass.exe", "linux": "sshd", "macos": "launchd"}[device.family]
    writer = estate.resident(device.short, name)
    for _ in range(round(9 * amount)):
        who: Account = device.users[0]
        ip, action, failure = f"10.20.0.{chance.integer(2, 60)}", "LogonSuccess", ""
        if device.family == "linux" and chance.yes(0.6):
            who = local_account("admin", device.short, 0)
            ip, action = f"203.0.113.{chance.integer(120, 180)}", "LogonFailed"
            failure = "InvalidUserNameOrPassword"
        moment = START - 14 * HOUR + seconds(chance.number(0, 14 * 3_600))
        recorder.logon(writer, moment, action, who, ip=ip, failure=failure)
