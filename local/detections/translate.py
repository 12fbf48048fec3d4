"""A Sigma rule's condition as the expression that the app judges, or the reason why it cannot be judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from shared.core.detections.condition import ANY, ONE, Expression

_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_COMPARED = {
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
}
TRUE: Expression = ["true"]
FALSE: Expression = ["false"]


class CannotJudge(Exception):
    """The rule cannot be judged; the text says why."""


class Translator:
    """Translates one rule's conditions. `knows` says whether a field can be read; `constants` are fields
    whose value the log source itself tells, in lower case. `unknown` collects fields that cannot be read."""

    def __init__(self, knows: Callable[[str], bool], constants: Mapping[str, frozenset[str]]) -> None:
        self._knows = knows
        self._constants = constants
        self.unknown: dict[str, None] = {}

    def expression(self, node: Any, positive: bool = True) -> Expression:
        """The node's expression; what cannot be read is false where it would fire the rule, and true in a
        `not`. Raises CannotJudge."""
        if isinstance(node, ConditionAND):
            return conjoined([self.expression(part, positive) for part in node.args])
        if isinstance(node, ConditionOR):
            return disjoined([self.expression(part, positive) for part in node.args])
        if isinstance(node, ConditionNOT):
            return negated(self.expression(node.args[0], not positive))
        if isinstance(node, ConditionFieldEqualsValueExpression):
            return self._field(node.field, node.value, positive)
        if isinstance(node, ConditionValueExpression):
            raise CannotJudge("keywords without a field")
        raise CannotJudge(f"a condition of kind {type(node).__name__}")

    def _field(self, field: str, value: Any, positive: bool) -> Expression:
        if isinstance(value, SigmaExpansion):
            return disjoined([self._field(field, each, positive) for each in value.values])
        expression = _atom(field, value)
        if field in self._constants:
            return TRUE if expression[2:] and set(expression[2]) & self._constants[field] else FALSE
        read = [field, expression[2]] if expression[0] == "ref" else [field]
        missing = [name for name in read if not self._knows(name)]
        hashes = field == "Hashes" and str(value).lower().strip("*").startswith("imphash")
        if missing or hashes:
            self.unknown.update(dict.fromkeys(missing or ["Imphash"]))
            return FALSE if positive else TRUE
        return expression


def _atom(field: str, value: Any) -> Expression:
    if isinstance(value, SigmaTimestampPart):
        raise CannotJudge("a part of a time")
    if isinstance(value, SigmaNull):
        return ["null", field]
    if isinstance(value, SigmaExists):
        return ["not", ["null", field]] if value.exists else ["null", field]
    if isinstance(value, SigmaString):
        return _text(field, value)
    if isinstance(value, SigmaBool):
        return ["=", field, [str(value.boolean).lower()]]
    if isinstance(value, SigmaNumber):
        return ["=", field, [str(value.number)]]
    if isinstance(value, SigmaRegularExpression):
        return _regular(field, value)
    if isinstance(value, SigmaCIDRExpression):
        return ["cidr", field, [str(value.network)]]
    if isinstance(value, SigmaFieldReference):
        how = {(True, True): "~", (True, False): "^", (False, True): "$"}
        return ["ref", field, value.field, how.get((value.starts_with, value.ends_with), "=")]
    if isinstance(value, SigmaCompareExpression) and value.op in _COMPARED:
        return [_COMPARED[value.op], field, [float(value.number.number)]]
    raise CannotJudge(f"a value of kind {type(value).__name__}")


def _regular(field: str, value: SigmaRegularExpression) -> Expression:
    if value.contains_placeholder():
        raise CannotJudge("a placeholder")
    return ["re", field, [str(value.regexp)], "".join(sorted(_FLAGS[flag] for flag in value.flags))]


def _text(field: str, value: SigmaString) -> Expression:
    if value.contains_placeholder():
        raise CannotJudge("a placeholder")
    pieces = [
        part if isinstance(part, str) else ANY if part is SpecialChars.WILDCARD_MULTI else ONE
        for part in value.s
    ]
    text = "".join(str(piece) for piece in pieces)
    cased = "c" if isinstance(value, SigmaCasedString) else ""
    if not cased:
        text = text.lower()
    while ANY + ANY in text:
        text = text.replace(ANY + ANY, ANY)
    inner = text.removeprefix(ANY).removesuffix(ANY)
    if ANY in inner or ONE in inner or text == ANY:
        return ["*" + cased, field, [text]]
    opened, closed = text.startswith(ANY), text.endswith(ANY)
    operator = {(True, True): "~", (True, False): "$", (False, True): "^", (False, False): "="}[
        opened, closed
    ]
    return [operator + cased, field, [inner]]


def conjoined(parts: list[Expression]) -> Expression:
    """All of them, simplified."""
    flat = [each for part in parts for each in (part[1:] if part[0] == "and" else [part])]
    if FALSE in flat:
        return FALSE
    flat = [each for each in flat if each != TRUE]
    return TRUE if not flat else flat[0] if len(flat) == 1 else ["and", *flat]


def disjoined(parts: list[Expression]) -> Expression:
    """Any of them, simplified: values of one field that are compared alike stand together."""
    flat = [each for part in parts for each in (part[1:] if part[0] == "or" else [part])]
    if TRUE in flat:
        return TRUE
    merged: list[Expression] = []
    places: dict[tuple[str, ...], Expression] = {}
    for each in flat:
        if each == FALSE:
            continue
        key = _alike(each)
        if key is not None and key in places:
            places[key][2].extend(value for value in each[2] if value not in places[key][2])
            continue
        kept = [*each[:2], list(each[2]), *each[3:]] if key is not None else each
        if key is not None:
            places[key] = kept
        merged.append(kept)
    return FALSE if not merged else merged[0] if len(merged) == 1 else ["or", *merged]


def _alike(expression: Expression) -> tuple[str, ...] | None:
    operator = expression[0]
    if operator in ("and", "or", "not", "null", "ref", "lt", "lte", "gt", "gte", "true", "false"):
        return None
    return (operator, expression[1], *expression[3:])


def negated(part: Expression) -> Expression:
    """Not it, simplified."""
    if part in (TRUE, FALSE):
        return FALSE if part == TRUE else TRUE
    return part[1] if part[0] == "not" else ["not", part]
