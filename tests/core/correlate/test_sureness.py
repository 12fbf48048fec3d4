"""How an alert is tied, how sure that is, and what is said to be left out."""

from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.by_evidence import Mentions
from shared.core.correlate.finding import Cell, Finding, Method, ProcessKey, Reason, Status
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Ref
from shared.core.correlate.subject import Subject
from shared.core.correlate.tie import Trouble, finding_of, tie_of_subject, without_tie
from tests.core.correlate.seen import counted, subject, view
from tests.core.hunting.builders import DEVICE, POLICY, SHA1, START, Row, by, process, row, started

OWN = (4711, START, "powershell.exe")
OTHER = (6000, START.plus(1), "cmd.exe")
DROPPER = (21, START.plus(-60), "updater.exe")
ADDRESS = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
CONNECTED = row("DeviceNetworkEvents", START.plus(2), RemoteIP="203.0.113.9") | by(DROPPER)


def _finding(
    of: Subject, rows: list[Row], policy: HuntPolicy = POLICY, troubles: tuple[Trouble, ...] = ()
) -> Finding:
    seen = view(rows, of, policy)
    tie = tie_of_subject(seen, Mentions(seen), of)
    return finding_of(seen, tie, of, troubles)


def test_one_process_of_exactly_its_time_is_enough_for_an_exact_tie() -> None:
    two = subject(process(), process(*OTHER))
    near = started(OTHER[0], OTHER[1].plus(0.3), OTHER[2])
    found = _finding(two, [started(*OWN), near])
    assert (found.method, found.confidence) == (Method.EXACT_PROCESS, 100)
    assert [key.pid for key in found.anchors] == [4711, 6000]
    assert found.left_out == ()
    assert _finding(two, [near]).method is Method.PROCESS_TOLERANCE


def test_two_names_for_one_process_are_one_anchor() -> None:
    twice = subject(process(), process(4711, START.plus(0.001)))
    assert _finding(twice, [started(*OWN)]).anchors == (ProcessKey(DEVICE, 4711, START),)


def _evidence(kind: EvidenceKind, **fields: object) -> Evidence:
    return Evidence(kind=kind, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "cells", "method", "sure"),
    [
        (_evidence(EvidenceKind.FILE, sha1=SHA1), {"SHA1": SHA1}, Method.FILE_HASH, 75),
        (_evidence(EvidenceKind.FILE, file_name="a.dll"), {"FileName": "a.dll"}, Method.FILE_NAME, 60),
        (ADDRESS, {"RemoteIP": "203.0.113.9"}, Method.ADDRESS, 55),
        (_evidence(EvidenceKind.URL, url="evil.example"), {"RemoteUrl": "evil.example"}, Method.URL, 50),
        (
            _evidence(EvidenceKind.REGISTRY, registry_key="HKLM\\x"),
            {"RegistryKey": "HKLM\\x"},
            Method.REGISTRY,
            50,
        ),
        (_evidence(EvidenceKind.USER, account=Account(name="al")), {"AccountName": "al"}, Method.ACCOUNT, 30),
    ],
)
def test_each_kind_of_evidence_is_so_sure(
    item: Evidence, cells: dict[str, Cell], method: Method, sure: int
) -> None:
    of = subject(item)
    table = "DeviceLogonEvents" if method is Method.ACCOUNT else "DeviceEvents"
    away = START.plus(30)  # from the alert's moment
    nobody = _finding(of, [row(table, away, **cells)])
    assert (nobody.method, nobody.confidence, nobody.anchors) == (method, sure, ())
    if method is not Method.ACCOUNT:
        hearsay = _finding(of, [row("DeviceEvents", away, **cells) | by(DROPPER)])
        assert (hearsay.confidence, len(hearsay.anchors)) == (sure - 10, 1)
        own = _finding(of, [row("DeviceEvents", away, **cells) | by(DROPPER), started(*DROPPER)])
        assert own.confidence == sure + 5
        at_once = _finding(of, [row("DeviceEvents", START.plus(2), **cells) | by(DROPPER)])
        assert at_once.confidence == (sure if method is Method.URL else 90)


@pytest.mark.parametrize(("processes", "less"), [(1, 0), (2, 5), (3, 10), (4, 15), (5, 15)])
def test_each_further_process_that_touched_the_evidence_makes_it_less_sure(processes: int, less: int) -> None:
    doers = [(60 + n, START.plus(-9), "x.exe") for n in range(processes)]
    for after, sure in ((30, 45 - less), (0, 90)):  # at the alert's own moment others make no difference
        rows = [
            row("DeviceNetworkEvents", START.plus(after), RemoteIP="203.0.113.9") | by(one) for one in doers
        ]
        assert _finding(subject(ADDRESS), rows).confidence == sure


