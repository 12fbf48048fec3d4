"""What one answer brings of those around a process, and what is therefore not asked for once more."""

from shared.core.correlate.finding import ProcessKey, Reason, Status
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Ref
from shared.core.correlate.telemetry import Telemetry, View
from shared.core.correlate.tie import Trouble
from shared.core.hunting import Answer, Case, Hunt
from shared.core.hunting.planning import Asked
from shared.core.hunting.wants import ProcessActivity, ProcessCreation, Want
from tests.core.hunting.builders import (
    DEVICE,
    POLICY,
    START,
    Row,
    alert,
    begun,
    by,
    process,
    row,
    started,
)

OWN = (4711, START, "powershell.exe")
CHILD = (5_001, START.plus(10), "cmd.exe")
GRANDCHILD = (5_002, START.plus(20), "whoami.exe")
SHELL = (20, START.plus(-5 * 86_400), "explorer.exe")
LOGON = (18, START.plus(-6 * 86_400), "userinit.exe")


def _answered(hunt: Hunt, *rows: Row) -> Hunt:
    return hunt.answered([Answer(query, rows=rows) for query in hunt.queries])


def _wants(hunt: Hunt) -> list[Want]:
    return [want for query in hunt.queries for want in query.wants]


def _pids(hunt: Hunt, kind: type[ProcessCreation] | type[ProcessActivity]) -> list[int]:
    return [want.key.pid for want in _wants(hunt) if isinstance(want, kind)]


def _own_row(parent: tuple[int, object, str] | None = None, **columns: object) -> Row:
    return started(*OWN[:2], OWN[2], parent, Generation=0, **columns)  # type: ignore[arg-type]


def test_who_started_the_process_comes_with_the_first_answer() -> None:
    own = _own_row(SHELL)
    hunt = _answered(begun([Case(alert(process()))]), own, started(*SHELL[:2], SHELL[2], Generation=-1))
    assert not hunt.queries
    assert [node.depth for node in hunt.findings()["da1_1"].nodes] == [-1, 0]


def test_a_parent_that_was_looked_for_and_has_no_row_is_not_asked_for_again() -> None:
    hunt = _answered(begun([Case(alert(process()))]), _own_row(SHELL))
    assert not hunt.queries
    assert [node.is_inferred for node in hunt.findings()["da1_1"].nodes] == [True, False]


def test_two_levels_above_come_along_and_the_third_is_asked_for() -> None:
    tool, outer = (30, START.plus(-60), "tool.exe"), (29, START.plus(-70), "outer.exe")
    first = (28, START.plus(-80), "first.exe")
    rows = [
        _own_row(tool) | by(tool, outer),
        started(*tool[:2], tool[2], outer, Generation=-1) | by(outer, first),
        started(*outer[:2], outer[2], first, Generation=-1),
    ]
    hunt = _answered(begun([Case(alert(process()))]), *rows)
    assert _pids(hunt, ProcessCreation) == [28]


def test_a_parent_that_claims_a_later_creation_was_not_reached_and_is_asked_for() -> None:
    later = (30, START.plus(60), "tool.exe")
    hunt = _answered(begun([Case(alert(process()))]), _own_row(later))
    assert _pids(hunt, ProcessCreation) == [30]


def test_what_a_child_did_is_not_asked_for_again_and_what_its_children_did_is() -> None:
    rows = [
        _own_row(),
        started(*CHILD[:2], CHILD[2], OWN, Generation=1),
        row("DeviceNetworkEvents", CHILD[1].plus(1), Generation=2) | by(CHILD, OWN),
    ]
    assert not _answered(begun([Case(alert(process()))]), *rows).queries
    grandchild = started(*GRANDCHILD[:2], GRANDCHILD[2], CHILD, Generation=2)
    hunt = _answered(begun([Case(alert(process()))]), *rows, grandchild)
    assert _pids(hunt, ProcessActivity) == [GRANDCHILD[0]]


