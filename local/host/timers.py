"""Runs one timer function on its schedule: never twice at once, and at most one run to catch up.

As the platform's TimerListener.cs and ScheduleMonitor.cs (read in their state of October 2024): the next run
is computed from the *start* of the last one, so a run that took longer than its period is followed by exactly
one at once. `IsPastDue` is true only for a run at the host's start, when a recorded occurrence was missed. A
failed run counts as done.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, MutableMapping

from local.host.activity import Activity
from local.host.invoking import TriggerInput, timer_input
from local.host.records import Invocation
from local.host.schedule import Schedule

# By function: when the host expects the next run. The platform keeps this in a blob of the host's storage.
TimerStatus = MutableMapping[str, dt.datetime]


class TimerListener:
    """One timer function in its one instance; the platform too runs a timer in one instance only."""

    def __init__(
        self,
        function: str,
        schedule: Schedule,
        *,
        run_on_startup: bool,
        run: Callable[[TriggerInput], Invocation],
        on_end: Callable[[Invocation], None],
        status: TimerStatus,
        activity: Activity,
    ) -> None:
        self._function, self._schedule, self._run_on_startup = function, schedule, run_on_startup
        self._run, self._on_end = run, on_end
        self._status = status
        self._activity = activity
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._last: dt.datetime | None = None
        self._thread = threading.Thread(target=self._keep_time, name=f"timer {function}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No further run begins; one that runs goes on."""
        self._stopping.set()

    def run_now(self, *, past_due: bool = False) -> Invocation:
        """How a run begun now ended, after the current one if there is one."""
        self._activity.begin()
        try:
            with self._one_at_a_time:
                now = dt.datetime.now(dt.UTC)
                monitored = self._schedule.is_monitored(now)
                upcoming = self._schedule.next_after(now)
                self._last = now
                last = now if monitored else None
                invocation = self._run(timer_input(past_due=past_due, last=last, next_run=upcoming))
                if monitored:
                    self._status[self._function] = upcoming
                self._on_end(invocation)
                return invocation
        finally:
            self._activity.end()

    def _keep_time(self) -> None:
        now = dt.datetime.now(dt.UTC)
        monitored = self._schedule.is_monitored(now)
        missed = monitored and self._function in self._status and self._status[self._function] < now
        if (missed or self._run_on_startup) and not self._stopping.is_set():
            self.run_now(past_due=missed)
        elif monitored:
            self._status.setdefault(self._function, self._schedule.next_after(now))
        due = self._schedule.next_after(self._last or now)
        while not self._stopping.wait(max(0.0, (due - dt.datetime.now(dt.UTC)).total_seconds())):
            self.run_now()
            # From the start of the last run, yet never the same occurrence again: a wait may end early.
            due = self._schedule.next_after(max(self._last or due, due))
