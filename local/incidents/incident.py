"""The recorded incident: every story, innocent neighbours of what alerts name, and ordinary days around."""

from collections import defaultdict

from local.incidents.chance import Chance
from local.incidents.crowd import crowd
from local.incidents.estate import DEVICES, END, Estate, settle
from local.incidents.noise import make_noise
from local.incidents.recorder import Recorder
from local.incidents.recording import Recording
from local.incidents.stage import Stage
from local.incidents.state_tables import record_alerts, record_certificates, record_devices
from local.incidents.stories import ORDINARY, STORIES
from local.incidents.truth import ancestors
from local.incidents.world import Device, File, Process

LATE_SECONDS = 240.0


def make_incident(
    seed: int, *, noise: float = 1.0, pid_reuse: float = 1.0, late_seconds: float = LATE_SECONDS
) -> Recording:
    """The incident for a seed. `noise` and `pid_reuse` change what lies around the attacks, never those.

    `late_seconds` after the newest alert's creation, that alert's telemetry arrives.
    """
    recorder = Recorder(Chance(seed, "start"))
    estate = settle(DEVICES, recorder, seed)
    stage = Stage(estate, recorder, recorder.chance, seed, late_seconds=late_seconds)
    for name, tell in (*STORIES, *ORDINARY):
        stage.chance = Chance(seed, "story", name)
        recorder.begin(name, stage.chance)
        tell(stage)
    told = [process for process in recorder.processes if process.story]
    crowd(recorder, estate, _crowded(stage, told), seed)
    make_noise(recorder, estate, _busy(stage), seed, amount=noise, reuse=pid_reuse)
    _record_state(recorder, estate, stage, told, seed)
    settings = {
        "kind": "incident",
        "seed": seed,
        "noise": noise,
        "pid_reuse": pid_reuse,
        "late_seconds": late_seconds,
    }
    return Recording(DEVICES, recorder, stage.cases, settings, stage.dropped)


def _crowded(stage: Stage, told: list[Process]) -> list[Process]:
    """The attacks' processes, and of ordinary work those that an alert names."""
    named = {id(process) for case in stage.cases for process in case.expected.anchors}
    ordinary = {name for name, _ in ORDINARY}
    return [process for process in told if process.story not in ordinary or id(process) in named]


def _busy(stage: Stage) -> dict[str, list[int]]:
    moments: dict[str, list[int]] = defaultdict(list)
    for case in stage.cases:
        if case.device is not None:
            moments[case.device.short].append(case.created)
    return moments


def _record_state(recorder: Recorder, estate: Estate, stage: Stage, told: list[Process], seed: int) -> None:
    recorder.begin("", Chance(seed, "state"))
    devices = tuple(estate.devices.values())
    record_alerts(recorder, stage.cases, devices[0])
    record_devices(recorder, devices, seed, last=END)
    seen: dict[tuple[str, str], tuple[Device, File]] = {}
    for one in told:
        for process in (one, *ancestors(one)):
            if process.image.hashed and process.device.family == "windows":
                seen[process.device.id, process.image.sha1] = (process.device, process.image)
    record_certificates(recorder, seen.values(), last=END)
