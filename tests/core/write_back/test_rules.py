"""Write-back rules: what is refused, what they set, and what people have set."""

from dataclasses import replace

import pytest

from shared.core.known_benign import State
from shared.core.values.records import Column
from shared.core.write_back import WriteRule
from shared.core.write_back.rules import (
    DETERMINATIONS,
    claimed,
    fields_of,
    left_empty,
    rule_matches,
    rule_problems,
)
from tests.builders import alert
from tests.core.known_benign.entries import DETECTOR, SHA1, row


def rule(**changes: object) -> WriteRule:
    plain = WriteRule(
        id="expected",
        state=State.ACTIVE,
        detector=DETECTOR,
        device="build*",
        set_classification="InformationalExpectedActivity",
        set_determination="LineOfBusinessApplication",
        owner="soc",
        reason="builds",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names fields of WriteRule


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "No"}, "an id is"),
        ({"detector": "", "device": ""}, "at least one condition"),
        ({"detector": ""}, "names a detector, a hash"),
        ({"set_classification": "", "set_determination": ""}, "sets at least one field"),
        ({"set_classification": "BenignPositive"}, "classification is one of"),
        ({"set_determination": "Malware"}, "goes with the classification"),
        ({"set_determination": "Clean"}, "goes with the classification"),
        ({"set_classification": ""}, "goes with the classification"),
        ({"set_status": "Closed"}, "status is one of"),
        ({"set_assigned_to": "two words"}, "without blanks"),
        ({"validation": "likely"}, "validation is one of"),
        ({"known_benign": "true"}, "known-benign is yes"),
        ({"owner": ""}, "owner"),
        ({"reason": "x" * 301}, "300 characters"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], said: str) -> None:
    assert rule_problems(rule()) == []
    assert any(said in problem for problem in rule_problems(rule(**changes)))


def test_a_rule_that_assigns_needs_no_scope_and_one_that_hides_does() -> None:
    assigns = {"detector": "", "device": "", "validation": "Likely", "set_assigned_to": "soc"}
    nothing = {"set_classification": "", "set_determination": ""}
    assert rule_problems(rule(**assigns, **nothing)) == []
    assert rule_problems(rule(**assigns)) != []
    assert rule_problems(rule(**{**assigns, "known_benign": "yes"})) == []


@pytest.mark.parametrize("hides", [{}, {"set_status": "Resolved"}, {"set_classification": "FalsePositive"}])
def test_what_hides_an_alert_never_applies_to_a_confirmed_one(hides: dict[str, object]) -> None:
    assert rule_matches(rule(**hides), row())
    assert not rule_matches(rule(**hides), row(Validation="Confirmed"))
    real = rule(set_classification="TruePositive", set_determination="Malware")
    assert rule_matches(real, row(Validation="Confirmed"))


def test_its_conditions_must_hold() -> None:
    assert not rule_matches(rule(), row(DvcHostname="pc-1"))
    assert not rule_matches(rule(hash="f" * 40), row()) and rule_matches(rule(hash=SHA1), row())
    assert not rule_matches(rule(validation="Unproven"), row())
    assert not rule_matches(rule(known_benign="yes"), row())
    assert rule_matches(rule(known_benign="yes"), row(KnownBenignState="matches"))


def test_the_first_rule_by_its_id_counts_for_a_field_and_only_rules_that_are_on() -> None:
    rules = [
        rule(id="b", set_assigned_to="late", set_classification="FalsePositive", set_determination="Other"),
        rule(id="a", set_assigned_to="", set_determination=""),
        rule(id="0", state=State.DRAFT, set_status="Resolved"),
        rule(id="00", owner="", set_status="Resolved"),
    ]
    assert fields_of(rules, row()) == {
        "classification": "InformationalExpectedActivity",
        "assignedTo": "late",
    }
    assert fields_of(rules, row(DetectorId="another")) == {}


WANTED = {
    "classification": "FalsePositive",
    "determination": "Other",
    "status": "Resolved",
    "assignedTo": "a",
}


@pytest.mark.parametrize(
    ("set_by_a_person", "left"),
    [
        ({}, set(WANTED)),
        ({"classification": "Unknown"}, set(WANTED)),
        ({"classification": "TruePositive"}, {"status", "assignedTo"}),
        ({"determination": "Malware"}, {"status", "assignedTo"}),
        ({"status": "InProgress"}, {"classification", "determination", "assignedTo"}),
        ({"assigned_to": "ann"}, {"classification", "determination", "status"}),
    ],
)
def test_what_a_person_has_set_is_left_alone(set_by_a_person: dict[str, object], left: set[str]) -> None:
    assert set(left_empty(WANTED, alert(**set_by_a_person))) == left


def test_what_is_claimed_is_added_to_what_was() -> None:
    assert claimed("", {"status": "Resolved"}) == "status Resolved"
    first: dict[str, Column] = {"x": claimed("status Resolved", {"classification": "FalsePositive"})}
    assert first == {"x": "status Resolved, classification FalsePositive"}
    assert claimed("status Resolved", {"status": "InProgress"}) == "status InProgress"


def test_the_words_are_those_that_the_simulated_service_takes() -> None:
    from local.simulator.alert_writes import _DETERMINATIONS

    assert {name: set(words) for name, words in DETERMINATIONS.items()} == {
        name: set(words) for name, words in _DETERMINATIONS.items()
    }
