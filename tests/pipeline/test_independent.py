"""What is left out of the orders because two steps are independent ends as what is tried."""

from functools import partial

import pytest

from tests.pipeline import test_interleavings as interleavings
from tests.pipeline.independent import Touched, are_independent, touched
from tests.pipeline.turns import Turns
from tests.pipeline.world import World


def test_only_what_both_leave_as_it_is_may_be_touched_by_both() -> None:
    reads, changes = frozenset({("ledger", False)}), frozenset({("ledger", True)})
    other = frozenset({("lease", True), ("history", False)})
    assert are_independent(reads, reads)
    assert are_independent(changes, other)
    assert not are_independent(reads, changes)
    assert not are_independent(changes, reads | other)


def test_an_effect_that_nobody_knows_is_no_independent_one() -> None:
    turns = Turns(World(), interleavings.POLICY, 0)
    with pytest.raises(AssertionError, match="write ledgers touches"):
        touched(turns, lambda: turns.world.effect("write ledgers", lambda: None))


def test_what_passes_by_the_effects_is_seen_too() -> None:
    turns = Turns(World(), interleavings.POLICY, 0)
    assert touched(turns, turns.consume) == {("alert rows", True)}
    assert touched(turns, lambda: turns.world.alerts.append({})) == {("alerts", True)}
    assert touched(turns, lambda: turns.world.pass_time(seconds=1)) == {("clock", True)}
    assert touched(turns, lambda: turns.world.pass_time(milliseconds=1)) == {("clock", False)}


def _comes(step: str, intruder: str, place: int) -> tuple[Turns, Touched]:
    """After both, the intruder having come behind so many moves of the step; what the intruder touched."""
    turns = interleavings._half_way()
    instance = interleavings.STARTS[step](turns)
    for _ in range(place):
        turns.move(instance)
    came = touched(turns, partial(interleavings.INTRUDERS[intruder], turns))
    turns.end(instance)
    return turns, came


def _ends(turns: Turns) -> tuple[object, ...]:
    """How all stands, but for which of two moments of one second was the earlier; and the calls made."""
    texts, moments = turns.standing()
    assert isinstance(moments, tuple)
    return texts, [second for second, _ in moments], turns.overruns, sorted(turns.world.calls)


@pytest.mark.parametrize(
    ("step", "intruder"),
    [("enrich", "budget"), ("enrich", "the other pointers"), ("fetch", "the other pointers")],
)
def test_a_place_that_is_left_out_ends_as_the_one_before_it(step: str, intruder: str) -> None:
    left_out = 0
    for place, move in enumerate(interleavings._moves(step)):
        before, came = _comes(step, intruder, place)
        if place and are_independent(came, move):
            left_out += 1
            assert _ends(before) == _ends(_comes(step, intruder, place + 1)[0])
    assert left_out >= 2
