"""With more telemetry a tie never gets worse: right rows that were found are found with any row more."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Finding, Method, Status
from shared.core.hunting import Case
from shared.core.values.instant import Instant
from tests.core.hunting.builders import SHA1, START, Row, alert, by, hunted, process, row, started

LONG = "systemd-networkd-helper"  # of which Linux keeps 15 characters
SHELL = (20, START.plus(-9_000), "bash")


@dataclass
class Case_:
    """What an alert names, the rows that are its own, and rows of others."""

    name: str
    evidence: Evidence
    right: list[Row]
    foreign: list[Row]


def _acts(pid: int, created: Instant, name: str, count: int = 2) -> list[Row]:
    actor = by((pid, created, name))
    return [row("DeviceFileEvents", START.plus(5 + n), FileName=f"f{n}", **actor) for n in range(count)]


def _drifted() -> list[Row]:
    """The very image, recorded by a clock that is 2.5 s off."""
    image: Row = {"InitiatingProcessSHA1": SHA1, "InitiatingProcessCommandLine": "curl -x"}
    return [one | image for one in _acts(7, START.plus(2.5), "curl")]


def _cases() -> list[Case_]:
    other = started(7, START.plus(40), "cron", (1, START.plus(-90), "systemd"))
    acts_of_other = _acts(7, START.plus(40), "cron")
    foreign = [other, *acts_of_other, started(8, START.plus(1), "curl", SHELL)]
    child = started(9, START.plus(3), "sh", (7, START.plus(0.11), "curl"))
    fork_row = started(7, START, "bash", SHELL)
    return [
        Case_(
            "the row of the exec is missing",
            process(7, START, "curl"),
            [fork_row, *_acts(7, START.plus(0.11), "curl"), child],
            foreign,
        ),
        Case_(
            "the alert has the time of the exec",
            process(7, START.plus(0.11), "curl"),
            [fork_row, *_acts(7, START.plus(0.11), "curl"), child],
            foreign,
        ),
        Case_(
            "a name cut at 15 characters",
            process(7, START.plus(1.5), LONG),
            [
                started(7, START, LONG, SHELL),
                *_acts(7, START.plus(0.7), LONG[:15]),
                started(9, START.plus(3), "sh", (7, START.plus(0.7), LONG[:15])),
            ],
            foreign,
        ),
        Case_(
            "the very image by a clock that drifts",
            process(7, START, "curl", sha1=SHA1, command_line="curl -x"),
            [started(7, START, "curl", SHELL, SHA1=SHA1), *_drifted()],
            foreign,
        ),
        Case_(
            "cut clocks, and an exec that is there",
            process(7, START.plus(-0.0034567), "python3"),
            [
                started(7, START, "sh", SHELL),
                started(7, START.plus(0.0000312), "python3", (7, START.plus(-0.0034567), "sh")),
                *_acts(7, START.plus(0.0000312), "python3"),
                *_acts(7, START.plus(-0.0034567), ""),
            ],
            foreign,
        ),
        Case_(
            "an alert without a name",
            process(7, START, None),
            [fork_row, *_acts(7, START.plus(0.3), "curl"), *_acts(7, START.plus(1.0), "")],
            foreign,
        ),
    ]


CASES = {case.name: case for case in _cases()}


def _found(case: Case_, rows: list[Row]) -> tuple[Finding, set[object]]:
    finding = hunted([Case(alert(case.evidence))], rows)["da1_1"]
    return finding, {one.event.report_id for one in finding.events}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_row_more_never_loses_a_right_one(name: str, data: st.DataObject) -> None:
    case = CASES[name]
    rows = [*case.right, *case.foreign]
    right = {str(one["ReportId"]) for one in case.right}
    is_there = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    is_new = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    few = [one for one, there in zip(rows, is_there, strict=True) if there]
    more = [one for one, there, new in zip(rows, is_there, is_new, strict=True) if there or new]
    assert right & _found(case, few)[1] <= _found(case, more)[1]


@pytest.mark.parametrize("name", CASES)
def test_with_all_rows_all_right_ones_are_found_and_no_other(name: str) -> None:
    case = CASES[name]
    finding, found = _found(case, [*case.right, *case.foreign])
    assert finding.status is Status.CORRELATED
    assert found == {str(one["ReportId"]) for one in case.right}


@pytest.mark.parametrize("name", CASES)
def test_any_one_right_row_that_names_the_process_ties_the_alert(name: str) -> None:
    case = CASES[name]
    for one in case.right:
        if one.get("ProcessId") == 9:
            continue  # a child's row alone names it as its parent, which is tested with the others
        assert _found(case, [one])[0].method in (Method.EXACT_PROCESS, Method.PROCESS_TOLERANCE)
