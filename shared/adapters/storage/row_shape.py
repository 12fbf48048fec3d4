"""Our own small dataclasses as table columns and back, one column a field.

A field's column is its name in PascalCase. What equals the field's default is left out, so rows are replaced,
never merged. An Instant is its seven-digit text, since a column's time keeps no more digits than a datetime;
tuples are text, their parts separated by spaces.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from enum import Enum

from azure.data.tables import EntityProperty

from shared.core.values import Instant
from shared.errors import UnexpectedResponse

type _Convert = Callable[[typing.Any], typing.Any]  # Any: picked by the field's type hint at run time


class RowShape[T]:
    """How `kind` lies in a table. Its field `etag` is the row's own and not a column."""

    def __init__(self, kind: type[T]) -> None:
        hints = typing.get_type_hints(kind)
        self._make: Callable[..., T] = kind
        self._fields: list[tuple[str, str, typing.Any, _Convert, _Convert]] = []
        self._required: set[str] = set()
        for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, as the class says
            if field.name == "etag":
                continue
            column = "".join(word.capitalize() for word in field.name.split("_"))
            to_column, from_column = _conversions(hints[field.name])
            self._fields.append((field.name, column, field.default, to_column, from_column))
            if field.default is MISSING:
                self._required.add(field.name)

    def columns(self, value: T) -> dict[str, object]:
        """The columns that differ from their defaults."""
        made = {}
        for name, column, default, to_column, _ in self._fields:
            held = getattr(value, name)
            if held is not None and (default is MISSING or held != default):
                made[column] = to_column(held)
        return made

    def read(self, columns: Mapping[str, typing.Any], etag: str) -> T:
        """The value; columns we do not know are passed over. Raises UnexpectedResponse."""
        values: dict[str, typing.Any] = {}
        try:
            for name, column, _, _, from_column in self._fields:
                held = columns.get(column)
                if held is not None:
                    values[name] = from_column(held)
        except (ValueError, TypeError, AttributeError) as err:
            raise UnexpectedResponse(f"column {column} cannot be read: {err}", service="tables") from err
        if missing := self._required - values.keys():
            raise UnexpectedResponse(f"columns are missing for {sorted(missing)}", service="tables")
        return self._make(**values, etag=etag)


def moment(value: datetime) -> datetime:
    """A column's time as a plain aware datetime; the SDK's own class carries the service's text along."""
    return datetime(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        UTC,
    )


def plain(value: object) -> object:
    """A column's value without the SDK's wrapping."""
    if isinstance(value, datetime):
        return moment(value)
    return value.value if isinstance(value, EntityProperty) else value


def _conversions(hint: typing.Any) -> tuple[_Convert, _Convert]:
    """(to a column, from a column) for a field of this type."""
    if isinstance(hint, types.UnionType):  # X | None
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if hint is Instant:
        return Instant.text, Instant.parse
    if hint is datetime:
        return _same, moment
    if typing.get_origin(hint) is tuple:
        if typing.get_args(hint)[0] is datetime:
            return _join_moments, _split_moments
        return " ".join, _split_words
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str, hint
    if hint in (str, int, float, bool):
        return _same, plain
    raise TypeError(f"no column for {hint}")


def _same(value: typing.Any) -> typing.Any:
    return value


def _join_moments(moments: tuple[datetime, ...]) -> str:
    return " ".join(str(Instant.of(each).ticks // 10) for each in moments)


def _split_moments(text: str) -> tuple[datetime, ...]:
    return tuple(Instant(int(word) * 10).to_datetime() for word in text.split())


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
