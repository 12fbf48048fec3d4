"""Write-back rules: which fields of an alert are set, by a rule that an operator wrote.

A rule fills what people have left empty, and never what they have set. One that closes an alert, or calls it
false or expected, never applies to an alert that telemetry confirms.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.core.alert import Alert
from shared.core.known_benign import Conditions, State, conditions_hold, globs_of, id_problems
from shared.core.values import Columns

# In Defender's words of the update page, which are not all those that it shows:
# https://learn.microsoft.com/en-us/defender-endpoint/api/update-alert (read 2026-11).
DETERMINATIONS: Mapping[str, tuple[str, ...]] = {
    "TruePositive": (
        *("MultiStagedAttack", "MaliciousUserActivity", "CompromisedUser", "Malware", "Phishing"),
        *("UnwantedSoftware", "Other"),
    ),
    "InformationalExpectedActivity": (
        *("SecurityTesting", "LineOfBusinessApplication", "ConfirmedActivity", "Other"),
    ),
    "FalsePositive": ("NotMalicious", "InsufficientData", "Other"),
}
STATUSES = ("InProgress", "Resolved")
VALIDATIONS = ("Confirmed", "Likely", "Blocked", "Contained", "Unproven", "NoTelemetry")
_WHO = re.compile(r"[^\s=,]{1,100}")
_LONGEST = 300
_EMPTY_CLASSIFICATION = (None, "", "Unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRule(Conditions):
    """Beside the conditions `validation` (whole) and `known_benign` ("yes": the row matches an entry); the
    `set_` fields are what to write, "" for nothing."""

    validation: str = ""
    known_benign: str = ""
    set_classification: str = ""
    set_determination: str = ""
    set_status: str = ""
    set_assigned_to: str = ""

    @property
    def sets(self) -> dict[str, str]:
        """What it writes, by Defender's names of the fields, in the order in which it is shown."""
        named = {
            "classification": self.set_classification,
            "determination": self.set_determination,
            "status": self.set_status,
            "assignedTo": self.set_assigned_to,
        }
        return {name: value for name, value in named.items() if value}

    @property
    def hides(self) -> bool:
        """True where it takes alerts out of people's sight."""
        return self.set_status == "Resolved" or self.set_classification not in ("", "TruePositive")


def rule_problems(rule: WriteRule) -> list[str]:
    """What keeps the rule from being used, in words for who wrote it; empty where nothing does."""
    found = id_problems(rule)
    if not (rule.detector or rule.hash or globs_of(rule) or rule.validation or rule.known_benign):
        found.append("a rule has at least one condition")
    if rule.hides and not (rule.detector or rule.hash or rule.known_benign == "yes"):
        found.append("a rule that resolves or calls benign names a detector, a hash, or --known-benign yes")
    if rule.validation and rule.validation not in VALIDATIONS:
        found.append(f"validation is one of {', '.join(VALIDATIONS)}")
    if rule.known_benign not in ("", "yes"):
        found.append("known-benign is yes, or not given")
    if not rule.owner.strip() or not rule.reason.strip():
        found.append("say who answers for it (owner) and why (reason)")
    if any(len(text) > _LONGEST or not text.isprintable() for text in rule.texts):
        found.append(f"no text is longer than {_LONGEST} characters or has control characters")
    return [*found, *_value_problems(rule)]


def _value_problems(rule: WriteRule) -> list[str]:
    found = []
    if not rule.sets:
        found.append("a rule sets at least one field")
    if rule.set_classification and rule.set_classification not in DETERMINATIONS:
        found.append(f"classification is one of {', '.join(DETERMINATIONS)}")
    allowed = DETERMINATIONS.get(rule.set_classification, ())
    if rule.set_determination and rule.set_determination not in allowed:
        found.append(f"determination goes with the classification: one of {', '.join(allowed) or 'none'}")
    if rule.set_status and rule.set_status not in STATUSES:
        found.append(f"status is one of {', '.join(STATUSES)}")
    if rule.set_assigned_to and not _WHO.fullmatch(rule.set_assigned_to):
        found.append("assigned-to is a name without blanks, commas and equal signs")
    return found


def rule_matches(rule: WriteRule, columns: Columns) -> bool:
    """True where the rule is for the published row, whatever the rule's state."""
    if rule.validation and columns.get("Validation") != rule.validation:
        return False
    if rule.known_benign and columns.get("KnownBenignState") != "matches":
        return False
    if rule.hides and columns.get("Validation") == "Confirmed":
        return False
    return conditions_hold(rule, columns)


def fields_of(rules: Iterable[WriteRule], columns: Columns) -> dict[str, str]:
    """What the active rules set on the row's alert. Of two that set one field, the first by its id counts;
    classification and determination come from one rule."""
    wanted: dict[str, str] = {}
    for rule in sorted(rules, key=lambda one: one.id):
        if rule.state is not State.ACTIVE or rule_problems(rule) or not rule_matches(rule, columns):
            continue
        has_classified = "classification" in wanted
        for name, value in rule.sets.items():
            if name not in wanted and not (name == "determination" and has_classified):
                wanted[name] = value
    return wanted


def left_empty(wanted: Mapping[str, str], alert: Alert) -> dict[str, str]:
    """Those of the fields that nobody has filled on the alert as it was just read."""
    left = dict(wanted)
    if alert.classification not in _EMPTY_CLASSIFICATION or alert.determination not in _EMPTY_CLASSIFICATION:
        left.pop("classification", None)
        left.pop("determination", None)
    if alert.status != "New":
        left.pop("status", None)
    if alert.assigned_to:
        left.pop("assignedTo", None)
    return left


def claimed(before: str, new: Mapping[str, str]) -> str:
    """`WriteBackFields` of a row that said `before`, once these fields are about to be set."""
    known = dict(part.split(" ", 1) for part in before.split(", ") if " " in part)
    return ", ".join(f"{name} {value}" for name, value in {**known, **new}.items())
