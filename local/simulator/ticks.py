"""Times as the services write them, counted in ticks of 100 ns so that no digit is lost.

`2026-11-24T10:00:00.1234567Z`: UTC, up to seven fractional digits, trailing zeros dropped
(https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts, samples read 2026-11-24).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

PER_SECOND = 10_000_000
_MOMENT = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z"
_WHOLE = re.compile(_MOMENT, re.ASCII)
_ANYWHERE = re.compile(rf"(?<![0-9A-Za-z]){_MOMENT}(?![0-9A-Za-z])", re.ASCII)


@lru_cache(maxsize=1 << 16)  # a list of alerts is filtered by the same times again and again
def parse(text: str) -> int:
    """Ticks since 1970 of a time in the services' form; ValueError for any other text."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time such as 2026-11-24T10:00:00.1234567Z: {text[:60]!r}")
    return _ticks(match)


def is_time(value: object) -> bool:
    """Whether `value` is a text that `parse` can read, up to the calendar's own rules."""
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None


def text(ticks: int) -> str:
    """The services' form of a time, trailing zeros dropped."""
    seconds, fraction = divmod(ticks, PER_SECOND)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:07d}".rstrip("0")
    return f"{whole}.{digits}Z" if digits else f"{whole}Z"


def from_seconds(seconds: float) -> int:
    """Ticks of a Unix time in seconds, or of a length in seconds."""
    return round(seconds * PER_SECOND)


def shifted_within(prose: str, shift: int) -> str:
    """`prose` with every time in it moved by `shift` ticks; what only looks like a time stays."""

    def moved(match: re.Match[str]) -> str:
        try:
            return text(_ticks(match) + shift)
        except ValueError:
            return match.group()

    return _ANYWHERE.sub(moved, prose)


def _ticks(match: re.Match[str]) -> int:
    whole = datetime.fromisoformat(match.group(1)).replace(tzinfo=UTC)
    return int(whole.timestamp()) * PER_SECOND + int((match.group(2) or "0").ljust(7, "0"))
