"""What is sent again: each alert by itself, and what no message can hold not at all."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.core.progress import LedgerPolicy, Pointer
from shared.core.progress import ledger as rules
from shared.core.progress.ledger_row import LedgerRow
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import Crash, World

POLICY = Policy()


def _lost(*alert_ids: str) -> World:
    """A world whose pointers were lost."""
    world = World(alerts=[raw_alert(alert_id, minutes_ago=5) for alert_id in alert_ids])
    fetch_alerts(world.ports(), POLICY)
    world.pass_time(minutes=12)
    return world


@pytest.mark.parametrize("generation", [0, -1, 2**31])
def test_a_pointer_of_a_generation_out_of_range_is_dropped_in_clear_words(
    generation: int, caplog: pytest.LogCaptureFixture
) -> None:
    world = _lost("a", "b")
    world.stands(replace(world.open["a"], generation=generation))
    sent = [Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), POLICY).pointers]
    assert sent == ["b"]
    [line] = [each for each in map(json.loads, caplog.messages) if each["event"] == "pointer not sent"]
    assert (line["alert_id"], line["generation"], line["reason"]) == ("a", generation, "not a generation")


def test_an_alert_that_cannot_be_sent_again_is_hunted_without_look_ups_and_the_others_are_sent() -> None:
    world = _lost("a", "b")
    # Doubling a wait so often is more than a time span can hold.
    world.stands(replace(world.open["a"], look_ups=5_000, hunt_due=None))
    policy = replace(POLICY, ledger=LedgerPolicy(max_look_ups=10_000))
    sent = [Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), policy).pointers]
    assert sent == ["b"]
    row = world.open["a"]
    assert (row.enrich_due, row.hunt_due) == (None, world.now)


def test_an_alert_that_ends_the_worker_as_it_is_sent_again_costs_few_runs_and_no_other_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = _lost("a", "b")
    right = rules.resent

    def deadly(row: LedgerRow, *args: Any) -> LedgerRow:
        if row.alert_id == "a":
            raise Crash("os._exit")
        return right(row, *args)

    monkeypatch.setattr(rules, "resent", deadly)
    platform = Platform(world, POLICY)
    platform.tick()
    assert len(platform.crashes) == 1
    world.alerts.append(raw_alert("new", minutes_ago=-12))
    world.pass_time(minutes=1)
    platform.tick()
    assert [Pointer.parse(one[0]).alert_id for one in platform.to_enrich] == ["new"]
    for _ in range(20):
        platform.deliver_all()
        world.pass_time(minutes=1)
        platform.tick()
    assert len(platform.crashes) <= POLICY.ledger.max_attempts
    platform.deliver_all()
    assert {key for _, key in world.rows} == {"a", "b", "new"}


def test_a_run_that_was_stopped_as_it_sent_many_again_holds_them_up_for_few_runs() -> None:
    many = {f"a{n}" for n in range(600)}
    world = _lost(*many)
    begun = [
        replace(row, enrich_due=world.now, look_up_attempts=1, hunt_due=None) for row in world.open.values()
    ]
    for row in begun:
        world.stands(row)
    sent: list[str] = []
    for _ in range(3):
        sent += [Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), POLICY).pointers]
        world.pass_time(seconds=15)
    assert (set(sent), len(sent)) == (many, 600)


@pytest.mark.parametrize("deaths", [5, 9])
def test_of_alerts_that_are_sent_again_in_runs_that_are_stopped_none_is_given_up_for_what_others_did(
    deaths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of these deaths fall upon all of them together, the others upon one at a time."""
    many = {f"a{n:02}" for n in range(20)}
    world = _lost(*many)
    for row in list(world.open.values()):
        world.stands(replace(row, enrich_due=world.now, hunt_due=None))
    right, left = rules.resent, [deaths]

    def stopped(row: LedgerRow, *args: Any) -> LedgerRow:
        left[0] -= 1
        if left[0] >= 0:
            raise Crash("stopped")
        return right(row, *args)

    monkeypatch.setattr(rules, "resent", stopped)
    platform = Platform(world, POLICY)
    for _ in range(deaths + len(many)):
        platform.tick()
        world.pass_time(seconds=15)
    assert len(platform.crashes) == deaths
    assert {Pointer.parse(one[0]).alert_id for one in platform.to_enrich} == many
    assert max(row.look_up_attempts for row in world.open.values()) <= POLICY.ledger.most_begun
