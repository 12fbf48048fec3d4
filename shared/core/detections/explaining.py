"""Why a rule hit a row, and which almost did: the parts of its condition, each met or not."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.correlate import Cell
from shared.core.detections.condition import ANY, ONE, Expression, function_of
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
    """A rule over one row: `hit` where every part is met, `agent` where a known agent excuses it."""

    rule: Rule
    parts: tuple[Part, ...]
    hit: bool
    agent: str = ""

    @property
    def nearness(self) -> float:
        """The share of the parts that accuse and are met: 1.0 where only an exception spoke against it."""
        accusing = [part.met for part in self.parts if not part.text.startswith("not ")]
        return sum(accusing) / len(accusing) if accusing else 0.0


def explain(
    detections: Detections, table: str, action: str, cells: Mapping[str, Cell], system: str | None = None
) -> tuple[list[Explained], list[Explained]]:
    """(rules that hit, rules that almost did, nearest first): of these more than half the parts that accuse
    are met, or all of them and an exception speaks against it."""
    view = detections.view(table, action, cells, system)
    if view is None:
        return [], []
    judged = detections.judge([(table, action, cells)], system)
    agents = {excused.rule.id: excused.agent for excused in judged.excused}
    hits: list[Explained] = []
    almost: list[Explained] = []
    for rule in detections.rules:
        if not applies(rule, view, table, system):
            continue
        explained = _explained(rule, view, agents.get(rule.id, ""))
        if explained.hit:
            hits.append(explained)
        elif explained.nearness > 0.5:
            almost.append(explained)
    almost.sort(key=lambda each: (-each.nearness, -len(each.parts), each.rule.title))
    return hits, almost[:MOST]


def _explained(rule: Rule, view: View, agent: str) -> Explained:
    whole = rule.condition
    parts = tuple(
        Part(
            words(part), function_of(part)(view), all(view.field(name) is not None for name in _fields(part))
        )
        for part in (whole[1:] if whole[0] == "and" else [whole])
    )
    return Explained(rule, parts, all(part.met for part in parts), agent)


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
