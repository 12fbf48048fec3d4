import itertools
from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.finding import Method, Reason, Status
from shared.core.hunting import Answer, Case, Hunt
from shared.core.hunting.hunt import MOST_ROWS
from shared.core.hunting.wants import ActivityOverflow, ProcessActivity, ProcessCreation
from tests.core.hunting.builders import (
    DEVICE,
    NOW,
    POLICY,
    SHA1,
    START,
    Row,
    alert,
    begun,
    by,
    finished,
    hunted,
    process,
    row,
    started,
)

SHELL = (20, START.plus(-90_000), "explorer.exe")
OWN = (4711, START, "powershell.exe")


def names(hunt: Hunt) -> list[str]:
    return [query.name for query in hunt.queries]


def answered(hunt: Hunt, *rows: Row) -> Hunt:
    return hunt.answered([Answer(query, rows=rows) for query in hunt.queries])


def many(count: int) -> list[Case]:
    """Alerts with a process each, on ten devices."""
    return [
        Case(alert(process(1_000 + n), id=f"da{n}", device_id=f"{n % 10:040x}", first_event=START.plus(n)))
        for n in range(count)
    ]


def test_a_parent_whose_row_did_not_come_along_is_asked_for() -> None:
    hunt = begun([Case(alert(process()))])
    assert names(hunt) == ["chain"]
    hunt = answered(hunt, started(*OWN[:2], OWN[2], SHELL))
    assert names(hunt) == ["chain"]
    assert {type(want) for want in hunt.queries[0].wants} == {ProcessCreation}  # the parent's own row
    hunt = answered(hunt, started(*SHELL[:2], SHELL[2]))
    assert not hunt.queries


def test_a_level_of_questions_gives_two_of_the_tree() -> None:
    line = [(5_000 + n, START.plus(n), f"p{n}.exe") for n in range(7)]
    rows = [started(*line[0][:2], line[0][2])]
    for parent, child in itertools.pairwise(line):
        above = line[line.index(parent) - 1] if line.index(parent) else None
        rows.append(started(*child[:2], child[2], parent) | by(parent, above))
    hunt = begun([Case(alert(process(*line[0][:2], line[0][2])))])
    levels = 0
    while hunt.queries:
        levels += 1
        wanted = {
            want.key.pid
            for query in hunt.queries
            for want in query.wants
            if isinstance(want, ProcessActivity)
        }
        seen = [
            one
            for one in rows
            if {one.get("InitiatingProcessId"), one.get("InitiatingProcessParentId"), one["ProcessId"]}
            & wanted
        ]
        hunt = answered(hunt, *seen)
    assert [node.depth for node in hunt.findings()["da1_1"].nodes] == [0, 1, 2, 3, 4, 5, 6]
    assert levels == 4


def test_a_thousand_alerts_share_their_questions() -> None:
    hunt = begun(many(1_000))
    assert len(hunt.queries) == 10
    assert all(len(query.alert_ids) == 100 for query in hunt.queries)
    assert all(len(query.kql) <= POLICY.max_query_chars for query in hunt.queries)


def test_alerts_with_the_same_process_ask_for_it_once() -> None:
    hunt = begun([Case(alert(process(), id=f"da{n}")) for n in range(50)])
    (query,) = hunt.queries
    assert len(query.wants) == 2
    assert len(query.alert_ids) == 50


def test_a_query_is_never_longer_than_allowed() -> None:
    small = replace(POLICY, max_query_chars=14_000)
    hunt = begun(many(200), policy=small)
    assert all(len(query.kql) <= 14_000 for query in hunt.queries)
    assert {alert_id for query in hunt.queries for alert_id in query.alert_ids} == {
        f"da{n}" for n in range(200)
    }


def test_an_answer_that_is_too_large_is_asked_for_in_halves() -> None:
    hunt = begun(many(8))
    (query,) = hunt.queries
    hunt = hunt.answered([Answer(query, too_large=True, failure=Reason.QUERY_REJECTED)])
    assert len(hunt.queries) == 2
    assert sum(len(part.wants) for part in hunt.queries) == len(query.wants)
    assert not any(finding.reason is Reason.QUERY_REJECTED for finding in hunt.findings().values())


def test_an_answer_at_the_services_limit_is_taken_for_cut() -> None:
    hunt = begun(many(2))
    (query,) = hunt.queries
    hunt = hunt.answered([Answer(query, rows=({"Table": "DeviceEvents"},) * MOST_ROWS)])
    assert len(hunt.queries) == 2


def test_one_question_that_is_too_large_by_itself_marks_its_own_alert_only() -> None:
    hunt = begun([Case(alert(process())), Case(alert(process(9_000), id="da2", device_id="c" * 40))])
    while hunt.queries:
        hunt = hunt.answered(
            [
                Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail="size")
                if "da1_1" in query.alert_ids
                else Answer(query, rows=(started(9_000, START, "powershell.exe", DeviceId="c" * 40),))
                for query in hunt.queries
            ]
        )
    findings = hunt.findings()
    assert (findings["da1_1"].status, findings["da1_1"].reason) == (Status.FAILED, Reason.QUERY_REJECTED)
    assert (findings["da2"].status, findings["da2"].method) == (Status.CORRELATED, Method.EXACT_PROCESS)


