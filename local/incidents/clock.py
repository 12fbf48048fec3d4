"""Moments as whole 100 ns ticks since 1970-01-01 UTC, so that seven digits are never lost on the way."""

from datetime import UTC, datetime, timedelta

SECOND = 10_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NET_EPOCH = 621_355_968_000_000_000  # ticks from year 1 to 1970, as alert ids count them


def at(text: str) -> int:
    """Ticks of `2026-11-24T07:41:03.1234567`, always UTC; ValueError for anything else."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + int((fraction or "0").ljust(7, "0")[:7])


def seconds(count: float) -> int:
    """Ticks in `count` seconds."""
    return round(count * SECOND)


def show(ticks: int) -> str:
    """The moment as the APIs print it: UTC, `Z`, up to seven digits with trailing zeros dropped."""
    whole, fraction = divmod(ticks, SECOND)
    text = (_EPOCH + timedelta(seconds=whole)).isoformat()[:19]
    digits = f"{fraction:07d}".rstrip("0")
    return f"{text}.{digits}Z" if digits else f"{text}Z"


def cut(ticks: int, digits: int) -> int:
    """The moment with only `digits` sub-second digits left, as some sensors report it."""
    step: int = 10 ** (7 - digits)
    return ticks - ticks % step


def net_ticks(ticks: int) -> int:
    """The same moment as .NET counts it: the number in a Defender alert's id."""
    return ticks + _NET_EPOCH
