"""Which window of update times to ask for next, and how far the source has been read after it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core.values import Checkpoint, Instant

_A_MINUTE = 58.0  # seconds: the next run a minute later may come a moment early
_THROTTLED = "Throttled:"  # as a failed fetch is kept


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """`first_lookback` on the first run; `overlap` is asked again once a minute, for alerts that the API
    lists late, and `short_overlap` by the runs in between; no window is longer than `max_span`.

    `every` is the shortest time between two fetches; runs of the timer in between end at once. Zero: none do.
    Where nothing came for `quiet_after`, it is `quiet_every` at least.
    """

    first_lookback: timedelta = timedelta(hours=24)
    overlap: timedelta = timedelta(minutes=10)
    max_span: timedelta = timedelta(days=7)
    short_overlap: timedelta = timedelta(minutes=1)
    every: timedelta = timedelta(0)
    quiet_after: timedelta = timedelta(hours=1)
    quiet_every: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, not including, `end`."""

    start: Instant
    end: Instant

    @property
    def can_halve(self) -> bool:
        """False once the window is a single tick of the API's clock."""
        return self.end.ticks - self.start.ticks > 1

    def cut_at(self, moment: Instant) -> "tuple[Window, Window]":
        """The parts before and from `moment` on; the halves where it does not lie inside."""
        if not self.start < moment < self.end:
            return self.halves()
        return Window(self.start, moment), Window(moment, self.end)

    def halves(self) -> "tuple[Window, Window]":
        """The two halves, earlier first."""
        middle = Instant((self.start.ticks + self.end.ticks) // 2)
        return Window(self.start, middle), Window(middle, self.end)


def middle_of(items: Iterable[object]) -> Instant | None:
    """The median update time of raw alerts: where to cut a full page's window into parts of equal weight.

    None where no time can be read.
    """
    moments = []
    for raw in items:
        text = (raw.get("lastUpdateTime") or raw.get("lastUpdateDateTime")) if isinstance(raw, dict) else None
        try:
            moments.append(Instant.parse(str(text)))
        except ValueError:
            continue
    return sorted(moments)[len(moments) // 2] if moments else None


def is_in_between(known: Checkpoint, now: datetime, policy: PollPolicy) -> bool:
    """True for a run of the timer that is not to fetch: in this stretch of `every` one has, or has failed.

    Stretches follow the clock, so that a run some moments early or late is still in its own. Where nothing
    came for long they are longer.
    """
    asked = [each for each in (known.last_success, known.last_error_at) if each is not None]
    came = known.run_ended or known.installed_at
    is_quiet = came is not None and now - came > policy.quiet_after
    wait = max(policy.every, policy.quiet_every) if is_quiet else policy.every
    if not asked or wait <= timedelta(0):
        return False
    every = round(wait.total_seconds())
    return int(now.timestamp()) // every <= int(max(asked).timestamp()) // every


def is_held_back(known: Checkpoint, now: datetime) -> bool:
    """True for a minute after the source said that its quota is spent."""
    if known.last_error_at is None or not known.last_error.startswith(_THROTTLED):
        return False
    return 0 <= (now - known.last_error_at).total_seconds() < _A_MINUTE


def wants_whole_overlap(known: Checkpoint, now: datetime) -> bool:
    """True once a minute, and wherever the last time is not known."""
    last = known.overlapped_at
    return last is None or not 0 <= (now - last).total_seconds() < _A_MINUTE


def windows(
    checkpoint: Instant | None, now: datetime, policy: PollPolicy, *, whole: bool = True
) -> list[Window]:
    """The windows from the checkpoint minus the `whole` or the short overlap up to the present, oldest first.

    A checkpoint in the future (a clock was wrong once) counts as the present.
    """
    end = Instant.of(now)
    if checkpoint is None:
        start = end.plus(-policy.first_lookback.total_seconds())
    else:
        overlap = policy.overlap if whole else min(policy.short_overlap, policy.overlap)
        start = min(checkpoint, end).plus(-overlap.total_seconds())
    found: list[Window] = []
    while start < end:
        stop = min(end, start.plus(policy.max_span.total_seconds()))
        found.append(Window(start, stop))
        start = stop
    return found


def moved(
    checkpoint: Checkpoint, window: Window, now: datetime, gap: Instant | None, *, whole: bool = False
) -> Checkpoint:
    """The checkpoint moved to the window's end: never back, never past the present.

    `whole` says that the whole overlap was read with it. `gap` marks an instant that was not read to its
    end, for the audit.
    """
    end = min(window.end, Instant.of(now))
    position = end if checkpoint.position is None else max(checkpoint.position, end)
    position = min(position, Instant.of(now + timedelta(seconds=1)))
    gaps = checkpoint.gaps if gap is None else (*checkpoint.gaps[-99:], gap.text())
    overlapped_at = now if whole else checkpoint.overlapped_at
    return replace(
        checkpoint, position=position, last_success=now, last_error="", gaps=gaps, overlapped_at=overlapped_at
    )
