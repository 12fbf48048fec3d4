"""The budget of writes to alerts, kept in the lease row beside that of hunting.

A bucket of ten that loses ten a minute: never more than twenty in a minute or about six hundred in an hour.
Each write is up to three calls (a look, fields, the comment), and the documented limits are 100 calls a
minute and 1,500 an hour for the alert APIs, which fetching and the audit need too:
https://learn.microsoft.com/en-us/defender-endpoint/api/update-alert (read 2026-11).
"""

from dataclasses import replace
from datetime import datetime

from shared.core.progress.lease import Lease

BUCKET = 10.0
PER_MINUTE = 10.0


def writes_left(lease: Lease, now: datetime) -> int:
    """How many writes may be made now; 0 while they are blocked."""
    if lease.writes_blocked_until is not None and lease.writes_blocked_until > now:
        return 0
    return max(0, int(BUCKET - _level(lease, now)))


def granted(lease: Lease, now: datetime, wanted: int) -> tuple[Lease, int]:
    """(the lease after them, how many writes may be made, `wanted` at most)."""
    count = min(wanted, writes_left(lease, now))
    if count <= 0:
        return lease, 0
    return replace(lease, writes=_level(lease, now) + count, writes_at=now), count


def blocked(lease: Lease, until: datetime) -> Lease:
    """The lease after the service refused a write until then."""
    return replace(lease, writes_blocked_until=max(until, lease.writes_blocked_until or until))


def _level(lease: Lease, now: datetime) -> float:
    if lease.writes_at is None:
        return 0.0
    gone = max(0.0, (now - lease.writes_at).total_seconds()) * PER_MINUTE / 60.0
    return max(0.0, lease.writes - gone)
