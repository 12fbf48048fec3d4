"""How often the source is asked, by runs of the timer that come each 15 s, late, twice, or side by side."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.progress import PollPolicy
from shared.errors import Throttled, Unavailable
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

POLICY = Policy()
SLOW = replace(POLICY, poll=PollPolicy(every=timedelta(minutes=1)))


def _runs(world: World, policy: Policy, *waits: float) -> list[int]:
    """How many list calls each run made, that many seconds after the one before."""
    made = []
    for wait in waits:
        world.pass_time(seconds=wait)
        before = world.effects.count("alerts api")
        fetch_alerts(world.ports(), policy)
        made.append(world.effects.count("alerts api") - before)
    return made


def test_each_run_of_the_timer_asks_once() -> None:
    assert _runs(World(), POLICY, 0, 15, 15, 15, 15) == [1] * 5


def test_with_a_longer_time_runs_in_between_end_at_once_and_a_late_one_is_still_in_its_turn() -> None:
    world = World()
    assert _runs(world, SLOW, 0, 15, 15, 15, 15) == [1, 0, 0, 0, 1]
    world.effects.clear()
    assert _runs(world, SLOW, 0.2) == [0], "the same run twice"
    assert world.effects == ["read checkpoint"]
    assert _runs(world, SLOW, 58, 1.9, 59.8) == [0, 1, 0], "too early, a moment late, a moment early"
    assert _runs(world, SLOW, 0.2) == [1]


def test_where_nothing_came_for_an_hour_every_second_run_asks_until_something_comes() -> None:
    world, policy = World(), replace(POLICY, audit_every=1e9)
    assert _runs(world, policy, 0, 15, 15) == [1, 1, 1]
    assert _runs(world, policy, 3_570, 15, 15, 15, 15) == [1, 0, 1, 0, 1], "an hour is over"
    world.alerts = [raw_alert("a", minutes_ago=-61)]
    assert _runs(world, policy, 15, 15, 15, 15, 15) == [0, 1, 1, 1, 1]
    assert "a" in world.open


def test_a_longer_time_stays_in_quiet_times() -> None:
    world, policy = World(), replace(SLOW, audit_every=1e9)
    assert _runs(world, policy, 0, 7_200, 30, 30) == [1, 1, 0, 1]


def test_a_failed_fetch_counts_as_the_turn_of_its_minute() -> None:
    world = World(failures={"alerts api": [Unavailable("down", service="defender")]})
    assert _runs(world, SLOW, 0, 15, 45) == [1, 0, 1]


def test_a_source_whose_quota_is_spent_is_left_alone_for_a_minute_while_the_rest_goes_on() -> None:
    world = World(alerts=[raw_alert("a", minutes_ago=1)])
    [first] = fetch_alerts(world.ports(), POLICY).pointers
    world.pass_time(minutes=12)
    world.failures["alerts api"] = [Throttled("quota", service="defender", retry_after=30)]
    assert fetch_alerts(world.ports(), POLICY).pointers == (first,), "sent again meanwhile"
    assert _runs(world, POLICY, 15, 15, 15, 15) == [0, 0, 0, 1]


def test_the_whole_overlap_is_asked_for_once_a_minute_and_finds_what_is_listed_late() -> None:
    world = World()
    _runs(world, POLICY, 0)
    world.pass_time(seconds=15)
    world.alerts = [raw_alert("late", minutes_ago=4), raw_alert("new", minutes_ago=0)]
    found = []
    for _ in range(4):
        found.append([*map(_id, fetch_alerts(world.ports(), POLICY).pointers)])
        world.pass_time(seconds=15)
    assert found == [["new"], [], [], ["late"]]


def _id(pointer: str) -> str:
    return "late" if "late" in pointer else "new"


def test_runs_side_by_side_admit_each_alert_once_and_never_move_the_checkpoint_back() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=2) for n in range(3)])
    other: list[Outbox] = []

    def at_once() -> None:
        other.append(fetch_alerts(world.ports(), POLICY))

    world.before_effect["alerts api"] = [at_once]
    mine = fetch_alerts(world.ports(), POLICY)
    assert sorted(other[0].pointers + mine.pointers) == sorted(set(other[0].pointers + mine.pointers))
    assert len(world.open) == 3
    position = world.checkpoints["defender"].position
    assert position is not None
    world.pass_time(seconds=15)
    fetch_alerts(world.ports(), POLICY)
    later = world.checkpoints["defender"].position
    assert later is not None and later >= position


@pytest.mark.parametrize("alerts", [0, 1])
def test_hunting_starts_beside_the_pointers_and_not_without_them(alerts: int) -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=1) for n in range(alerts)])
    assert len(fetch_alerts(world.ports(), POLICY).wake_ups) == alerts
