"""Call quotas over sliding windows, as the documentation states them, and counts of what was asked."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from local.simulator import ticks
from local.simulator.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: int

    @property
    def ticks(self) -> int:
        """The length of its window."""
        return self.seconds * ticks.PER_SECOND

    @property
    def said(self) -> str:
        """As the service says it: `45 per 00:01:00`."""
        clock = f"{self.seconds // 3600:02d}:{self.seconds // 60 % 60:02d}:{self.seconds % 60:02d}"
        return f"{self.calls} per {clock}"


@dataclass(frozen=True, slots=True)
class Spent:
    """The limit that a call ran into, and whole seconds until one more call fits into it."""

    limit: Limit
    retry_after: int


class Quotas:
    """Who has called how often; a refused call does not count."""

    def __init__(self, clock: Clock, *, scale: float = 1) -> None:
        self._clock = clock
        self._scale = scale
        self._calls: dict[str, list[int]] = {}  # ticks, the oldest first
        self._lock = threading.Lock()

    def take(self, name: str, limits: tuple[Limit, ...]) -> Spent | None:
        """None if the call may be made, and then it is counted under `name`; else what is in its way."""
        if not limits:
            return None
        now = self._clock.now()
        with self._lock:
            calls = self._calls.setdefault(name, [])
            del calls[: bisect_right(calls, now - max(limit.ticks for limit in limits))]
            spent = [found for limit in limits if (found := self._spent(calls, limit, now)) is not None]
            if not spent:
                calls.append(now)
                return None
        return max(spent, key=lambda one: one.retry_after)

    def forget(self) -> None:
        """Every window is empty again."""
        with self._lock:
            self._calls.clear()

    def _spent(self, calls: list[int], limit: Limit, now: int) -> Spent | None:
        allowed = max(1, round(limit.calls * self._scale))
        if len(calls) - bisect_right(calls, now - limit.ticks) < allowed:
            return None
        wait = calls[-allowed] + limit.ticks - now
        return Spent(limit, max(1, -(-wait // ticks.PER_SECOND)))


ALERT_LISTS = frozenset({"GET /api/alerts", "GET /v1.0/security/alerts_v2"})


class CallCounts:
    """How often each API was called, by the status of the answer, in all and by tenant."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, Counter[int]]] = {}
        self._lists: dict[str, tuple[float, float | None]] = {}  # last list of alerts, longest gap
        self._lock = threading.Lock()

    def count(self, api: str, status: int, tenant: str = "") -> None:
        """One more call of `api` that ended in `status`, by the tenant of this id; 0 is a connection that was
        cut."""
        with self._lock:
            self._counts.setdefault(tenant, {}).setdefault(api, Counter())[status] += 1
            if api in ALERT_LISTS:
                now = time.monotonic()
                last, gap = self._lists.get(tenant, (None, None))
                self._lists[tenant] = now, gap if last is None else max(gap or 0.0, now - last)

    def all(self) -> Mapping[str, Mapping[str, int]]:
        """By API and status, ready for JSON."""
        with self._lock:
            total: dict[str, Counter[int]] = {}
            for counts in self._counts.values():
                for api, by_status in counts.items():
                    total.setdefault(api, Counter()).update(by_status)
        return _plain(total)

    def of(self, tenant: str) -> Mapping[str, Mapping[str, int]]:
        """The same of one tenant's calls."""
        with self._lock:
            return _plain(self._counts.get(tenant, {}))

    def gaps(self) -> Mapping[str, float]:
        """By tenant, the longest time in seconds between two answers of its list of alerts; one that was
        asked for once, or not at all, since counts began is left out."""
        with self._lock:
            now = time.monotonic()
            return {
                tenant: max(gap, now - last) for tenant, (last, gap) in self._lists.items() if gap is not None
            }

    def forget(self) -> None:
        """Counts start at nothing again."""
        with self._lock:
            self._counts.clear()
            self._lists.clear()


def _plain(counts: Mapping[str, Counter[int]]) -> dict[str, dict[str, int]]:
    return {
        api: {str(status): n for status, n in sorted(by_status.items())}
        for api, by_status in sorted(counts.items())
    }
