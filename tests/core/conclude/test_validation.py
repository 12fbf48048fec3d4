import json
from dataclasses import replace

import pytest

from shared.core.conclude import NO_RULES, Conclusion, conclude
from shared.core.conclude.behaviour import Behaviour, Behaviours
from shared.core.conclude.conclusion import Validation
from shared.core.conclude.context import context_of
from shared.core.conclude.validation import validate
from shared.core.correlate.finding import Finding, Method, Reason, Status, TiedEvent
from tests.builders import DEVICE, T0, alert, evidence, finding, key, node, tied

OWN = tied("DeviceProcessEvents", "ProcessCreated", after=0)
CHILD = tied("DeviceProcessEvents", "ProcessCreated", after=5, depth=1, tie="child", number=2)
LATER = tied("DeviceNetworkEvents", "ConnectionSuccess", after=300, number=3, RemoteIP="203.0.113.10")
ANTIVIRUS = tied(
    "DeviceEvents",
    "AntivirusDetection",
    after=20,
    number=4,
    AdditionalFields='{"WasRemediated":true,"Action":"Quarantine"}',
)
FAILED_CURE = tied(
    "DeviceEvents", "AntivirusDetection", after=20, number=4, AdditionalFields='{"WasRemediated":false}'
)
PREVENTED = (evidence(detection_status="Prevented"),)
NODES = (node("a.exe"),)


def _concluded(*events: TiedEvent, stopped: bool = False, **changes: object) -> Conclusion:
    subject = alert(evidence=PREVENTED if stopped else ())
    return conclude(subject, None, finding(nodes=NODES, events=events, **changes), NO_RULES)


def _validation(*events: TiedEvent, stopped: bool = False, **changes: object) -> Validation:
    return _concluded(*events, stopped=stopped, **changes).validation


def seen(rule: str, level: str, technique: str, after: float = 1.0, tactic: str = "execution") -> Behaviour:
    return Behaviour(
        rule, f"Rule {rule}", level, T0.plus(after), f"a.exe: Rule {rule}", (technique,), tactic, key()
    )


def judged(*behaviours: Behaviour, **changes: object) -> tuple[Validation, str]:
    context = context_of(alert(), None, finding(nodes=NODES, events=(OWN, CHILD), **changes))
    return validate(context, Behaviours(behaviours, rows=2, rules=9))


def test_without_a_tie_there_is_no_telemetry_and_the_reason_is_said() -> None:
    result = conclude(alert(), None, Finding("x", Status.NO_MATCH, reason=Reason.TOO_OLD), NO_RULES)
    assert result.validation is Validation.NO_TELEMETRY
    assert "30 days" in result.validation_reason
    assert result.story.startswith("No telemetry")


def test_one_strong_behaviour_confirms_and_one_weak_one_is_likely() -> None:
    assert judged(seen("1", "high", "T1003"))[0] is Validation.CONFIRMED
    assert judged(seen("1", "critical", "T1003"))[0] is Validation.CONFIRMED
    assert judged(seen("1", "medium", "T1003"))[0] is Validation.LIKELY
    assert judged(seen("1", "low", "T1003"))[0] is Validation.UNPROVEN


def test_two_weak_behaviours_confirm_only_by_different_rules_and_techniques() -> None:
    one = seen("1", "medium", "T1059.001")
    assert judged(one, seen("2", "medium", "T1105"))[0] is Validation.CONFIRMED
    assert judged(one, seen("1", "medium", "T1105"))[0] is Validation.LIKELY, "one rule, twice"
    assert judged(one, seen("2", "medium", "T1059"))[0] is Validation.LIKELY, "a technique and its own part"
    assert judged(one, seen("2", "medium", "T1059.003"))[0] is Validation.LIKELY
    looks = [seen(rule, "medium", rule, tactic="discovery") for rule in ("T1033", "T1087")]
    assert judged(*looks)[0] is Validation.LIKELY, "looking around twice"
    assert judged(*looks, one)[0] is Validation.CONFIRMED


def test_the_reason_names_the_gravest_behaviour_not_the_first() -> None:
    _, reason = judged(
        seen("encoded", "high", "T1059.001", 1),
        seen("dump", "high", "T1003.001", 30, tactic="credential_access"),
    )
    assert reason.startswith("a.exe: Rule dump, and 1 more")


def test_unproven_says_what_was_looked_at() -> None:
    validation, reason = judged()
    assert validation is Validation.UNPROVEN
    assert "2 rows of 1 table by 9 rules" in reason


