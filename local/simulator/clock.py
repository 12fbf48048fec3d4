"""The simulator's time: the machine's own, moved on demand, or one that stands still for tests."""

from __future__ import annotations

import threading
import time

from local.simulator import ticks


class Clock:
    """Time in ticks of 100 ns since 1970. Given `at`, it stands there and moves by `advance` alone."""

    def __init__(self, at: int | None = None) -> None:
        self._at = at
        self._offset = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """The present."""
        with self._lock:
            return (time.time_ns() // 100 if self._at is None else self._at) + self._offset

    def seconds(self) -> float:
        """The present as a Unix time in seconds."""
        return self.now() / ticks.PER_SECOND

    def advance(self, seconds: float) -> None:
        """Moves the present; waits for nothing."""
        with self._lock:
            self._offset += ticks.from_seconds(seconds)
