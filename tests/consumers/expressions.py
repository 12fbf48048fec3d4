"""Workflow expressions, read: `@concat('a', body('b')?['c'])` and text with `@{…}` in it.

Only what the sample workflows use is understood: literals, calls and `[…]`; anything else is an error.
https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference (read 2026-11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

_GRAMMAR = r"""
    ?expression: call | member | TEXT | NUMBER | WORD
    call: NAME "(" [expression ("," expression)*] ")"
    member: (call | member) OPTIONAL? "[" expression "]"
    OPTIONAL: "?"
    WORD.2: /(true|false|null)(?![A-Za-z0-9_(])/
    NAME: /[A-Za-z]+/
    NUMBER: /-?[0-9]+/
    TEXT: /'([^']|'')*'/
    %ignore " "
"""
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class NotAnExpression(Exception):
    """The text is not an expression that is understood here."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands for itself."""

    value: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; `optional` where none is null instead of an error."""

    of: "Expression"
    name: "Expression"
    optional: bool


type Expression = Literal | Call | Member


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a workflow. `whole` where it is one expression whose value keeps its type; else its parts
    make one text."""

    parts: tuple[str | Expression, ...]
    whole: bool


class _Build(Transformer[Token, Any]):
    def TEXT(self, token: Token) -> Literal:
        return Literal(token[1:-1].replace("''", "'"))

    def NUMBER(self, token: Token) -> Literal:
        return Literal(int(token))

    def WORD(self, token: Token) -> Literal:
        return Literal(_WORDS[token])

    def call(self, found: list[Any]) -> Call:
        name, *arguments = found
        return Call(str(name), tuple(argument for argument in arguments if argument is not None))

    def member(self, found: list[Any]) -> Member:
        return Member(found[0], found[-1], optional=len(found) == 3)


_PARSER = Lark(_GRAMMAR, start="expression", parser="lalr", transformer=_Build(), maybe_placeholders=False)


def parse(text: str) -> Expression:
    """The expression in `text`, which begins after the `@`. Raises NotAnExpression."""
    try:
        found: Expression = _PARSER.parse(text)  # type: ignore[assignment]  # the transformer's result
    except LarkError as err:
        raise NotAnExpression(f"{text}: {err}") from err
    return found


@lru_cache(maxsize=1024)
def template(text: str) -> Template:
    """A workflow's text as the engine reads it: `@…` an expression, `@{…}` one inside a text, `@@` an @."""
    if text.startswith("@@"):
        return Template((text[1:],), whole=False)
    if text.startswith("@") and not text.startswith("@{"):
        return Template((parse(text[1:]),), whole=True)
    parts: list[str | Expression] = []
    rest = text
    while (start := rest.find("@{")) >= 0:
        end = _end(rest, start + 2)
        parts += [rest[:start], parse(rest[start + 2 : end])]
        rest = rest[end + 1 :]
    return Template((*parts, rest), whole=False)


def _end(text: str, start: int) -> int:
    """Where the `}` is that ends the expression at `start`; those inside its texts do not count."""
    quoted = False
    for place in range(start, len(text)):
        if text[place] == "'":
            quoted = not quoted
        elif text[place] == "}" and not quoted:
            return place
    raise NotAnExpression(f"no end: {text}")


def expressions(text: str) -> Iterator[Expression]:
    """The expressions in a workflow's text, outermost only."""
    for part in template(text).parts:
        if not isinstance(part, str):
            yield part


def calls(expression: Expression) -> Iterator[Call]:
    """Every call in the expression, itself included."""
    match expression:
        case Call(_, arguments):
            yield expression
            for argument in arguments:
                yield from calls(argument)
        case Member(of, name):
            yield from calls(of)
            yield from calls(name)
