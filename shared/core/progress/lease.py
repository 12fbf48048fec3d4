"""The tenant's hunting lease: who drains, until when, is a wake-up on its way, and the budget."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease row as read. `calls` are the moments of the hunting calls of the last minute, oldest first;
    `blocked_until` is when the service said that it would answer again. `writes` is how full the bucket of
    writes was at `writes_at`; none is made before `writes_blocked_until`."""

    holder: str = ""
    until: datetime | None = None
    woken_at: datetime | None = None
    calls: tuple[datetime, ...] = ()
    blocked_until: datetime | None = None
    writes: float = 0.0
    writes_at: datetime | None = None
    writes_blocked_until: datetime | None = None
    etag: str = ""


def is_free(lease: Lease, now: datetime) -> bool:
    """True where nobody holds it, or the holder let its time pass."""
    return not lease.holder or lease.until is None or lease.until <= now


def may_take(lease: Lease, holder: str, now: datetime) -> bool:
    """True where it is free, or already the holder's, or held by an earlier delivery of the same message.

    Holders are called `message#delivery`. A message comes again when its run has died; should that run live
    after all, it finds its lease lost.
    """
    message, _, delivery = holder.rpartition("#")
    earlier, _, before = lease.holder.rpartition("#")
    is_again = message == earlier != "" and (len(before), before) < (len(delivery), delivery)
    return is_again or lease.holder == holder or is_free(lease, now)


def wants_wake_up(lease: Lease, now: datetime, lifetime: float) -> bool:
    """True where nobody drains and no wake-up younger than `lifetime` seconds is on its way."""
    if not is_free(lease, now):
        return False
    return lease.woken_at is None or (now - lease.woken_at).total_seconds() > lifetime


def woken(lease: Lease, now: datetime) -> Lease:
    """The lease as a wake-up leaves."""
    return replace(lease, woken_at=now)


def held(lease: Lease, holder: str, now: datetime, seconds: float) -> Lease:
    """The lease in `holder`'s hands for `seconds` more; a wake-up that was on its way has arrived."""
    return replace(lease, holder=holder, until=now + timedelta(seconds=seconds), woken_at=None)


def released(lease: Lease) -> Lease:
    """The lease as its holder lets go; the budget stays."""
    return replace(lease, holder="", until=None)
