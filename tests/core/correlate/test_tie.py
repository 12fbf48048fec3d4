from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Method, Reason, Status
from shared.core.hunting import Answer, Case
from tests.core.hunting.builders import (
    NOW,
    OTHER_DEVICE,
    POLICY,
    SHA1,
    START,
    Row,
    alert,
    begun,
    by,
    hunted,
    process,
    row,
    started,
)

SHELL = (20, START.plus(-600), "explorer.exe")
CASE = Case(alert(process()))


def test_a_process_of_exactly_the_alerts_time_is_as_sure_as_it_gets() -> None:
    finding = hunted([CASE], [started(4711, START, "powershell.exe", SHELL)])["da1_1"]
    assert (finding.status, finding.method, finding.confidence) == (
        Status.CORRELATED,
        Method.EXACT_PROCESS,
        100,
    )
    assert finding.reason is Reason.NONE
    assert finding.event_count == 1
    assert not finding.truncated


def test_a_time_cut_by_the_alerts_source_is_tied_within_the_tolerance() -> None:
    finding = hunted([CASE], [started(4711, START.plus(0.4), "powershell.exe")])["da1_1"]
    assert (finding.method, finding.confidence) == (Method.PROCESS_TOLERANCE, 95)


def test_a_process_known_only_by_what_it_did_is_less_sure() -> None:
    actor = (4711, START, "powershell.exe")
    finding = hunted([CASE], [row("DeviceFileEvents", START.plus(1)) | by(actor, SHELL)])["da1_1"]
    assert (finding.method, finding.confidence) == (Method.EXACT_PROCESS, 95)
    assert finding.nodes[-1].is_inferred
    assert finding.nodes[-1].file_name == "powershell.exe"


@pytest.mark.parametrize(
    "noise",
    [
        started(4711, START.plus(-60), "powershell.exe"),
        started(4711, START.plus(2.5), "powershell.exe"),
        started(4711, START, "powershell.exe") | {"DeviceId": OTHER_DEVICE},
        started(4712, START, "powershell.exe"),
        started(4711, START.plus(1), "notepad.exe"),
    ],
)
def test_a_neighbour_is_not_the_alerts_process(noise: Row) -> None:
    assert hunted([CASE], [noise])["da1_1"].status is Status.NO_MATCH


def test_ties_say_how_and_depths_how_far() -> None:
    own, child = (4711, START, "powershell.exe"), (4712, START.plus(1), "a.exe")
    rows = [
        started(*SHELL[:2], SHELL[2], (9, START.plus(-9_000), "userinit.exe")),
        started(19, START.plus(-90_000), "never.exe"),
        started(*own[:2], own[2], SHELL),
        started(*child[:2], child[2], own),
        started(4713, START.plus(2), "b.exe", child),
        row("DeviceNetworkEvents", START.plus(3)) | by(child, own),
        row("DeviceFileEvents", START.plus(3)) | by(SHELL),
        started(4800, START.plus(2), "other.exe", SHELL),
    ]
    finding = hunted([CASE], rows)["da1_1"]
    assert [(tied.tie, tied.depth, tied.event.row.get("FileName")) for tied in finding.events] == [
        ("parent", -1, "explorer.exe"),
        ("own", 0, "powershell.exe"),
        ("child", 1, "a.exe"),
        ("descendant", 2, "b.exe"),
        ("child", 1, None),
    ]
    assert [node.is_session_root for node in finding.nodes] == [True, False, False, False]


def test_a_process_known_only_by_what_it_started_is_tied_too() -> None:
    child = started(4712, START.plus(1), "a.exe", (4711, START, "powershell.exe"))
    finding = hunted([CASE], [child])["da1_1"]
    assert (finding.method, finding.confidence) == (Method.EXACT_PROCESS, 95)
    assert [(node.file_name, node.is_inferred) for node in finding.nodes] == [
        ("powershell.exe", True),
        ("a.exe", False),
    ]