@pytest.mark.parametrize("reason", [Reason.THROTTLED, Reason.UNAVAILABLE, Reason.QUERY_REJECTED])
def test_a_failed_query_marks_only_its_own_alerts(reason: Reason) -> None:
    hunt = begun(many(4), policy=replace(POLICY, batch_size=2))
    first, second = hunt.queries
    good = started(1_002, START, "powershell.exe", DeviceId=f"{2:040x}")
    hunt = hunt.answered([Answer(first, failure=reason, detail="why"), Answer(second, rows=(good,))])
    findings = finished(hunt, (good,)).findings()
    assert {findings[one].reason for one in ("da0", "da1")} == {reason}
    assert findings["da2"].method is Method.EXACT_PROCESS
    assert findings["da3"].reason is Reason.DEVICE_UNKNOWN


def test_what_only_helps_may_be_refused() -> None:
    hunt = begun([Case(alert(Evidence(kind=EvidenceKind.FILE, sha1=SHA1)))])
    rows = (row("DeviceFileEvents", START, SHA1=SHA1) | by(SHELL),)
    hunt = hunt.answered(
        [
            Answer(query, failure=Reason.QUERY_REJECTED)
            if query.name == "alert-evidence"
            else Answer(query, rows=rows)
            for query in hunt.queries
        ]
    )
    finding = finished(hunt, rows).findings()["da1_1"]
    assert (finding.method, finding.reason) == (Method.FILE_HASH, Reason.NONE)


def test_evidence_and_what_hunting_says_of_the_alert_are_asked_together() -> None:
    assert sorted(names(begun([Case(alert(Evidence(kind=EvidenceKind.FILE, sha1=SHA1)))]))) == [
        "alert-evidence",
        "evidence",
        "moment-activity",
    ]


def test_an_account_is_asked_about_only_where_nothing_better_was_found() -> None:
    named = alert(
        Evidence(kind=EvidenceKind.USER, account=Account(name="svc")),
        Evidence(kind=EvidenceKind.FILE, sha1=SHA1),
    )
    assert "Accounts" not in "".join(query.kql for query in begun([Case(named)]).queries)
    asked = answered(begun([Case(named)]))
    assert any("let Accounts" in query.kql for query in asked.queries)


def test_an_overflow_is_counted_first_and_then_asked_for_by_itself() -> None:
    hunt = begun([Case(alert(process()))])
    overflow = row("DeviceFileEvents", START, Rows=40_000, Generation=1, Timestamp=None) | by(OWN)
    hunt = answered(hunt, started(*OWN[:2], OWN[2]), overflow)
    asked = next(query for query in hunt.queries if query.name == "chain-overflow")
    (want,) = asked.wants
    assert isinstance(want, ActivityOverflow)
    assert (want.table, want.key.pid) == ("DeviceFileEvents", 4711)
    nearest = [row("DeviceFileEvents", START.plus(n)) | by(OWN) for n in range(1_000)]
    finding = finished(answered(hunt, *nearest), ()).findings()["da1_1"]
    assert (finding.event_count, len(finding.events), finding.truncated) == (40_001, 1_001, True)


def test_children_beyond_the_most_are_counted() -> None:
    hunt = begun([Case(alert(process()))])
    overflow = row("DeviceProcessEvents", START, Rows=5_000, Generation=1, Timestamp=None) | by(OWN)
    hunt = answered(hunt, started(*OWN[:2], OWN[2]), overflow)
    few = [started(6_000 + n, START.plus(n), "cl.exe", OWN) for n in range(20)]
    finding = finished(answered(hunt, *few), ()).findings()["da1_1"]
    assert finding.nodes[0].children_left_out == 4_980
    assert finding.event_count == 5_001
    assert finding.truncated


def test_an_ancestor_that_is_older_than_the_telemetry_is_not_asked_for() -> None:
    old = (20, NOW.plus(-31 * 86_400), "boot.exe")
    hunt = answered(begun([Case(alert(process()))]), started(*OWN[:2], OWN[2], old))
    assert not hunt.queries
    assert [node.is_inferred for node in hunt.findings()["da1_1"].nodes] == [True, False]


def test_rows_that_nobody_asked_for_change_nothing() -> None:
    mine = started(*OWN[:2], OWN[2], SHELL)
    strange: list[Row] = [
        started(77, START, "other.exe", SHELL),
        row("DeviceEvents", START),
        row("DeviceEvents", START, Timestamp="soon"),
        {"Table": "DeviceEvents"},
        {},
        row("DeviceFileEvents", START, InitiatingProcessId="x", InitiatingProcessCreationTime=7),
    ]
    alone = hunted([Case(alert(process()))], [mine])["da1_1"]
    assert hunted([Case(alert(process()))], [mine, *strange])["da1_1"] == alone


def test_a_hunt_is_a_value() -> None:
    hunt = begun([Case(alert(process()))])
    before = hunt.findings()
    answered(hunt, started(*OWN[:2], OWN[2]))
    assert hunt.findings() == before
    assert DEVICE in hunt.queries[0].kql


def test_an_event_of_a_table_that_another_version_knew_is_kept_and_not_asked_for() -> None:
    rows = [started(*OWN[:2], OWN[2], SHELL), row("DeviceEvents", START.plus(1)) | by(OWN, SHELL)]
    known = hunted([Case(alert(process()))], rows)["da1_1"]
    strange = replace(known.events[1], event=replace(known.events[1].event, table="DeviceFutureEvents"))
    before = replace(known, events=(known.events[0], strange))
    finding = hunted([Case(alert(process()), known=before)], rows)["da1_1"]
    assert {one.event.table for one in finding.events} >= {"DeviceFutureEvents", "DeviceEvents"}
    assert "DeviceFutureEvents" not in finding.query and "DeviceEvents" in finding.query
