"""The part of OData that the two alert APIs document: `$filter` on named fields, `$top`, `$skip`.

After https://learn.microsoft.com/en-us/defender-endpoint/api/exposed-apis-odata-samples and
https://learn.microsoft.com/en-us/graph/api/security-list-alerts_v2, read 2026-11-24. Operators that the pages
do not show (`in`, `not`, `contains`) are refused, since nothing says that the service takes them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.simulator import ticks
from local.simulator.answers import Refused

type Item = Mapping[str, Any]
type Test = Callable[[Item], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d)?|Z)?)"
    r"|(?P<number>-?\d+)|(?P<word>[A-Za-z_$][\w$./]*)|(?P<mark>[(),]))",
    re.ASCII,
)
# A comparison is three nodes (operator, property, value), and joining two is one more. A service on ASP.NET's
# OData takes no more than this unless it was told otherwise
# (https://community.dynamics.com/forums/thread/details/?threadid=f4bc1a3e-3956-ef11-a316-6045bdec6b18, read
# 2026-11-30). No page says whether Defender was told otherwise, nor does anybody report it.
MOST_NODES = 100
_ORDERED = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}


@dataclass(frozen=True, slots=True)
class Field:
    """A property that `$filter` may name: its key in the JSON and its kind: text, time or number."""

    key: str
    kind: str


def fields(**kinds: str) -> dict[str, Field]:
    """Fields by lower-case name, since the services' pages spell one and the same in several ways."""
    return {key.lower(): Field(key, kind) for key, kind in kinds.items()}


def compiled(text: str, known: Mapping[str, Field]) -> Test:
    """The test that `$filter=text` puts to an item. Raises Refused with 400 for anything not documented."""
    parser = _Parser(_tokens(text), known)
    test = parser.either()
    parser.end()
    if parser.nodes > MOST_NODES:
        raise _bad(
            f"The node count limit of '{MOST_NODES}' has been exceeded. To increase the limit, set the "
            "'MaxNodeCount' property on EnableQueryAttribute or ODataValidationSettings."
        )
    return test


def number(query: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    """The whole number of `$top` or `$skip`. Raises Refused with 400 when it is none, or more than `most`."""
    if name not in query:
        return default
    if not query[name].isascii() or not query[name].isdecimal():
        raise _bad(f"Invalid value '{query[name][:40]}' for {name} query option found.")
    value = int(query[name])
    if value > most:
        word = name.removeprefix("$").capitalize()
        raise _bad(
            f"The limit of '{most}' for {word} query has been exceeded. "
            f"The value from the incoming request is '{value}'."
        )
    return value


def options(query: Iterable[tuple[str, str]], allowed: Iterable[str]) -> dict[str, str]:
    """The query as a dict. Raises Refused with 400 for an option that is not allowed, or is there twice."""
    found: dict[str, str] = {}
    for name, value in query:
        if name not in allowed:
            raise _bad(f"The query parameter '{name[:60]}' is not supported.")
        if name in found:
            raise _bad(f"Query option '{name}' was specified more than once.")
        found[name] = value
    return found


def _bad(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _bad(f"Syntax error at position {at} in '{text[:200]}'.")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], known: Mapping[str, Field]) -> None:
        self._tokens = tokens
        self._known = known
        self._at = 0
        self.nodes = 0

    def either(self) -> Test:
        tests = [self._both()]
        while self._took("word", "or"):
            self.nodes += 1
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _bad(f"Syntax error: '{self._tokens[self._at][1][:40]}' was not expected.")

    def _both(self) -> Test:
        tests = [self._one()]
        while self._took("word", "and"):
            self.nodes += 1
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        if self._took("mark", "("):
            test = self.either()
            self._need("mark", ")")
            return test
        self.nodes += 3
        kind, name = self._next()
        if (kind, name) == ("word", "startswith"):
            return self._starts_with()
        if kind != "word":
            raise _bad(f"Syntax error: a property was expected, not '{name[:40]}'.")
        field = self._field(name)
        _, word = self._next()
        return self._comparison(field, word)

    def _starts_with(self) -> Test:
        self._need("mark", "(")
        field = self._field(self._next()[1])
        self._need("mark", ",")
        start = _literal(field, *self._next())
        self._need("mark", ")")
        if not isinstance(start, str) or field.kind != "text":
            raise _bad("startswith takes a text property and a text.")
        return lambda item: isinstance(item.get(field.key), str) and item[field.key].startswith(start)

    def _comparison(self, field: Field, word: str) -> Test:
        wanted = _literal(field, *self._next())
        if word in ("eq", "ne"):
            same = word == "eq"
            return lambda item: (value_of(field, item) == wanted) is same
        compare = _ORDERED.get(word)
        if compare is None or field.kind == "text" or wanted is None:
            raise _bad(f"The operator '{word[:40]}' is not supported for '{field.key}'.")

        def test(item: Item) -> bool:
            value = value_of(field, item)
            return value is not None and bool(compare(value, wanted))

        return test

    def _field(self, name: str) -> Field:
        field = self._known.get(name.lower())
        if field is None:
            raise _bad(f"The property '{name[:60]}' cannot be used in the $filter query option.")
        return field

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _bad("Syntax error: the expression ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _took(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False

    def _need(self, kind: str, text: str) -> None:
        if not self._took(kind, text):
            raise _bad(f"Syntax error: '{text}' was expected.")


def _literal(field: Field, kind: str, text: str) -> Any:
    if (kind, text) == ("word", "null"):
        return None
    if kind == field.kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == field.kind == "number":
        return int(text)
    if kind == field.kind == "time":
        return _moment(text)
    raise _bad(f"A binary operator with incompatible types was detected: '{field.key}' and '{text[:60]}'.")


def _moment(text: str) -> int:
    try:
        if "T" not in text:
            day = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
            return int(day.timestamp()) * ticks.PER_SECOND
        return ticks.parse(text if text.endswith("Z") else text + "Z")
    except ValueError:
        raise _bad(f"'{text[:60]}' is not a time.") from None


def value_of(field: Field, item: Item) -> Any:
    """What an item has for a field, comparable; None when it has nothing of the kind."""
    value = item.get(field.key)
    if field.kind == "time":
        return ticks.parse(value) if ticks.is_time(value) else None
    if field.kind == "number":
        return (
            int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else None
        )
    return value
