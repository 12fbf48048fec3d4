"""Many alerts at once, or a steady stream of them, over sixty devices with few files and few addresses.

Most alerts name a process, some a file, an address or a device alone; a few have no telemetry at all. One
device is noisy: a harmless program on it writes thousands of files while the alerts come in.
"""

from dataclasses import dataclass

from local.incidents.case import (
    Case,
    Evidence,
    Expectation,
    file_evidence,
    ip_evidence,
    process_evidence,
    user_evidence,
)
from local.incidents.chance import Chance
from local.incidents.clock import MINUTE, SECOND, seconds
from local.incidents.estate import END, Estate, settle
from local.incidents.noise import make_noise
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.recording import Recording
from local.incidents.stage import Stage, later
from local.incidents.state_tables import record_alerts, record_devices
from local.incidents.world import Device, File, Process, person

ALERTS_A_MINUTE = 12  # of a steady tenant
MOST_EVENTS = 15
_NOISE = 0.06  # of an ordinary day's
_NOISY_FILES = 2_500
_SEVERITIES = ("Low", "Low", "Medium", "Medium", "Medium", "High", "Informational")


@dataclass(frozen=True, slots=True)
class Cast:
    """What all alerts share: 40 files, of which 8 never run, and 30 addresses, of which 6 are only named; so
    many times as large as the company is."""

    devices: tuple[Device, ...]
    runs: dict[str, tuple[File, ...]]
    dropped: tuple[File, ...]
    called: tuple[str, ...]
    listed: tuple[str, ...]


def make_storm(
    seed: int,
    *,
    alerts: int = 1_000,
    minutes: float = 1.0,
    noise: float = 1.0,
    pid_reuse: float = 1.0,
    kind: str = "storm",
    listed_after: float | None = None,
    scale: int = 1,
) -> Recording:
    """`alerts` alerts created within `minutes`; each with up to 15 events and its truth. The company has 60
    devices, or up to ten times as many, as `scale` says."""
    cast = _cast(scale)
    recorder = Recorder(Chance(seed, "start"))
    estate = settle(cast.devices, recorder, seed)
    stage = Stage(estate, recorder, Chance(seed, kind), seed)
    recorder.begin(kind, stage.chance)
    for number in range(alerts):
        created = END - round(minutes * MINUTE) + stage.chance.integer(0, round(minutes * MINUTE))
        _one_alert(stage, cast, number, created, listed_after)
    _noisy_program(recorder, estate, cast.devices[0], seed)
    busy = {device.short: [END - MINUTE] for device in cast.devices}
    make_noise(recorder, estate, busy, seed, amount=_NOISE * noise, reuse=pid_reuse)
    recorder.begin("", Chance(seed, "state"))
    record_alerts(recorder, stage.cases, cast.devices[0])
    record_devices(recorder, cast.devices, seed, last=END - MINUTE)
    settings = {"kind": kind, "seed": seed, "alerts": alerts, "minutes": minutes}
    files = [*cast.dropped, *(file for run in cast.runs.values() for file in run)]
    settings |= {"noise": noise, "pid_reuse": pid_reuse}
    settings |= {"scale": scale} if scale != 1 else {}
    return Recording(cast.devices, recorder, stage.cases, settings, files)


def _cast(scale: int) -> Cast:
    if not 1 <= scale <= 10:
        raise ValueError(f"a storm's company is 1 to 10 times as large, not {scale}")
    staff = [person(f"staff.{number:02}") for number in range(25)]
    devices = [
        Device(
            f"wks-{number:03}",
            "windows",
            "Windows11",
            f"10.30.{number // 200}.{number % 200 + 10}",
            (staff[number % 25],),
            version="24H2",
            build=26_100,
        )
        for number in range(54 * scale)
    ]
    devices += [
        Device(
            f"lnx-{number:02}",
            "linux",
            "Linux",
            f"10.30.{54 * scale // 200 + 1}.{number + 10}",
            (staff[number % 25],),
            "Servers",
        )
        for number in range(6 * scale)
    ]
    return Cast(
        tuple(devices),
        {
            "windows": tuple(File(f"tool{n:02}.exe", "C:\\ProgramData\\Tools") for n in range(28 * scale)),
            "linux": tuple(File(f"tool{n:02}", "/opt/tools") for n in range(4 * scale)),
        },
        tuple(File(f"document{n}.scr", "C:\\Users\\Public\\Downloads") for n in range(8 * scale)),
        tuple(f"203.0.113.{n + 1}" for n in range(24 * scale)),
        tuple(f"198.51.100.{n + 1}" for n in range(6 * scale)),
    )


def _one_alert(stage: Stage, cast: Cast, number: int, created: int, listed_after: float | None) -> None:
    chance = stage.chance
    device = cast.devices[0] if chance.yes(0.15) else chance.pick(cast.devices)
    kind = chance.number(0, 1)
    if kind < 0.03:
        evidence, expected = _unseen(stage, device, created)
    elif kind < 0.06:
        evidence, expected = (), Expectation("DeviceOnly", "Unproven", "Only a device.", scored_by="device")
    elif kind < 0.15 and device.family == "windows":
        evidence, expected = _file_alone(stage, cast, device, created)
    elif kind < 0.22:
        evidence, expected = _address_alone(stage, cast, device, created)
    else:
        evidence, expected = _process(stage, cast, device, created)
    stage.raise_alert(
        Case(
            title=f"Suspicious activity {number % 17}",
            description="One of many.",
            severity=chance.pick(_SEVERITIES),
            category="SuspiciousActivity",
            device=device,
            first=created - 90 * SECOND,
            last=created - 30 * SECOND,
            created=created,
            evidence=evidence,
            expected=expected,
            incident=5_000 + number % 40,
            user=device.users[0],
            listed_after=listed_after,
        )
    )


