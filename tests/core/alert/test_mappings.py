import pytest

from shared.core.alert import mappings
from shared.core.alert.mappings import Coded, Tactic, Technique
from shared.core.alert.model import Severity
from shared.core.alert.technique_names import NAMES


@pytest.mark.parametrize(
    ("kind", "graph", "defender"),
    [
        ("status", "inProgress", "InProgress"),
        ("status", "new", "New"),
        ("classification", "informationalExpectedActivity", "InformationalExpectedActivity"),
        ("classification", "Informational, expected activity", "InformationalExpectedActivity"),
        ("determination", "compromisedAccount", "CompromisedUser"),
        ("determination", "notMalicious", "Clean"),
        ("determination", "notEnoughDataToValidate", "InsufficientData"),
        ("determination", "ConfirmedActivity", "ConfirmedUserActivity"),
        ("determination", "apt", "Apt"),
        ("investigation_state", "unsupportedAlertType", "UnsupportedAlertType"),
        ("detection_source", "antivirus", "WindowsDefenderAv"),
        ("detection_status", "prevented", "Prevented"),
        ("verdict", "noThreatsFound", "NoThreatsFound"),
        ("remediation_status", "none", "None"),
    ],
)
def test_graphs_words_become_defenders(kind: str, graph: str, defender: str) -> None:
    assert mappings.word(kind, graph) == mappings.word(kind, defender) == defender


@pytest.mark.parametrize("text", ["unknownFutureValue", "somethingNew", "", "x" * 100_000, "İ\u202e"])
def test_unknown_words_are_passed_on_verbatim(text: str) -> None:
    assert mappings.word("status", text) == text


@pytest.mark.parametrize(
    ("severity", "ocsf", "asim"),
    [
        (Severity.HIGH, Coded(4, "High"), "High"),
        (Severity.MEDIUM, Coded(3, "Medium"), "Medium"),
        (Severity.LOW, Coded(2, "Low"), "Low"),
        (Severity.INFORMATIONAL, Coded(1, "Informational"), "Informational"),
        (Severity.UNSPECIFIED, Coded(0, "Unknown"), "Informational"),
        (Severity.UNKNOWN, Coded(99, "Other"), "Dreadful"),
    ],
)
def test_severities(severity: Severity, ocsf: Coded, asim: str) -> None:
    assert mappings.ocsf_severity(severity, "Dreadful") == ocsf
    assert mappings.asim_severity(severity, "Dreadful") == asim


def test_every_severity_has_its_number() -> None:
    assert len({mappings.ocsf_severity(severity, "Dreadful") for severity in Severity}) == len(Severity)
    assert mappings.asim_severity(Severity.UNKNOWN, "") == "Unknown"


@pytest.mark.parametrize(
    ("status", "ocsf", "asim"),
    [
        ("New", Coded(1, "New"), "Active"),
        ("InProgress", Coded(2, "In Progress"), "Active"),
        ("Resolved", Coded(4, "Resolved"), "Closed"),
        ("Unknown", Coded(0, "Unknown"), "Active"),
        ("Snoozed", Coded(99, "Snoozed"), "Active"),
    ],
)
def test_statuses(status: str, ocsf: Coded, asim: str) -> None:
    assert (mappings.ocsf_status(status), mappings.asim_status(status)) == (ocsf, asim)


@pytest.mark.parametrize(
    ("classification", "determination", "ocsf", "asim"),
    [
        ("TruePositive", "Malware", Coded(2, "True Positive"), "True Positive"),
        ("FalsePositive", "Clean", Coded(1, "False Positive"), "False Positive"),
        ("FalsePositive", "InsufficientData", Coded(7, "Insufficient Data"), "False Positive"),
        ("InformationalExpectedActivity", "Other", Coded(5, "Benign"), "Benign Positive"),
        ("InformationalExpectedActivity", "SecurityTesting", Coded(6, "Test"), "Benign Positive"),
        ("Unknown", None, Coded(0, "Unknown"), "Unknown"),
        (None, None, Coded(0, "Unknown"), "Unknown"),
        ("Undecided", None, Coded(99, "Undecided"), "Unknown"),
    ],
)
def test_verdicts(classification: str | None, determination: str | None, ocsf: Coded, asim: str) -> None:
    assert mappings.ocsf_verdict(classification, determination) == ocsf
    assert mappings.asim_verdict(classification) == asim


@pytest.mark.parametrize(
    ("category", "tactic"),
    [
        ("Execution", Tactic("TA0002", "Execution")),
        ("CommandAndControl", Tactic("TA0011", "Command and Control")),
        ("Command and control", Tactic("TA0011", "Command and Control")),
        ("LateralMovement", Tactic("TA0008", "Lateral Movement")),
        ("Malware", None),
        ("", None),
        (None, None),
        ("x" * 100_000, None),
    ],
)
def test_a_category_that_is_a_tactic_has_its_id(category: str | None, tactic: Tactic | None) -> None:
    assert mappings.tactic(category) == tactic


@pytest.mark.parametrize(
    ("text", "technique", "label"),
    [
        (
            "T1059.001",
            Technique("T1059", "Command and Scripting Interpreter", "T1059.001", "PowerShell"),
            "PowerShell (T1059.001)",
        ),
        (" t1105 ", Technique("T1105", "Ingress Tool Transfer"), "Ingress Tool Transfer (T1105)"),
        ("T9999", Technique("T9999", None), "T9999"),
        ("T1059.999", Technique("T1059", "Command and Scripting Interpreter", "T1059.999"), "T1059.999"),
        ("TA0002", None, "TA0002"),
        ("T1059.01", None, "T1059.01"),
        (
            "T1059\n",
            Technique("T1059", "Command and Scripting Interpreter"),
            "Command and Scripting Interpreter (T1059)",
        ),
        ("T\u0661\u0660\u0665\u0669", None, "T\u0661\u0660\u0665\u0669"),
        ("", None, ""),
    ],
)
def test_techniques(text: str, technique: Technique | None, label: str) -> None:
    assert (mappings.technique(text), mappings.technique_label(text)) == (technique, label)


def test_every_named_technique_is_of_the_shape_and_has_its_parent() -> None:
    for identity, name in NAMES.items():
        found = mappings.technique(identity)
        assert found is not None and name
        assert found.name is not None
