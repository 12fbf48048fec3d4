"""Of all rows received, those that one alert's own questions bring."""

from dataclasses import replace

import pytest

from shared.core.correlate import asked
from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.rows import Observation, read
from shared.core.correlate.subject import Subject
from shared.core.values.instant import Instant
from tests.core.correlate.seen import counted, subject, view
from tests.core.hunting.builders import DEVICE, POLICY, START, Row, by, process, row, started

OWN = (4711, START, "powershell.exe")
KEY = ProcessKey(DEVICE, 4711, START)
SUBJECT = subject(process())
FILES = "DeviceFileEvents"
FEW = replace(POLICY, process_rows=5)


def _observations(*seconds: float) -> list[Observation]:
    rows = [row(FILES, START.plus(each)) for each in seconds]
    return [one for one in read(rows) if isinstance(one, Observation)]


@pytest.mark.parametrize(("most", "kept"), [(1, [-1]), (2, [-1, 2]), (3, [-3, -1, 2]), (9, [-3, -1, 2, 9])])
def test_the_nearest_are_those_that_a_query_would_choose(most: int, kept: list[float]) -> None:
    found = asked.nearest(_observations(9, 2, -1, -3), START, most)
    assert sorted(one.event.time for one in found) == [START.plus(each) for each in kept]


def test_of_equally_near_rows_the_earlier_comes_first_as_far_as_milliseconds_tell() -> None:
    found = asked.nearest(_observations(2.0001, -2, 2.0002), START, 2)
    assert [one.event.time for one in found] == [START.plus(-2), START.plus(2.0001)]


def test_a_row_counts_to_the_millisecond_in_which_it_began() -> None:
    times = [Instant.parse(f"2026-11-24T10:00:{each}Z") for each in ("00.9960000", "00.9999999")]
    rows = [one for one in read([row(FILES, each) for each in times]) if isinstance(one, Observation)]
    found = asked.nearest(rows, Instant.parse("2026-11-24T10:00:00.998Z"), 1)
    assert [one.event.time for one in found] == times[1:], "1 ms away, as a query counts, and not 2"


def _count(of: Subject, *rows: Row) -> int:
    seen = view([started(*OWN), row(FILES, START) | by(OWN), *rows], SUBJECT, FEW)
    return asked.count(seen, of, KEY, FILES)


def _in(of: Subject, rows: int) -> Row:
    span = of.activity_span(START, POLICY.tolerance_s)
    return counted(FILES, rows, **by(OWN), First=span.first.text(), Last=span.last.text())


def test_rows_are_counted_in_the_alerts_own_time_not_in_that_of_all_who_were_asked_for_at_once() -> None:
    other = subject(process(), first_event=START.plus(-86_000), last_event=START.plus(-86_000))
    joint = counted(FILES, 90, **by(OWN))
    assert _count(SUBJECT, joint) == 90, "until its own are counted"
    assert _count(SUBJECT, joint, _in(SUBJECT, 7), _in(other, 80)) == 7
    assert _count(other, joint, _in(SUBJECT, 7), _in(other, 80)) == 80
    assert _count(SUBJECT, joint, _in(SUBJECT, 5)) == 0, "so many are sent, and none is missing"


def test_a_creation_row_that_is_stamped_long_after_is_nobodys_above_the_alerts_children() -> None:
    late = started(*OWN) | {"Timestamp": START.plus(POLICY.late_row_s + 1).text()}
    seen = view([late], SUBJECT)
    assert [len(asked.own(seen, KEY, depth)) for depth in (-1, 0, 1)] == [0, 0, 1]
