"""How often a flapping alert is worked on: its first change at once, then after one, two, four minutes, at
most an hour, unless it gets graver. After an hour without a change it is new again.

Its work is what is spaced, from the look-ups on, and with it its hunts and whatever is told of it. A version
that waits has its own due time, and when that comes the newest version is worked on.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.progress.ledger_row import LedgerRow

_FIRST, _MOST = 60.0, 3_600.0  # seconds between two turns


def next_turn(row: LedgerRow, now: datetime, *, is_graver: bool) -> tuple[LedgerRow, datetime]:
    """(the row with its turn counted, when a changed version of the alert may be worked on)."""
    if is_graver or row.paced_at is None or _is_quiet(row, now):
        return replace(row, pace=1, paced_at=now), now
    if row.paced_at > now:
        return row, row.paced_at  # a turn is to come anyhow
    turn = max(now, row.paced_at + _wait(row))
    return replace(row, pace=row.pace + 1, paced_at=turn), turn


def _wait(row: LedgerRow) -> timedelta:
    return timedelta(seconds=min(_FIRST * 2.0 ** min(max(row.pace, 1) - 1, 20), _MOST))


def _is_quiet(row: LedgerRow, now: datetime) -> bool:
    return row.paced_at is not None and (now - row.paced_at).total_seconds() > _MOST
