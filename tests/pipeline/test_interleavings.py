"""Two and three instances in every order that chance finds, over the real owners of the stored rows: no
release, no wake-up and no result is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.core.lookups.entities import Lookup, Outcome
from shared.core.progress import LedgerPolicy, due
from shared.pipeline.policy import Policy
from shared.pipeline.stored import lease
from tests.pipeline.independent import Touched, are_independent, touched
from tests.pipeline.recorded import world_of
from tests.pipeline.turns import Chance, Instance, Turns
from tests.pipeline.world import World
from tests.same import standing, steady, steady_incident

ALERTS = ("Sensitive credential memory read", "Anomaly detected in ASEP registry", "Unspecified activity")
POLICY = Policy(
    hunts_at_once=1,
    audit_every=1e9,
    purge_every=1e9,
    repair_every=1e9,  # it would find what a death or a race has lost
    repair_often_for=0.0,
    ledger=LedgerPolicy(look_up_again=0.0, settle_after=0.0),
)
MOST_ENDS = 3  # after the fourth, an alert is set aside by design
SEEDS = st.integers(0, 2**32)


@dataclass
class _LookUps:
    """They take a hunting call of the budget, as those of many do; the first one of each file fails."""

    world: World
    asked: set[str] = field(default_factory=set)

    def __call__(self, kind: str, key: str) -> Lookup[object]:
        if kind == "device":
            ports = self.world.ports()
            self.world.calls += ["spare hunt"] * lease.may_hunt(ports.leases, ports.clock, POLICY)
        fails = kind == "file" and key not in self.asked
        self.asked.add(key)
        return Lookup(Outcome.FAILED if fails else Outcome.NOT_FOUND, detail="no answer" if fails else "")


def _world() -> World:
    """Three recorded alerts."""
    world = world_of(*ALERTS)
    world.directory_answers = _LookUps(world)
    return world


def _copied(turns: Turns) -> Turns:
    """The same once more, over an outside of its own."""
    other = turns.copied()
    other.world.directory_answers = _LookUps(other.world, set(_asked(turns)))
    return other


def _asked(turns: Turns) -> set[str]:
    look_ups = turns.world.directory_answers
    assert isinstance(look_ups, _LookUps)
    return look_ups.asked


def _change(world: World, number: int) -> None:
    """A newer version of an alert: it names what the one before it names."""
    newer = {"evidence": world.alerts[number - 1]["evidence"], "lastUpdateTime": "2026-11-24T09:34:10Z"}
    world.alerts[number] = world.alerts[number] | newer  # another world may hold the old one


@dataclass(frozen=True)
class Ended:
    """What there is in the end, whatever happened on the way."""

    rows: object
    events: object
    history: object
    incidents: object


def _ended(world: World) -> Ended:
    rows = {key: dict(steady(stored.columns)) for key, stored in world.rows.items()}
    for columns in rows.values():
        columns.pop("NotifyState", None)
    return Ended(
        rows,
        {key: steady(columns) for key, columns in world.events.items()},
        {key: standing(row) for key, row in world.history.items()},
        {key: steady_incident(stored.columns) for key, stored in world.incidents.items()},
    )


def _is_over(world: World) -> bool:
    is_built = not any(mark.is_marked for mark in world.marks.values())
    return not world.open and len(world.history) == len(ALERTS) and is_built


def _fetched(seed: int = 0) -> Turns:
    """Three alerts are in the ledger; their pointers lie in the queue."""
    turns = Turns(_world(), POLICY, seed)
    turns.end(turns.fetch())
    return turns


def _run(seed: int, at_once: int, chance: Chance, *, fetches: int = 1) -> Turns:
    """One of the alerts has changed, and so many instances at once take what there is to do."""
    turns = _fetched(seed)
    _change(turns.world, 0)
    turns.chance = chance
    turns.run(at_once, fetches=fetches)
    return turns


@cache
def _undisturbed(*, changed: bool = True) -> Ended:
    turns = _fetched()
    if changed:
        _change(turns.world, 0)
    turns.run(1, fetches=1)
    turns.settle(lambda: _is_over(turns.world))
    return _ended(turns.world)


def _spent(turns: Turns) -> int:
    return turns.world.effects.count("hunting api") + turns.world.calls.count("spare hunt")


def _is_all_done(turns: Turns) -> None:
    """Nobody holds the lease, nothing is due, no pointer is on its way, and every call is in the budget."""
    rows = turns.world.open.values()
    ready = due.due_work(rows, turns.world.now, POLICY.low_severity_max_wait, POLICY.row_after)
    sent = [row.alert_id for row in rows if row.sends and row.enrich_due is not None]
    assert (turns.world.lease.holder, [row.alert_id for row in ready], sent) == ("", [], [])
    spent = _spent(turns)
    counted = len(turns.world.lease.calls)
    assert counted == spent or (counted > spent and turns.lost_answers) or turns.stalls


def _holds_in_the_end(turns: Turns, *, changed: bool = True) -> None:
    turns.settle(lambda: _is_over(turns.world))
    assert _ended(turns.world) == _undisturbed(changed=changed)
    assert len(turns.told) == len(set(turns.told)), "nobody is told twice"
    last = {alert_id: max(n for told, n in turns.told if told == alert_id) for alert_id, _ in turns.told}
    assert last == {row.columns["AlertId"]: row.columns["Revision"] for row in turns.world.rows.values()}
    assert (turns.world.lease.holder, turns.strays, turns.kept) == ("", [], [])


@pytest.mark.parametrize("at_once", [2, 3])
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_in_any_order_all_is_done_without_a_timer(at_once: int, seed: int) -> None:
    """Without deaths no sweep is needed: each release is seen, and whatever became due was worked on."""
    turns = _run(seed, at_once, Chance(), fetches=3)
    _is_all_done(turns)
    assert turns.overruns == 0
    _holds_in_the_end(turns)


@pytest.mark.parametrize("at_once", [2, 3])
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_answers_that_get_lost_lose_nothing_else(at_once: int, seed: int) -> None:
    """A write that was carried out and is told as lost: the lease, mark or version is ours all the same."""
    turns = _run(seed, at_once, Chance(lost_answers=0.1), fetches=2)
    _is_all_done(turns)
    _holds_in_the_end(turns)


@pytest.mark.parametrize("at_once", [2, 3])
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
@example(seed=7_670_668)  # a pointer was sent once more though the first never left, and counted as a death
@example(seed=12_763)  # a row from before the hunt came late and took the users that the hunt had named
@example(seed=11_853_913)  # look-ups that were given up had ended, and were counted as if not
def test_whoever_dies_or_stands_still_leaves_no_trace(at_once: int, seed: int) -> None:
    chance = Chance(deaths=0.02, bugs=0.01, lost_answers=0.03, stalls=0.02, most_ends=MOST_ENDS)
    turns = _run(seed, at_once, chance, fetches=1 + seed % 3)
    if not turns.deaths + turns.bugs:
        _is_all_done(turns)
    _holds_in_the_end(turns)


def test_chance_does_what_these_tests_stand_on() -> None:
    """Deaths, lost answers and conflicts do come up: else all of this would prove nothing."""
    chance = Chance(deaths=0.02, bugs=0.01, lost_answers=0.03, stalls=0.02, most_ends=MOST_ENDS)
    runs = [_run(seed, 3, replace(chance)) for seed in range(12)]
    for counted in ("deaths", "bugs", "lost_answers", "conflicts", "stalls"):
        assert sum(getattr(turns, counted) for turns in runs) >= 3, counted


def _half_way() -> Turns:
    """Two alerts are due, with a wake-up on its way; the pointer of the third is not delivered yet."""
    return _copied(_first_half())


@cache
def _first_half() -> Turns:
    turns = _fetched()
    turns.queue.reverse()  # the alerts whose look-ups fail at first go first
    for _ in range(2):
        turns.end(turns.deliver("enrich"))
    return turns


def _all_pointers(turns: Turns) -> None:
    while any(message.step == "enrich" for message in turns.queue):
        turns.end(turns.deliver("enrich"))


def _everything(turns: Turns) -> None:
    while turns.queue:
        turns.end(turns.deliver())


def _look_ups_again(turns: Turns) -> None:
    turns.end(turns.fetch())
    _all_pointers(turns)


def _newer_version(turns: Turns) -> None:
    _change(turns.world, 0)
    _look_ups_again(turns)


def _lease_runs_out(turns: Turns) -> None:
    turns.stalls += 1
    turns.world.pass_time(seconds=POLICY.lease_for + 1)
    turns.end(turns.fetch())
    _everything(turns)


def _newer_version_overtakes(turns: Turns) -> None:
    _change(turns.world, 0)
    _lease_runs_out(turns)


def _budget_is_written(turns: Turns) -> None:
    ports = turns.world.ports()
    turns.world.calls += ["spare hunt"] * lease.may_hunt(ports.leases, ports.clock, POLICY)


def _delivered_again(turns: Turns) -> None:
    [message] = [each.message for each in turns.running if each.message is not None]
    turns.end(turns.redeliver(replace(message, deliveries=message.deliveries + 1)))


INTRUDERS = {
    "the other pointers": _all_pointers,
    "everything": _everything,
    "look-ups again": _look_ups_again,
    "a newer version": _newer_version,
    "lease runs out": _lease_runs_out,
    "a newer version overtakes": _newer_version_overtakes,
    "budget": _budget_is_written,
    "delivered again": _delivered_again,
}
TAKE_OVERS = (
    "lease runs out",
    "a newer version overtakes",
    "delivered again",
)  # one call may have been granted before
STARTS: dict[str, Callable[[Turns], Instance]] = {
    "hunt": lambda turns: turns.deliver("hunt"),
    "enrich": lambda turns: turns.deliver("enrich"),
    "fetch": lambda turns: turns.fetch(),
}
PAIRS = [(a, b) for a in STARTS for b in INTRUDERS if (a, b) != ("fetch", "delivered again")]


@pytest.mark.parametrize("every_place", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("step", "intruder"), PAIRS)
def test_whatever_comes_in_between_two_effects_of_a_step_loses_nothing(
    step: str, intruder: str, every_place: bool
) -> None:
    """Not by chance: at each effect of a step, something else runs to its end. It needs not come both before
    and after an effect that it is independent of."""
    moves = _moves(step)
    assert len(moves) >= 5
    done: Touched | None = None
    for place, move in enumerate(moves):
        if not every_place and done is not None and are_independent(done, move):
            continue
        done = _comes_in_between(step, intruder, place)


@cache
def _moves(step: str) -> tuple[Touched, ...]:
    """What each move of a step touches that nothing comes in between, but for the last one's."""
    turns = _half_way()
    instance = STARTS[step](turns)
    found = []
    while instance in turns.running:
        found.append(touched(turns, lambda: turns.move(instance)))
    return tuple(found[:-1])


def _comes_in_between(step: str, intruder: str, place: int) -> Touched:
    """It comes after the move at that place, and all ends well; what it touched."""
    turns = _half_way()
    instance = STARTS[step](turns)
    for _ in range(place + 1):
        turns.move(instance)
    done = touched(turns, lambda: INTRUDERS[intruder](turns))
    turns.end(instance)
    assert turns.overruns <= (intruder in TAKE_OVERS)
    _ends_well(turns, changed="newer version" in intruder)
    return done


_HAVE_ENDED_WELL: set[tuple[object, ...]] = set()


def _ends_well(turns: Turns, *, changed: bool) -> None:
    """All is done and holds in the end, where everything else takes its turn alone. Steps keep nothing in
    memory, so that what stands as a run before it ends as that one did."""
    counted = (_spent(turns), bool(turns.stalls), turns.overruns)
    standing = (changed, counted, frozenset(_asked(turns)), turns.standing())
    if standing in _HAVE_ENDED_WELL:
        return
    before = turns.overruns
    turns.run(1)
    _is_all_done(turns)
    assert turns.overruns == before
    _holds_in_the_end(turns, changed=changed)
    _HAVE_ENDED_WELL.add(standing)
