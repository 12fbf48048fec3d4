"""Look-ups whose worker dies: who is given up, who goes beside whom, and who waits for what."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.progress import LedgerPolicy
from shared.pipeline.enrich.company import PATIENCE, PAUSE, Company, Gate
from tests.pipeline.enrich.dying_workers import Storm

MOST_ALONE = LedgerPolicy().max_alone


@settings(max_examples=40)
@given(
    st.sampled_from([1, 2, 4, 30, 100]),
    st.sets(st.integers(0, 99), max_size=6),
    st.integers(1, 3),
    st.integers(0, 99),
)
def test_only_alerts_that_end_the_worker_are_given_up_and_each_after_few_deaths(
    count: int, numbers: set[int], instances: int, seed: int
) -> None:
    deadly = {f"a{n}" for n in numbers if n < count}
    storm = Storm(count, seed, deadly, instances=instances).run()
    assert storm.given_up == deadly
    assert storm.looked_up == {f"a{n}" for n in range(count)} - deadly
    assert storm.deaths_in(storm.alone) == MOST_ALONE * len(deadly)
    assert storm.poison == 0


@pytest.mark.parametrize("count", [3, 30, 300])
def test_one_deadly_alert_costs_one_death_beside_others_and_few_alone(count: int) -> None:
    for seed in range(5):
        storm = Storm(count, seed, {f"a{seed % count}"}).run()
        assert storm.given_up == {f"a{seed % count}"}
        assert storm.deaths == 1 + MOST_ALONE
        assert storm.most_waited < 60 + 0.5 * count, "the others waited for more than two deaths"


@pytest.mark.parametrize(
    ("count", "mean_life", "takes", "seeds"),
    [
        (30, 10.0, 4.0, (8, 43)),
        (30, 5.0, 4.0, (9, 16)),
        (100, 5.0, 4.0, (13, 18, 19)),
        (300, 20.0, 1.0, (0, 1)),
        (300, 10.0, 4.0, (15, 27)),
        (300, 5.0, 1.0, (20, 21)),
    ],
)
def test_ten_minutes_of_workers_that_die_by_themselves_have_no_alert_given_up(
    count: int, mean_life: float, takes: float, seeds: tuple[int, ...]
) -> None:
    """Where the next attempt alone came half a minute after the one before, alerts were given up in all of
    these storms but three."""
    storms = [Storm(count, seed, mean_life=mean_life, spell=600.0, takes=takes).run() for seed in seeds]
    assert [storm.given_up for storm in storms] == [set()] * len(seeds)
    assert max(storm.deaths for storm in storms) > 3
    assert max(storm.now for storm in storms) < 2_400, "it goes on after a while"


def test_deadly_alerts_among_workers_that_die_by_themselves_are_told_apart() -> None:
    deadly = {"a3", "a50", "a77"}
    storms = [Storm(100, seed, deadly, mean_life=10.0, spell=600.0).run() for seed in range(6)]
    assert [storm.given_up for storm in storms] == [deadly] * 6


def _company(*tries: int | None) -> tuple[Company, list[int]]:
    """Runs that come one after another, and the order in which they begin where each ends at once."""
    company, order = Company(), list[int]()
    left = {number: company.comes(0.0, each) for number, each in enumerate(tries)}
    while left:
        number = next(number for number, visit in left.items() if company.may_begin(visit, 0.0))
        company.begins(left[number])
        company.leaves(left.pop(number), 0.0)
        order.append(number)
    return company, order


def test_others_go_first_and_then_what_was_tried_least() -> None:
    assert _company(4, None, 0, 5, 0, None)[1] == [1, 5, 2, 4, 0, 3]


def test_nothing_goes_on_beside_what_goes_alone() -> None:
    company = Company()
    first, second = company.comes(0.0, None), company.comes(0.0, None)
    alone, other = company.comes(0.0, 0), company.comes(0.0, 0)
    assert [company.may_begin(each, 1.0) for each in (first, second, alone, other)] == [
        True,
        True,
        False,
        False,
    ]
    company.begins(first)
    company.begins(second)
    company.leaves(first, 1.0)
    assert not company.may_begin(alone, 1.0)
    company.leaves(second, 1.0)
    assert [company.may_begin(each, 1.0) for each in (alone, other)] == [True, False]
    company.begins(alone)
    late = company.comes(2.0, None)
    assert [company.may_begin(each, 2.0) for each in (late, other)] == [False, False]
    company.leaves(alone, 2.0)
    assert [company.may_begin(each, 2.0) for each in (late, other)] == [True, False]
    company.leaves(late, 2.0)  # which waited for too long
    assert company.may_begin(other, 2.0)


def test_what_goes_alone_has_a_turn_where_others_never_stop_coming() -> None:
    company, now = Company(), 0.0
    under_way = company.comes(now, None)
    company.begins(under_way)
    alone = [company.comes(now, 0), company.comes(now, 0)]
    began = list[float]()
    while alone and now < 60.0:
        now += 1.0
        following = company.comes(now, None)
        if company.may_begin(following, now):
            company.begins(following)
            company.leaves(under_way, now)
            under_way = following
            continue
        company.leaves(following, now)
        company.leaves(under_way, now)
        mine = alone.pop(0)
        assert company.may_begin(mine, now)
        company.begins(mine)
        began.append(now)
        company.leaves(mine, now)
        under_way = company.comes(now, None)
        assert company.may_begin(under_way, now), "others wait for one turn, not for all"
        company.begins(under_way)
    assert began == [5.0, 10.0]


def _no_pause(_: float) -> None:
    return None


def _threads(gate: Gate, tries: Iterator[int | None], most: list[tuple[int, bool]]) -> list[threading.Thread]:
    lock, inside = threading.Lock(), list[bool]()

    def run(mine: int | None) -> None:
        with gate.entered(_no_pause, mine) as has_begun:
            assert has_begun
            with lock:
                inside.append(mine is not None)
                most.append((len(inside), any(inside)))
            threading.Event().wait(0.002)
            with lock:
                inside.remove(mine is not None)

    return [threading.Thread(target=run, args=(each,)) for each in tries]


def test_threads_keep_to_it_too() -> None:
    met, gate = list[tuple[int, bool]](), Gate()
    threads = _threads(gate, (None if n % 3 else n for n in range(60)), met)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    assert len(met) == 60
    assert {count for count, is_alone in met if is_alone} == {1}


def test_a_run_that_waits_too_long_for_its_turn_does_not_begin_and_holds_nobody_up() -> None:
    gate = Gate(patience=0.01)
    with gate.entered(_no_pause, 0) as alone:
        with gate.entered(_no_pause, None) as other, gate.entered(_no_pause, 0) as another:
            assert (alone, other, another) == (True, False, False)
    with gate.entered(_no_pause, None) as other, gate.entered(_no_pause, None) as beside:
        assert (other, beside) == (True, True)


def test_who_goes_alone_first_lets_those_come_that_were_fetched_with_it() -> None:
    gate, pauses = Gate(), list[float]()
    with gate.entered(pauses.append, None):
        assert pauses == []
    with gate.entered(pauses.append, 0):
        assert pauses == [PAUSE]


def test_a_run_may_wait_and_look_up_in_the_time_that_the_host_gives_it() -> None:
    host = json.loads((Path(__file__).parents[3] / "host.json").read_text("utf-8"))
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    assert 3 * PATIENCE < hours * 3_600 + minutes * 60 + seconds


def test_a_run_that_fails_leaves_the_gate() -> None:
    gate = Gate(patience=0.01)
    with pytest.raises(ValueError, match="a fault"), gate.entered(_no_pause, 0):
        raise ValueError("a fault")
    with gate.entered(_no_pause, None) as other:
        assert other
