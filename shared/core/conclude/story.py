"""What happened, one line a step in time order: plain words and exact values, safe to paste anywhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.conclusion import EventKey, Validation
from shared.core.conclude.context import AlertContext, cell
from shared.core.correlate import ProcessKey, ProcessNode, TiedEvent
from shared.core.detections import decoded
from shared.core.tables import table_of
from shared.core.values import Instant

MAX_LINES = 60
MAX_LINE = 600  # characters

_OPENINGS = {
    Validation.CONFIRMED: "Confirmed by telemetry",
    Validation.LIKELY: "Likely",
    Validation.BLOCKED: "Blocked",
    Validation.CONTAINED: "Contained",
    Validation.UNPROVEN: "Unproven",
    Validation.NO_TELEMETRY: "No telemetry",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. `weight` decides what stays where there are too many: higher stays."""

    time: Instant
    text: str
    weight: int


def story_of(
    context: AlertContext, behaviours: tuple[Behaviour, ...], validation: Validation, reason: str
) -> str:
    """The story, opened by the validation; at most 60 lines, and what was left out is counted."""
    lines = [f"{_OPENINGS[validation]}: {safe(reason)}."]
    steps = sorted(
        [
            *_process_steps(context, behaviours),
            *_event_steps(context, {one.event.key for one in behaviours if one.event is not None}),
            *_behaviour_steps(context, behaviours),
        ],
        key=_order,
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
    if context.finding.truncated:
        lines.append(f"{len(context.events)} of {context.finding.event_count} events are shown.")
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


def _process_steps(context: AlertContext, behaviours: tuple[Behaviour, ...]) -> Iterator[Step]:
    """Starts of the chain's processes, with what the rules saw in each."""
    by_owner: dict[ProcessKey, list[Behaviour]] = defaultdict(list)
    for behaviour in behaviours:
        if behaviour.owner is not None and behaviour.time == behaviour.owner.created:
            by_owner[behaviour.owner].append(behaviour)
    for node in context.nodes.values():
        mine = by_owner.get(node.key, [])
        weight = 100 if node.is_anchor else 90 if mine else 60 if node.depth >= 0 else 40
        yield Step(node.key.created, _start(context, node, mine), weight)


def _start(context: AlertContext, node: ProcessNode, behaviours: list[Behaviour]) -> str:
    name = node.file_name or "a process"
    starter = (
        f"{context.name(node.parent)} started {name}" if node.parent in context.nodes else f"{name} started"
    )
    titles = "; ".join(f"{behaviour.title}{_technique(behaviour)}" for behaviour in behaviours)
    said = f" [{titles}]" if titles else ""
    account = f" as {node.account.name}" if node.account and node.account.name else ""
    command = f": {_cut(node.command_line, 240)}" if node.command_line else ""
    layers = decoded(node.command_line)
    meaning = f" [decoded: {_cut(layers[-1].text, 160)}]" if layers else ""
    mark = " (the alert's process)" if node.is_anchor else ""
    return f"{starter}{account}{mark}{said}{command}{meaning}"


def _behaviour_steps(context: AlertContext, behaviours: tuple[Behaviour, ...]) -> Iterator[Step]:
    for behaviour in behaviours:
        if (
            behaviour.owner is None
            or behaviour.time != behaviour.owner.created
            or behaviour.owner not in context.nodes
        ):
            yield Step(behaviour.time, f"{behaviour.text}{_technique(behaviour)}", 95)


def _event_steps(context: AlertContext, told: Set[EventKey]) -> Iterator[Step]:
    """What the processes did, the same thing told once with its count; not what a behaviour tells of."""
    groups: dict[tuple[str, ...], list[TiedEvent]] = defaultdict(list)
    for tied in context.events:
        words = None if tied.event.key in told else _words(context, tied)
        if words:
            groups[words].append(tied)
    for (who, did, what), events in groups.items():
        times = f" ({len(events)} times)" if len(events) > 1 else ""
        weight = 50 if (events[0].depth or 0) >= 0 else 20
        yield Step(events[0].event.time, f"{who} {did} {what}{times}", weight)


def _words(context: AlertContext, tied: TiedEvent) -> tuple[str, str, str] | None:
    """(who, did, what) of an event other than a process start; None where it is told elsewhere."""
    event = tied.event
    who = context.name(tied.owner) if tied.owner else cell(tied, "InitiatingProcessFileName") or "something"
    return table_of(event.table).told(who, event.action, event.row)


def _technique(behaviour: Behaviour) -> str:
    return f" ({', '.join(behaviour.techniques)})" if behaviour.techniques else ""


def _cut(text: str | None, length: int) -> str:
    """The text on one line, as it is but for its ends of lines and its length."""
    flat = " ".join((text or "").replace("\t", " ").strip().splitlines())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def techniques_of(gravest_first: Iterable[Behaviour]) -> tuple[str, ...]:
    """The techniques shown, each once, those of the gravest behaviours first."""
    return tuple(dict.fromkeys(technique for one in gravest_first for technique in one.techniques))
