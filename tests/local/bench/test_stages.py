"""Where an alert waited, from made-up runs and log lines."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.bench.stages import STAGES, Course, Heard, course, summed_up
from local.host.records import Invocation, LogEntry, Outcome

_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return _NOON + timedelta(seconds=seconds)


def _run(function: str, started: float, run_id: str = "") -> Invocation:
    return Invocation(
        function=function,
        invocation_id=run_id,
        trigger="queueTrigger",
        outcome=Outcome.SUCCEEDED,
        started=_at(started),
        seconds=1.0,
        outputs=0,
    )


def _line(at: float, run_id: str = "", **record: object) -> LogEntry:
    return LogEntry(
        level="Information",
        category="Function.X.User",
        message=json.dumps(record),
        is_user=True,
        invocation_id=run_id,
        at=_at(at),
    )


def _heard(*lines: LogEntry) -> Heard:
    heard = Heard()
    for line in lines:
        heard.line(line)
    return heard


def test_each_stage_has_its_seconds_and_they_add_up() -> None:
    heard = _heard(
        _line(21.0, "r1", event="enriched", alert_id="a"),
        _line(26.0, event="hunted", seconds=3.0),  # of others, between
        _line(36.0, event="hunted", seconds=6.0),
    )
    runs = [_run("FetchAlerts", 0), _run("FetchAlerts", 15), _run("EnrichAlert", 18, "r1")]

    found = course("a", _at(5), _at(35), heard, runs)

    assert found.seconds == dict(zip(STAGES, (10.0, 3.0, 3.0, 9.0, 5.0), strict=True))
    assert (found.total, found.hunts_before) == (30.0, 1)


@pytest.mark.parametrize("hunted_from", [17.0, 19.5])
def test_a_hunt_that_begins_beside_the_look_ups_counts_from_their_end(hunted_from: float) -> None:
    heard = _heard(
        _line(20.0, "r1", event="enriched", alert_id="a"),
        _line(25.0, event="hunted", seconds=25.0 - hunted_from),
    )

    found = course("a", _at(5), _at(24), heard, [_run("FetchAlerts", 15), _run("EnrichAlert", 18, "r1")])

    assert found.seconds["until its hunt begins"] == 0
    assert found.total == 19.0


def test_what_nothing_was_heard_of_takes_no_time() -> None:
    found = course("a", _at(5), _at(24), Heard(), [])

    assert [found.seconds[stage] for stage in STAGES] == [0, 0, 0, 0, 19.0]


def test_broken_and_foreign_lines_are_passed_over() -> None:
    heard = _heard(_line(1.0, event="fetched"))
    heard.line(LogEntry(level="Information", category="x", message="{broken", is_user=True))

    assert heard == Heard()


def test_the_slowest_in_twenty_are_told_apart() -> None:
    quick = [Course(dict.fromkeys(STAGES, 1.0), 0)] * 39
    slow = Course(dict.fromkeys(STAGES, 1.0) | {"look-ups": 41.0}, 0)

    summed = summed_up([*quick, slow])

    assert summed["look-ups"] == {"all": 2.0, "slowest": 21.0}
    assert summed_up([]) == {}
