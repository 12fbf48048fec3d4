"""Kill any function before or after any effect, run again: the outcome is the undisturbed run's.

The effects are those of a recorded run, so a new one is covered by itself.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from shared.core.correlate.finding import Cell
from shared.core.progress.ledger_row import State
from shared.core.progress.messages import Pointer
from shared.core.row.definition import VOLATILE
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch import page_look_ups
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.platform import INSTANCE_DEATH, WORKER_DEATH, Platform
from tests.pipeline.recorded import world_of
from tests.pipeline.undisturbed import Undisturbed
from tests.pipeline.world import Crash, World, row_of
from tests.same import standing, steady, steady_incident

ALERTS = ("Sensitive credential memory read", "Anomaly detected in ASEP registry", "Unspecified activity")
EFFECTS_AT_LEAST = 60
# One hunt after another, so that effects come in the same order each time; and no repair of the due index
# but the first, which would mend whatever a death leaves.
POLICY = Policy(hunts_at_once=1, repair_every=1e9, repair_often_for=0.0)


def _outcome(platform: Platform) -> dict[str, object]:
    """What must be the same: rows, events, the ledger's state, and whom a consumer was told of, how often."""
    world = platform.world
    return {
        "rows": {key: steady(stored.columns) for key, stored in world.rows.items()},
        "events": {key: steady(columns) for key, columns in world.events.items()},
        "history": {key: standing(row) for key, row in world.history.items()},
        "open": dict(world.open),
        "incidents": {key: steady_incident(stored.columns) for key, stored in world.incidents.items()},
        "marked": [each for each, mark in world.marks.items() if mark.is_marked],
        "told": sorted(alert_id for alert_id, _ in platform.told),
    }


def _run() -> Platform:
    platform = Platform(world_of(*ALERTS), POLICY)
    platform.settle()
    return platform


@cache
def _undisturbed(back_after: timedelta) -> Undisturbed[dict[str, object]]:
    return Undisturbed(Platform(world_of(*ALERTS), POLICY, back_after), _outcome)


