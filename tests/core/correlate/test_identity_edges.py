"""Which process a reference means where times lie at the edge of the tolerance, and where names disagree."""

import pytest

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.identity import Identities
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Ref, read
from tests.core.hunting.builders import DEVICE, START, Row, by, row, started

TICK = 0.0000001


def _ref(after: float = 0, name: str = "a.exe", pid: int = 7) -> Ref:
    return Ref(DEVICE, pid, START.plus(after), name)


def _identities(rows: list[Row], *named: Ref, tolerance: float = 2.0) -> Identities:
    return Identities(
        [one for one in read(rows) if isinstance(one, Observation)], named, HuntPolicy(tolerance_s=tolerance)
    )


def _created(rows: list[Row], wanted: Ref, tolerance: float = 2.0) -> object:
    key = _identities(rows, wanted, tolerance=tolerance).key(wanted)
    assert (key.device_id, key.pid) == (DEVICE, 7)
    return pytest.approx(key.created.seconds_since(START), abs=TICK / 10)


@pytest.mark.parametrize("side", [1, -1])
def test_the_tolerance_ends_after_its_last_tick(side: int) -> None:
    at = [started(7, START, "a.exe")]
    assert _created(at, _ref(side * 2.0)) == 0
    assert _created(at, _ref(side * (2.0 + TICK))) == side * (2.0 + TICK)


@pytest.mark.parametrize("side", [1, -1])
def test_one_moment_needs_no_name_up_to_half_a_second(side: int) -> None:
    at = [started(7, START, "b.exe")]
    assert _created(at, _ref(side * 0.5)) == 0
    assert _created(at, _ref(side * (0.5 + TICK))) == side * (0.5 + TICK)
    assert _created(at, _ref(side * (0.5 + TICK), name="b.exe")) == 0
    assert _created(at, _ref(side * 1.5, name="")) == 0
    assert _created([started(7, START, "")], _ref(side * 1.5)) == 0


def test_a_cut_clock_says_more_than_a_name_and_a_name_more_than_half_a_second() -> None:
    named = started(7, START.plus(1.5), "a.exe")
    for away, meant in ((0.1, -0.1), (0.1 + TICK, 1.5)):
        assert _created([started(7, START.plus(-away), "b.exe"), named], _ref()) == meant


def test_of_two_as_near_the_older_is_meant() -> None:
    rows = [started(7, START.plus(-1), "a.exe"), started(7, START.plus(1), "a.exe")]
    assert _created(rows, _ref()) == -1
    assert _created(rows, _ref(TICK)) == 1


def test_two_creation_rows_within_half_a_second_are_one_process() -> None:
    rows = [started(7, START, "a.exe"), started(7, START.plus(0.5), "b.exe")]
    assert _created(rows, _ref(0.5, "b.exe")) == 0
    rows = [started(7, START, "a.exe"), started(7, START.plus(0.5 + TICK), "b.exe")]
    assert _created(rows, _ref(0.5 + TICK, "b.exe")) == 0.5 + TICK
    close = [started(7, START, "a.exe"), started(7, START.plus(0.05), "b.exe")]
    assert _created(close, _ref(0.05, "b.exe"), tolerance=0.01) == 0.05, "a smaller tolerance holds here too"


def test_a_chain_of_creation_rows_is_one_process_by_its_last_moment() -> None:
    rows = [started(7, START.plus(n * 0.08), "a.exe") for n in range(4)]
    assert [_created(rows, _ref(n * 0.08)) for n in range(4)] == [0, 0, 0, 0]


def test_a_process_of_two_images_agrees_with_the_name_of_either_and_no_other() -> None:
    rows = [started(7, START, "a.exe"), started(7, START.plus(0.05), "b.exe")]
    assert [_created(rows, _ref(0.6, name)) for name in ("a.exe", "b.exe", "c.exe")] == [0, 0, 0.6]


def _exec(after: float, before: float) -> Row:
    return started(7, START.plus(after), "b", (7, START.plus(before), "a"))


