"""Cells of recorded rows, held against the types of the schema: what a column of its type cannot hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from local.simulator import ticks

_WHOLE = re.compile(r"\s*[+-]?\d{1,19}\s*", re.ASCII)
# A time as other tools write it: a space for the T, no zone, or another zone than UTC.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,7})?\d*\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = "1677", "2262"  # of which the engine has a part
_EARLIEST, _LATEST = ticks.parse("1677-09-22T00:00:00Z"), ticks.parse("2262-04-11T00:00:00Z")
_KINDS = {
    "datetime": "time",
    "bool": "truth value",
    "int": "whole number of 32 bits",
    "long": "whole number of 64 bits",
    "real": "number",
}
_FLAGS = frozenset(("true", "false", "0", "1"))

type Typed = Mapping[str, Callable[[Any], Any]]


def typed(columns: Mapping[str, str]) -> Typed:
    """For each column whose values can be wrong, what brings a value into the schema's form; it raises
    ValueError where there is no such form. Texts and bags hold anything."""
    return {name: _READERS[kind] for name, kind in columns.items() if kind in _READERS}


def kind_of(kind: str) -> str:
    """The type in words."""
    return _KINDS[kind]


def as_time(value: Any) -> str:
    """A time in the services' form, all digits kept. Raises ValueError for what is none, or is out of the
    engine's years: an unset time may be written as the year 1."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return _as_time(value)


@lru_cache(maxsize=1 << 10)  # a process's times stand in each row of what it did
def _as_time(value: str) -> str:
    text = _in_form(value)
    if _FIRST_YEAR < text[:4] < _LAST_YEAR:
        datetime.fromisoformat(text[:19])  # the calendar's own rules, without the count of ticks
    elif not _EARLIEST <= ticks.parse(text) <= _LATEST:
        raise ValueError("out of the engine's years")
    return text


def time_text(value: Any) -> str:
    """A time of any year in the services' form. Raises ValueError for what is none."""
    text = _in_form(value)
    ticks.parse(text)  # the calendar's own rules
    return text


def _in_form(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value if ticks.is_time(value) else _rewritten(value)


def _rewritten(value: str) -> str:
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise ValueError("no time")
    day, clock, digits, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}{'' if zone in (None, 'Z') else zone}")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S')}{digits or ''}Z"


def _whole(bits: int) -> Callable[[Any], Any]:
    most = 2 ** (bits - 1)

    def read(value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not -most <= value < most:
            raise ValueError("no whole number")
        return value

    return read


def _real(value: Any) -> float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("no number")
    number = float(value)
    return number if math.isfinite(number) else str(number)  # JSON has no word for these


def _flag(value: Any) -> bool:
    word = str(value).strip().lower()
    if not isinstance(value, bool | int | str) or word not in _FLAGS:
        raise ValueError("no truth value")
    return word in ("true", "1")


_READERS: dict[str, Callable[[Any], Any]] = {
    "datetime": as_time,
    "bool": _flag,
    "int": _whole(32),
    "long": _whole(64),
    "real": _real,
}
