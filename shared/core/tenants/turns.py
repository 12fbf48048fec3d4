"""Whose turn it is to be fetched, in what order, and what a turn leaves in the tenant's row."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.core.tenants import states
from shared.core.tenants.row import PENDING, TenantRow

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_ERROR = 300
_TOLD_AGAIN = timedelta(hours=1)  # after which the last success is written, though nothing changed
_SLOT = 15.0  # seconds; a tenant's hourly work falls into one of the hour's 240


class Lane(StrEnum):
    """Where a turn runs."""

    WELL = "well"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPolicy:
    """Numbers of one run of FetchAlerts over many tenants; times in seconds.

    A turn that takes longer than `slow_after` no longer counts against the threads of its lane, so that
    tenants that hang take no other's place: up to `threads_at_most` in all, and of suspects up to what
    leaves those that are well their `threads`.
    """

    threads: int = 8
    suspect_threads: int = 2
    threads_at_most: int = 18
    most_suspects: int = 10  # begun in one run
    slow_after: float = 5.0
    begin_within: float = 9.0  # of a timer's 15 s
    end_within: float = 12.0
    turn_for: float = 240.0  # after which a turn asks its source for nothing more
    suspects_within: float = 3.0  # for what has failed lately no run waits longer
    slot_is_open: float = 300.0
    first_wait: float = 60.0
    longest_wait: float = 1_800.0
    most_pointers: int = 500  # that leave one run …
    most_of_one: int = 250  # … and of one tenant: EnrichAlert takes about as many in the timer's 15 s


@dataclass(frozen=True, slots=True)
class Standing:
    """A tenant as one instance knows it: its row, when a turn last ended well here, whether that was slow."""

    row: TenantRow
    last: datetime | None = None
    was_slow: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A turn under way."""

    lane: Lane
    since: datetime


def wants_check(row: TenantRow) -> bool:
    """Whether a look at the tenant's tokens and roles is asked for."""
    asked = row.check_asked
    return asked is not None and (row.checked_at is None or row.checked_at < asked)


def lane_of(standing: Standing) -> Lane:
    """Those that failed, are new or were slow have threads of their own."""
    row = standing.row
    is_suspect = row.failures > 0 or row.state == PENDING or standing.was_slow
    return Lane.SUSPECT if is_suspect else Lane.WELL


def in_order(standings: Iterable[Standing], now: datetime) -> list[Standing]:
    """Those whose turn it is, the oldest success first."""
    due = [each for each in standings if each.row.next_fetch is None or each.row.next_fetch <= now]
    return sorted(
        due, key=lambda each: (each.last or each.row.last_success or _NEVER, slot_of(each.row.name))
    )


def may_begin(lane: Lane, running: Iterable[Running], now: datetime, policy: TurnPolicy) -> bool:
    """Whether a thread is free for another turn."""
    under_way = list(running)
    if len(under_way) >= policy.threads_at_most:
        return False
    quick = timedelta(seconds=policy.slow_after)
    taken = sum(each.lane is lane and now - each.since < quick for each in under_way)
    if lane is Lane.WELL:
        return taken < policy.threads
    # Two that hang would keep every new tenant waiting, and each that was slow once.
    suspects = sum(each.lane is Lane.SUSPECT for each in under_way)
    return taken < policy.suspect_threads and suspects < policy.threads_at_most - policy.threads


def succeeded(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row after a turn that reached the tenant; None where nothing needs to be written."""
    told = row.last_success is not None and now - row.last_success < _TOLD_AGAIN
    if told and row.state != PENDING and not row.failures and not row.last_error:
        return None
    return replace(states.reached(row, now), failures=0, last_error="", last_success=now, next_fetch=now)


def failed(row: TenantRow, said: str, now: datetime, policy: TurnPolicy, wait: float = 0.0) -> TenantRow:
    """The row after a turn that did not: the next one waits, ever longer, and at least `wait` seconds."""
    doubled = policy.first_wait * 2 ** min(row.failures, 10)
    seconds = max(min(doubled, policy.longest_wait), min(wait, policy.longest_wait))
    later = now + timedelta(seconds=seconds)
    return replace(row, failures=row.failures + 1, last_error=said[:_LONGEST_ERROR], next_fetch=later)


def checked(row: TenantRow, words: tuple[str, ...], now: datetime) -> TenantRow:
    """The row after a look at the tenant."""
    return replace(row, checked=words, checked_at=now)


def slot_of(name: str) -> int:
    """The tenant's slot of the hour, 0 to 239, by a hash of its name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % int(3_600 / _SLOT)


def had_slot(name: str, since: datetime, now: datetime) -> bool:
    """Whether the tenant's slot began after `since`: its audit, its purge and the like may run now."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    begins = hour + timedelta(seconds=slot_of(name) * _SLOT)
    if begins > now:
        begins -= timedelta(hours=1)
    return begins > since


def dealt(
    boxes: Mapping[str, Sequence[str]], policy: TurnPolicy
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """(what leaves now, one of each tenant in turn; what is left by tenant)."""
    out: list[str] = []
    taken = dict.fromkeys(boxes, 0)
    while True:
        before = len(out)
        for name, box in boxes.items():
            if taken[name] < min(len(box), policy.most_of_one) and len(out) < policy.most_pointers:
                out.append(box[taken[name]])
                taken[name] += 1
        if len(out) == before:
            break
    left = {name: tuple(box[taken[name] :]) for name, box in boxes.items()}
    return out, {name: box for name, box in left.items() if box}
