"""The index of compiled rules: for each, a set of keys of which one must be in a row for the rule to fire."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from re import _parser as patterns  # type: ignore[attr-defined]  # the only way to a pattern's literals
from typing import Any

from shared.core.detections.condition import ANY, ONE, Expression
from shared.core.detections.index import GRAM
from shared.core.detections.value import canonical
from shared.core.detections.view import leaf

Key = tuple[str, str, str]
"""(leaf, exact, gram or short; the field; the text)."""

# Fields of few words: a key of theirs is in nearly every row.
_FEW_WORDS = {"IntegrityLevel": 900, "Initiated": 2_000, "EventType": 900, "LogonType": 900, "Protocol": 900,
              "ActionType": 300, "User": 400, "DestinationPort": 100, "EventID": 900}  # fmt: skip


def index_of(tables: Sequence[tuple[str, Sequence[tuple[int, Expression]]]]) -> dict[str, Any]:
    """The index of each table, for rules by their ordinals."""
    counts = Counter(
        key for _, rules in tables for _, expression in rules for key in set(_possible(expression))
    )
    return {table: _table(rules, counts) for table, rules in tables}


def _table(rules: Sequence[tuple[int, Expression]], counts: Mapping[Key, int]) -> dict[str, Any]:
    always: list[int] = []
    places: dict[str, dict[str, dict[str, list[int]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for ordinal, expression in rules:
        keys = required(expression, counts)
        if keys is None:
            always.append(ordinal)
            continue
        for kind, field, text in sorted(keys):
            places[field][kind][text].append(ordinal)
    fields = {}
    for field in sorted(places):
        kinds = {kind: dict(sorted(found.items())) for kind, found in sorted(places[field].items())}
        grams = kinds.pop("gram", {})
        fields[field] = {**kinds, "grams": "".join(grams), "rules": list(grams.values())}
    return {"always": always, "fields": fields}


def required(expression: Expression, counts: Mapping[Key, int]) -> set[Key] | None:
    """Keys of which at least one is in every row that meets the expression, the rarest such set; None where
    there is no such set."""
    operator = expression[0]
    if operator == "and":
        sets = [keys for part in expression[1:] if (keys := required(part, counts)) is not None]
        return min(sets, key=lambda keys: (_cost(keys, counts), sorted(keys))) if sets else None
    if operator == "or":
        united: set[Key] = set()
        for part in expression[1:]:
            keys = required(part, counts)
            if keys is None:
                return None
            united |= keys
        return united
    choices = list(_choices(expression))
    if not choices or any(not each for each in choices):
        return None
    return {min(each, key=lambda key: (_cost({key}, counts), key)) for each in choices}


def _cost(keys: set[Key], counts: Mapping[Key, int]) -> int:
    cost = 0
    for key in keys:
        kind, field, _ = key
        cost += counts[key] * (3 if kind == "leaf" else 1) + _FEW_WORDS.get(field, 0)
        cost += 60 if kind == "short" else 0
    return cost


def _possible(expression: Expression) -> Iterator[Key]:
    """Every key that the expression could stand under: how common each is says how rare another is."""
    if expression[0] in ("and", "or"):
        for part in expression[1:]:
            yield from _possible(part)
    else:
        for each in _choices(expression):
            yield from each


def _choices(expression: Expression) -> Iterator[list[Key]]:
    """For each value of a comparison, the keys that every text meeting it has; none for what has no keys."""
    operator = expression[0].removesuffix("c") if expression[0] != "cidr" else "cidr"
    if operator not in ("=", "^", "$", "~", "*", "re"):
        return
    field = expression[1]
    for value in expression[2]:
        if operator == "re":
            yield [key for text in _literals(value) for key in _in_text(field, text)]
            continue
        text = value.lower()
        if operator == "=":
            yield [("exact", field, text)]
        elif operator == "$" and leaf(text) and leaf(text) != text:
            yield [("leaf", field, leaf(text)), *_in_text(field, text)]
        else:
            yield [key for part in re.split(f"[{ANY}{ONE}]", text) for key in _in_text(field, part)]


def _in_text(field: str, literal: str) -> Iterator[Key]:
    """Keys of a text that contains the literal."""
    text = canonical(literal).decode("latin-1")
    if len(text) >= GRAM:
        yield from (("gram", field, text[at : at + GRAM]) for at in range(len(text) - GRAM + 1))
    elif text:
        yield ("short", field, text)


def _literals(pattern: str) -> Iterator[str]:
    """Runs of characters that every match of the pattern has."""
    run = ""
    for operator, argument in patterns.parse(pattern):
        if operator is patterns.LITERAL and chr(argument).isascii():
            run += chr(argument).lower()
        else:
            yield run
            run = ""
    yield run
