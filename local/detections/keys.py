"""The index of compiled rules: for each, a set of keys of which one must be in a row for the rule to fire."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from shared.core.detections.condition import ANY, ONE, Expression
from shared.core.detections.index import GRAM
from shared.core.detections.value import canonical
from shared.core.detections.view import leaf

patterns: Any = import_module("re._parser")  # Python's own reading, without types

_DEAR = {"leaf": 0, "exact": 0, "gram": 1, "short": 60, "raw": 60}
_REPEATS = (patterns.MAX_REPEAT, patterns.MIN_REPEAT, patterns.POSSESSIVE_REPEAT)

Key = tuple[str, str, str]
"""(leaf, exact, gram, short or raw; the field; the text)."""

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
    if operator == "re":
        return _required_by(expression, counts)
    choices = list(_choices(expression))
    if not choices or any(not each for each in choices):
        return None
    return {min(each, key=lambda key: (_cost({key}, counts), key)) for each in choices}


def _required_by(expression: Expression, counts: Mapping[Key, int]) -> set[Key] | None:
    """The keys of regular expressions."""
    needs = _pattern_needs(expression)
    return required(needs, counts) if needs is not None else None


def _pattern_needs(expression: Expression) -> Expression | None:
    needs = [_needs(expression[1], list(patterns.parse(pattern))) for pattern in expression[2]]
    sure = [each for each in needs if each is not None]
    return ["or", *sure] if len(sure) == len(needs) else None


def _cost(keys: set[Key], counts: Mapping[Key, int]) -> int:
    cost = 0
    for key in keys:
        kind, field, _ = key
        # A name or a value is met as a whole; characters of a literal are met in other words too.
        cost += counts[key] + _DEAR[kind] + _FEW_WORDS.get(field, 0)
    return cost


def _possible(expression: Expression) -> Iterator[Key]:
    """Every key that the expression could stand under: how common each is says how rare another is."""
    if expression[0] in ("and", "or"):
        for part in expression[1:]:
            yield from _possible(part)
    elif expression[0] == "re":
        needs = _pattern_needs(expression)
        if needs is not None:
            yield from _possible(needs)
    else:
        for each in _choices(expression):
            yield from each


def _choices(expression: Expression) -> Iterator[list[Key]]:
    """For each value of a comparison, the keys that every text meeting it has; none for what has no keys."""
    operator = expression[0].removesuffix("c") if expression[0] != "cidr" else "cidr"
    if operator not in ("=", "^", "$", "~", "*"):
        return
    field = expression[1]
    for value in expression[2]:
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
    elif literal.strip():  # characters that are nothing to the index: they are looked for as they stand
        yield ("raw", field, literal)


def _needs(field: str, nodes: Sequence[Any]) -> Expression | None:
    """What every text has that the pattern's nodes are found in, as an expression of literals; None where
    nothing is sure."""
    parts: list[Expression] = []
    run = ""
    for operator, argument in [*nodes, (None, None)]:
        letter = _letter(operator, argument)
        if letter:
            run += letter
            continue
        if run.strip():
            parts.append(["~", field, [run]])
        run = ""
        inner = _inner(field, operator, argument)
        if inner is not None:
            parts.append(inner)
    return None if not parts else parts[0] if len(parts) == 1 else ["and", *parts]


def _letter(operator: Any, argument: Any) -> str:
    """The one character, in lower case, that the node takes; "" where it takes several or none."""
    if operator is patterns.LITERAL:
        taken = {chr(argument).lower()}
    elif operator is patterns.IN and all(each[0] is patterns.LITERAL for each in argument):
        taken = {chr(each[1]).lower() for each in argument}
    else:
        return ""
    return taken.pop() if len(taken) == 1 and all(char.isascii() for char in taken) else ""


def _inner(field: str, operator: Any, argument: Any) -> Expression | None:
    if operator is patterns.SUBPATTERN:
        return _needs(field, list(argument[3]))
    if operator is patterns.ATOMIC_GROUP:
        return _needs(field, list(argument))
    if operator in _REPEATS and argument[0] > 0:
        return _needs(field, list(argument[2]))
    if operator is patterns.BRANCH:
        branches = [_needs(field, list(branch)) for branch in argument[1]]
        sure = [branch for branch in branches if branch is not None]
        return ["or", *sure] if len(sure) == len(branches) else None
    return None
