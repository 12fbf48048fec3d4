"""Recordings of one session on one device, made by the generator's parts and scored as the scorer does."""

from collections.abc import Callable, Sequence
from pathlib import Path

from local.incidents.case import Case, Evidence, Expectation, process_evidence
from local.incidents.chance import Chance
from local.incidents.estate import DEVICES, END, settle
from local.incidents.recorder import Recorder
from local.incidents.recording import Recording
from local.incidents.scene import Scene, scene
from local.incidents.stage import Stage
from local.incidents.state_tables import record_alerts, record_devices
from local.incidents.world import Process
from local.score.hunting import Asked, batches, findings
from local.score.publishing import Published, Publisher
from local.score.recording import load
from local.score.run import production

Tell = Callable[[Scene], None]


def scored(folder: Path, tell: Tell, *, device: str = "wks-fin-07") -> Published:
    """The row of the one alert that `tell` raises, with the rows of its events."""
    written(folder, tell, device)
    recording, policy = load(folder), production()
    ((cases, now),) = batches(recording.alerts, policy)
    found = findings(recording.engine, cases, now, policy.hunt, Asked())
    (one,) = Publisher(recording, policy).published(cases, found, now)
    return one


def written(folder: Path, tell: Tell, short: str = "wks-fin-07") -> None:
    """Writes the recording of what `tell` does on that device."""
    devices = tuple(device for device in DEVICES if device.short == short)
    recorder = Recorder(Chance("small"))
    estate = settle(devices, recorder, 1)
    stage = Stage(estate, recorder, Chance("small", "story"), 1)
    recorder.begin("small", stage.chance)
    tell(scene(stage, short, "08:00:00.1234567"))
    recorder.begin("", Chance("small", "state"))
    record_alerts(recorder, stage.cases, devices[0])
    record_devices(recorder, devices, 1, last=END)
    Recording(devices, recorder, stage.cases, {}).write(folder)


def alert(on: Scene, subject: Process, evidence: Sequence[Evidence] = ()) -> None:
    """An alert about `subject`, two minutes after the first moment, whose words say nothing; by `evidence`,
    or by that process alone."""
    on.stage.raise_alert(
        Case(
            title="Suspicious activity",
            description="",
            severity="Medium",
            category="",
            device=subject.device,
            first=subject.created,
            last=on.moment(40),
            created=on.moment(120),
            evidence=tuple(evidence) or (process_evidence(subject),),
            expected=Expectation("ExactProcess", "", "", anchors=(subject,)),
            incident=1,
        )
    )


def verdict(one: Published) -> tuple[str, str]:
    """Validation and its reason."""
    return str(one.alert["Validation"]), str(one.alert["ValidationReason"])


def rows(one: Published) -> set[tuple[object, ...]]:
    """What makes the alert's rows unique, and how each is tied."""
    names = ("SourceTable", "EventTimeText", "ReportId", "Tie", "Depth")
    return {tuple(event[name] for name in names) for event in one.events}
