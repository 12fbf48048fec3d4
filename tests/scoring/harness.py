"""Compares what the scorer's own hunts find in a recording with the recorded incident's truth."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from local.published import Row
from local.score import recording as recordings
from local.score.hunting import SETTLED, Asked, findings
from local.score.publishing import Publisher
from local.score.run import production
from shared.core.correlate import identity
from shared.core.correlate.finding import Finding
from shared.core.hunting import Case, HuntPolicy
from shared.core.values.instant import Instant

POLICY = HuntPolicy()
BUSIER = ("--noise", "2", "--pid-reuse", "3")  # the generator's arguments
_HALF_A_DAY = 43_200

type Key = tuple[str, str, int, str]


@dataclass(eq=False)  # one is itself alone, which `whole` and `alone` go by
class Recording(recordings.Recording):
    """A recorded folder with the truth about it."""

    truth: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Run(Asked):
    """What a hunt found and what it cost."""

    findings: dict[str, Finding] = field(default_factory=dict)


def load(folder: Path, *, without_late: bool = False) -> Recording:
    """The recording in `folder`; `without_late` leaves out rows that arrive after their alert."""
    read = recordings.load(folder, without_late=without_late)
    truth = json.loads((folder / "truth.json").read_text("utf-8"))["alerts"]
    return Recording(read.alerts, read.source, read.engine, read.directory, read.warnings, truth)


def run(
    recording: Recording,
    cases: Sequence[Case] | None = None,
    *,
    policy: HuntPolicy = POLICY,
    now: Instant | None = None,
) -> Run:
    """A whole hunt, in batches as the pipeline makes them."""
    cases = cases or [Case(alert) for alert in recording.alerts]
    done = Run()
    for first in range(0, len(cases), policy.batch_size):
        batch = cases[first : first + policy.batch_size]
        at = now or recording.newest.plus(SETTLED)
        done.findings |= findings(recording.engine, batch, at, policy, done)
    return done


@cache
def whole(recording: Recording) -> Run:
    """The hunt for all of the recording's alerts, made once."""
    return run(recording)


@cache
def alone(recording: Recording, alert_id: str) -> Run:
    """The hunt for one alert in no other's company, made once."""
    (alert,) = (one for one in recording.alerts if one.id == alert_id)
    return run(recording, [Case(alert)])


@cache
def by_pid_alone(recording: Recording) -> Run:
    """The hunt of a match that takes any process of the same pid within half a day for the same one."""
    with mock.patch.object(identity, "_ONE_MOMENT", _HALF_A_DAY * 10_000_000):
        return run(recording, policy=replace(POLICY, tolerance_s=_HALF_A_DAY))


@cache
def published(recording: Recording) -> dict[str, Row]:
    """The row that the app would publish of each alert after that hunt, by alert id; made once."""
    cases = [Case(alert) for alert in recording.alerts]
    now = recording.newest.plus(SETTLED)
    rows = Publisher(recording, production()).published(cases, whole(recording).findings, now)
    return {str(one.alert["AlertId"]): one.alert for one in rows}


_LITERALS = re.compile(r'"(?:[^"\\]|\\.)*"|\b\d[\dTZ:.-]*')
_MANY = re.compile(r"(?:#(?:[\s,()]|datetime\()*){2,}")


def one_of_each_shape(queries: Iterable[str]) -> list[str]:
    """Queries of which no two differ in nothing but texts, times and numbers, and how many of them a list
    has. Of each shape it is the longest; what may stand in a literal, tests of injection see to."""
    longest: dict[str, str] = {}
    for query in sorted(queries, key=len):
        longest[_MANY.sub("#", _LITERALS.sub("#", query))] = query
    return list(longest.values())


def wrong_words(truth: Mapping[str, Mapping[str, Any]], told: Mapping[str, str]) -> dict[str, str]:
    """The validations that the truth does not allow, by the alert's title; `told` is by alert id."""
    return {
        one["title"]: told[alert_id]
        for alert_id, one in truth.items()
        if told[alert_id] not in (one["validation"], *one["also"])
    }


@dataclass
class Score:
    """One alert's finding beside its truth; `missing` and `extra` are row keys."""

    alert_id: str
    title: str
    finding: Finding
    truth: Mapping[str, Any]
    missing: set[Key]
    extra: set[Key]
    right: int

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missing)) if self.right + len(self.missing) else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.extra)) if self.right + len(self.extra) else 1.0

    @property
    def is_by_rows(self) -> bool:
        return bool(self.truth["scored_by"] == "rows")

    @property
    def has_process(self) -> bool:
        return self.truth["method"] in ("ExactProcess", "ProcessWithinTolerance")

    def line(self) -> str:
        """For a person, 100 columns wide."""
        title = self.title.replace("\n", " ")[:44]
        return (
            f"{title:44} {self.finding.method:22} {self.finding.confidence:3} "
            f"recall {self.recall:.3f} precision {self.precision:.3f} events {self.finding.event_count}"
        )


def scores(recording: Recording, found: Mapping[str, Finding]) -> list[Score]:
    """Every alert's score. Rows that the truth calls neutral count neither way."""
    made = []
    for alert_id, truth in recording.truth.items():
        finding = found[alert_id]
        right = keys(truth["rows"]["chain"])
        neutral = {key for rows in truth["neutral"].values() for key in keys(rows)} - right
        got = {tied.event.key for tied in finding.events} - neutral
        scored = truth["scored_by"] == "rows"
        made.append(
            Score(
                alert_id,
                truth["title"],
                finding,
                truth,
                right - got if scored else set(),
                got - right if scored else set(),
                len(right & got),
            )
        )
    return made


def keys(rows: Iterable[Sequence[Any]]) -> set[Key]:
    """Row keys as the truth file writes them."""
    return {(table, device, Instant.parse(time).ticks, str(report)) for table, device, time, report in rows}
