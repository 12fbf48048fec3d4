"""What we say about an alert once it is tied to telemetry: borne out or not, and what happened, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.conclude.behaviour import Behaviour
from shared.core.hunting import questions


class Validation(StrEnum):
    """Does the telemetry bear the alert out?"""

    CONFIRMED = "Confirmed"
    LIKELY = "Likely"
    BLOCKED = "Blocked"
    CONTAINED = "Contained"
    UNPROVEN = "Unproven"
    NO_TELEMETRY = "NoTelemetry"


type EventKey = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class NextStep:
    """One line of what to do; `question` is what to hunt for, where that is the step."""

    text: str
    question: questions.Question | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`story` is plain text, one line a step in time order, opened by the validation; `steps_json`,
    `process_tree` and `behaviours_json` are JSON; `techniques` are the ATT&CK ids that the telemetry itself
    shows; `detections_version` names the rules that judged; `by_event` says which rules a row met."""

    validation: Validation
    validation_reason: str
    story: str = ""
    process_tree: str = "[]"
    techniques: tuple[str, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    behaviours_json: str = "[]"
    detections_version: str = ""
    steps_json: str = "[]"
    by_event: Mapping[EventKey, tuple[str, ...]] = field(default_factory=dict)
    next_steps: tuple[NextStep, ...] = ()
