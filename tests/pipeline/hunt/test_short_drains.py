"""Where one deployment works on many tenants a drain is short, and nothing is put off for want of time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.core.correlate.finding import Cell
from shared.core.progress.budget import BudgetPolicy
from shared.core.progress.messages import WakeUp
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy, among_many
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

STORM = 550
POLICY = replace(among_many(Policy()), hunts_at_once=1, budget=BudgetPolicy(per_minute=1_000))


def test_a_storm_is_worked_on_in_short_runs_and_every_hunt_has_its_time() -> None:
    world = World(
        alerts=[raw_alert(f"s{n}", minutes_ago=5 + n / 1_000) for n in range(STORM)], page_size=1_000
    )

    def slow(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        world.pass_time(seconds=4.5)
        return []

    world.hunt = slow
    fetched = fetch_alerts(world.ports(), POLICY)
    assert len(world.open) == STORM
    runs: list[float] = []
    waiting = [text for text in fetched.wake_ups if WakeUp.parse(text)]
    while waiting:
        begun = world.now
        sent = hunt_correlate(world.ports(), POLICY, waiting.pop(), f"run {len(runs)}")
        runs.append((world.now - begun).total_seconds())
        waiting += sent.wake_ups
        assert len(runs) < 50
    assert len(world.rows) == STORM
    assert {row.columns["CorrelationReason"] for row in world.rows.values()} == {"TelemetryNotInYet"}
    assert len(runs) > 1, "one run would have kept another tenant waiting for all of it"
    assert max(runs) <= POLICY.drain_for + 4.5
