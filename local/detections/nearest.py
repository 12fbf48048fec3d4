"""The rules that came nearest to a hit on some rows, each with the part that was not met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from shared.core.correlate import Cell
from shared.core.detections import Detections, Explainer, Rule

type Asked = tuple[str, str, Mapping[str, Cell], str | None]
"""A row: its table, its action, its cells, and the device's system where that is known."""


@dataclass(frozen=True, slots=True)
class Near:
    """A rule that almost hit, by the row that was nearest: the share of it that was met, and what was not."""

    rule: Rule
    nearness: float
    missing: str


@lru_cache(maxsize=2)
def _explainer(detections: Detections) -> Explainer:
    """One for all alerts of a report."""
    return Explainer(detections)


def nearest(detections: Detections, rows: Iterable[Asked]) -> list[Near]:
    """Each rule that almost hit one of the rows, in the order in which they were met."""
    found: dict[str, Near] = {}
    for table, action, cells, system in rows:
        for one in _explainer(detections).explain(table, action, cells, system)[1]:
            known = found.get(one.rule.id)
            if one.nearness > (known.nearness if known else 0.0):
                missing = next((part.text for part in one.parts if not part.met), "")
                found[one.rule.id] = Near(one.rule, one.nearness, missing)
    return list(found.values())
