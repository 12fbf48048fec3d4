"""An outside moment, exact to the 100 ns that Defender and hunting print."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self

_SHAPE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"(Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICKS_PER_SECOND = 10_000_000
# An offset can lead out of the years that can be printed again, in seconds since 1970.
_FIRST, _END = -62_135_596_800, 253_402_300_800
_FIRST_TICK, _LAST_TICK = _FIRST * TICKS_PER_SECOND, _END * TICKS_PER_SECOND - 1

# Each calendar's own beginning or end stands for "no time": .NET's year 1, Windows' 1601, OLE's 1899, Unix'
# 1970, and 9999. No sensor is older than 1990.
_TOLD_FROM, _TOLD_BEFORE = 631_152_000 * TICKS_PER_SECOND, 253_370_764_800 * TICKS_PER_SECOND


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """100 ns ticks since 1970-01-01 UTC: datetime keeps six sub-second digits, the APIs print seven."""

    ticks: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The moment `text` names (seconds and 0 to 9 digits below them, both optional; `Z`, an offset or
        neither, which means UTC).

        Raises ValueError for anything else, a date that does not exist among them.
        """
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise ValueError(f"not a time: {text[:40]!r}")
        year, month, day, hour, minute, second, below, offset = match.groups()
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), 0, UTC)
        since = whole - _EPOCH
        seconds = since.days * 86_400 + since.seconds - _offset_seconds(offset)
        if not _FIRST <= seconds < _END:
            raise ValueError(f"outside the years 1 to 9999: {text!r}")
        fraction = int(below.ljust(9, "0")[:7]) if below else 0
        return cls(seconds * TICKS_PER_SECOND + fraction)

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The same moment as an aware datetime."""
        since = moment.astimezone(UTC) - _EPOCH
        return cls((since.days * 86_400 + since.seconds) * TICKS_PER_SECOND + since.microseconds * 10)

    def text(self) -> str:
        """The moment as the APIs write it, always with seven digits: `2026-11-24T10:00:00.1234567Z`."""
        return _text(self.ticks)

    def to_datetime(self) -> datetime:
        """The moment cut to microseconds, aware UTC."""
        return _EPOCH + timedelta(microseconds=self.ticks // 10)

    def plus(self, seconds: float) -> Self:
        """The moment `seconds` later (earlier where negative), as far as the years 1 to 9999 go.

        An alert may name any time; a search around it must still have ends that can be printed.
        """
        return type(self)(min(max(self.ticks + round(seconds * TICKS_PER_SECOND), _FIRST_TICK), _LAST_TICK))

    def seconds_since(self, other: Self) -> float:
        """Seconds from `other` to this moment; negative where it is earlier."""
        return (self.ticks - other.ticks) / TICKS_PER_SECOND

    @property
    def is_told(self) -> bool:
        """False for what systems write where no time is known: year 1, 1601, 1899, 1970, 9999."""
        return _TOLD_FROM <= self.ticks < _TOLD_BEFORE

    def day(self) -> str:
        """The UTC day, `2026-11-24`."""
        return self.text()[:10]


def _offset_seconds(text: str | None) -> int:
    if text is None or text in "Zz":
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if text[0] == "-" else seconds


@lru_cache(maxsize=8_192)  # a row's times stand in several of its columns, and in those of its alert
def _text(ticks: int) -> str:
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    whole = _EPOCH + timedelta(seconds=seconds)
    return f"{whole.isoformat()[:19]}.{fraction:07d}Z"
