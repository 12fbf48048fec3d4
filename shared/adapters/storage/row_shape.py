"""Our own small dataclasses as table columns and back, one column a field.

Each field's column is declared, so that columns stay what they are whatever our fields are called. What
equals the field's default is left out, so rows are replaced, never merged. An Instant is its seven-digit
text, since a column's time keeps no more digits than a datetime; tuples are text, their parts separated by
spaces. Columns and words that we do not know are passed over: a later version wrote them.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

from shared.adapters.storage.entities import Long
from shared.core.values import Instant

FORMAT = 1  # raised with any change of the columns; kept in each row for whoever looks at it
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEUTRAL = {str: "", int: 0, Instant: Instant(0), datetime: NEVER}

type _Convert = Callable[[typing.Any], typing.Any]  # Any: picked by the field's type hint at run time


class Kept(Protocol):
    """A row as it was read."""

    @property
    def etag(self) -> str:
        """The storage's mark of it; "" where it is not there yet."""


class RowShape[T: Kept]:
    """How `kind` lies in a table: `columns` says `field=Column` for each field but `etag`, the row's own."""

    def __init__(self, kind: type[T], columns: str) -> None:
        hints = typing.get_type_hints(kind)
        named = dict(pair.split("=") for pair in columns.split())
        self._make: Callable[..., T] = kind
        self._fields: list[tuple[str, str, typing.Any, _Convert, _Convert]] = []
        self._neutral: dict[str, typing.Any] = {}
        for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, as the class says
            if field.name == "etag":
                continue
            hint = hints[field.name]
            column = named.pop(field.name)
            self._fields.append((field.name, column, field.default, *_conversions(hint, field.default)))
            if field.default is MISSING:
                self._neutral[field.name] = _NEUTRAL[hint]
        if named:
            raise TypeError(f"{kind.__name__} has no {sorted(named)}")

    def columns(self, value: T) -> dict[str, object]:
        """The columns that differ from their defaults, and the format's number."""
        made: dict[str, object] = {"Format": FORMAT}
        for name, column, default, to_column, _ in self._fields:
            held = getattr(value, name)
            if held is not None and (default is MISSING or held != default):
                made[column] = to_column(held)
        return made

    def all_columns(self, value: T) -> dict[str, object]:
        """The same with those that equal their defaults, for rows that are merged: so a field that went back
        to its default does. A time that is not known is 1970, since a merge clears no column."""
        made: dict[str, object] = {"Format": FORMAT}
        for name, column, _, to_column, _ in self._fields:
            held = getattr(value, name)
            made[column] = NEVER if held is None else to_column(held)
        return made

    def read(self, columns: Mapping[str, typing.Any], etag: str) -> tuple[T, frozenset[str]]:
        """The value as far as it can be read, and the fields that have their default, or nothing, instead."""
        values: dict[str, typing.Any] = {}
        lost = set()
        for name, column, _, _, from_column in self._fields:
            held = columns.get(column)
            try:
                if held is not None:
                    values[name] = from_column(held)
            except (ValueError, TypeError, AttributeError):
                lost.add(name)
        lost |= self._neutral.keys() - values.keys()
        return self._make(**{**self._neutral, **values}, etag=etag), frozenset(lost)


def written[T: Kept](row: T, etag: str) -> T:
    """The row with its new mark."""
    kept: T = replace(row, etag=etag)  # type: ignore[type-var]  # a dataclass, as each `RowShape` says
    return kept


def moment(value: datetime) -> datetime:
    """A column's time as a plain aware datetime; the SDK's own class carries the service's text along."""
    return datetime(
        value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, UTC
    )


def _known_moment(value: datetime) -> datetime | None:
    read = moment(value)
    return None if read == NEVER else read


def plain(value: object) -> object:
    """A column's value without the SDK's wrapping."""
    if isinstance(value, datetime):
        return moment(value)
    return value.value if isinstance(value, Long) else value


def _conversions(hint: typing.Any, default: typing.Any) -> tuple[_Convert, _Convert]:
    """(to a column, from a column) for a field of this type."""
    if isinstance(hint, types.UnionType):  # X | None
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if hint is Instant:
        return Instant.text, Instant.parse
    if hint is datetime:
        return _same, moment if default is MISSING else _known_moment
    if typing.get_origin(hint) is tuple:
        if typing.get_args(hint)[0] is datetime:
            return _join_moments, _split_moments
        return " ".join, lambda text: tuple(text.split())
    if isinstance(hint, type) and issubclass(hint, Enum):
        words = {str(word): word for word in hint}
        return str, lambda text: words.get(text, default)
    if hint in (str, int, float, bool):
        return _same, _typed(hint)
    raise TypeError(f"no column for {hint}")


def _typed(kind: type) -> _Convert:
    def read(held: typing.Any) -> typing.Any:
        value = plain(held)
        if type(value) is not kind:
            raise TypeError(f"{type(value)} in place of {kind}")
        return value

    return read


def _same(value: typing.Any) -> typing.Any:
    return value


def _join_moments(moments: tuple[datetime, ...]) -> str:
    return " ".join(str(Instant.of(each).ticks // 10) for each in moments)


def _split_moments(text: str) -> tuple[datetime, ...]:
    return tuple(Instant(int(word) * 10).to_datetime() for word in text.split())