def test_what_a_long_lived_process_did_on_other_days_is_left_out() -> None:
    created = START.plus(-10 * 86_400)
    daemon = (4711, created, "agent.exe")
    rows = [started(*daemon[:2], daemon[2])]
    rows += [row("DeviceFileEvents", START.plus(days * 86_400)) | by(daemon) for days in (-5, -0.5, 0.5)]
    case = Case(alert(process(*daemon[:2], daemon[2])))
    finding = hunted([case], rows, now=START.plus(5 * 86_400))["da1_1"]
    assert [tied.event.time for tied in finding.events] == [
        created.plus(0.01),
        START.plus(-0.5 * 86_400),
        START.plus(0.5 * 86_400),
    ]


def test_several_processes_in_one_alert_give_several_trees() -> None:
    two = alert(process(), process(6000, START.plus(1), "cmd.exe"))
    rows = [started(4711, START, "powershell.exe"), started(6000, START.plus(1), "cmd.exe")]
    finding = hunted([Case(two)], rows)["da1_1"]
    assert [key.pid for key in finding.anchors] == [4711, 6000]
    assert sorted(node.depth for node in finding.nodes) == [0, 0]


def test_a_process_that_telemetry_does_not_know_is_said_to_be_left_out() -> None:
    two = alert(process(), process(6000, START.plus(1), "cmd.exe"))
    finding = hunted([Case(two)], [started(4711, START, "powershell.exe")])["da1_1"]
    assert finding.left_out == ("1 processes of the evidence that telemetry does not know",)


def test_an_alert_older_than_the_telemetry_is_not_asked_about() -> None:
    hunt = begun([CASE], START.plus(31 * 86_400))
    assert not hunt.queries
    finding = hunt.findings()["da1_1"]
    assert (finding.status, finding.reason) == (Status.NO_MATCH, Reason.TOO_OLD)


def test_an_old_alert_whose_activity_went_on_is_hunted() -> None:
    went_on = alert(process(), last_event=START.plus(20 * 86_400))
    assert begun([Case(went_on)], START.plus(35 * 86_400)).queries


def test_an_alert_without_anything_to_look_for_says_so() -> None:
    finding = hunted([Case(alert(Evidence(kind=EvidenceKind.IP), device_id=None))], [])["da1_1"]
    assert (finding.status, finding.reason) == (Status.NOT_APPLICABLE, Reason.NO_EVIDENCE)


@pytest.mark.parametrize(
    ("age_s", "device_row", "reason"),
    [
        (600, [], Reason.NOT_IN_YET),
        (7_199, [], Reason.NOT_IN_YET),
        (7_300, [{"DeviceId": "a" * 40, "LastSeen": START.text()}], Reason.NOT_SEEN),
        (7_300, [], Reason.DEVICE_UNKNOWN),
    ],
)
def test_nothing_found_carries_its_reason(age_s: float, device_row: list[Row], reason: Reason) -> None:
    case = CASE
    finding = hunted([case], device_row, now=case.alert.created.plus(age_s))["da1_1"]
    assert (finding.status, finding.reason) == (Status.NO_MATCH, reason)
    assert finding.confidence == 0
    assert finding.query == ""


def test_while_its_process_may_come_in_an_alert_takes_no_weaker_tie() -> None:
    both = alert(process(), Evidence(kind=EvidenceKind.FILE, sha1=SHA1))
    rows = [row("DeviceFileEvents", START, SHA1=SHA1) | by(SHELL)]
    early = hunted([Case(both)], rows, now=both.created.plus(600))["da1_1"]
    assert (early.status, early.reason) == (Status.NO_MATCH, Reason.NOT_IN_YET)
    late = hunted([Case(both)], rows, now=both.created.plus(7_300))["da1_1"]
    assert late.method is Method.FILE_HASH


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.THROTTLED, Status.PENDING),
        (Reason.ROLE_MISSING, Status.FAILED),
        (Reason.TOKEN_REFUSED, Status.FAILED),
        (Reason.LICENCE_MISSING, Status.FAILED),
        (Reason.QUERY_REJECTED, Status.FAILED),
        (Reason.UNAVAILABLE, Status.FAILED),
    ],
)
def test_a_question_that_was_not_answered_is_the_reason(reason: Reason, status: Status) -> None:
    hunt = begun([CASE])
    hunt = hunt.answered([Answer(query, failure=reason, detail="because") for query in hunt.queries])
    assert not hunt.queries
    finding = hunt.findings()["da1_1"]
    assert (finding.status, finding.reason, finding.detail) == (status, reason, "because")