def test_several_processes_that_the_alert_names_make_it_no_less_sure() -> None:
    two = subject(process(), process(*OTHER))
    assert _finding(two, [started(*OWN), started(*OTHER)]).confidence == 100


def test_one_anchor_with_its_own_creation_row_is_enough() -> None:
    two = subject(process(), process(*OTHER))
    assert _finding(two, [row("DeviceFileEvents", START) | by(OWN), started(*OTHER)]).confidence == 100


@pytest.mark.parametrize(("after", "sure"), [(3_600, 100), (3_600.0000001, 95)])
def test_a_creation_row_that_is_stamped_too_late_makes_no_tie_surer(after: float, sure: int) -> None:
    stamped = started(*OWN) | {"Timestamp": START.plus(after).text()}
    found = _finding(subject(process()), [stamped, row("DeviceFileEvents", START) | by(OWN)])
    assert (found.method, found.confidence) == (Method.EXACT_PROCESS, sure)


def test_a_process_may_still_come_so_nothing_weaker_is_taken() -> None:
    early = replace(subject(process(), ADDRESS), is_settled=False)
    found = _finding(early, [CONNECTED])
    assert (found.status, found.method, found.left_out) == (Status.NO_MATCH, Method.NONE, ())
    late = _finding(replace(early, is_settled=True), [CONNECTED])
    assert late.method is Method.ADDRESS
    assert late.left_out == ("1 processes of the evidence that telemetry does not know",)


def test_a_device_alone_is_tied_by_its_activity_and_only_then() -> None:
    rows = [started(70, START.plus(30), "cmd.exe")]
    assert _finding(subject(), rows).method is Method.DEVICE_ONLY
    assert _finding(subject(), rows).confidence == 10
    assert _finding(subject(), [started(70, START.plus(30), "notepad.exe")]).method is Method.NONE
    assert _finding(subject(ADDRESS), rows).method is Method.NONE
    gone = _finding(subject(process()), [started(70, START, "cmd.exe")])
    assert (gone.status, gone.method, gone.confidence) == (Status.NO_MATCH, Method.NONE, 0)


def test_the_first_trouble_is_the_reason_and_each_is_said_once() -> None:
    troubles = (Trouble(Reason.THROTTLED, "later"), Trouble(Reason.UNAVAILABLE), Trouble(Reason.THROTTLED))
    found = _finding(subject(process()), [started(*OWN)], troubles=troubles)
    assert (found.reason, found.detail) == (Reason.THROTTLED, "later")
    assert found.left_out == (
        "a question that was not answered (Throttled)",
        "a question that was not answered (HuntingUnavailable)",
    )
    assert (_finding(subject(process()), []).reason, _finding(subject(process()), []).detail) == (
        Reason.NONE,
        "",
    )


def test_everything_that_is_left_out_is_said() -> None:
    few = replace(POLICY, max_anchors=1, max_nodes=1, max_indicators=1)
    of = subject(ADDRESS, replace(ADDRESS, ip_address="203.0.113.10"), policy=few)
    second = (22, START.plus(-50), "second.exe")
    child = started(23, START.plus(1), "child.exe", DROPPER)
    rows = [CONNECTED, row("DeviceNetworkEvents", START.plus(9), RemoteIP="203.0.113.9") | by(second), child]
    assert _finding(of, rows, few).left_out == (
        "1 things that the evidence names",
        "1 processes of the tree",
        "the trees of 1 further processes that touched the evidence",
    )


@pytest.mark.parametrize("after", [0.0, 0.4])
def test_things_left_out_are_not_said_where_the_tie_is_by_process(after: float) -> None:
    few = replace(POLICY, max_indicators=1)
    of = subject(process(), ADDRESS, replace(ADDRESS, ip_address="203.0.113.10"), policy=few)
    assert of.indicators_left_out == 1
    assert _finding(of, [started(4711, START.plus(after), "powershell.exe")], few).left_out == ()


