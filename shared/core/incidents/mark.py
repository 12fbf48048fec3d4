"""When an incident's row is to be built anew: at once for a new incident, then no oftener than stated.

Every function is pure and returns the mark to write; `pipeline.stored.incidents` writes it on condition that
nobody marked the incident meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime

_TRY_AGAIN = 60.0  # seconds after a build that did not end; doubled each time
_MOST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class Mark:
    """`is_marked` while an alert was published that the row does not show yet; `built` is when it was last
    built, `tries` how often that was begun without an end, the last time at `tried`."""

    incident_id: str
    is_marked: bool = False
    built: datetime | None = None
    tries: int = 0
    tried: datetime | None = None
    etag: str = ""


def is_due(mark: Mark, now: datetime, every: float) -> bool:
    """True where it is to be built now; `every` is in seconds."""
    return mark.is_marked and not _waits(mark, now, every)


def _waits(mark: Mark, now: datetime, every: float) -> bool:
    since_built = (now - mark.built).total_seconds() if mark.built else every
    if since_built < every:
        return True
    if not mark.tries or mark.tried is None:
        return False
    wait = min(_TRY_AGAIN * 2.0 ** (mark.tries - 1), _MOST_WAIT)
    return (now - mark.tried).total_seconds() < wait


def begun(mark: Mark, now: datetime) -> Mark:
    """The mark as its build begins. The try is counted before any work, so that an incident that ends the
    worker each time comes ever more seldom."""
    return replace(mark, tries=mark.tries + 1, tried=now)


def ended(mark: Mark, now: datetime) -> Mark:
    """The mark after its build."""
    return replace(mark, is_marked=False, built=now, tries=0, tried=None)


def is_over(mark: Mark, now: datetime, every: float) -> bool:
    """True where nothing is to be remembered any more."""
    return not mark.is_marked and not _waits(mark, now, every)
