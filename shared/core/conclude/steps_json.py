"""The story's steps as JSON, for a timeline over devices: a list in time order."""

import json
from collections.abc import Sequence

from shared.core.conclude.context import AlertContext, ProcessIds
from shared.core.conclude.steps import Step
from shared.core.conclude.story import MAX_LINE, safe

MAX_CHARACTERS = 20_000


def steps_json(context: AlertContext, steps: Sequence[Step], left_out: int, ids: ProcessIds) -> str:
    """A list of objects: time, device, text, weight (higher is graver), kind, process (its id in the tree).
    Those of the most weight where the text would be longer than 20,000 characters; a last entry counts what
    is left out, `left_out` included."""
    entries = [_entry(context, step, ids) for step in steps]
    kept: set[int] = set()
    room = MAX_CHARACTERS - 40
    for place in sorted(range(len(steps)), key=lambda place: (-steps[place].weight, place)):
        room -= len(json.dumps(entries[place], separators=(",", ":"))) + 1
        if room < 0:
            break
        kept.add(place)
    left_out += len(steps) - len(kept)
    tail: list[dict[str, object]] = [{"left_out": left_out}] if left_out else []
    shown = [entry for place, entry in enumerate(entries) if place in kept]
    return json.dumps([*shown, *tail], ensure_ascii=True, separators=(",", ":"))


def _entry(context: AlertContext, step: Step, ids: ProcessIds) -> dict[str, object]:
    return {
        "time": step.time.text(),
        "device": context.device(step.device_id),
        "text": safe(step.text)[:MAX_LINE],
        "weight": step.weight,
        "kind": step.kind.value,
        "process": ids.get(step.owner, "") if step.owner else "",
    }
