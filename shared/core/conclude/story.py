"""What happened, one line a step in time order: plain words and exact values, safe to paste anywhere."""

from collections.abc import Iterable, Sequence

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.conclusion import Validation
from shared.core.conclude.context import AlertContext
from shared.core.conclude.steps import Step

MAX_LINE = 600  # characters

_OPENINGS = {
    Validation.CONFIRMED: "Confirmed by telemetry",
    Validation.LIKELY: "Likely",
    Validation.BLOCKED: "Blocked",
    Validation.CONTAINED: "Contained",
    Validation.UNPROVEN: "Unproven",
    Validation.NO_TELEMETRY: "No telemetry",
}


def story_of(
    context: AlertContext, steps: Sequence[Step], left_out: int, validation: Validation, reason: str
) -> str:
    """The story, opened by the validation: a line a step, and how many were left out."""
    lines = [f"{_OPENINGS[validation]}: {safe(reason)}."]
    day = ""
    for step in steps:
        text = step.time.text()
        if text[:10] != day:
            day = text[:10]
            lines.append(f"On {day} (UTC):")
        lines.append(f"{text[11:19]} {safe(step.text[:MAX_LINE])}"[:MAX_LINE])
    if left_out:
        lines.append(f"and {left_out} steps of less weight.")
    if context.finding.truncated:
        lines.append(f"{len(context.events)} of {context.finding.event_count} events are shown.")
    return "\n".join(lines)


def safe(text: str) -> str:
    """The text on one line: control, bidirectional and other invisible characters are written as escapes."""
    if text.isprintable():
        return text
    escapes = {
        ord(char): f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
        for char in set(text)
        if not char.isprintable()
    }
    return text.translate(escapes)


def techniques_of(gravest_first: Iterable[Behaviour]) -> tuple[str, ...]:
    """The techniques shown, each once, those of the gravest behaviours first."""
    return tuple(dict.fromkeys(technique for one in gravest_first for technique in one.techniques))
