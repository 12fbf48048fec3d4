from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local.simulator.clock import Clock
from local.simulator.quotas import Limit, Quotas

LIMITS = (Limit(5, 10), Limit(12, 60))


@given(st.lists(st.floats(0, 30, allow_nan=False), min_size=20, max_size=120))
def test_no_window_ever_holds_more_calls_than_its_limit(pauses: list[float]) -> None:
    clock = Clock(0)
    quotas = Quotas(clock)
    made: list[float] = []
    for pause in pauses:
        clock.advance(pause)
        if quotas.take("x", LIMITS) is None:
            made.append(clock.seconds())
    for limit in LIMITS:
        assert all(sum(1 for other in made if at - limit.seconds < other <= at) <= limit.calls for at in made)


@given(st.lists(st.floats(0, 3, allow_nan=False), min_size=30, max_size=60))
def test_who_waits_as_long_as_told_gets_through(pauses: list[float]) -> None:
    clock = Clock(0)
    quotas = Quotas(clock)
    for pause in pauses:
        clock.advance(pause)
        spent = quotas.take("x", LIMITS)
        if spent is not None:
            clock.advance(spent.retry_after)
            assert quotas.take("x", LIMITS) is None


def test_the_wait_is_no_longer_than_needed() -> None:
    clock = Clock(0)
    quotas = Quotas(clock)
    for _ in range(5):
        assert quotas.take("x", LIMITS) is None
    clock.advance(4)
    spent = quotas.take("x", LIMITS)
    assert spent is not None
    assert (spent.retry_after, spent.limit.said) == (6, "5 per 00:00:10")


def test_refused_calls_do_not_count_and_names_do_not_share() -> None:
    clock = Clock(0)
    quotas = Quotas(clock)
    assert [quotas.take("x", LIMITS) is None for _ in range(9)] == [True] * 5 + [False] * 4
    assert quotas.take("y", LIMITS) is None
    clock.advance(10)
    assert quotas.take("x", LIMITS) is None


def test_a_scale_multiplies_what_is_allowed() -> None:
    quotas = Quotas(Clock(0), scale=2)
    assert [quotas.take("x", LIMITS) is None for _ in range(11)] == [True] * 10 + [False]
