"""The workflow functions that the samples use, as documented, and no others.

Names, arguments and results: workflow-definition-language-functions-reference on learn.microsoft.com (read
2026-11). Both branches of `if` are evaluated, so that a workflow that relies on either being skipped fails
here. A text's length is in UTF-16 units, as .NET counts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote

from tests.consumers.expressions import Call, Expression, Literal, Member


class WrongExpression(Exception):
    """The engine would fail the action: an unknown function, a wrong argument, a member that is not there."""


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments it takes (`most` None: any number), and what it gives."""

    least: int
    most: int | None
    of: Callable[..., Any]

    def takes(self, count: int) -> bool:
        """True where it may be called with that many arguments."""
        return self.least <= count and (self.most is None or count <= self.most)


# What an expression may read of a run; the run answers them.
REFERENCES: Mapping[str, tuple[int, int]] = {
    "parameters": (1, 1),
    "variables": (1, 1),
    "outputs": (1, 1),
    "body": (1, 1),
    "actions": (1, 1),
    "items": (1, 1),
    "item": (0, 0),
    "utcNow": (0, 1),
}


def evaluate(expression: Expression, reference: Callable[[str, list[Any]], Any]) -> Any:
    """The expression's value; `reference` answers the functions of REFERENCES. Raises WrongExpression."""
    match expression:
        case Literal(value):
            return value
        case Member(of, name, optional):
            return _member(evaluate(of, reference), evaluate(name, reference), optional)
        case Call(name, arguments):
            values = [evaluate(argument, reference) for argument in arguments]
            if name in REFERENCES:
                return reference(name, values)
            function = FUNCTIONS.get(name)
            if function is None or not function.takes(len(values)):
                raise WrongExpression(f"{name} with {len(values)} arguments")
            return function.of(*values)


def as_text(value: Any) -> str:
    """A value inside a text; null is nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value}"
    raise WrongExpression(f"no text is made of {type(value).__name__} here")


def moment(now: datetime, style: str | None = None) -> str:
    """A time as text in one of the .NET formats that the workflows use."""
    if style is None:
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond:06}0Z"
    if style == "R":
        return format_datetime(now.replace(microsecond=0), usegmt=True)
    if style == "yyyy-MM-dd":
        return f"{now:%Y-%m-%d}"
    raise WrongExpression(f"the time format {style} is not known here")


def _member(of: Any, name: Any, optional: bool) -> Any:
    if of is None and optional:
        return None
    if not isinstance(of, dict) or not isinstance(name, str):
        raise WrongExpression(f"{name!r} of {type(of).__name__}")
    if name not in of and not optional:
        raise WrongExpression(f"there is no {name!r}")
    return of.get(name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongExpression(f"a text is wanted, not {value!r}")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongExpression(f"a number is wanted, not {value!r}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise WrongExpression(f"a list is wanted, not {value!r}")
    return value


def _length(value: Any) -> int:
    return (
        len(value.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(value, str) else len(_list(value))
    )


def _take(value: Any, count: Any) -> Any:
    if isinstance(value, str):
        units = value.encode("utf-16-le", "surrogatepass")
        return units[: 2 * _number(count)].decode("utf-16-le", "replace")
    return _list(value)[: _number(count)]


def _first(value: Any) -> Any:
    found = _list(value)
    return found[0] if found else None


def _last(value: Any) -> Any:
    found = _list(value)
    return found[-1] if found else None


def _json(value: Any) -> Any:
    """Of a text that is JSON; anything else fails the action."""
    try:
        return json.loads(_text(value))
    except ValueError as err:
        raise WrongExpression(f"no JSON: {value!r}") from err


def _add_days(text: Any, days: Any, style: Any = None) -> str:
    at = datetime.fromisoformat(_text(text)[:26].rstrip("Z")).replace(tzinfo=UTC)
    return moment(at + timedelta(days=_number(days)), style)


def _union(*lists: Any) -> list[Any]:
    return list(dict.fromkeys(item for each in lists for item in _list(each)))


def _empty(value: Any) -> bool:
    if isinstance(value, bool | int):
        raise WrongExpression(f"empty of {value!r}")
    return not value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongExpression(f"true or false is wanted, not {value!r}")
    return value


def _if(truth: Any, then: Any, otherwise: Any) -> Any:
    return then if _truth(truth) else otherwise


def _contains(where: Any, what: Any) -> bool:
    """Of a list here; in a text every text is found, the empty one too."""
    return _text(what) in (where if isinstance(where, str) else _list(where))


def equals(one: Any, other: Any) -> bool:
    """True where both are of one type and the same."""
    return type(one) is type(other) and bool(one == other)


FUNCTIONS: Mapping[str, Function] = {
    "addDays": Function(2, 3, _add_days),
    "and": Function(2, None, lambda *all_: all([_truth(each) for each in all_])),
    "coalesce": Function(1, None, lambda *all_: next((each for each in all_ if each is not None), None)),
    "concat": Function(1, None, lambda *all_: "".join(as_text(each) for each in all_)),
    "contains": Function(2, 2, _contains),
    "decodeUriComponent": Function(1, 1, lambda text: unquote(_text(text))),
    "empty": Function(1, 1, _empty),
    "encodeUriComponent": Function(1, 1, lambda text: quote(_text(text), safe="")),
    "equals": Function(2, 2, equals),
    "first": Function(1, 1, _first),
    "greater": Function(2, 2, lambda one, other: _number(one) > _number(other)),
    "if": Function(3, 3, _if),
    "join": Function(2, 2, lambda texts, between: _text(between).join(map(_text, _list(texts)))),
    "json": Function(1, 1, _json),
    "last": Function(1, 1, _last),
    "length": Function(1, 1, _length),
    "lessOrEquals": Function(2, 2, lambda one, other: _number(one) <= _number(other)),
    "not": Function(1, 1, lambda one: not _truth(one)),
    "range": Function(
        2, 2, lambda start, count: list(range(_number(start), _number(start) + _number(count)))
    ),
    "replace": Function(3, 3, lambda text, old, new: _text(text).replace(_text(old), _text(new))),
    "split": Function(2, 2, lambda text, at: _text(text).split(_text(at))),
    "startsWith": Function(2, 2, lambda text, start: _text(text).lower().startswith(_text(start).lower())),
    "string": Function(1, 1, as_text),
    "sub": Function(2, 2, lambda one, other: _number(one) - _number(other)),
    "take": Function(2, 2, _take),
    "union": Function(2, None, _union),
}
