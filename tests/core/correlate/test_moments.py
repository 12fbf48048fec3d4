"""Who acted at an alert's moment: how near it has to be, and which of several is meant."""

from dataclasses import replace

import pytest

from shared.core.correlate.moments import SAME, Act, Moments, anybodys
from shared.core.correlate.policy import HuntPolicy
from tests.core.correlate.seen import subject, view
from tests.core.hunting.builders import OTHER_DEVICE, POLICY, START, Row, by, row, started


def _acted(after: float, pid: int, **cells: str) -> Row:
    return row("DeviceFileEvents", START.plus(after), **by((pid, START.plus(-60), "x.exe"))) | cells


def _act(rows: list[Row], within: int = SAME, policy: HuntPolicy = POLICY, **fields: object) -> Act | None:
    of = subject(policy=policy, **fields)
    return Moments(view(rows, of, policy)).act(of, within, anybodys)


def _pid(rows: list[Row], within: int = SAME, policy: HuntPolicy = POLICY, **fields: object) -> int | None:
    act = _act(rows, within, policy, **fields)
    return act.doer.pid if act is not None else None


@pytest.mark.parametrize("side", [1, -1])
def test_the_very_moment_ends_after_a_millisecond(side: int) -> None:
    assert _pid([_acted(side * 0.001, 7)]) == 7
    assert _pid([_acted(side * 0.0010001, 7)]) is None


def test_the_nearest_row_decides_and_of_as_near_ones_of_several_none() -> None:
    assert _pid([_acted(0.0005, 7), _acted(-0.0004, 8)]) == 8
    assert _pid([_acted(0.0005, 7), _acted(-0.0005, 8)]) is None
    assert _pid([_acted(0.0005, 7), _acted(-0.0005, 7)]) == 7


def test_of_rows_as_near_the_creation_of_a_process_is_meant() -> None:
    born = started(9, START, "born.exe")
    act = _act([_acted(0, 7), born])
    assert act is not None and (act.doer.pid, act.is_own) == (9, True)
    acted = _act([_acted(0, 7)])
    assert acted is not None and (acted.doer.pid, acted.is_own) == (7, False)
    assert _pid([_acted(0.0001, 7), started(9, START.plus(0.0002), "born.exe")]) == 7


def test_the_last_event_decides_where_nothing_was_done_at_the_first() -> None:
    assert _pid([_acted(5, 8)]) == 8
    assert _pid([_acted(0, 7), _acted(5, 8)]) == 7
    assert _pid([_acted(0, 7), _acted(0, 9), _acted(5, 8)]) is None, "at the first it cannot be told"
    assert _pid([_acted(5, 8)], last_event=None) is None


def test_what_another_device_did_is_not_meant() -> None:
    assert _pid([_acted(0, 7, DeviceId=OTHER_DEVICE)]) is None
    assert _pid([_acted(0, 7, DeviceId=OTHER_DEVICE), _acted(0.0009, 8)]) == 8


def test_a_creation_row_that_is_stamped_later_counts_as_far_as_it_is_asked_for() -> None:
    born = started(9, START, "born.exe")
    stamped = [born | {"Timestamp": START.plus(after).text()} for after in (3.0, 3.0000001)]
    assert [_pid([one], last_event=START) for one in stamped] == [9, None]


def test_of_very_many_rows_those_count_that_a_question_for_the_moment_brings() -> None:
    rows = [_acted(0.0001 * n, n) for n in range(1, 4)] + [started(9, START, "born.exe")]
    rows[3] |= {"Table": "DeviceProcessEvents", "Timestamp": START.plus(2).text()}
    others = [started(20 + n, START.plus(1), "x.exe") for n in range(2)]
    assert _pid([*rows, *others]) == 9
    assert _pid([*rows, *others], policy=replace(POLICY, moment_rows=2)) == 1
