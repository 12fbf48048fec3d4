"""What we say about an alert once it is tied to telemetry: borne out or not, and what happened, in words."""

from dataclasses import dataclass
from enum import StrEnum


class Validation(StrEnum):
    """Does the telemetry bear the alert out?"""

    CONFIRMED = "Confirmed"
    BLOCKED = "Blocked"
    CONTAINED = "Contained"
    UNPROVEN = "Unproven"
    NO_TELEMETRY = "NoTelemetry"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`story` is plain text, one line a step in time order, opened by the validation; `process_tree` is JSON;
    `techniques` are the ATT&CK ids that the telemetry itself shows."""

    validation: Validation
    validation_reason: str
    story: str = ""
    process_tree: str = "[]"
    techniques: tuple[str, ...] = ()
