"""Every fault of the table happens to the real parts; nothing is lost, and what is said is what is seen."""

import pytest

from tests.faults import by_hand
from tests.faults.case import Case, End, Where
from tests.faults.cases import CASES
from tests.faults.stage import Stage

STEPS = 15  # of the time in which all must be whole


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_table_says_is_what_happens(stage: Stage, case: Case) -> None:
    if case.by_hand:
        getattr(by_hand, case.by_hand)(stage)
    for fault in case.faults:
        stage.simulator.faults.add(fault)
    stage.put_alerts()
    for _ in range(1 if case.ends is End.UNFELT else case.minutes):
        stage.minute()
    assert stage.heard.complaints == set(case.seen)
    _check(stage, case)
    stage.lift()
    tries = STEPS
    while case.ends is not End.STAYS_MARKED and (why := stage.why_not_whole()):
        assert tries, why
        tries -= 1
        stage.minute()
        stage.pass_minutes(case.healed_in / STEPS - 1)
    assert stage.poison == []


def _check(stage: Stage, case: Case) -> None:
    rows, checkpoint = stage.rows(), stage.app.ports.checkpoints
    if case.ends is End.UNFELT:
        assert stage.why_not_whole() == ""
    elif case.ends in (End.WAITS, End.MISSED):
        assert rows == []
    else:
        assert len(rows) == 2
        assert [{name: row[name] for name in case.row} for row in rows] == [dict(case.row)] * 2
    if case.ends is End.WAITS and case.where is Where.LIST:
        standing = checkpoint.read(case.source)
        assert standing.position is None
        assert standing.last_error


def test_without_a_fault_the_first_minute_is_enough(stage: Stage) -> None:
    stage.put_alerts()
    stage.minute()
    assert stage.why_not_whole() == ""
    assert stage.heard.complaints == set()
