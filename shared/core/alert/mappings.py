"""Defender's and Graph's words, translated: into each other's, ATT&CK's, ASIM's and OCSF's.

Every table passes on what it does not know: a new word of Microsoft's is shown, never dropped or guessed.
Sources (read 2026-11): https://learn.microsoft.com/en-us/defender-endpoint/api/alerts,
https://learn.microsoft.com/en-us/graph/api/resources/security-alert,
https://learn.microsoft.com/en-us/azure/sentinel/normalization-schema-alert and
https://schema.ocsf.io/1.8.0/classes/detection_finding.
"""

import functools
import re
from typing import NamedTuple

from shared.core.alert.model import Severity
from shared.core.alert.technique_names import NAMES

_LONGEST_WORD = 64
_TECHNIQUE = re.compile(r"(T\d{4})(?:\.(\d{3}))?", re.ASCII)


class Coded(NamedTuple):
    """A number of OCSF's with the caption that belongs to it."""

    id: int
    caption: str


class Tactic(NamedTuple):
    """An ATT&CK tactic."""

    id: str
    name: str


class Technique(NamedTuple):
    """An ATT&CK technique: `T1059`, with `T1059.001` as `sub_id` where a sub-technique is named."""

    id: str
    name: str | None
    sub_id: str | None = None
    sub_name: str | None = None


def _fold(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalnum())


def _table(words: str, **aliases: str) -> dict[str, str]:
    """Folded word -> Defender's word; `aliases` are Graph's own words and spellings seen in the documents."""
    known = {_fold(word): word for word in words.split()}
    return known | {_fold(alias): word for alias, word in aliases.items()}


_WORDS = {
    "status": _table("Unknown New InProgress Resolved", newAlert="New"),
    "classification": _table("Unknown TruePositive InformationalExpectedActivity FalsePositive"),
    "determination": _table(
        "Unknown MultiStagedAttack MaliciousUserActivity CompromisedUser Malware Phishing UnwantedSoftware "
        "Other SecurityTesting LineOfBusinessApplication ConfirmedUserActivity Clean InsufficientData "
        "NotAvailable Apt SecurityPersonnel",
        compromisedAccount="CompromisedUser",
        confirmedActivity="ConfirmedUserActivity",
        notMalicious="Clean",
        notEnoughDataToValidate="InsufficientData",
    ),
    "investigation_state": _table(
        "Unknown Terminated SuccessfullyRemediated Benign Failed PartiallyRemediated Running PendingApproval "
        "PendingResource PartiallyInvestigated TerminatedByUser TerminatedBySystem Queued InnerFailure "
        "PreexistingAlert UnsupportedOs UnsupportedAlertType SuppressedAlert"
    ),
    # That Graph's two names below stand for Defender's is inferred from samples of the same alert in both.
    "detection_source": _table(
        "WindowsDefenderAtp WindowsDefenderAv AutomatedInvestigation CustomDetection",
        microsoftDefenderForEndpoint="WindowsDefenderAtp",
        antivirus="WindowsDefenderAv",
    ),
    "risk": _table("None Informational Low Medium High"),
    "health": _table(
        "Active Inactive ImpairedCommunication NoSensorData NoSensorDataImpairedCommunication Unknown"
    ),
    "detection_status": _table("Detected Blocked Prevented"),
    "verdict": _table("Unknown Suspicious Malicious NoThreatsFound"),
    "remediation_status": _table(
        "None Remediated Prevented Blocked NotFound Active PendingApproval Declined Unremediated Running "
        "PartiallyRemediated"
    ),
}


def word(kind: str, text: str) -> str:
    """Defender's spelling of an enum member (`inProgress` is `InProgress`); an unknown one verbatim."""
    return text if len(text) > _LONGEST_WORD else _known_word(kind, text)


@functools.lru_cache(1_024)  # one alert says the same few words of each of its items
def _known_word(kind: str, text: str) -> str:
    return _WORDS[kind].get(_fold(text), text)


_SEVERITIES = {_fold(severity): severity for severity in Severity}


def severity(text: str) -> Severity:
    """The severity that `text` names; UNKNOWN for a word we do not know."""
    return _SEVERITIES.get(_fold(text[:_LONGEST_WORD]), Severity.UNKNOWN)


_OCSF_SEVERITY = {
    Severity.UNSPECIFIED: Coded(0, "Unknown"),
    Severity.INFORMATIONAL: Coded(1, "Informational"),
    Severity.LOW: Coded(2, "Low"),
    Severity.MEDIUM: Coded(3, "Medium"),
    Severity.HIGH: Coded(4, "High"),
    # 99 stands for a word of the source's own; being the greatest it also passes every "at least" filter.
    Severity.UNKNOWN: Coded(99, "Other"),
}


