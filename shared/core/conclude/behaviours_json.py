"""The behaviours of an alert as JSON, gravest first, for filters, tickets and the report page."""

import json
from collections.abc import Iterable

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.context import ProcessIds
from shared.core.values import table_keys

MAX_CHARACTERS = 30_000


def behaviours_json(gravest_first: Iterable[Behaviour], ids: ProcessIds) -> str:
    """A list of objects: rule, title, level, tactic, techniques, process (its id in the tree), event (its key
    in `AlertEvents`), time, text. What would make the text longer than 30,000 characters is counted in a last
    entry."""
    entries: list[dict[str, object]] = []
    size, left_out = 2, 0
    for one in gravest_first:
        entry: dict[str, object] = {
            "rule": one.rule,
            "title": one.title,
            "level": one.level,
            "tactic": one.tactic,
            "techniques": list(one.techniques),
            "process": ids.get(one.owner, "") if one.owner else "",
            "event": table_keys.event_row(one.event) if one.event is not None else "",
            "time": one.time.text(),
            "text": one.text[:400],
        }
        length = len(json.dumps(entry)) + 1
        if left_out or size + length > MAX_CHARACTERS - 40:
            left_out += 1
            continue
        size += length
        entries.append(entry)
    tail: list[dict[str, object]] = [{"left_out": left_out}] if left_out else []
    return json.dumps([*entries, *tail], ensure_ascii=True, separators=(",", ":"))
