"""The hunting budget: how many calls a tenant may still make, kept in the lease row."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.progress.lease import Lease

_WINDOW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class BudgetPolicy:
    """`per_minute` calls in any 60 s; the last `kept_for_high` of them are for alerts of High severity."""

    per_minute: int = 30
    kept_for_high: int = 5


def wait_for_call(lease: Lease, now: datetime, policy: BudgetPolicy, *, high: bool) -> float:
    """Seconds until the next call may be made; 0 where it may be made now."""
    blocked = (lease.blocked_until - now).total_seconds() if lease.blocked_until else 0.0
    allowed = policy.per_minute if high else _allowed_to_all(policy)
    recent = _recent(lease, now)
    if len(recent) < allowed:
        return max(0.0, blocked)
    frees = recent[len(recent) - allowed] + _WINDOW
    return max(0.0, blocked, (frees - now).total_seconds())


def calls_left(lease: Lease, now: datetime, policy: BudgetPolicy) -> int:
    """How many calls may be made at once now, those kept for High severity left aside; 0 while blocked."""
    if lease.blocked_until is not None and lease.blocked_until > now:
        return 0
    return max(0, _allowed_to_all(policy) - len(_recent(lease, now)))


def granted(
    lease: Lease, now: datetime, policy: BudgetPolicy, wanted: int, *, high: bool
) -> tuple[Lease, int, float]:
    """(the lease after them, calls that may be made now, `wanted` at most, seconds to wait where none)."""
    count, wait = 0, 0.0
    while count < wanted and not (wait := wait_for_call(lease, now, policy, high=high)):
        lease, count = spent(lease, now), count + 1
    return lease, count, 0.0 if count else wait


def spent(lease: Lease, now: datetime) -> Lease:
    """The lease after one call more; moments older than a minute are dropped."""
    return replace(lease, calls=(*_recent(lease, now), now))


def blocked(lease: Lease, until: datetime) -> Lease:
    """The lease after the service said that it will not answer before `until`."""
    return replace(lease, blocked_until=max(until, lease.blocked_until or until))


def _recent(lease: Lease, now: datetime) -> list[datetime]:
    return [moment for moment in lease.calls if moment > now - _WINDOW]


def _allowed_to_all(policy: BudgetPolicy) -> int:
    return max(1, policy.per_minute - policy.kept_for_high)
