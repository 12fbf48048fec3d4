"""Whether anything runs in the host, and whether anything has run since one last looked."""

from __future__ import annotations

import threading


class Activity:
    """Counts runs as they begin and end; for any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._begun = 0

    def begin(self) -> None:
        with self._changed:
            self._running += 1
            self._begun += 1

    def end(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def snapshot(self) -> tuple[int, int]:
        """How many run now, and how many have begun so far."""
        with self._changed:
            return self._running, self._begun

    def wait_until_quiet(self, timeout: float) -> bool:
        """Whether nothing ran any more before the timeout (seconds) was over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout=timeout)