def test_a_child_known_only_from_what_its_children_say_is_asked_for_by_itself() -> None:
    implied = started(*GRANDCHILD[:2], GRANDCHILD[2], CHILD, Generation=3) | by(CHILD, OWN)
    hunt = _answered(begun([Case(alert(process()))]), _own_row(), implied)
    assert set(_pids(hunt, ProcessActivity)) == {CHILD[0], GRANDCHILD[0]}


def test_of_a_process_that_serves_the_whole_machine_or_has_no_name_only_its_own_doings_are_asked_for() -> (
    None
):
    for name, below in (("explorer.exe", False), (None, False), ("powershell.exe", True)):
        activities = [
            one
            for one in _wants(begun([Case(alert(process(name=name)))]))
            if isinstance(one, ProcessActivity)
        ]
        assert [one.down for one in activities] == [below], name


def test_a_process_without_a_name_is_followed_down_once_its_row_gave_one() -> None:
    hunt = _answered(begun([Case(alert(process(name=None)))]), _own_row(), started(*CHILD[:2], CHILD[2], OWN))
    assert _pids(hunt, ProcessActivity) == [CHILD[0]]


def test_one_process_with_too_much_around_it_is_asked_for_alone() -> None:
    hunt = begun([Case(alert(process()))])
    asked: list[tuple[str, bool]] = []
    while hunt.queries:
        assert all(query.alert_ids == ("da1_1",) for query in hunt.queries)
        asked += [
            (type(want).__name__, want.up if isinstance(want, ProcessCreation) else want.down)
            for want in _wants(hunt)
            if isinstance(want, ProcessCreation | ProcessActivity)
        ]
        is_wide = [any(getattr(want, "down", False) for want in query.wants) for query in hunt.queries]
        hunt = hunt.answered(
            [
                Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail="size")
                if wide
                else Answer(query, rows=(_own_row(),))
                for query, wide in zip(hunt.queries, is_wide, strict=True)
            ]
        )
    assert asked == [
        ("ProcessCreation", True),
        ("ProcessActivity", True),
        ("ProcessCreation", True),
        ("ProcessActivity", True),
        ("ProcessActivity", False),
    ]
    finding = hunt.findings()["da1_1"]
    assert (finding.status, finding.reason) == (Status.CORRELATED, Reason.NONE)


def test_a_process_that_is_too_much_even_alone_is_refused_with_its_reason() -> None:
    hunt = begun([Case(alert(process()))])
    while hunt.queries:
        hunt = hunt.answered(
            [Answer(query, too_large=True, failure=Reason.QUERY_REJECTED) for query in hunt.queries]
        )
    assert hunt.findings()["da1_1"].reason is Reason.QUERY_REJECTED


def _view() -> View:
    rows = [_own_row(), started(*CHILD[:2], CHILD[2], OWN, Generation=1)]
    named = [Ref(DEVICE, OWN[0], OWN[1], OWN[2])]
    return View(Telemetry().plus(rows), named, POLICY)


def test_a_child_came_with_its_parent_only_if_that_was_answered_for_all_of_the_time() -> None:
    view, ends = _view(), (START.plus(-60), START.plus(3_600))
    parent, child = ProcessKey(DEVICE, *OWN[:2]), ProcessKey(DEVICE, *CHILD[:2])
    want = ProcessActivity(child, CHILD[1].plus(-2), ends[1])

    def came(asked: ProcessActivity, trouble: Trouble | None = None) -> bool:
        return want in Asked({asked: trouble}, view, HuntPolicy().tolerance_s)

    assert came(ProcessActivity(parent, *ends))
    assert not came(ProcessActivity(parent, *ends, down=False))
    assert not came(ProcessActivity(parent, *ends), Trouble(Reason.THROTTLED))
    assert not came(ProcessActivity(parent, ends[0], ends[1].plus(-1)))
    assert not came(ProcessActivity(parent, CHILD[1].plus(5), ends[1])), (
        "the row that tells of it lies outside"
    )
    assert not came(ProcessActivity(ProcessKey(DEVICE, 999, START), *ends))
