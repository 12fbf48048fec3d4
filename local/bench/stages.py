"""Where an alert waited from the moment it was listed until its final row, from what host and app tell."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.host.records import Invocation, LogEntry

STAGES = (
    "until its fetch begins",
    "until its look-ups begin",
    "look-ups",
    "until its hunt begins",
    "hunt and publishing",
)
_LATE_LINE = timedelta(seconds=2)  # that a hunt's log line may come before the row it tells of is seen


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when something went on."""

    began: datetime
    ended: datetime


@dataclass(slots=True)
class Heard:
    """What the log tells of single alerts and of hunts."""

    enriched: dict[str, list[tuple[str | None, datetime]]] = field(default_factory=dict)
    hunts: list[Span] = field(default_factory=list)

    def line(self, entry: LogEntry) -> None:
        """Keeps a line that says that an alert was looked up, or that a hunt of several ended."""
        if not entry.is_user or not entry.message.startswith("{"):
            return
        try:
            record = json.loads(entry.message)
        except ValueError:
            return
        if record.get("event") == "enriched":
            self.enriched.setdefault(str(record["alert_id"]), []).append((entry.invocation_id, entry.at))
        elif record.get("event") == "hunted":
            self.hunts.append(Span(entry.at - timedelta(seconds=float(record["seconds"])), entry.at))


@dataclass(frozen=True, slots=True)
class Course:
    """One alert's way: seconds by stage, which add up to those from listed to final, and how many hunts of
    others ended between its look-ups and the begin of its own hunt."""

    seconds: Mapping[str, float]
    hunts_before: int

    @property
    def total(self) -> float:
        """Seconds from listed to final."""
        return sum(self.seconds.values())


def course(
    alert_id: str, listed: datetime, final: datetime, heard: Heard, runs: Sequence[Invocation]
) -> Course:
    """The alert's way. A stage that nothing was heard of takes no time; the next one has it."""
    fetches = [run.started for run in runs if run.function == "FetchAlerts"]
    starts = {run.invocation_id: run.started for run in runs}
    looked_up = [one for one in heard.enriched.get(alert_id, ()) if listed <= one[1] <= final]
    run_id, ended = looked_up[-1] if looked_up else (None, None)
    hunt = max(
        (span for span in heard.hunts if span.began <= final <= span.ended + _LATE_LINE),
        key=lambda span: span.began,
        default=None,
    )
    moments = [
        min((begun for begun in fetches if begun >= listed), default=None),
        starts.get(run_id or ""),
        ended,
        hunt and hunt.began,
        final,
    ]
    marks = [listed]
    for moment in moments:
        marks.append(min(final, max(marks[-1], moment or marks[-1])))
    seconds = {
        stage: round((after - before).total_seconds(), 1)
        for stage, (before, after) in zip(STAGES, itertools.pairwise(marks), strict=True)
    }
    before_hunt = marks[4]
    others = [span for span in heard.hunts if ended and ended <= span.ended <= before_hunt]
    return Course(seconds, len(others))


def summed_up(courses: Iterable[Course]) -> dict[str, dict[str, float]]:
    """By stage, the mean of all alerts and the mean of the slowest in twenty; empty without alerts."""
    ordered = sorted(courses, key=lambda one: one.total)
    if not ordered:
        return {}
    slowest = ordered[-max(1, len(ordered) // 20) :]
    return {
        stage: {
            "all": round(statistics.fmean(one.seconds[stage] for one in ordered), 1),
            "slowest": round(statistics.fmean(one.seconds[stage] for one in slowest), 1),
        }
        for stage in STAGES
    }
