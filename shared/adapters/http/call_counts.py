"""How often each API was called and how often it was too often; for log lines and the benchmark."""

import threading
from collections import Counter


class CallCounts:
    """Counts by API, shared by all clients of an instance; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._throttled: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._told_throttled: Counter[str] = Counter()

    def called(self, api: str, status: int | None) -> None:
        """One call went out and was answered with `status`, or not at all."""
        with self._lock:
            self._calls[api] += 1
            if status == 429:
                self._throttled[api] += 1

    def taken(self) -> dict[str, dict[str, int]]:
        """What came in since the last time this was asked: `calls` and `throttled`, by API."""
        with self._lock:
            calls, throttled = self._calls - self._told, self._throttled - self._told_throttled
            self._told, self._told_throttled = self._calls.copy(), self._throttled.copy()
            return {"calls": dict(calls), "throttled": dict(throttled)}

    @property
    def calls(self) -> dict[str, int]:
        """Calls made so far, by API."""
        with self._lock:
            return dict(self._calls)

    @property
    def throttled(self) -> dict[str, int]:
        """Answers 429 so far, by API."""
        with self._lock:
            return dict(self._throttled)
