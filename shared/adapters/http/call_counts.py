"""How often each API was called and how often it was too often; for log lines."""

import threading
from collections import Counter


class CallCounts:
    """Counts by API, shared by all clients of an instance; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {"calls": Counter(), "throttled": Counter()}

    def called(self, api: str, status: int | None) -> None:
        """One call went out and was answered with `status`, or not at all."""
        with self._lock:
            self._counts["calls"][api] += 1
            if status == 429:
                self._counts["throttled"][api] += 1

    def taken(self) -> dict[str, dict[str, int]]:
        """What came in since the last time this was asked: `calls` and `throttled`, by API."""
        with self._lock:
            taken = {name: dict(counts) for name, counts in self._counts.items()}
            for counts in self._counts.values():
                counts.clear()
            return taken
