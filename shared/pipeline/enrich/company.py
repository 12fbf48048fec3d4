"""Which look-ups of one worker go on side by side: those that may have ended one have it for themselves.

The platform gives a worker up to four messages at once, and one death fails them all. Whose fault it was is
told by trying each with nothing beside it. That is settled here, in the memory of the process that would die:
it costs no request, and holds in each instance by itself. Hunts and fetches are no company: on the Flex
Consumption plan each function has workers of its own.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Seconds that a run waits for its turn. One that hangs is ended by the host after ten minutes, and those that
# still waited then with it.
PATIENCE = 120.0
# Seconds within which what was fetched together has come: it then goes in the order of its tries.
PAUSE = 0.25
_TURN_AFTER = 5.0  # seconds that those which go alone wait for others


@dataclass(frozen=True, slots=True)
class Visit:
    """One run that looks up or waits to. `tries` are the attempts before it, of one that goes alone."""

    since: float
    number: int
    tries: int | None

    @property
    def is_alone(self) -> bool:
        """True where nothing may go on beside it."""
        return self.tries is not None


class Company:
    """The runs of one process; the times are seconds of a clock that only goes forward.

    Others go first, and together. Who goes alone waits until nothing is under way, and goes before those
    that were tried more often: what was tried most is most likely to end the worker. Where others never
    stop, one that goes alone has a turn every few seconds.
    """

    def __init__(self) -> None:
        self._waiting: list[Visit] = []
        self._under_way: list[Visit] = []
        self._came, self._last_turn = 0, float("-inf")

    def comes(self, now: float, tries: int | None) -> Visit:
        """A run that waits from now on."""
        self._came += 1
        visit = Visit(now, self._came, tries)
        self._waiting.append(visit)
        return visit

    def may_begin(self, visit: Visit, now: float) -> bool:
        """True where nothing stands in the way of this one now."""
        alone = [each for each in self._waiting if each.is_alone]
        is_their_turn = any(now - max(each.since, self._last_turn) >= _TURN_AFTER for each in alone)
        if not visit.is_alone:
            return not is_their_turn and not any(each.is_alone for each in self._under_way)
        if self._under_way or (len(alone) < len(self._waiting) and not is_their_turn):
            return False
        return visit == min(alone, key=lambda each: (each.tries, each.number))

    def begins(self, visit: Visit) -> None:
        """Says that it is under way."""
        self._waiting.remove(visit)
        self._under_way.append(visit)

    def leaves(self, visit: Visit, now: float) -> None:
        """Says that it has ended, or waits no longer."""
        if visit in self._waiting:
            self._waiting.remove(visit)
            return
        self._under_way.remove(visit)
        if visit.is_alone:
            self._last_turn = now


class Gate:
    """A company in which each run waits in its thread until it may begin."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._company, self._patience = Company(), patience
        self._changed = threading.Condition()

    @contextmanager
    def entered(self, pause: Callable[[float], None], tries: int | None) -> Iterator[bool]:
        """True once nothing stands in the way, until the block ends; False where that took too long. With
        `tries` nothing goes on beside it; it makes a `pause` then."""
        with self._changed:
            visit = self._company.comes(time.monotonic(), tries)
        try:
            if visit.is_alone:
                pause(PAUSE)
            yield self._has_begun(visit)
        finally:
            with self._changed:
                self._company.leaves(visit, time.monotonic())
                self._changed.notify_all()

    def _has_begun(self, visit: Visit) -> bool:
        def may_begin() -> bool:
            return self._company.may_begin(visit, time.monotonic())

        with self._changed:
            if not self._changed.wait_for(may_begin, self._patience):
                return False
            self._company.begins(visit)
            return True


PROCESS = Gate()
