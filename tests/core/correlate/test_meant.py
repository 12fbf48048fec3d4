"""Which of the processes that touched a thing the alert is about, and what is shown of the others."""

from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.by_evidence import Mentions, Named, by_evidence
from shared.core.correlate.finding import Method
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.subject import Subject
from tests.core.correlate.seen import subject, view
from tests.core.hunting.builders import POLICY, SHA1, START, Row, by, row

FILE = Evidence(kind=EvidenceKind.FILE, sha1=SHA1)
USER = Evidence(kind=EvidenceKind.USER, account=Account(name="alice"))


def _named(rows: list[Row], of: Subject, policy: HuntPolicy = POLICY) -> Named:
    seen = view(rows, of, policy)
    return by_evidence(seen, Mentions(seen), of)


def _pids(found: Named) -> list[int]:
    return [key.pid for key in found.anchors]


def _wrote(after: float, pid: int, born: float = -60) -> Row:
    return row("DeviceFileEvents", START.plus(after), SHA1=SHA1) | by((pid, START.plus(born), f"{pid}.exe"))


@pytest.mark.parametrize(
    ("seconds", "pids"),
    [
        ((2.0, 3.0), [1]),
        ((2.0000001, 3.0), [1, 2]),
        ((2.5, 3.0, 3.5, 4.0), [1, 2, 3, 4]),
        ((2.5, 3.0, 3.5, 4.0, 4.5), [1]),
        ((2.5, 6.0), [1]),
        ((-2.5, 3.0, 3.5), [1]),
        ((5.0, 5.0), [1, 2]),
        ((5.0000001, 5.0), [2]),
    ],
)
def test_all_that_were_at_it_during_the_alert_are_meant_where_none_was_at_its_moment(
    seconds: tuple[float, ...], pids: list[int]
) -> None:
    rows = [_wrote(after, pid) for pid, after in enumerate(seconds, start=1)]
    assert _pids(_named(rows, subject(FILE))) == pids


def test_what_an_account_did_at_the_moment_is_one_row_of_one_process() -> None:
    one = _wrote(1, 7) | {"InitiatingProcessAccountName": "alice"}
    found = _named([one, _wrote(30, 8)], subject(USER))
    assert (found.method, _pids(found), found.counted, found.is_near) == (Method.ACCOUNT, [7], 1, True)
    assert [(tied.tie, tied.depth, tied.event.time) for tied in found.events] == [
        ("moment", None, START.plus(1))
    ]
    assert (found.own, found.anchors_left_out) == (frozenset(), 0)


def test_those_at_the_alerts_only_moment_are_meant_where_it_tells_no_first_event() -> None:
    of = subject(FILE, first_event=None)
    assert _pids(_named([_wrote(5, 1), _wrote(5, 2)], of)) == [1, 2]
    assert _pids(_named([_wrote(6, 1), _wrote(6, 2)], of)) == [1]


@pytest.mark.parametrize(("processes", "is_common"), [(3, False), (4, True), (5, True)])
def test_what_as_many_others_touched_as_may_be_meant_is_common(processes: int, is_common: bool) -> None:
    """Of what is common the others' touches say nothing, and none is meant where none was near."""
    few = replace(POLICY, max_anchors=3)
    near = [_wrote(10 + pid, pid) for pid in range(1, processes + 1)]
    found = _named(near, subject(FILE, last_event=START), few)
    assert (_pids(found), found.anchors_left_out) == ([1], processes - 1)
    assert len(found.events) == (1 if is_common else processes)
    for after, is_found in ((60.0, True), (60.0000001, not is_common)):
        far = [_wrote(after + pid - 1, pid, born=-3_000) for pid in range(1, processes + 1)]
        assert bool(_pids(_named(far, subject(FILE, last_event=START), few))) is is_found
