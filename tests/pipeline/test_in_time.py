"""A row in time whatever goes on, fair turns, and tellings that are spaced, minute by minute."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.core.progress.ledger_row import LedgerPolicy
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Message, Platform
from tests.pipeline.raw import ago, raw_alert
from tests.pipeline.world import START, World, row_of

POLICY = Policy()


def _installed(*alerts: dict[str, object]) -> tuple[World, Platform]:
    """A platform that runs for two minutes before the alerts come."""
    world = World()
    platform = Platform(world)
    platform.tick()
    world.pass_time(minutes=2)
    world.alerts += alerts
    return world, platform


def _with_more_evidence(raw: dict[str, object], minute: float) -> dict[str, object]:
    """A version of that minute, with one address more."""
    address = {"entityType": "Ip", "ipAddress": f"203.0.{int(minute) // 250}.{int(minute) % 250 + 1}"}
    evidence = [*raw["evidence"], address]  # type: ignore[misc]  # a list, in these tests
    return raw | {"lastUpdateTime": ago(0.5 - minute), "evidence": evidence}


def _run(world: World, platform: Platform, minutes: int, *, lag: int, flaps: bool = True) -> list[datetime]:
    """Lets minutes pass; messages are delivered `lag` minutes after they left. When alert f was told."""
    begun = (world.now - START).total_seconds() / 60
    told: list[datetime] = []
    waiting: list[tuple[int, Message]] = []
    for minute in range(minutes):
        if flaps:
            at = next(n for n, raw in enumerate(world.alerts) if raw["id"] == "f")
            world.alerts[at] = _with_more_evidence(world.alerts[at], begun + minute)
        platform.tick()
        waiting += [(minute + lag, message) for message in platform.to_enrich]
        platform.to_enrich.clear()
        for due, message in list(waiting):
            if due <= minute:
                waiting.remove((due, message))
                platform.to_enrich.append(message)
        before = len([one for one in platform.told if one[0] == "f"])
        platform.deliver_all()
        after = len([one for one in platform.told if one[0] == "f"])
        told += [world.now] * (after - before)
        world.pass_time(minutes=1)
    return told


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_an_alert_that_grows_every_minute_has_its_row_in_time_and_is_told_ever_more_seldom(lag: int) -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1))
    begun = world.now
    told = _run(world, platform, 240, lag=lag)
    first = row_of(world, "f")["FirstPublished"]
    assert isinstance(first, datetime)
    assert (first - begun).total_seconds() <= POLICY.notify_after + 120
    assert 2 <= len(told) <= 12
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(told)]
    assert max(gaps) <= 3_600 + 120


def test_what_was_held_back_is_told_in_the_end() -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1))
    _run(world, platform, 20, lag=0)
    last = str(world.alerts[0]["lastUpdateTime"])
    told = _run(world, platform, 70, lag=0, flaps=False)
    assert told
    assert row_of(world, "f")["AlertUpdated"] == datetime.fromisoformat(last).replace(microsecond=0) or (
        str(row_of(world, "f")["AlertUpdated"])[:16] == last[:16].replace("T", " ")
    )
    assert not world.open or all(
        row.paced_at is None or row.paced_at <= world.now for row in world.open.values()
    )


def test_what_gets_graver_is_told_at_once() -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1, severity="Low"))
    _run(world, platform, 40, lag=0)
    world.alerts[0] = world.alerts[0] | {"severity": "High", "lastUpdateTime": ago(-41.5)}
    assert _run(world, platform, 1, lag=0, flaps=False)
    assert row_of(world, "f")["EventSeverity"] == "High"


def test_an_alert_whose_pointer_is_lost_is_hunted_and_told_in_time() -> None:
    world = World(alerts=[raw_alert("f", minutes_ago=-1)])
    platform = Platform(world, replace(POLICY, ledger=LedgerPolicy(resend_after=1e6)))
    platform.tick()
    world.pass_time(minutes=2)
    platform.tick()
    begun = world.now
    told: list[float] = []
    for _ in range(5):
        platform.to_enrich.clear()
        platform.deliver_all()
        told += [(world.now - begun).total_seconds()] * (len(platform.told) - len(told))
        world.pass_time(minutes=1)
        platform.tick()
    assert row_of(world, "f")["CorrelationReason"] == "TelemetryNotInYet"
    assert row_of(world, "f")["FirstPublished"] == begun
    assert told == [POLICY.notify_after], "once, and not before, for its look-ups might have ended"


def test_an_alert_that_nobody_hunts_is_shown_after_a_minute_and_told_at_notify_after() -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1.5))
    platform.tick()
    platform.to_enrich.clear()
    world.stands(replace(world.open["f"], hunt_due=None))  # as of one that is hunted after its look-ups
    shown: dict[int, object] = {}
    for second in range(0, 240, 15):
        world.now = world.open["f"].first_seen + timedelta(seconds=second + 1)
        platform.tick()
        platform.to_enrich.clear()
        platform.deliver_all()
        shown |= {second: row_of(world, "f")["NotifyState"]} if world.rows else {}
    assert min(shown) == 60
    assert {second for second, state in shown.items() if state == "pending"} == set(range(60, 180, 15))
    assert platform.told == [("f", 1)]


def test_an_alert_whose_hunt_ends_before_its_look_ups_is_told_once_with_both() -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1))
    platform.tick()
    pointer = platform.to_enrich.popleft()
    platform.deliver_all()
    before = row_of(world, "f")
    assert (before["CorrelationStatus"], before["NotifyState"]) == ("NoMatch", "pending")
    assert platform.told == []
    world.pass_time(seconds=5)
    platform.to_enrich.append(pointer)
    platform.deliver_all()
    assert platform.told == [("f", 1)]
    assert row_of(world, "f")["EnrichmentStatus"] != before["EnrichmentStatus"]


def test_an_alert_whose_look_ups_end_while_it_is_hunted_has_one_write_with_both() -> None:
    world, platform = _installed(raw_alert("f", minutes_ago=-1))
    platform.tick()
    [(pointer, *_)] = platform.to_enrich
    platform.to_enrich.clear()
    world.before_effect["hunting api"] = [lambda: enrich_alert(world.ports(), POLICY, pointer, 1)]
    world.effects.clear()
    platform.deliver_all()
    assert platform.told == [("f", 1)]
    assert world.effects.count("write alert row") == 1
    row = world.open["f"]
    assert (row.awaits_look_ups, row.publish_due) == (False, None)


def _before_twenty_new_ones() -> tuple[World, Platform]:
    world, platform = _installed()
    world.alerts += [raw_alert(f"b{n}", minutes_ago=-1) for n in range(20)]
    world.effects.clear()
    return world, platform


def test_alerts_whose_fetch_died_are_sent_by_the_next_one() -> None:
    world, platform = _before_twenty_new_ones()
    platform.tick()
    effects = len(world.effects)
    world, platform = _before_twenty_new_ones()
    world.crash_at = (effects - 1, "before")
    platform.tick()
    assert len(platform.crashes) == 1
    assert {f"b{n}" for n in range(20)} <= world.open.keys()
    assert not platform.to_enrich
    world.crash_at = None
    world.pass_time(minutes=1)
    platform.tick()
    assert len(platform.to_enrich) == 20


def test_pointers_that_left_are_not_sent_again_by_the_next_fetch() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=1) for n in range(20)])
    platform = Platform(world)
    platform.tick()
    assert len(platform.to_enrich) == 20
    world.pass_time(minutes=1)
    platform.tick()
    assert len(platform.to_enrich) == 20


def test_in_a_storm_over_notify_after_hunts_are_made_while_rows_are_published() -> None:
    """Every look of the drain finds more alerts that have waited too long for their row."""
    world = World(alerts=[raw_alert(f"a{n:03}", minutes_ago=1) for n in range(200)])
    platform = Platform(world, replace(POLICY, batch_size=10, group_size=10))
    platform.tick()
    platform.enrich_all()
    for n, row in enumerate(list(world.open.values())):
        waited = timedelta(seconds=POLICY.notify_after - n)
        world.stands(replace(row, first_seen=world.now - waited))
    world.tick = timedelta(seconds=0.2)
    world.effects.clear()
    platform.deliver_all()
    steps = [name for name in world.effects if name in ("hunting api", "write alert row")]
    assert steps.index("hunting api") <= 10  # one batch of rows
    assert "write alert row" in steps[:10]
    assert len(world.rows) == 200
