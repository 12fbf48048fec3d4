"""What is sent again: each alert by itself, and what no message can hold not at all."""

import json
from dataclasses import replace

import pytest

from shared.core.progress import LedgerPolicy, Pointer
from shared.core.progress.ledger_row import State
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World, row_of

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
    world.open["a"] = replace(world.open["a"], generation=generation)
    sent = [Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), POLICY).pointers]
    assert sent == ["b"]
    [line] = [each for each in map(json.loads, caplog.messages) if each["event"] == "pointer not sent"]
    assert (line["alert_id"], line["generation"], line["reason"]) == ("a", generation, "not a generation")


def test_an_alert_that_cannot_be_sent_again_ends_as_failed_and_the_others_are_sent() -> None:
    world = _lost("a", "b")
    # Doubling a wait so often is more than a time span can hold.
    world.open["a"] = replace(world.open["a"], look_ups=5_000)
    policy = replace(POLICY, ledger=LedgerPolicy(max_look_ups=10_000))
    platform = Platform(world, policy)
    platform.tick()
    assert [Pointer.parse(text).alert_id for text, _ in platform.to_enrich] == ["b"]
    platform.deliver_all()
    platform.tick()
    platform.deliver_all()
    [set_aside] = [row for row in world.history.values() if row.state is State.SET_ASIDE]
    assert set_aside.alert_id == "a"
    assert row_of(world, "a")["CorrelationStatus"] == "Failed"
    assert row_of(world, "b")["CorrelationStatus"] != "Failed"
