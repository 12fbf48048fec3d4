"""Scenes made by chance: alerts of all kinds meet on one device, and share files, values and parents."""

from local.incidents.case import (
    Case,
    Evidence,
    Expectation,
    file_evidence,
    ip_evidence,
    process_evidence,
    registry_evidence,
    user_evidence,
)
from local.incidents.chance import Chance
from local.incidents.clock import HOUR
from local.incidents.scene import Scene
from local.incidents.stage import attacker
from local.incidents.world import Process
from shared.core.values import TICKS_PER_SECOND

_PROGRAMS = ("cmd.exe", "powershell.exe", "msedge.exe", "notepad.exe", "reg.exe", "svchost.exe")
_RUN = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"
_ADDRESS = "203.0.113.77"
_LOUD = ("AntivirusDetection", "AsrVulnerableSignedDriverBlocked", "OpenProcessApiCall", "TamperingAttempt")
_SAMPLE = attacker("driver_pack.exe", "C:\\Users\\Public\\Downloads")


def tell(on: Scene, chance: Chance, processes: int) -> None:
    """What happened, and an alert of each kind at the moments of some of it."""
    found = [_without_row(on, on.resident("explorer.exe"), "agent.exe", -2_000.0)]
    found.append(_without_row(on, found[0], "task.exe", -1_000.0))
    # Who started nothing, and has no creation row, is only known where somebody asks for its own doings.
    found.append(on.run(found[-1], "cmd.exe", "cmd.exe /c job", 0.1, life=9_000))
    for _ in range(processes):
        parent = chance.pick([on.resident("explorer.exe"), on.resident("services.exe"), *found])
        at = max(0.0, (parent.created - on.born) / TICKS_PER_SECOND) + chance.number(0.1, 15)
        found.append(on.run(parent, chance.pick(_PROGRAMS), f"job {len(found)}", at, life=9_000))
        if chance.yes(0.2):
            on.stage.recorder.rows[-1].time += 2 * HOUR
    for each in found:
        _act(on, each, chance)
    for subject in found:
        _alerts(on, subject, chance)


def _without_row(on: Scene, parent: Process, name: str, at: float) -> Process:
    """A process that was there before the sensor, or whose row is lost."""
    process = on.run(parent, attacker(name, "C:\\Apps"), name, at, life=20_000)
    on.stage.recorder.rows.pop()
    return process


def _act(on: Scene, process: Process, chance: Chance) -> None:
    first = max(0.0, (process.created - on.born) / TICKS_PER_SECOND) + 0.3
    for _ in range(chance.integer(0, 3)):
        at = first + chance.number(0, 20)
        names = [f"C:\\Work\\{chance.integer(0, 999)}.txt" for _ in range(chance.pick([1, 3, 14]))]
        on.write(process, at, *names, *([_SAMPLE.path] if chance.yes(0.5) else []))
    if chance.yes(0.5):
        on.put(process, first + 2, _RUN, "Updater", "x.exe")
    for _ in range(chance.pick([0, 1, 7])):
        on.call(process, first + chance.number(0, 30), _ADDRESS)
    for _ in range(chance.integer(0, 2)):
        at = on.moment(first + chance.number(0, 9))
        on.stage.recorder.event("DeviceEvents", process, at, chance.pick(_LOUD), {})


def _alerts(on: Scene, subject: Process, chance: Chance) -> None:
    """One by the process, and one by a thing, an account, or nothing but the device."""
    key = _RUN.removeprefix("HKLM\\")
    things: list[tuple[Evidence, ...]] = [
        (),
        (file_evidence(_SAMPLE),),
        (ip_evidence(_ADDRESS),),
        (registry_evidence("HKEY_LOCAL_MACHINE", key, "Updater", "x.exe"),),
        (user_evidence(subject.account),),
    ]
    for evidence in ((process_evidence(subject),), chance.pick(things)):
        rows = [row.time for row in on.stage.recorder.rows if row.owner is subject] or [subject.created]
        first = max(chance.pick(rows), on.born)
        on.stage.raise_alert(
            Case(
                title="Suspicious activity",
                description="",
                severity="Medium",
                category="",
                device=subject.device,
                first=first,
                last=max(first, on.moment(chance.number(0, 60))),
                created=max(first, on.moment(120)),
                evidence=evidence,
                expected=Expectation("ExactProcess", "", "", anchors=(subject,)),
                incident=1,
            )
        )