def test_exec_joins_what_it_names_up_to_the_tolerance() -> None:
    first = started(7, START, "a")
    assert _created([first, _exec(2.0, 0)], _ref(2.0, "b")) == 0
    assert _created([first, _exec(2.0 + TICK, 0)], _ref(2.0 + TICK, "b")) == 2.0 + TICK
    assert _created([first, _exec(1.0, 0), _exec(1.9, 1.0)], _ref(1.9, "b")) == 0


def test_exec_of_a_process_without_creation_row_keeps_both_moments() -> None:
    rows = [_exec(1.0, 0)]
    assert _created(rows, _ref(0, "a")) == 1.0
    assert _created(rows, _ref(-1.9, "b")) == 1.0


def test_a_parent_of_another_pid_is_no_exec() -> None:
    rows = [started(7, START, "a"), started(7, START.plus(1), "b", (8, START, "a"))]
    assert _created(rows, _ref(1, "b")) == 1


def test_what_only_others_say_is_joined_to_one_process_too() -> None:
    acts = [
        row("DeviceFileEvents", START.plus(9), **by((7, START.plus(at), "a.exe"))) for at in (0.5, 0, 2.4)
    ]
    assert [_created(acts, _ref(at)) for at in (0, 0.5, 2.4)] == [0, 0, 0]
    other = row("DeviceFileEvents", START.plus(9), **by((7, START.plus(0.6), "b.exe")))
    assert _created([acts[1], other], _ref(0.6, "b.exe")) == 0.6


def _acts(after: float, name: str) -> Row:
    return row("DeviceFileEvents", START.plus(9), **by((7, START.plus(after), name)))


@pytest.mark.parametrize("side", [1, -1])
def test_a_row_without_a_name_means_the_nearest_process_up_to_the_tolerance(side: int) -> None:
    own = started(7, START, "a.exe")
    for away, meant in ((2.0, 0.0), (2.0 + TICK, side * (2.0 + TICK)), (60.0, side * 60.0)):
        assert _created([own, _acts(side * away, "")], _ref(side * away, "")) == meant
    two = [own, started(7, START.plus(side * 3), "b.exe"), _acts(side * 1.6, "")]
    assert _created(two, _ref(side * 1.6, "")) == side * 3
    far = [own, started(7, START.plus(side * 9), "b.exe"), _acts(side * 6, "")]
    assert _created(far, _ref(side * 6, "")) == side * 6, "the second is too far as well"


def test_that_two_rows_have_no_name_makes_them_no_one_process() -> None:
    nameless = [_acts(after, "") for after in (0, 1.0)]
    assert [_created(nameless, _ref(after, "")) for after in (0, 1.0)] == [0, 1.0]
    named = [_acts(after, "a.exe") for after in (0, 1.0)]
    assert [_created(named, _ref(after)) for after in (0, 1.0)] == [0, 0]
    assert [_created([_acts(0, ""), _acts(0.5, "")], _ref(after, "")) for after in (0, 0.5)] == [0, 0]


def test_what_an_alert_says_takes_no_part_in_who_rows_mean() -> None:
    rows = [row("DeviceFileEvents", START.plus(9), **by((7, START.plus(1), "a.exe")))]
    named = _ref(0.2)
    assert _identities(rows, named).key(named) == ProcessKey(DEVICE, 7, START.plus(1))


@pytest.mark.parametrize("who", ["created", "actor", "starter"])
def test_a_time_is_exact_where_any_row_gives_it(who: str) -> None:
    rows = {
        "created": started(7, START, "a.exe"),
        "actor": row("DeviceFileEvents", START, **by((7, START, "a.exe"))),
        "starter": row("DeviceFileEvents", START, **by((8, START, "b.exe"), (7, START, "a.exe"))),
    }
    found = _identities([rows[who]], _ref(), _ref(TICK), _ref(0, pid=9))
    assert [found.is_exact(each) for each in (_ref(), _ref(TICK), _ref(0, pid=9))] == [True, False, False]
