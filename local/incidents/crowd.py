"""Innocent processes right beside the attacks, placed so that a careless match takes them for their own.

Around each attacking process: the same pid earlier and later on the device, the same pid on another device
at the same moment, and a neighbour of the same program and another pid within two seconds.
"""

from collections.abc import Iterable

from local.incidents.chance import Chance
from local.incidents.clock import MINUTE, SECOND, seconds
from local.incidents.estate import END, OPERATOR, START, Estate
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.world import Account, Device, Process

_EVERYDAY = {
    "windows": ("svchost.exe", "RuntimeBroker.exe", "backgroundTaskHost.exe", "powershell.exe", "cmd.exe"),
    "linux": ("bash", "grep", "cat", "run-parts"),
    "macos": ("mdworker_shared", "zsh", "git", "trustd"),
}
_PARENTS = {
    "windows": ("services.exe", "explorer.exe", "dcom"),
    "linux": ("systemd", "cron"),
    "macos": ("launchd",),
}


def crowd(recorder: Recorder, estate: Estate, attacks: Iterable[Process], seed: int) -> None:
    """Puts the neighbours around `attacks`; each draws from a stream of its own."""
    for attack in list(attacks):
        if attack.created < START:
            continue
        recorder.begin("", Chance(seed, "crowd", attack.device.short, attack.pid, attack.created))
        _earlier(recorder, estate, attack)
        _later(recorder, estate, attack)
        _elsewhere(recorder, estate, attack)
        _neighbour(recorder, estate, attack)


def _earlier(recorder: Recorder, estate: Estate, attack: Process) -> None:
    """The pid's life before: it ended at least seven seconds before the attack took it."""
    chance = recorder.chance
    end = attack.created - 7 * SECOND - chance.integer(0, 20 * MINUTE)
    born = end - chance.integer(8 * SECOND, 90 * SECOND)
    _innocent(recorder, estate, attack.device, attack.pid, (born, end))


def _later(recorder: Recorder, estate: Estate, attack: Process) -> None:
    """The pid's next life: from seven seconds after the attack's last event."""
    born = attack.ended + 7 * SECOND + recorder.chance.integer(0, 12 * MINUTE)
    _innocent(recorder, estate, attack.device, attack.pid, (born, born + 40 * SECOND))


def _elsewhere(recorder: Recorder, estate: Estate, attack: Process) -> None:
    others = [
        one for one in estate.devices.values() if one.family == attack.device.family and one != attack.device
    ]
    if others:
        born = attack.created + recorder.chance.integer(-SECOND // 2, SECOND // 2)
        _innocent(recorder, estate, recorder.chance.pick(others), attack.pid, (born, born + 30 * SECOND))


def _neighbour(recorder: Recorder, estate: Estate, attack: Process) -> None:
    """The same program within two seconds, under another pid and, on Windows, by another user."""
    chance = recorder.chance
    born = attack.created + seconds(chance.number(0.05, 1.9)) * (1 if chance.yes(0.5) else -1)
    if born + 20 * SECOND > END:
        return
    family = attack.device.family
    who: Account | None = OPERATOR if family == "windows" else None
    image = attack.image if attack.image.company else program(family, _EVERYDAY[family][0])
    parent = estate.resident(attack.device.short, chance.pick(_PARENTS[family]))
    near = recorder.start(parent, image, f"{image.name} -ordinary", at=born, account=who, life=20 * SECOND)
    _some_events(recorder, near)


def _innocent(recorder: Recorder, estate: Estate, device: Device, pid: int, span: tuple[int, int]) -> None:
    (born, end), chance = span, recorder.chance
    if end > END or not recorder.pids.claim(device, pid, born, end):
        return
    family = device.family
    parent = estate.resident(device.short, chance.pick(_PARENTS[family]))
    image = program(family, chance.pick(_EVERYDAY[family]))
    process = recorder.start(parent, image, f"{image.name} -k ordinary", at=born, life=end - born, pid=pid)
    _some_events(recorder, process)
    if chance.yes(0.4):
        at = born + chance.integer(SECOND, 3 * SECOND)
        recorder.start(process, image, f"{image.name} child", at=at, life=end - at, reuse=True)


def _some_events(recorder: Recorder, process: Process) -> None:
    chance = recorder.chance
    moment = process.created + seconds(chance.number(0.1, 2.5))
    recorder.network(process, moment, ip=f"192.0.2.{chance.integer(1, 20)}", url="www.contoso.example")
    if process.device.family == "windows":
        recorder.image_load(process, moment + 71, program("windows", "winhttp.dll"))