def test_the_trunk_and_the_nearest_are_kept_in_time_order() -> None:
    child = (40, START.plus(1), "a.exe")
    parent = (30, START.plus(-60), "p.exe")
    rows = [started(*OWN, parent), started(*child, OWN), started(*parent)]
    rows += [row("DeviceFileEvents", START.plus(n), FileName=str(n)) | by(OWN, parent) for n in (50, 3, -4)]
    rows += [row("DeviceFileEvents", START.plus(2), FileName="child's") | by(child, OWN)]

    def kept(most: int) -> list[object]:
        found = _finding(subject(process()), rows, replace(POLICY, max_events=most))
        assert (found.event_count, found.truncated) == (7, most < 7)
        return [one.event.row["FileName"] for one in found.events]

    assert kept(3) == ["-4", "powershell.exe", "3"]
    assert kept(4) == ["-4", "powershell.exe", "3", "50"]
    assert kept(5) == ["-4", "powershell.exe", "a.exe", "3", "50"]
    assert kept(7) == ["p.exe", "-4", "powershell.exe", "a.exe", "child's", "3", "50"]


def test_what_proves_harm_and_the_way_to_it_are_kept_before_what_is_nearer() -> None:
    child, grandchild = (40, START.plus(1), "a.exe"), (50, START.plus(2), "b.exe")
    files = [row("DeviceFileEvents", START.plus(n), FileName=str(n)) | by(OWN) for n in (3, 4)]
    proof = row("DeviceFileEvents", START.plus(60), FileName="proof") | by(grandchild, child)
    rows = [started(*OWN), started(*child, OWN), started(*grandchild, child), *files, proof]

    def kept(most: int) -> list[object]:
        of, policy = subject(process()), replace(POLICY, max_events=most)
        seen = view(rows, of, policy)
        seen.proves = lambda event: event.row["FileName"] == "proof"
        found = finding_of(seen, tie_of_subject(seen, Mentions(seen), of), of, ())
        return [one.event.row["FileName"] for one in found.events]

    way = ["powershell.exe", "a.exe", "b.exe"]
    assert kept(1) == ["proof"]
    assert kept(2) == [way[0], "proof"]
    assert kept(4) == [*way, "proof"]
    assert kept(5) == [*way, "3", "proof"]
    assert kept(6) == [*way, "3", "4", "proof"]


def test_a_row_of_the_tree_and_of_the_evidence_is_counted_once_and_tied_by_the_tree() -> None:
    found = _finding(subject(ADDRESS), [CONNECTED, started(*DROPPER)])
    assert (found.event_count, [one.tie for one in found.events]) == (2, ["own", "own"])
    nobody = row("DeviceNetworkEvents", START.plus(1), RemoteIP="203.0.113.9")
    found = _finding(subject(ADDRESS), [nobody, CONNECTED, started(*DROPPER)])
    assert (found.event_count, [one.tie for one in found.events]) == (3, ["own", "evidence-address", "own"])
    assert [one.depth for one in found.events] == [0, None, 0]


def test_rows_of_the_evidence_that_were_only_counted_count() -> None:
    rows = [CONNECTED, counted("DeviceNetworkEvents", 90, Match="203.0.113.9")]
    rows += [counted("DeviceNetworkEvents", 7, Match="203.0.113.10"), counted("DeviceEvents", 5)]
    found = _finding(subject(ADDRESS), rows)
    assert (found.event_count, len(found.events), found.truncated) == (90, 1, True)


def test_processes_of_the_evidence_that_are_missing_are_those_of_no_anchor() -> None:
    of = subject(process(), process(*OTHER))
    seen = view([started(*OWN)], of)
    tie = tie_of_subject(seen, Mentions(seen), of)
    assert tie.missing == (Ref(DEVICE, *OTHER),)


PLAIN = Finding("da1_1", Status.NO_MATCH)


@pytest.mark.parametrize(
    ("finding", "is_settled", "is_device_unknown", "reason"),
    [
        (PLAIN, False, False, Reason.NOT_IN_YET),
        (PLAIN, False, True, Reason.NOT_IN_YET),
        (PLAIN, True, True, Reason.DEVICE_UNKNOWN),
        (PLAIN, True, False, Reason.NOT_SEEN),
        (replace(PLAIN, reason=Reason.THROTTLED), True, False, Reason.THROTTLED),
        (replace(PLAIN, status=Status.CORRELATED), False, True, Reason.NONE),
    ],
)
def test_nothing_found_gets_a_reason_and_nothing_else(
    finding: Finding, is_settled: bool, is_device_unknown: bool, reason: Reason
) -> None:
    of = replace(subject(), is_settled=is_settled)
    assert without_tie(finding, of, is_device_unknown) == replace(finding, reason=reason)
