"""`explain`: for each row which rules hit, which almost did, and which part of them was not met."""

from __future__ import annotations

from collections.abc import Iterable

from local.detections.recorded import Tried
from local.ops.screen import Screen
from shared.core.detections import Detections, Explained, Explainer

_MOST_ROWS = 200


def tell(screen: Screen, detections: Detections, rows: Iterable[Tried], only: str = "") -> int:
    """Says it for each row that a rule hits or almost hits; `only`: rules with this text in the title."""
    told = looked = 0
    explainer = Explainer(detections)
    for row in rows:
        looked += 1
        hits, almost = explainer.explain(row.table, row.action, row.cells, row.system)
        hits = [each for each in hits if only.lower() in each.rule.title.lower()]
        almost = [each for each in almost if only.lower() in each.rule.title.lower()]
        if not hits and not almost:
            continue
        told += 1
        if told > _MOST_ROWS:
            screen.say(f"… after {_MOST_ROWS} rows no more is told; name one alert or rule")
            break
        _row(screen, row, hits, almost)
    screen.say(f"{looked} rows looked at with {len(detections.rules)} rules, {told} told of")
    return 0


def _row(screen: Screen, row: Tried, hits: list[Explained], almost: list[Explained]) -> None:
    told = row.cells.get("ProcessCommandLine") or row.cells.get("InitiatingProcessCommandLine") or ""
    screen.say(f"{row.where} {row.action}: {str(told)[:160]}")
    for each in hits:
        excused = f"; excused: {each.agent}" if each.agent else ""
        screen.say(f"  hit: {each.rule.title} ({each.rule.level}{excused})")
    for each in almost:
        screen.say(f"  almost: {each.rule.title} ({each.rule.level}), {each.nearness:.0%} of what accuses")
        for part in each.parts:
            if not part.met:
                why = "" if part.told else " (the row does not tell it)"
                screen.say(f"    not met: {part.text[:300]}{why}")
