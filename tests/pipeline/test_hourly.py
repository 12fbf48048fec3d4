"""What FetchAlerts does beside fetching: purging once an hour, and one line of counters a run."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

POLICY = Policy()


def test_old_rows_are_purged_once_an_hour_by_the_retention() -> None:
    world = World()
    begun = world.now
    for minutes in (0, 30, 31, 1, 58, 2):
        world.pass_time(minutes=minutes)
        fetch_alerts(world.ports(), POLICY)
    kept = timedelta(seconds=POLICY.retention)
    assert world.purged == [begun + timedelta(minutes=61) - kept, begun + timedelta(minutes=122) - kept]


def _counters(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    return next(line for line in reversed(lines) if line["event"] == "counters")


def test_the_counters_tell_what_waits_and_not_what_is_planned(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = World(alerts=[raw_alert("a1", minutes_ago=5), raw_alert("a2", minutes_ago=5)])
    fetch_alerts(world.ports(), POLICY)
    world.pass_time(minutes=8)
    fetch_alerts(world.ports(), POLICY)
    waiting = _counters(caplog)
    assert (waiting["backlog"], waiting["waiting_enrichment"], waiting["more"]) == (2, 2, False)
    assert waiting["oldest_waiting_s"] == 480
    for row in list(world.open.values()):
        planned = world.now + timedelta(minutes=25)
        world.stands(replace(row, sends=0, enrich_due=None, hunt_due=planned))
    fetch_alerts(world.ports(), POLICY)
    assert _counters(caplog)["backlog"] == 0