def ocsf_severity(known: Severity, text: str) -> Coded:
    """OCSF's severity_id and caption: a word that says that it is unknown, or none, is no word of its own."""
    if known is Severity.UNKNOWN and _fold(text[:_LONGEST_WORD]) in ("", "unknown"):
        return _OCSF_SEVERITY[Severity.UNSPECIFIED]
    return _OCSF_SEVERITY[known]


def asim_severity(known: Severity, text: str) -> str:
    """ASIM's EventSeverity; the API's own word where we do not know it, "Unknown" where it gave none."""
    if known is Severity.UNKNOWN:
        return "Unknown" if _fold(text[:_LONGEST_WORD]) in ("", "unknown") else text
    return "Informational" if known is Severity.UNSPECIFIED else known.value


_OCSF_STATUS = {
    "Unknown": Coded(0, "Unknown"),
    "New": Coded(1, "New"),
    "InProgress": Coded(2, "In Progress"),
    "Resolved": Coded(4, "Resolved"),
}


def ocsf_status(status: str) -> Coded:
    """OCSF's status_id and caption of Defender's status; 99 with the word itself where it is unknown."""
    return _OCSF_STATUS.get(status, Coded(99, status or "Other"))


def asim_status(status: str) -> str:
    """ASIM's AlertStatus. An unknown status counts as Active: nobody has said that it is over."""
    return "Closed" if status == "Resolved" else "Active"


# The last word is Sentinel's own, which comes with alerts that were closed there.
_ASIM_VERDICT = {
    "truepositive": "True Positive",
    "falsepositive": "False Positive",
    "informationalexpectedactivity": "Benign Positive",
    "benignpositive": "Benign Positive",
}


def asim_verdict(classification: str | None) -> str:
    """ASIM's AlertVerdict: what a person has said about the alert, "Unknown" until then."""
    return _ASIM_VERDICT.get(_fold((classification or "")[:_LONGEST_WORD]), "Unknown")


_OCSF_VERDICT = {
    "FalsePositive": Coded(1, "False Positive"),
    "TruePositive": Coded(2, "True Positive"),
    "InformationalExpectedActivity": Coded(5, "Benign"),
    "benignPositive": Coded(5, "Benign"),
    "Unknown": Coded(0, "Unknown"),
}


def ocsf_verdict(classification: str | None, determination: str | None) -> Coded:
    """OCSF's verdict_id and caption; the determination tells tests and too little evidence apart."""
    if determination == "InsufficientData":
        return Coded(7, "Insufficient Data")
    if classification == "InformationalExpectedActivity" and determination == "SecurityTesting":
        return Coded(6, "Test")
    if not classification:
        return Coded(0, "Unknown")
    return _OCSF_VERDICT.get(classification, Coded(99, classification))


_TACTICS = {
    _fold(name): Tactic(identity, name)
    for identity, name in (
        ("TA0043", "Reconnaissance"),
        ("TA0042", "Resource Development"),
        ("TA0001", "Initial Access"),
        ("TA0002", "Execution"),
        ("TA0003", "Persistence"),
        ("TA0004", "Privilege Escalation"),
        ("TA0005", "Defense Evasion"),
        ("TA0006", "Credential Access"),
        ("TA0007", "Discovery"),
        ("TA0008", "Lateral Movement"),
        ("TA0009", "Collection"),
        ("TA0011", "Command and Control"),
        ("TA0010", "Exfiltration"),
        ("TA0040", "Impact"),
    )
}

TACTICS: tuple[str, ...] = tuple(known.name for known in _TACTICS.values())
"""The tactics' names, in the order of an attack."""


def tactic(category: str | None) -> Tactic | None:
    """The ATT&CK tactic an alert category names; None for the others (`Malware`, `SuspiciousActivity` …)."""
    return _TACTICS.get(_fold((category or "")[:_LONGEST_WORD]))


def technique(text: str) -> Technique | None:
    """The technique that `T1059` or `T1059.001` names; None where the text is of another shape."""
    return _technique(text) if len(text) <= _LONGEST_WORD else None


@functools.lru_cache(1_024)  # several columns say the same few techniques
def _technique(text: str) -> Technique | None:
    match = _TECHNIQUE.fullmatch(text.strip().upper())
    if match is None:
        return None
    parent, suffix = match[1], match[2]
    if suffix is None:
        return Technique(parent, NAMES.get(parent))
    sub_id = f"{parent}.{suffix}"
    return Technique(parent, NAMES.get(parent), sub_id, NAMES.get(sub_id))


def technique_label(text: str) -> str:
    """ASIM's form, `PowerShell (T1059.001)`; the text itself where we know no name."""
    found = technique(text)
    name = found and (found.sub_name if found.sub_id else found.name)
    return f"{name} ({found.sub_id or found.id})" if found and name else text
