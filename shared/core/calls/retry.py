"""What to do after a failed call: a table, decided here and obeyed by `adapters.http`.

The statuses' meanings: https://learn.microsoft.com/en-us/defender-endpoint/api/common-errors and
https://learn.microsoft.com/en-us/graph/errors (read 2026-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Broken(StrEnum):
    """A call that ended without a usable answer."""

    CONNECT = "no connection"  # the service never saw the call
    TIMEOUT = "no answer in time"
    CUT = "the answer broke off"
    UNREADABLE = "the answer is not JSON"


class Fate(StrEnum):
    """How a call ends that is not tried again."""

    DENIED = "denied"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not found"
    REFUSED = "refused"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NewToken:
    """Try again at once with a fresh token."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again; `retry_after` is how long the service wants to be left alone, None where unsaid."""

    fate: Fate
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all; the wait doubles from `first_wait` up to `longest_wait` seconds where the service
    names none."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt, counted from 1. `time_left` is what the caller may still spend, in seconds;
    `heavy` is a call that spends a scarce quota: it is repeated only where the service did nothing yet;
    `token_is_fresh` where a 401 met a token that was just fetched; `jitter` lies between 0 and 1.

    Most of our calls only read, so doing one twice does no other harm. One that `writes` is repeated only
    where the service never saw it, or took no token."""

    attempt: int
    what: int | Broken
    retry_after: float | None = None
    time_left: float
    heavy: bool = False
    writes: bool = False
    token_is_fresh: bool = False
    jitter: float


# Worth another try: the service did nothing for these ...
_FREE: Mapping[int | Broken, Fate] = {
    Broken.CONNECT: Fate.UNAVAILABLE,
    408: Fate.UNAVAILABLE,
    503: Fate.UNAVAILABLE,
}
# ... and these may have cost quota. Hunting answers a query that is too heavy with 500 or 504 (seen:
# https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1446, read 2026-11).
_COSTLY: Mapping[int | Broken, Fate] = {
    Broken.TIMEOUT: Fate.UNAVAILABLE,
    Broken.CUT: Fate.UNAVAILABLE,
    Broken.UNREADABLE: Fate.UNEXPECTED,
    429: Fate.THROTTLED,
    500: Fate.UNAVAILABLE,
    502: Fate.UNAVAILABLE,
    504: Fate.UNAVAILABLE,
}
_NEVER: Mapping[int, Fate] = {401: Fate.DENIED, 403: Fate.DENIED, 404: Fate.NOT_FOUND, 410: Fate.NOT_FOUND}


def decide(failure: Failure, policy: RetryPolicy) -> Wait | NewToken | GiveUp:
    """What to do after `failure`.

    The service's Retry-After wins over our own wait; one that does not fit into the time left ends the call,
    so that nothing is asked sooner than the service allows.
    """
    what = failure.what
    if what == 401 and not failure.token_is_fresh:
        return NewToken()
    fate = _FREE.get(what)
    if failure.writes and what is not Broken.CONNECT:
        return GiveUp(fate or _COSTLY.get(what) or _fate_of_status(int(what)), failure.retry_after)
    if fate is None and what in _COSTLY:
        fate = _COSTLY[what]
        if failure.heavy:
            return GiveUp(fate, failure.retry_after)
    if fate is None:
        return GiveUp(_fate_of_status(int(what)), failure.retry_after)
    wait = _own_wait(failure, policy) if failure.retry_after is None else failure.retry_after
    if failure.attempt >= policy.attempts or wait > failure.time_left:
        return GiveUp(fate, failure.retry_after)
    return Wait(wait)


def is_answered(what: int | Broken) -> bool:
    """True where the end of a call says that it was not done: it was refused, or the service never saw it."""
    return what is Broken.CONNECT or (isinstance(what, int) and 400 <= what < 500 and what != 408)


def _fate_of_status(status: int) -> Fate:
    if status in _NEVER:
        return _NEVER[status]
    if 400 <= status < 500:
        return Fate.REFUSED
    return Fate.UNAVAILABLE if status >= 500 else Fate.UNEXPECTED


def _own_wait(failure: Failure, policy: RetryPolicy) -> float:
    """Between half of the doubled wait and the whole of it, so that instances do not come back together."""
    whole = min(policy.first_wait * 2.0 ** (failure.attempt - 1), policy.longest_wait)
    return whole * (0.5 + failure.jitter / 2)


_LONGEST_WAIT = 86_400.0  # seconds


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header (seconds or an HTTP date), never negative; None where it has none.

    At most a day, longer than any documented quota's window: a wrong answer must not stop hunts for years.
    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    text = (header or "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text[0].isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT) if seconds < 1e9 else None