def test_a_verdict_on_cut_telemetry_says_so() -> None:
    assert "judged on 2 of 5000 events" in judged(truncated=True, event_count=5_000)[1]


def test_going_on_is_a_fact_and_no_ground() -> None:
    result = _concluded(OWN, CHILD, LATER)
    assert result.validation is Validation.UNPROVEN
    assert "it went on after the alert (1 connection)" in result.validation_reason


def test_prevented_with_nothing_after_is_blocked() -> None:
    assert _validation(tied("DeviceEvents", "SmartScreen", after=1), stopped=True) is Validation.BLOCKED
    assert _validation(ANTIVIRUS) is Validation.BLOCKED


def test_running_before_the_block_is_contained() -> None:
    assert _validation(OWN, CHILD, ANTIVIRUS) is Validation.CONTAINED


def test_acting_after_the_block_is_confirmed() -> None:
    assert _validation(OWN, CHILD, ANTIVIRUS, LATER) is Validation.CONFIRMED
    assert _validation(OWN, LATER, stopped=True) is Validation.CONFIRMED


def test_a_cure_that_failed_stops_nothing() -> None:
    assert _validation(OWN, CHILD, FAILED_CURE) is Validation.UNPROVEN


def report(fields: object, name: str = "", sha1: str = "") -> TiedEvent:
    told = fields if isinstance(fields, str) else json.dumps(fields)
    return tied(
        *("DeviceEvents", "AntivirusDetection"),
        after=20, number=4, AdditionalFields=told, FileName=name, SHA1=sha1,
    )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"WasRemediated": True},
        {"WasRemediated": "True", "ThreatName": "x"},
        {"WasRemediated": 1},
        {"Action": "Quarantine"},
        {"Action": " removed "},
    ],
)
def test_a_cure_is_known_by_what_the_antivirus_says_of_it(fields: object) -> None:
    assert _validation(OWN, CHILD, report(fields)) is Validation.CONTAINED


@pytest.mark.parametrize(
    "fields",
    [
        {"WasRemediated": "False"},
        {"WasRemediated": 0, "Action": "Quarantine"},
        {"WasRemediated": False, "Container": "C:\\removed\\quarantine.zip"},
        {"ThreatName": "x", "Container": "C:\\blocked.zip", "RegistryValueData": "remediated"},
        {"Action": "Not remediated"},
        {"Action": 2},
        {"WasRemediated": True, "WasExecutingWhileDetected": "true"},
        {"WasRemediated": {"true": True}},
        "remediated",
        '["WasRemediated"]',
        "[" * 100_000,
    ],
)
def test_no_name_that_others_choose_makes_a_cure(fields: object) -> None:
    assert _validation(OWN, CHILD, report(fields)) is Validation.UNPROVEN


DROPPED = "cd" * 20


def with_a_tool_removed(*behaviours: Behaviour, how: str) -> tuple[Validation, str]:
    """The verdict where a file that a.exe only wrote was stopped, by the alert's word or by the antivirus."""
    by_alert = evidence("file", file_name="tool.exe", sha1=DROPPED, detection_status="Prevented")
    subject = alert(evidence=(by_alert,) if how == "alert" else ())
    removed = report({"WasRemediated": True}, "tool.exe", DROPPED)
    events = (OWN, CHILD, removed) if how == "antivirus" else (OWN, CHILD)
    context = context_of(subject, None, finding(nodes=NODES, events=events))
    return validate(context, Behaviours(behaviours, rows=2, rules=9))


@pytest.mark.parametrize("how", ["alert", "antivirus"])
def test_a_tool_that_is_removed_does_not_stop_who_brought_it(how: str) -> None:
    strong = seen("1", "high", "T1003")
    pair = (seen("1", "medium", "T1003"), seen("2", "medium", "T1105"))
    for behaviours in ((strong,), pair):
        validation, reason = with_a_tool_removed(*behaviours, how=how)
        assert validation is Validation.CONFIRMED
        assert reason.startswith("a.exe: Rule 1") and reason.count("this was not stopped, though") == 1
        assert "tool.exe" in reason
    assert with_a_tool_removed(pair[0], how=how)[0] is Validation.BLOCKED
    assert with_a_tool_removed(how=how)[0] is Validation.BLOCKED


def test_what_was_stopped_is_judged_as_stopped_whatever_it_had_done() -> None:
    ran = (evidence("process", file_name="a.exe", detection_status="Blocked"),)
    context = context_of(alert(evidence=ran), None, finding(nodes=NODES, events=(OWN, CHILD)))
    judged_so = validate(context, Behaviours((seen("1", "high", "T1003"),), rows=2, rules=9))
    assert judged_so[0] is Validation.CONTAINED


