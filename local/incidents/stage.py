"""Where a story is told: the company, the recording, a stream of chance, and the alerts raised so far."""

import json
from dataclasses import dataclass, field, replace

from local.incidents.case import Case
from local.incidents.chance import Chance, sha1_of
from local.incidents.clock import at, seconds
from local.incidents.columns import file
from local.incidents.estate import Estate
from local.incidents.recorder import Recorder
from local.incidents.world import Account, Cell, File, Process

_DAY = "2026-11-24T"


@dataclass(slots=True)
class Stage:
    """What a story needs. `actors` lets a later story go on from a process of an earlier one."""

    estate: Estate
    recorder: Recorder
    chance: Chance
    seed: int
    cases: list[Case] = field(default_factory=list)
    actors: dict[str, Process] = field(default_factory=dict)
    dropped: list[File] = field(default_factory=list)  # attackers' files, for the file look-ups
    late_seconds: float = 240.0

    def raise_alert(self, case: Case) -> Case:
        """The alert as raised: with the story that told of it and the number its id ends in."""
        number = int(sha1_of("alert", self.seed, case.title, len(self.cases))[:7], 16)
        raised = replace(case, story=self.recorder.story, number=number)
        self.cases.append(raised)
        return raised

    def drop(self, subject: File) -> File:
        """`subject`, remembered as a file the look-ups know to be rare."""
        self.dropped.append(subject)
        return subject

    def antivirus(
        self,
        process: Process,
        when: int,
        subject: File,
        *,
        threat: str,
        executing: bool,
        about: tuple[str, ...] = (),
    ) -> None:
        """The antivirus event that `process` set off by touching or being `subject`: detected and removed."""
        text = json.dumps(
            {
                "ThreatName": threat,
                "WasExecutingWhileDetected": executing,
                "Action": 2,
                "WasRemediated": True,
                "ReportSource": "Windows Defender",
            }
        )
        columns: dict[str, Cell] = {**file(subject), "AdditionalFields": text}
        self.recorder.event("DeviceEvents", process, when, "AntivirusDetection", columns, about=about)


def clock(text: str) -> int:
    """A time on the day of the incident."""
    return at(_DAY + text)


def later(moment: int, count: float) -> int:
    """`count` seconds after `moment`."""
    return moment + seconds(count)


def attacker(name: str, folder: str, content: str = "") -> File:
    """A file of the attackers: no maker, no signature."""
    return File(name, folder, content=content)


def as_user(who: Account) -> str:
    """The folder of a Windows user."""
    return f"C:\\Users\\{who.name}"