def test_what_was_found_before_a_failure_is_kept_and_the_failure_said() -> None:
    hunt = begun([CASE])
    rows = (started(4711, START, "powershell.exe", (20, START.plus(-60), "cmd.exe")),)
    hunt = hunt.answered([Answer(query, rows=rows) for query in hunt.queries])
    hunt = hunt.answered([Answer(query, failure=Reason.THROTTLED) for query in hunt.queries])
    finding = hunt.findings()["da1_1"]
    assert (finding.status, finding.reason) == (Status.CORRELATED, Reason.THROTTLED)
    assert finding.left_out == ("a question that was not answered (Throttled)",)


def test_findings_can_be_had_before_the_end() -> None:
    hunt = begun([CASE])
    finding = hunt.findings()["da1_1"]
    assert (finding.status, finding.reason) == (Status.PENDING, Reason.WAITING)


def test_an_earlier_finding_of_the_same_version_is_built_on() -> None:
    own = started(4711, START, "powershell.exe")
    child = started(4712, START.plus(1), "a.exe", (4711, START, "powershell.exe"))
    first = hunted([CASE], [own, child])["da1_1"]
    second = hunted([replace(CASE, known=first)], [own])["da1_1"]
    assert {tied.event.key for tied in second.events} == {tied.event.key for tied in first.events}
    lost = hunted([replace(CASE, known=first)], [], now=NOW)["da1_1"]
    assert lost == first


def test_children_that_come_in_twenty_minutes_later_are_added_to_the_same_finding() -> None:
    own = started(4711, START, "powershell.exe")
    child = started(4712, START.plus(1_200), "a.exe", (4711, START, "powershell.exe"))
    first = hunted([CASE], [own], now=CASE.alert.created.plus(300))["da1_1"]
    assert (first.status, first.event_count) == (Status.CORRELATED, 1)
    second = hunted([replace(CASE, known=first)], [child], now=CASE.alert.created.plus(1_800))["da1_1"]
    assert [(tied.tie, tied.depth) for tied in second.events] == [("own", 0), ("child", 1)]
    assert [node.is_inferred for node in second.nodes] == [False, False]
    assert (second.method, second.confidence, second.event_count) == (Method.EXACT_PROCESS, 100, 2)
    assert second.query != first.query


def test_rows_beyond_the_most_are_counted_and_the_nearest_kept() -> None:
    own = (4711, START, "powershell.exe")
    rows = [started(*own[:2], own[2])]
    rows += [row("DeviceFileEvents", START.plus(n + 1), FileName=str(n)) | by(own) for n in range(50)]
    few = replace(POLICY, process_rows=10)
    finding = hunted([CASE], rows, policy=few)["da1_1"]
    assert (finding.event_count, len(finding.events), finding.truncated) == (51, 11, True)
    assert [tied.event.row.get("FileName") for tied in finding.events[1:]] == [str(n) for n in range(10)]
    assert finding.left_out == ("40 rows of DeviceFileEvents by one process",)


def test_an_alert_keeps_the_trunk_of_its_tree_where_it_has_too_many_events() -> None:
    own = (4711, START, "powershell.exe")
    rows = [started(*own[:2], own[2], SHELL)]
    for n in range(30):
        child = (5000 + n, START.plus(n), "a.exe")
        rows += [started(*child[:2], child[2], own), row("DeviceFileEvents", START.plus(n)) | by(child, own)]
    finding = hunted([CASE], rows, policy=replace(POLICY, max_events=20))["da1_1"]
    assert len(finding.events) == 20
    assert finding.event_count == 61
    assert any(tied.tie == "own" for tied in finding.events)
