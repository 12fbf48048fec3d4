"""Alerts of services that the app does not take are counted once an hour, in the log and for `ops status`."""

import json
import logging

import pytest

from shared.core.values import OtherAlerts
from shared.errors import Throttled
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.world import World

IDENTITY, MAIL = "microsoftDefenderForIdentity", "microsoftDefenderForOffice365"


def _hours_later(world: World, hours: int = 1) -> str:
    """What the checkpoint says of others after the next count."""
    world.pass_time(hours=hours, minutes=1)
    fetch_alerts(world.ports(), Policy())
    return world.checkpoints["defender"].others


def _world(**counts: int) -> World:
    world = World(others=OtherAlerts(counts, is_whole=True))
    fetch_alerts(world.ports(), Policy())
    return world


def _logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    return [line for line in lines if "other services" in str(line["event"])]


def test_they_are_counted_by_service_the_most_first(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = _world(**{IDENTITY: 2, MAIL: 5})
    assert world.checkpoints["defender"].others == ""
    assert _hours_later(world) == f"7: {MAIL} 5, {IDENTITY} 2 in an hour"
    [line] = _logged(caplog)
    assert (line["total"], line["is_whole"], line["services"]) == (7, True, f"7: {MAIL} 5, {IDENTITY} 2")


def test_each_count_goes_on_where_the_last_one_ended() -> None:
    world = _world(**{IDENTITY: 2})
    _hours_later(world)
    world.pass_time(minutes=30)
    fetch_alerts(world.ports(), Policy())
    assert len(world.others_asked) == 1
    assert _hours_later(world, 5) == f"2: {IDENTITY} 2 in 6 h"
    assert _hours_later(world, 90) == f"2: {IDENTITY} 2 in 48 h"
    first, second, third = world.others_asked
    assert second.start == first.end and third.start > second.end


def test_a_count_that_is_not_whole_says_so_and_none_is_said_too() -> None:
    world = _world()
    assert _hours_later(world) == "none in an hour"
    world.others = OtherAlerts({f"service {n}\n": 1 for n in range(14)}, is_whole=False)
    said = _hours_later(world)
    assert said.startswith("at least 14: service 0 1, ") and "4 more services" in said
    assert said.isprintable()


def test_a_source_of_one_service_is_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    fetch_alerts(world.ports(), Policy())
    assert _hours_later(world) == "" and _logged(caplog) == []


def test_a_count_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = _world(**{IDENTITY: 2})
    world.failures["others api"] = [Throttled("slow down", retry_after=60)]
    assert _hours_later(world) == ""
    assert world.checkpoints["defender"].audit_result
    assert [line["event"] for line in _logged(caplog)] == ["other services not counted"]
