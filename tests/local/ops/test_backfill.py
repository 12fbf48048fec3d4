"""Alerts of a past span: admitted as history, politely, and safely repeated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from local.ops.backfill import Backfill, Pace, Stalled, Tally, span_of
from shared.core.correlate.finding import Cell
from shared.core.progress.messages import Pointer
from shared.errors import AccessDenied, Throttled, Unavailable
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, World, row_of

DAY = 24 * 60.0
POLICY = Policy()
SPAN = span_of(START - timedelta(days=10), START)


def world_of(count: int, *, apart: float = 1.0) -> World:
    """Alerts of five days ago, so many minutes apart."""
    return World(alerts=[raw_alert(f"old{n}", minutes_ago=5 * DAY - n * apart) for n in range(count)])


def backfill(world: World, pace: Pace | None = None) -> tuple[Tally, list[str]]:
    said: list[str] = []
    run = Backfill(world.ports(), POLICY, pace or Pace(), said.append)
    return run.run(SPAN), said


def work(world: World) -> None:
    """One round of all three functions, as the minutes do."""
    ports = world.ports()
    sent = fetch_alerts(ports, POLICY)
    wake_ups = list(sent.wake_ups)
    for pointer in sent.pointers:
        wake_ups += enrich_alert(ports, POLICY, pointer, 1).wake_ups
    for wake_up in wake_ups:
        hunt_correlate(ports, POLICY, wake_up, "holder")


def test_old_alerts_are_admitted_and_published_as_history() -> None:
    world = world_of(7)
    world.pass_time(seconds=1)
    tally, said = backfill(world)
    assert (tally.listed, tally.known, tally.admitted, tally.gone) == (7, 0, 7, [])
    assert any(line.endswith("7 listed, 0 known already, 7 admitted") for line in said)
    work(world)
    assert {row_of(world, f"old{n}")["NotifyState"] for n in range(7)} == {"historic"}


def test_the_next_fetch_sends_what_was_admitted() -> None:
    world = world_of(3)
    backfill(world)
    sent = {Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), POLICY).pointers}
    assert sent == {"old0", "old1", "old2"}


def test_a_second_run_admits_nothing_and_costs_a_listing_a_day() -> None:
    world = world_of(4)
    backfill(world)
    work(world)
    assert world.history  # one is known from history, not only from the open partition
    world.calls.clear()
    tally, _ = backfill(world)
    assert (tally.known, tally.admitted) == (4, 0)
    assert world.calls.count("alerts") == 10 == len(world.calls)


def test_many_alerts_come_in_few_calls() -> None:
    world = world_of(300)
    backfill(world)
    assert world.effects.count("alerts api") <= 12
    assert "alert api" not in world.effects
    assert len(world.open) == 300


def test_a_full_page_is_asked_for_in_halves() -> None:
    world = world_of(40)
    world.page_size = 16
    tally, _ = backfill(world)
    assert tally.admitted == 40


def test_lone_alerts_are_fetched_by_id_without_reading_their_neighbours() -> None:
    world = world_of(3, apart=12 * 60)
    tally, _ = backfill(world)
    assert world.effects.count("alert api") == 3 == tally.admitted


def test_an_alert_that_is_listed_and_then_gone_is_named() -> None:
    world = world_of(2, apart=12 * 60)
    world.before_effect["alert api"] = [lambda: world.alerts.clear()]
    tally, _ = backfill(world)
    assert sorted(tally.gone) == ["old0", "old1"]
    assert tally.admitted == 0


def test_calls_are_spaced_and_a_refusal_is_waited_out() -> None:
    world = world_of(2)
    world.failures["alerts api"] = [Throttled("enough", retry_after=40.0), Unavailable("gone for now")]
    tally, said = backfill(world, Pace(between_calls=3.0))
    assert tally.admitted == 2
    assert 40.0 in world.slept
    assert world.slept.count(3.0) >= 10
    assert "the alert API asks for a pause of 40 s" in said


def test_a_refusal_for_good_is_raised_at_once() -> None:
    world = world_of(1)
    world.failures["alerts api"] = [AccessDenied("no role", status=403)]
    with pytest.raises(AccessDenied):
        backfill(world)
    assert world.open == {}


def test_no_more_are_in_work_at_once_than_asked_for() -> None:
    world = world_of(240)
    most = 0

    world.hunt = lambda name, kql: list[dict[str, Cell]]()
    ports = world.ports()

    class Clock:
        def now(self) -> object:
            return world.now

        def sleep(self, seconds: float) -> None:
            nonlocal most
            most = max(most, sum(not row.was_published for row in world.open.values()))
            world.pass_time(seconds=seconds)
            if seconds >= 10:
                work(world)

    said: list[str] = []
    run = Backfill(replace(ports, clock=Clock()), POLICY, Pace(open_at_once=20), said.append)  # type: ignore[arg-type]
    tally = run.run(SPAN)
    assert tally.admitted == 240
    assert 20 <= most < 20 + 200
    assert any("waiting for them" in line for line in said)


def test_it_says_so_where_nobody_works_on_what_it_admits() -> None:
    world = world_of(30, apart=0.1)
    with pytest.raises(Stalled, match="is the app running"):
        backfill(world, Pace(open_at_once=0))
    assert len(world.open) == 0
