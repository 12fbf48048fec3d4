"""Why a rule hit a row, and which almost did: the parts of its condition, each met or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.core.correlate import Cell
from shared.core.detections.condition import ANY, ONE, Expression, Test, function_of
from shared.core.detections.judging import Detections, applies
from shared.core.detections.rules import Rule
from shared.core.detections.view import View

MOST = 8  # rules that almost hit, nearest first
_VERBS = {
    "=": "is", "^": "begins with", "$": "ends with", "~": "contains", "*": "is like", "re": "matches",
    "cidr": "is in", "lt": "is below", "lte": "is at most", "gt": "is above", "gte": "is at least",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition in words; `told` is False where the row lacks a field that it asks for."""

    text: str
    met: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule over one row: `hit` where every part is met, `agent` where a known agent excuses it.

    `nearness` is the share of the parts that accuse and are met: 1.0 where only exceptions spoke against it.
    """

    rule: Rule
    parts: tuple[Part, ...]
    hit: bool
    nearness: float
    agent: str = ""


class Explainer:
    """Explains row after row: each rule's condition is taken apart once."""

    def __init__(self, detections: Detections) -> None:
        self._detections = detections
        self._ready: dict[int, _Ready] = {}

    def explain(
        self, table: str, action: str, cells: Mapping[str, Cell], system: str | None = None
    ) -> tuple[list[Explained], list[Explained]]:
        """(rules that hit, rules that almost did, nearest first): of these more than half the parts that
        accuse are met, or all of them and an exception speaks against it."""
        view = self._detections.view(table, action, cells, system)
        if view is None:
            return [], []
        judged = self._detections.judge([(table, action, cells)], system)
        agents = {excused.rule.id: excused.agent for excused in judged.excused}
        hits: list[Explained] = []
        almost: list[Explained] = []
        for place, rule in enumerate(self._detections.rules):
            if not applies(rule, view, table, system):
                continue
            ready = self._ready.get(place) or self._ready.setdefault(place, _ready(rule.condition))
            met = [test(view) for test in ready.tests]
            if all(met):
                hits.append(_explained(rule, ready, met, view, agents.get(rule.id, "")))
            elif ready.nearness(met) > 0.5:
                almost.append(_explained(rule, ready, met, view, agents.get(rule.id, "")))
        almost.sort(key=lambda each: (-each.nearness, -len(each.parts), each.rule.title))
        return hits, almost[:MOST]


@dataclass(frozen=True, slots=True)
class _Ready:
    """The parts of a rule's condition, ready to be tried: a text, a test and the fields asked for of each."""

    texts: tuple[str, ...]
    tests: tuple[Test, ...]
    fields: tuple[tuple[str, ...], ...]

    def nearness(self, met: Sequence[bool]) -> float:
        """The share of the parts that accuse and are met."""
        accusing = [is_met for text, is_met in zip(self.texts, met, strict=True) if _accuses(text)]
        return sum(accusing) / len(accusing) if accusing else 0.0


def _accuses(text: str) -> bool:
    return not text.startswith("not ")


def _ready(whole: Expression) -> _Ready:
    parts = whole[1:] if whole[0] == "and" else [whole]
    return _Ready(
        texts=tuple(words(part) for part in parts),
        tests=tuple(function_of(part) for part in parts),
        fields=tuple(tuple(_fields(part)) for part in parts),
    )


def _explained(rule: Rule, ready: _Ready, met: Sequence[bool], view: View, agent: str) -> Explained:
    parts = tuple(
        Part(text, is_met, all(view.field(name) is not None for name in fields))
        for text, is_met, fields in zip(ready.texts, met, ready.fields, strict=True)
    )
    return Explained(rule, parts, all(met), ready.nearness(met), agent)


def _fields(expression: Expression) -> list[str]:
    if expression[0] in ("and", "or", "not"):
        return [name for part in expression[1:] for name in _fields(part)]
    if expression[0] == "null":
        return []
    return [expression[1], expression[2]] if expression[0] == "ref" else [expression[1]]


def words(expression: Expression) -> str:
    """The expression in a reader's words."""
    operator = expression[0]
    if operator in ("and", "or"):
        return f" {operator} ".join(f"({words(part)})" for part in expression[1:])
    if operator == "not":
        return f"not ({words(expression[1])})"
    if operator == "null":
        return f"{expression[1]} is not told"
    if operator == "ref":
        return f"{expression[1]} {_VERBS[expression[3]]} {expression[2]}"
    cased = operator.endswith("c") and operator != "cidr"
    verb = _VERBS[operator.removesuffix("c") if cased else operator]
    values = [str(value).replace(ANY, "*").replace(ONE, "?") for value in expression[2]]
    shown = " or ".join(values[:6]) + (f" or {len(values) - 6} more" if len(values) > 6 else "")
    return f"{expression[1]} {verb} {shown}{' (by case)' if cased else ''}"