def test_a_process_is_judged_by_its_creation_not_by_when_its_row_was_recorded() -> None:
    created = T0.plus(29.86).text()  # 0.14 s before the block at the alert's last event
    recorded = tied(
        "DeviceProcessEvents", "ProcessCreated", after=31.26, number=5, depth=1, ProcessCreationTime=created
    )
    assert _validation(OWN, recorded, stopped=True) is Validation.CONTAINED


def test_what_an_ancestor_did_bears_nothing_out() -> None:
    parents = replace(LATER, depth=-1, owner=key(999, -5))
    assert _validation(OWN, parents) is Validation.UNPROVEN


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        # One thing active, another remediated: not stopped (also where what is active comes second).
        ((("process", "Detected", "active"), ("file", "Detected", "remediated")), Validation.UNPROVEN),
        ((("file", "Detected", "remediated"), ("process", "Detected", "active")), Validation.UNPROVEN),
        ((("process", "", "unremediated"), ("file", "blocked", "")), Validation.UNPROVEN),
        ((("process", "", "declined"), ("file", "blocked", "")), Validation.UNPROVEN),
        # Only detected may still be running.
        ((("process", "Detected", ""), ("file", "Prevented", "")), Validation.UNPROVEN),
        ((("process", "Detected", "none"), ("file", "Prevented", "")), Validation.UNPROVEN),
        # All that the alert is about was stopped.
        ((("process", "Detected", "remediated"), ("file", "Prevented", "")), Validation.CONTAINED),
        ((("file", "Prevented", ""), ("user", "Detected", "")), Validation.BLOCKED),
    ],
)
def test_stopped_is_judged_for_each_thing_the_alert_is_about(
    items: tuple[tuple[str, str, str], ...], wanted: Validation
) -> None:
    named = tuple(
        evidence(
            kind,
            detection_status=detected,
            remediation_status=remedied,
            file_name="a.exe" if kind == "process" else "dropped.exe",
            process_id=3276 if kind == "process" else None,
            process_created=T0 if kind == "process" else None,
            device_id=DEVICE,
        )
        for kind, detected, remedied in items
    )
    found = finding(nodes=NODES, events=(OWN, CHILD))
    assert conclude(alert(evidence=named), None, found, NO_RULES).validation is wanted


def test_what_was_found_clean_stops_nothing_and_holds_nothing_up() -> None:
    clean = evidence("file", detection_status="blocked", verdict="noThreatsFound", file_name="ok.dll")
    found = finding(nodes=NODES, events=(OWN, CHILD))
    assert conclude(alert(evidence=(clean,)), None, found, NO_RULES).validation is Validation.UNPROVEN
    clean = replace(clean, detection_status="detected")
    both = alert(evidence=(*PREVENTED, clean))
    assert conclude(both, None, found, NO_RULES).validation is Validation.CONTAINED


def test_a_browser_that_goes_on_after_its_download_was_blocked_did_not_run_it() -> None:
    stopped = evidence("file", detection_status="Prevented", file_name="invoice.exe", sha1="e" * 40)
    found = finding(nodes=(node("chrome.exe"),), events=(OWN, LATER))
    result = conclude(alert(evidence=(stopped,)), None, found, NO_RULES)
    assert result.validation is Validation.BLOCKED
    assert "invoice.exe" in result.validation_reason


def test_the_program_that_merely_wrote_a_blocked_file_is_not_what_ran() -> None:
    written = tied("DeviceFileEvents", "FileCreated", after=2, FileName="evil.exe")
    report = replace(ANTIVIRUS, event=replace(ANTIVIRUS.event, row={**ANTIVIRUS.event.row, "SHA1": "e" * 40}))
    about_a_file = alert(evidence=(evidence("file", file_name="evil.exe", sha1="e" * 40),))
    found = finding(nodes=(node("7zG.exe"),), events=(OWN, written, report), method=Method.FILE_HASH)
    assert conclude(about_a_file, None, found, NO_RULES).validation is Validation.BLOCKED
    ran = node("evil.exe", pid=77, after=4, depth=1, sha1="E" * 40, parent=key())
    acted = tied("DeviceProcessEvents", "ProcessCreated", after=4, owner=ran.key, depth=1, number=8)
    found = replace(found, nodes=(*found.nodes, ran), events=(*found.events, acted))
    assert conclude(about_a_file, None, found, NO_RULES).validation is Validation.CONTAINED
