"""The steps of what happened: starts of processes, what they did, and what the rules saw, in time order."""

from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.conclusion import EventKey
from shared.core.conclude.context import AlertContext, cell
from shared.core.correlate import ProcessKey, ProcessNode, TiedEvent
from shared.core.detections import decoded
from shared.core.tables import table_of
from shared.core.values import Instant

MAX_STEPS = 60


class StepKind(StrEnum):
    """What a step tells of."""

    START = "start"  # a process, with what rules saw in its start
    BEHAVIOUR = "behaviour"  # what a rule saw otherwise
    ACT = "act"  # what a process did, the same thing once


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story. `weight` decides what stays where there are too many: higher stays. `owner` is
    the process that it tells of, if any."""

    time: Instant
    text: str
    weight: int
    kind: StepKind
    device_id: str
    owner: ProcessKey | None = None


def steps_of(context: AlertContext, behaviours: tuple[Behaviour, ...]) -> tuple[list[Step], int]:
    """(the steps in time order, 60 of the most weight where there are more; how many were left out)."""
    steps = sorted(
        [
            *_process_steps(context, behaviours),
            *_event_steps(context, {one.event.key for one in behaviours if one.event is not None}),
            *_behaviour_steps(context, behaviours),
        ],
        key=_order,
    )
    kept = sorted(sorted(steps, key=lambda step: -step.weight)[:MAX_STEPS], key=_order)
    return kept, len(steps) - len(kept)


def _order(step: Step) -> tuple[Instant, int, str, str]:
    return (step.time, -step.weight, step.text, step.device_id)


def _process_steps(context: AlertContext, behaviours: tuple[Behaviour, ...]) -> Iterator[Step]:
    """Starts of the chain's processes, with what the rules saw in each."""
    by_owner: dict[ProcessKey, list[Behaviour]] = defaultdict(list)
    for behaviour in behaviours:
        if behaviour.owner is not None and behaviour.time == behaviour.owner.created:
            by_owner[behaviour.owner].append(behaviour)
    for node in context.nodes.values():
        mine = by_owner.get(node.key, [])
        weight = 100 if node.is_anchor else 90 if mine else 60 if node.depth >= 0 else 40
        text, key = _start(context, node, mine), node.key
        yield Step(key.created, text, weight, StepKind.START, key.device_id, key)


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
            text, device_id = f"{behaviour.text}{_technique(behaviour)}", _device(context, behaviour)
            yield Step(behaviour.time, text, 95, StepKind.BEHAVIOUR, device_id, behaviour.owner)


def _device(context: AlertContext, behaviour: Behaviour) -> str:
    if behaviour.event is not None:
        return behaviour.event.device_id
    return behaviour.owner.device_id if behaviour.owner else context.alert.device_id or ""


def _event_steps(context: AlertContext, told: Set[EventKey]) -> Iterator[Step]:
    """What the processes did, the same thing told once with its count; not what a behaviour tells of."""
    groups: dict[tuple[str, ...], list[TiedEvent]] = defaultdict(list)
    for tied in context.events:
        words = None if tied.event.key in told else _words(context, tied)
        if words:
            groups[words].append(tied)
    for (who, did, what), events in groups.items():
        first = events[0]
        count = sum(tied.event.stands_for for tied in events)
        times = f" ({count} times)" if count > 1 else ""
        text, weight = f"{who} {did} {what}{times}", 50 if (first.depth or 0) >= 0 else 20
        yield Step(first.event.time, text, weight, StepKind.ACT, first.event.device_id, first.owner)


def _words(context: AlertContext, tied: TiedEvent) -> tuple[str, str, str] | None:
    """(who, did, what) of an event other than a process start; None where it is told elsewhere."""
    event = tied.event
    who = context.name(tied.owner) if tied.owner else cell(tied, "InitiatingProcessFileName") or "something"
    return table_of(event.table).told(who, event.kind, event.row)


def _technique(behaviour: Behaviour) -> str:
    return f" ({', '.join(behaviour.techniques)})" if behaviour.techniques else ""


def _cut(text: str | None, length: int) -> str:
    """The text on one line, as it is but for its ends of lines and its length."""
    flat = " ".join((text or "").replace("\t", " ").strip().splitlines())
    return flat if len(flat) <= length else flat[: length - 1] + "…"