@pytest.mark.parametrize(
    "back_after",
    [WORKER_DEATH, pytest.param(INSTANCE_DEATH, marks=pytest.mark.slow)],
    ids=["worker", "instance"],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_dying_at_any_effect_changes_nothing_in_the_end(side: str, back_after: timedelta) -> None:
    undisturbed = _undisturbed(back_after)
    wanted, effects = undisturbed.wanted, undisturbed.effects
    assert len(undisturbed.end.told) == len(ALERTS)
    assert len(effects) >= EFFECTS_AT_LEAST
    different = []
    for index, name in enumerate(effects):
        outcome = undisturbed.outcome_from(undisturbed.killed(index, side))
        if outcome != wanted:
            different.append((index, name, [part for part in wanted if outcome[part] != wanted[part]]))
    tried = f"{len(effects)} kill points {side} an effect, {len(set(effects))} kinds of effect"
    print(f"{tried}, {len(different)} with another outcome")
    assert different == []


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_a_step_that_dies_leaves_what_it_had_done_by_then_and_nothing_else(side: str, every: int) -> None:
    """So that the others need not run each step again up to where it dies."""
    undisturbed = _undisturbed(WORKER_DEATH)
    for index in range(0, len(undisturbed.effects), every):
        really, told = undisturbed.really_killed(index, side), undisturbed.killed(index, side)
        assert really.standing() == told.standing(), undisturbed.effects[index]
        assert really.crashes == told.crashes


def test_a_fetch_that_dies_while_it_looks_a_page_up_changes_nothing_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a storm: no message is sent for what was looked up together."""
    monkeypatch.setattr(page_look_ups, "_LANES", 1)  # one kind after another, in the same order each time
    policy = replace(POLICY, prefetch_from=2)
    undisturbed = Undisturbed(Platform(world_of(*ALERTS), policy, WORKER_DEATH), _outcome)
    fetch = [at for at, step in enumerate(undisturbed.step_of) if step == 0]
    assert undisturbed.before[1].to_enrich == deque()
    assert undisturbed.effects[: len(fetch)].count("write enrichment document") == len(ALERTS)
    for index in fetch:
        outcome = undisturbed.outcome_from(undisturbed.killed(index, "after"))
        different = [part for part in outcome if outcome[part] != undisturbed.wanted[part]]
        assert different == [], (index, undisturbed.effects[index])


def test_an_alert_that_kills_whoever_hunts_it_is_set_aside_and_the_others_finish() -> None:
    world = world_of(*ALERTS)
    deadly = str(world.alerts[0]["id"])
    hunt = world.hunt
    assert hunt is not None

    def deadly_hunt(name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if any(str(pid) in kql for pid in _pids(world.alerts[0])):
            raise Crash("os._exit")
        return hunt(name, kql)

    world.hunt = deadly_hunt
    platform = Platform(world, POLICY)
    platform.settle()
    states = {alert_id: row.state for (_, alert_id), row in world.history.items()}
    assert states.pop(deadly) is State.SET_ASIDE
    assert set(states.values()) == {State.DONE}
    row = row_of(world, deadly)
    assert (row["CorrelationStatus"], row["CorrelationReason"]) == ("Failed", "HandlingFailed")
    assert len(platform.crashes) == POLICY.ledger.max_attempts
    # Each death costs ten minutes here: an alert may be told at NOTIFY_AFTER, and once more when hunted.
    assert {alert_id for alert_id, _ in platform.told} == {str(raw["id"]) for raw in world.alerts}
    assert max(Counter(alert_id for alert_id, _ in platform.told).values()) <= 2


def test_a_message_that_was_not_deleted_is_worked_on_again_and_changes_nothing() -> None:
    """The host ends where a delete fails for half a minute: what is done is then done once more."""
    platform = Platform(world_of(*ALERTS), POLICY, undeleted=True)
    platform.settle()
    different = {part for part, all in _outcome(_run()).items() if all != _outcome(platform)[part]}
    assert different <= {
        "told"
    }  # each run costs ten minutes here: at NOTIFY_AFTER, and once more when hunted
    assert max(Counter(name for name, _ in platform.told).values()) <= 2
    assert platform.crashes == platform.poison == []


def test_a_deployment_that_cannot_be_loaded_empties_the_queues_and_the_ledger_brings_all_of_it_back() -> None:
    """A function that cannot be loaded is begun all the same: within minutes each message has failed five
    times and lies in poison, where nobody looks."""
    platform = Platform(world_of(*ALERTS), POLICY, WORKER_DEATH)
    platform.tick()
    sent = len(platform.to_enrich) + len(platform.wake_ups)
    platform.unloadable = True
    while platform.to_enrich or platform.wake_ups:
        platform.deliver_one()
    assert len(platform.poison) == sent == len(ALERTS) + 1, "the pointers, and the wake-up beside them"
    platform.unloadable = False  # the next deployment
    platform.settle_on()
    different = {part for part, all in _outcome(_run()).items() if all != _outcome(platform)[part]}
    assert different <= {"told"}  # at NOTIFY_AFTER, and once more with what was found
    assert max(Counter(name for name, _ in platform.told).values()) <= 2


def _pids(raw: Mapping[str, object]) -> set[int]:
    evidence = raw["evidence"]
    assert isinstance(evidence, list)
    return {item["processId"] for item in evidence if item["processId"]}


def test_two_drains_at_once_publish_each_alert_once() -> None:
    undisturbed = _outcome(_run())
    world = world_of(*ALERTS)
    platform = Platform(world, POLICY)
    platform.tick()
    platform.enrich_all()
    wake_up = platform.wake_ups.popleft()[0]
    others: list[Outbox] = []
    for effect in ("write open row", "hunting api", "write alert row"):
        world.before_effect[effect] = [
            lambda: others.append(hunt_correlate(world.ports(), platform.policy, wake_up, "other"))
        ]
    platform.wake_ups.append((wake_up, 1))
    platform.deliver_all()
    assert others == [Outbox()] * 3
    platform.settle()
    assert _outcome(platform) == undisturbed


@pytest.mark.parametrize(
    "effect", ["hunting api", "write alert row", "write finding document", "write events"]
)
def test_a_holder_whose_lease_ran_out_costs_calls_but_no_row(effect: str) -> None:
    undisturbed = _outcome(_run())
    world = world_of(*ALERTS)
    platform = Platform(world, POLICY)
    platform.tick()
    platform.enrich_all()
    wake_up = platform.wake_ups[0][0]
    world.before_effect[effect] = [lambda: platform.overtake(wake_up)]
    platform.settle()
    assert _outcome(platform) == undisturbed


def _ready_to_hunt() -> tuple[Platform, str, str]:
    """A platform whose alerts are all enriched but one; that one's pointer, and the wake-up."""
    platform = Platform(world_of(*ALERTS), POLICY)
    platform.tick()
    late = platform.to_enrich.pop()[0]
    platform.enrich_all()
    return platform, late, platform.wake_ups.popleft()[0]


def _hunt(platform: Platform, wake_up: str) -> Outbox:
    return hunt_correlate(platform.world.ports(), platform.policy, wake_up, "holder")


def _is_looked_up(world: World, pointer: str) -> bool:
    return row_of(world, Pointer.parse(pointer).alert_id)["EnrichmentStatus"] != "NotLookedUp"


def test_work_that_comes_while_the_holder_lets_go_is_not_forgotten() -> None:
    """EnrichAlert made it due, saw the lease held and sent no wake-up; the holder looks again in the end."""
    twin, late, wake_up = _ready_to_hunt()
    twin.world.effects.clear()
    _hunt(twin, wake_up)
    assert not _is_looked_up(twin.world, late)
    writes = twin.world.effects.count("write lease")  # the first takes it, the last lets it go
    platform, late, wake_up = _ready_to_hunt()

    def enriched_just_now() -> None:
        assert enrich_alert(platform.world.ports(), platform.policy, late, 1).wake_ups == ()

    platform.world.before_effect["write lease"] = [*[lambda: None] * (writes - 1), enriched_just_now]
    assert _hunt(platform, wake_up).wake_ups == ()
    assert _is_looked_up(platform.world, late)


def test_work_that_comes_after_the_holder_let_go_wakes_a_next_run() -> None:
    platform, late, wake_up = _ready_to_hunt()
    _hunt(platform, wake_up)
    assert not _is_looked_up(platform.world, late)
    wake_ups = enrich_alert(platform.world.ports(), platform.policy, late, 1).wake_ups
    assert len(wake_ups) == 1
    _hunt(platform, wake_ups[0])
    assert _is_looked_up(platform.world, late)


def test_at_most_six_columns_may_differ() -> None:
    assert len(VOLATILE) <= 6