type Made = tuple[tuple[Evidence, ...], Expectation]


def _unseen(stage: Stage, device: Device, created: int) -> Made:
    """A process that no row tells of, and whose file is like no other."""
    born = created - 80 * SECOND
    pid = stage.recorder.pids.fresh(device, stage.chance, born, created)
    image = File("gone.exe", "C:\\ProgramData\\Gone", hashed=False)
    lost = Process(device, pid, born, image, image.path, device.users[0], None, shown_created=born)
    because = "No row tells of the process."
    expected = Expectation(
        "None", "NoTelemetry", because, status="NoMatch", reason="TelemetryNotInYet", scored_by="status"
    )
    return (process_evidence(lost),), expected


def _process(stage: Stage, cast: Cast, device: Device, created: int) -> Made:
    image = stage.chance.pick(cast.runs[device.family])
    address = stage.chance.pick(cast.called)
    process = _run(stage, device, image, created)
    count = stage.chance.integer(1, MOST_EVENTS)
    called = _act(stage, process, address, count - 1)
    evidence = [process_evidence(process), file_evidence(image), user_evidence(device.users[0])]
    if called:
        evidence.append(ip_evidence(address))
    return tuple(evidence), Expectation("ExactProcess", "Unproven", "It ran.", anchors=(process,))


def _file_alone(stage: Stage, cast: Cast, device: Device, created: int) -> Made:
    """A file that a browser wrote; other alerts on the device may be about the same file."""
    subject = stage.chance.pick(cast.dropped)
    tag = f"{device.short} {subject.name}"
    browser = _run(stage, device, program("windows", "msedge.exe"), created)
    when = later(browser.created, stage.chance.number(0.5, 3))
    stage.recorder.file(browser, when, "FileCreated", subject, about=(tag,))
    _act(stage, browser, "192.0.2.11", stage.chance.integer(0, MOST_EVENTS - 2))
    return (file_evidence(subject),), Expectation("FileHash", "Unproven", "It was written.", about=tag)


def _address_alone(stage: Stage, cast: Cast, device: Device, created: int) -> Made:
    """An address that a browser or a script called; other alerts on the device may be about the same one."""
    address = stage.chance.pick(cast.listed)
    tag = f"{device.short} {address}"
    name = "msedge.exe" if device.family == "windows" else "python3.12"
    caller = _run(stage, device, program(device.family, name), created)
    when = later(caller.created, stage.chance.number(0.5, 3))
    stage.recorder.network(caller, when, ip=address, about=(tag,))
    _act(stage, caller, "192.0.2.11", stage.chance.integer(0, MOST_EVENTS - 2))
    return (ip_evidence(address),), Expectation("Address", "Unproven", "It was called.", about=tag)


def _run(stage: Stage, device: Device, image: File, created: int) -> Process:
    """The program, started by the user's shell or a script of the device, a minute before the alert."""
    chance = stage.chance
    root = stage.estate.resident(device.short, "explorer.exe" if device.family == "windows" else "cron")
    born = created - 90 * SECOND + chance.integer(0, 40 * SECOND)
    parent, who = root, device.users[0]
    if chance.yes(0.4):
        shell = program(device.family, "cmd.exe" if device.family == "windows" else "bash")
        before = born - chance.integer(SECOND, 20 * SECOND)
        parent = stage.recorder.start(root, shell, f"{shell.name} /c job", at=before, account=who)
    return stage.recorder.start(
        parent, image, f'"{image.path}" --run', at=born, account=who, life=60 * SECOND
    )


def _act(stage: Stage, process: Process, address: str, count: int) -> bool:
    """`count` events of the process; True where it called `address`."""
    chance, record, called = stage.chance, stage.recorder, False
    windows = process.device.family == "windows"
    for _ in range(count):
        moment = process.created + seconds(chance.number(0.2, 40))
        kind = chance.integer(0, 5)
        if kind <= 1:
            called = True
            record.network(process, moment, ip=address)
        elif kind == 2 and windows:
            record.image_load(process, moment, program("windows", "winhttp.dll"))
        elif kind == 3:
            shell = program(process.device.family, "cmd.exe" if windows else "bash")
            record.start(process, shell, f"{shell.name} step", at=moment, life=2 * SECOND)
        else:
            folder = "C:\\ProgramData\\Tools\\out" if windows else "/opt/tools/out"
            record.file(process, moment, "FileModified", File(f"part{chance.integer(1, 900)}.tmp", folder))
    return called


def _noisy_program(recorder: Recorder, estate: Estate, device: Device, seed: int) -> None:
    """A harmless build that writes thousands of files in the alerts' last minutes."""
    chance = Chance(seed, "noisy program")
    recorder.begin("", chance)
    image = program("windows", "node.exe")
    parent = estate.resident(device.short, "services.exe")
    start = END - 4 * MINUTE
    build = recorder.start(parent, image, "node.exe build.js", at=start, life=4 * MINUTE)
    for count in range(_NOISY_FILES):
        output = File(f"chunk{count}.js", "D:\\agent\\out")
        recorder.file(build, start + chance.integer(SECOND, 4 * MINUTE - SECOND), "FileCreated", output)
