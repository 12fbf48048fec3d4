"""Times and numbers as an operator reads them."""

from __future__ import annotations

import datetime as dt

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span(seconds: float) -> str:
    """`3 d 4 h`, `2 h 5 min`, `12 s`: the two largest units that count."""
    left = max(0, round(seconds))
    parts = []
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    """How long ago, or how far ahead; `never` for None."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def clock(moment: dt.datetime) -> str:
    """`2026-11-24 10:00:05Z`."""
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
