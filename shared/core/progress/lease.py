"""The tenant's hunting lease: who drains, until when, is a ring on its way, and the budget."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease row as read. `calls` are the moments of the hunting calls of the last minute, oldest first;
    `blocked_until` is when the service said that it would answer again."""

    holder: str = ""
    until: datetime | None = None
    rung_at: datetime | None = None
    calls: tuple[datetime, ...] = ()
    blocked_until: datetime | None = None
    etag: str = ""


def is_free(lease: Lease, now: datetime) -> bool:
    """True where nobody holds it, or the holder let its time pass."""
    return not lease.holder or lease.until is None or lease.until <= now


def wants_ring(lease: Lease, now: datetime, ring_lifetime: float) -> bool:
    """True where nobody drains and no ring younger than `ring_lifetime` seconds is on its way."""
    if not is_free(lease, now):
        return False
    return lease.rung_at is None or (now - lease.rung_at).total_seconds() > ring_lifetime


def rung(lease: Lease, now: datetime) -> Lease:
    """The lease as a ring leaves."""
    return replace(lease, rung_at=now)


def held(lease: Lease, holder: str, now: datetime, seconds: float) -> Lease:
    """The lease in `holder`'s hands for `seconds` more; a ring that was on its way has arrived."""
    return replace(lease, holder=holder, until=now + timedelta(seconds=seconds), rung_at=None)


def released(lease: Lease) -> Lease:
    """The lease as its holder lets go; the budget stays."""
    return replace(lease, holder="", until=None)
