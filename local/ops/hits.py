"""`ops hits`: in which alerts a detection, or a technique, was seen, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.ops.screen import Screen
from local.ops.target import Target
from shared.core.conclude import Rules

_COLUMNS = (
    "PartitionKey",
    "AlertId",
    "AlertName",
    "DvcHostname",
    "Validation",
    "AlertVerdict",
    "DetectionIds",
    "TechniquesShown",
)
_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A published alert that detections hit: `rules` are their ids, `techniques` as the row names them."""

    day: str
    alert_id: str
    title: str
    device: str
    validation: str
    verdict: str
    rules: tuple[str, ...]
    techniques: str


def seen_since(target: Target, days: int) -> Iterator[Seen]:
    """Every alert created in the last `days` that a detection hit, in key order. Reads those days of
    `Alerts`, and of each row nothing but its short columns."""
    today = target.ports.clock.now().date()
    first, last = (today - dt.timedelta(days=days)).isoformat(), (today + dt.timedelta(days=1)).isoformat()
    asked = f"PartitionKey ge '{first}' and PartitionKey le '{last}' and DetectionIds gt ''"
    for row in target.tables.query("Alerts", asked, select=_COLUMNS):
        yield _seen(row)


def _seen(row: Mapping[str, Any]) -> Seen:
    day, alert_id, title, device, validation, verdict, rules, techniques = (
        str(row.get(name) or "") for name in _COLUMNS
    )
    return Seen(day, alert_id, title, device, validation, verdict, listed(rules), techniques)


def listed(detection_ids: str) -> tuple[str, ...]:
    """The ids of a row's `DetectionIds`."""
    return tuple(filter(None, detection_ids.split(", ")))


def ids_of(rules: Rules, term: str) -> dict[str, str]:
    """Titles by id of the rules that the term means: an id, or a part of a title in any case."""
    low = term.casefold()
    return {
        rule.id: rule.title
        for rule in rules.detections.rules
        if low == rule.id.casefold() or low in rule.title.casefold()
    }


def chosen(seen: Iterable[Seen], term: str, ids: Collection[str]) -> list[Seen]:
    """Those that one of the rules or the sequence of that name hit, or that show the technique that the term
    names."""
    return [
        one
        for one in seen
        if not set(ids).isdisjoint(one.rules)
        or term.casefold() in one.rules
        or _shows(one.techniques, term.upper())
    ]


def _shows(techniques: str, wanted: str) -> bool:
    """`T1059` means its sub-techniques too."""
    return f"({wanted})" in techniques or f"({wanted}." in techniques


def show(screen: Screen, target: Target, term: str, days: int) -> bool:
    """Prints the alerts; False where there is none."""
    ids = ids_of(target.ports.rules(), term)
    for rule, title in list(ids.items())[:10]:
        screen.say(f"rule       {rule}  {title}")
    found = chosen(seen_since(target, days), term, ids)
    for one in found[-_MOST_SHOWN:]:
        place = f"{one.alert_id}  {one.device or '-'}  {one.title}"
        screen.say(f"{one.day}  {one.validation:<11}  {one.verdict:<15}  {place}")
    if len(found) > _MOST_SHOWN:
        screen.say(f"           and {len(found) - _MOST_SHOWN} earlier ones")
    if not found:
        screen.complain(
            f"ops: no alert created in the last {days} days was hit by {term!r} (give an id, a part of a "
            f"rule's title, or a technique such as T1059.001)"
        )
        return False
    screen.say(summary(found, days))
    return True


def summary(found: Collection[Seen], days: int) -> str:
    """How many, what telemetry says of them, and what people said."""
    said = Counter(one.validation for one in found)
    judged = Counter(one.verdict for one in found if one.verdict not in ("", "Unknown"))
    people = (
        ", ".join(f"{verdict} {count}" for verdict, count in judged.most_common()) or "nobody has judged one"
    )
    words = ", ".join(f"{word} {count}" for word, count in said.most_common())
    return f"{len(found)} of the last {days} days: {words}; analysts: {people}"


def others(target: Target, alert_id: str, rules: Collection[str], days: int) -> dict[str, list[Seen]]:
    """For each of the rules, the other alerts of the last `days` that it hit."""
    found: dict[str, list[Seen]] = {rule: [] for rule in rules}
    for one in seen_since(target, days) if rules else ():
        for rule in found.keys() & set(one.rules):
            if one.alert_id != alert_id:
                found[rule].append(one)
    return found
