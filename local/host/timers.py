"""Runs one timer function on its schedule: in one instance only, never twice at once, and once to catch up.

As the platform's TimerListener.cs and ScheduleMonitor.cs (read in their state of October 2024), held against
the host 4.1037 on 2026-11-30: the next run is computed from the *start* of the last one, so a run that took
longer than its period is followed by exactly one at once. `IsPastDue` is true only for a run at a listener's
start, when a recorded occurrence was missed. A failed run counts as done. Which instance listens is decided
by a lease of 60 seconds that is renewed while its holder lives. Who waits for it looks each minute
(host.json's singleton.listenerLockRecoveryPollingInterval): after its holder's death another begins 50 to 61
seconds later as was seen, and two minutes at worst.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from local.host.activity import Activity
from local.host.clock import HostClock
from local.host.hearing import Hearing
from local.host.records import Invocation
from local.host.schedule import Schedule
from local.host.trigger_input import TriggerInput, timer_input

LEASE_SECONDS = 60.0
_RENEW_SECONDS = 10.0
_LOOK_SECONDS = 60.0
_CONTAINER = (
    "Error response [00000000-0000-0000-0000-000000000000] 409 The specified container already exists. "
    "Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0, x-ms-error-code: ContainerAlreadyExists"
)


@dataclass(slots=True)
class TimerStore:
    """What the platform keeps of timers in blobs of the host's storage: by function, when the next run is
    expected and when the last began, and who holds the lease until when. Hosts that share it share a
    storage."""

    upcoming: dict[str, dt.datetime] = field(default_factory=dict)
    last: dict[str, dt.datetime] = field(default_factory=dict)
    _leases: dict[str, tuple[object, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, function: str, holder: object, now: float) -> bool:
        """Whether the lease is the holder's now, for 60 seconds more; `now` is the clock's."""
        with self._lock:
            held_by, until = self._leases.get(function, (holder, now))
            if held_by is not holder and now < until:
                return False
            self._leases[function] = (holder, now + LEASE_SECONDS)
            return True

    def give_back(self, function: str, holder: object) -> None:
        """Ends the holder's lease; somebody else's stays."""
        with self._lock:
            if self._leases.get(function, (None, 0.0))[0] is holder:
                del self._leases[function]


class TimerListener:
    """One timer function in one instance; it runs while this instance holds the lease."""

    def __init__(
        self,
        function: str,
        schedule: Schedule,
        *,
        run_on_startup: bool,
        run: Callable[[TriggerInput], Invocation],
        hearing: Hearing,
        store: TimerStore,
        clock: HostClock,
        ended: threading.Event,
        activity: Activity,
    ) -> None:
        self._function, self._schedule, self._run_on_startup = function, schedule, run_on_startup
        self._run, self._hearing, self._store = run, hearing, store
        self._clock, self._ended, self._activity = clock, ended, activity
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._began: dt.datetime | None = None
        self._thread = threading.Thread(target=self._listen, name=f"timer {function}", daemon=True)
        self._keeper = threading.Thread(target=self._keep_lease, name=f"lease {function}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No further run begins; one that runs goes on. The lease is given back, unless the instance
        ended."""
        self._stopping.set()
        if not self._ended.is_set():
            self._store.give_back(self._function, self)

    def run_now(self, *, past_due: bool = False) -> Invocation:
        """How a run begun now ended, after the current one if there is one."""
        self._activity.begin()
        try:
            with self._one_at_a_time:
                now = dt.datetime.now(dt.UTC)
                monitored = self._schedule.is_monitored(now)
                upcoming = self._schedule.next_after(now)
                self._began = now
                before = self._store.last.get(self._function, dt.datetime.min.replace(tzinfo=dt.UTC))
                invocation = self._run(
                    timer_input(past_due=past_due, last=before if monitored else None, next_run=upcoming)
                )
                self._hearing.ended(invocation)
                if monitored and not self._ended.is_set():
                    self._store.upcoming[self._function] = upcoming
                    self._store.last[self._function] = now
                    # The platform makes the container of this blob anew each time, and warns that it is
                    # there.
                    self._hearing.said("Warning", _CONTAINER, category="Azure.Core")
                return invocation
        finally:
            self._activity.end()

    def _listen(self) -> None:
        while not self._store.take(self._function, self, self._clock.monotonic()):
            if self._clock.wait(self._stopping, _LOOK_SECONDS):
                return
        self._keeper.start()
        self._keep_time()

    def _keep_lease(self) -> None:
        while not self._clock.wait(self._stopping, _RENEW_SECONDS) and not self._ended.is_set():
            self._store.take(self._function, self, self._clock.monotonic())

    def _keep_time(self) -> None:
        now = dt.datetime.now(dt.UTC)
        monitored, upcoming = self._schedule.is_monitored(now), self._store.upcoming
        missed = monitored and self._function in upcoming and upcoming[self._function] < now
        if (missed or self._run_on_startup) and not self._stopping.is_set():
            self.run_now(past_due=missed)
        elif monitored:
            upcoming.setdefault(self._function, self._schedule.next_after(now))
        due = self._schedule.next_after(self._began or now)
        while not self._stopping.wait(max(0.0, (due - dt.datetime.now(dt.UTC)).total_seconds())):
            self.run_now()
            # From the start of the last run, yet never the same occurrence again: a wait may end early.
            due = self._schedule.next_after(max(self._began or due, due))
