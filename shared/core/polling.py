"""Which window of update times to ask for next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.core.instant import Instant


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """`first_lookback` on the first run; `overlap` is asked again on every run, for alerts that the API lists
    late; no window is longer than `max_span`."""

    first_lookback: timedelta = timedelta(hours=24)
    overlap: timedelta = timedelta(minutes=10)
    max_span: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, not including, `end`."""

    start: Instant
    end: Instant

    @property
    def can_halve(self) -> bool:
        """False once the window is a single tick of the API's clock."""
        return self.end.ticks - self.start.ticks > 1

    def halves(self) -> "tuple[Window, Window]":
        """The two halves, earlier first."""
        middle = Instant((self.start.ticks + self.end.ticks) // 2)
        return Window(self.start, middle), Window(middle, self.end)


def windows(checkpoint: Instant | None, now: datetime, policy: PollPolicy) -> list[Window]:
    """The windows from the checkpoint minus the overlap up to the present, oldest first.

    A checkpoint in the future (a clock was wrong once) counts as the present.
    """
    end = Instant.of(now)
    if checkpoint is None:
        start = end.plus(-policy.first_lookback.total_seconds())
    else:
        start = min(checkpoint, end).plus(-policy.overlap.total_seconds())
    found: list[Window] = []
    while start < end:
        stop = min(end, start.plus(policy.max_span.total_seconds()))
        found.append(Window(start, stop))
        start = stop
    return found
