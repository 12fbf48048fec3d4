"""The company the recording plays in: its devices, its accounts, and the processes that run since days."""

from dataclasses import dataclass, field

from local.incidents.chance import Chance
from local.incidents.clock import DAY, HOUR, at, seconds
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.world import NETWORK_SERVICE, SYSTEM, Account, Device, Process, local_account, person

TENANT = "99999999-8888-7777-6666-555555555555"
START = at("2026-11-24T00:00:00")  # the day of the incident; recordings are shifted when they are played
END = at("2026-11-24T09:31:00")  # nothing happens after the newest alert

CLERK, PARTNER, DEVELOPER, SELLER = (
    person(name) for name in ("fin.clerk", "hr.partner", "eng.dev", "sales.rep")
)
OPERATOR, DESIGNER, OFFICER = (person(name) for name in ("ops.admin", "design.lead", "exec.office"))
_SERVER = "Servers"

DEVICES = (
    Device("wks-fin-07", "windows", "Windows11", "10.20.1.17", (CLERK,), version="24H2", build=26_100),
    Device("wks-hr-03", "windows", "Windows11", "10.20.1.33", (PARTNER,), version="24H2", build=26_100),
    Device("wks-eng-11", "windows", "Windows11", "10.20.2.41", (DEVELOPER,), version="25H2", build=26_200),
    Device("wks-sales-05", "windows", "Windows10", "10.20.1.55", (SELLER,), version="22H2", build=19_045),
    Device(
        "srv-file-01",
        "windows",
        "WindowsServer2022",
        "10.20.8.10",
        (OPERATOR,),
        _SERVER,
        version="21H2",
        build=20_348,
    ),
    Device("web-01", "linux", "Linux", "10.20.9.5", (local_account("deploy", "web-01", 1_000),), _SERVER),
    Device("db-02", "linux", "Linux", "10.20.9.22", (local_account("dbadmin", "db-02", 1_001),), _SERVER),
    Device("mac-design-02", "macos", "macOS", "10.20.3.12", (DESIGNER,), version="15"),
    Device("mac-exec-01", "macos", "macOS", "10.20.3.30", (OFFICER,), version="15"),
)


@dataclass(slots=True)
class Residents:
    """The long-running processes of one device, by name: session roots and services."""

    by_name: dict[str, Process] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Process:
        return self.by_name[name]


@dataclass(slots=True)
class Estate:
    """Every device by its short name, and what runs on it since before the recording."""

    devices: dict[str, Device]
    residents: dict[str, Residents]

    def device(self, short: str) -> Device:
        """The device called `short`."""
        return self.devices[short]

    def resident(self, short: str, name: str) -> Process:
        """The long-running process `name` of the device called `short`."""
        return self.residents[short][name]


def settle(devices: tuple[Device, ...], recorder: Recorder, seed: int, *, day: int = START) -> Estate:
    """Boots every device two to nine days before `day`, so that session roots have their rows that old."""
    residents = {}
    for device in devices:
        chance = Chance(seed, "boot", device.short)
        recorder.begin("", chance)
        boot = day - chance.integer(2, 9) * DAY + chance.integer(0, 6 * HOUR)
        residents[device.short] = _BOOTS[device.family](device, recorder, boot, day + DAY - boot)
    return Estate({device.short: device for device in devices}, residents)


def _boot_windows(device: Device, recorder: Recorder, boot: int, life: int) -> Residents:
    def up(parent: Process | None, name: str, line: str, after: float, who: Account = SYSTEM) -> Process:
        rank = "System" if who in (SYSTEM, NETWORK_SERVICE) else "Medium"
        return recorder.start(
            parent,
            program("windows", name),
            line,
            at=boot + seconds(after),
            device=device,
            account=who,
            integrity=rank,
            is_root=name in ("services.exe", "explorer.exe", "svchost.exe", "wininit.exe", "winlogon.exe"),
            life=life,
        )

    wininit = up(None, "wininit.exe", "wininit.exe", 0.0137421)
    services = up(wininit, "services.exe", "services.exe", 0.8120377)
    lsass = up(wininit, "lsass.exe", "lsass.exe", 0.9431206)
    netsvcs = up(services, "svchost.exe", "svchost.exe -k netsvcs -p -s Schedule", 2.1194803)
    dcom = up(services, "svchost.exe", "svchost.exe -k DcomLaunch -p", 2.0081777, NETWORK_SERVICE)
    defender = up(services, "MsMpEng.exe", '"MsMpEng.exe"', 4.5078152)
    winlogon = up(None, "winlogon.exe", "winlogon.exe", 1.0455519)
    who = device.users[0]
    userinit = up(winlogon, "userinit.exe", "C:\\Windows\\system32\\userinit.exe", 58.3301476, who)
    explorer = up(userinit, "explorer.exe", "C:\\Windows\\Explorer.EXE", 58.7712993, who)
    named = (wininit, services, lsass, defender, explorer)
    return Residents({"schedule": netsvcs, "dcom": dcom, **{one.image.name: one for one in named}})


def _boot_linux(device: Device, recorder: Recorder, boot: int, life: int) -> Residents:
    root = local_account("root", device.short, 0)

    def up(parent: Process | None, name: str, line: str, after: float, pid: int) -> Process:
        recorder.pids.claim(device, pid, boot + seconds(after), boot + life)
        return recorder.start(
            parent,
            program("linux", name),
            line,
            at=boot + seconds(after),
            device=device,
            account=root,
            is_root=True,
            life=life,
            pid=pid,
        )

    idle = up(None, "systemd", "/sbin/init", 0.0012, 1)
    systemd = up(idle, "systemd", "/usr/lib/systemd/systemd --switched-root", 0.0034, 2)
    sshd = up(systemd, "sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 3.2214417, 812)
    cron = up(systemd, "cron", "/usr/sbin/cron -f -P", 3.3500081, 790)
    nginx = up(systemd, "nginx", "nginx: master process /usr/sbin/nginx -g daemon on;", 4.0110002, 901)
    return Residents({"systemd": systemd, "sshd": sshd, "cron": cron, "nginx": nginx})


def _boot_macos(device: Device, recorder: Recorder, boot: int, life: int) -> Residents:
    root = local_account("root", device.short, 0)
    names = ("launchd", "Terminal")
    first = recorder.start(
        None,
        program("macos", "launchd"),
        "/sbin/launchd",
        at=boot,
        device=device,
        account=root,
        is_root=True,
        life=life,
    )
    launchd = recorder.start(
        first, first.image, "/sbin/launchd", at=boot + seconds(0.41), is_root=True, life=life
    )
    terminal = recorder.start(
        launchd,
        program("macos", "Terminal"),
        program("macos", "Terminal").path,
        at=boot + seconds(3_611.118_207),
        account=device.users[0],
        life=life,
    )
    return Residents(dict(zip(names, (launchd, terminal), strict=True)))


_BOOTS = {"windows": _boot_windows, "linux": _boot_linux, "macos": _boot_macos}
