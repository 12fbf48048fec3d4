"""A rule judged by pysigma's own parse of it, in the most obvious way: slow, and nothing of ours in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT, ConditionOR
from sigma.rule import SigmaRule
from sigma.types import (
    CompareOperators,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

Event = Mapping[str, str | None]


def meets(rule: dict[str, Any], event: Event) -> bool:
    """Whether the event, by Sigma's field names, meets one of the rule's conditions."""
    parsed = SigmaRule.from_dict(rule)
    return any(_node(each.parsed, event) for each in parsed.detection.parsed_condition)


def _node(node: Any, event: Event) -> bool:
    if isinstance(node, ConditionAND):
        return all(_node(part, event) for part in node.args)
    if isinstance(node, ConditionOR):
        return any(_node(part, event) for part in node.args)
    if isinstance(node, ConditionNOT):
        return not _node(node.args[0], event)
    assert isinstance(node, ConditionFieldEqualsValueExpression)
    return _value(node.value, event.get(node.field), event)


def _value(value: Any, text: str | None, event: Event) -> bool:
    if isinstance(value, SigmaNull):
        return text is None
    if isinstance(value, SigmaExists):
        return (text is not None) == value.exists
    if isinstance(value, SigmaExpansion):
        return any(_value(each, text, event) for each in value.values)
    if text is None:
        return False
    if isinstance(value, SigmaRegularExpression):
        flags = sum(value.sigma_to_python_flags[flag] for flag in value.flags)
        return re.search(str(value.regexp), text, flags) is not None
    if isinstance(value, SigmaCIDRExpression):
        return ipaddress.ip_address(text) in value.network
    if isinstance(value, SigmaFieldReference):
        return _refers(value, text.lower(), (event.get(value.field) or "").lower())
    if isinstance(value, SigmaCompareExpression):
        return _compares(value.op, float(text), float(value.number.number))
    if isinstance(value, SigmaString):
        return _pattern(value).fullmatch(text) is not None
    return text.lower() == str(value).lower()


def _pattern(value: SigmaString) -> re.Pattern[str]:
    parts = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    text = "".join(re.escape(part) if isinstance(part, str) else parts[part] for part in value.s)  # type: ignore[index]
    flags = re.DOTALL if isinstance(value, SigmaCasedString) else re.DOTALL | re.IGNORECASE
    return re.compile(text, flags)


def _refers(value: SigmaFieldReference, text: str, other: str) -> bool:
    if value.starts_with and value.ends_with:
        return other in text
    if value.starts_with:
        return text.startswith(other)
    return text.endswith(other) if value.ends_with else text == other


def _compares(operator: CompareOperators, left: float, right: float) -> bool:
    return {
        CompareOperators.LT: left < right,
        CompareOperators.LTE: left <= right,
        CompareOperators.GT: left > right,
        CompareOperators.GTE: left >= right,
    }[operator]
