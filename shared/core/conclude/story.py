"""What happened, one line a step in time order: plain words and exact values, safe to paste anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.core.conclude.conclusion import Validation
from shared.core.conclude.decode import decoded
from shared.core.conclude.scene import Scene, Sign, cell
from shared.core.correlate import ProcessKey, ProcessNode, TiedEvent
from shared.core.tables import table_of
from shared.core.values import Instant

MAX_LINES = 60
MAX_LINE = 600  # characters

_OPENINGS = {
    Validation.CONFIRMED: "Confirmed by telemetry",
    Validation.BLOCKED: "Blocked",
    Validation.CONTAINED: "Contained",
    Validation.UNPROVEN: "Unproven",
    Validation.NO_TELEMETRY: "No telemetry",
}


# Events that a rule tells of in better words.
_TOLD_BY_RULES = (
    "OpenProcessApiCall",
    "ReadProcessMemoryApiCall",
    "ScheduledTaskCreated",
    "ServiceInstalled",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. `weight` decides what stays where there are too many: higher stays."""

    time: Instant
    text: str
    weight: int


def story_of(scene: Scene, signs: tuple[Sign, ...], validation: Validation, reason: str) -> str:
    """The story, opened by the validation; at most 60 lines, and what was left out is counted."""
    lines = [f"{_OPENINGS[validation]}: {safe(reason)}."]
    steps = sorted(
        [*_process_steps(scene, signs), *_event_steps(scene), *_sign_steps(scene, signs)], key=_order
    )
    if len(steps) > MAX_LINES:
        kept = sorted(sorted(steps, key=lambda step: -step.weight)[:MAX_LINES], key=_order)
        left_out, steps = len(steps) - len(kept), kept
    else:
        left_out = 0
    day = ""
    for step in steps:
        text = step.time.text()
        if text[:10] != day:
            day = text[:10]
            lines.append(f"On {day} (UTC):")
        lines.append(f"{text[11:19]} {safe(step.text)}"[:MAX_LINE])
    if left_out:
        lines.append(f"and {left_out} steps of less weight.")
    if scene.finding.truncated:
        lines.append(f"{len(scene.events)} of {scene.finding.event_count} events are shown.")
    return "\n".join(lines)


def safe(text: str) -> str:
    """The text on one line: control, bidirectional and other invisible characters are written as escapes."""
    return "".join(
        char
        if char.isprintable()
        else f"\\u{ord(char):04x}"
        if ord(char) < 0x10000
        else f"\\U{ord(char):08x}"
        for char in text
    )


def _order(step: Step) -> tuple[Instant, int, str]:
    return (step.time, -step.weight, step.text)


def _process_steps(scene: Scene, signs: tuple[Sign, ...]) -> Iterator[Step]:
    """Starts of the chain's processes, with what the rules saw in each."""
    by_owner: dict[ProcessKey, list[Sign]] = defaultdict(list)
    for sign in signs:
        if sign.owner is not None and sign.time == sign.owner.created:
            by_owner[sign.owner].append(sign)
    for node in scene.nodes.values():
        mine = by_owner.get(node.key, [])
        weight = 100 if node.is_anchor else 90 if mine else 60 if node.depth >= 0 else 40
        yield Step(node.key.created, _start(scene, node, mine), weight)


def _start(scene: Scene, node: ProcessNode, signs: list[Sign]) -> str:
    name = node.file_name or "a process"
    starter = f"{scene.name(node.parent)} started {name}" if node.parent in scene.nodes else f"{name} started"
    said = [f" {sign.text}{_technique(sign)}" for sign in signs]
    account = f" as {node.account.name}" if node.account and node.account.name else ""
    command = f": {_cut(node.command_line, 240)}" if node.command_line else ""
    layers = decoded(node.command_line)
    meaning = f" [decoded: {_cut(layers[-1].text, 160)}]" if layers else ""
    mark = " (the alert's process)" if node.is_anchor else ""
    return f"{starter}{','.join(said)}{account}{mark}{command}{meaning}"


def _sign_steps(scene: Scene, signs: tuple[Sign, ...]) -> Iterator[Step]:
    for sign in signs:
        if sign.owner is None or sign.time != sign.owner.created or sign.owner not in scene.nodes:
            yield Step(sign.time, f"{sign.text}{_technique(sign)}", 95)


def _event_steps(scene: Scene) -> Iterator[Step]:
    """What the processes did, the same thing told once with its count."""
    groups: dict[tuple[str, ...], list[TiedEvent]] = defaultdict(list)
    for tied in scene.events:
        words = _words(scene, tied)
        if words:
            groups[words].append(tied)
    for (who, did, what), events in groups.items():
        times = f" ({len(events)} times)" if len(events) > 1 else ""
        weight = 50 if (events[0].depth or 0) >= 0 else 20
        yield Step(events[0].event.time, f"{who} {did} {what}{times}", weight)


def _words(scene: Scene, tied: TiedEvent) -> tuple[str, str, str] | None:
    """(who, did, what) of an event other than a process start; None where it is told elsewhere."""
    event = tied.event
    if event.action in _TOLD_BY_RULES:
        return None
    who = scene.name(tied.owner) if tied.owner else cell(tied, "InitiatingProcessFileName") or "something"
    return table_of(event.table).told(who, event.action, event.row)


def _technique(sign: Sign) -> str:
    return f" ({sign.technique})" if sign.technique else ""


def _cut(text: str | None, length: int) -> str:
    flat = " ".join((text or "").split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def techniques_of(signs: Iterable[Sign]) -> tuple[str, ...]:
    """The techniques shown, each once, in the order they were seen."""
    return tuple(dict.fromkeys(sign.technique for sign in signs if sign.technique))
