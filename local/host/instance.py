"""One instance of the app: a host process with its listeners and timers, and the worker that it runs.

It ends in four ways. `drain` is scale-in: nothing more is fetched, and what runs may finish. `terminate` is
SIGTERM: for about ten seconds it goes on as if nothing were, then it is gone. `die` is the loss of the
machine. And it ends by itself, when its worker has died too often or when its storage refuses it. In all but
the first what runs is cut off without a trace, and its messages come back when their leases end (seen in the
host 4.1037 on 2026-11-30).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from azure.storage.queue import QueueServiceClient

from local.host.activity import Activity
from local.host.app import App, Function
from local.host.clock import HostClock
from local.host.hearing import Hearing
from local.host.invoking import Runner
from local.host.listener import QueueListener
from local.host.queues import Queues
from local.host.records import Invocation
from local.host.schedule import Schedule
from local.host.timers import TimerListener, TimerStore
from local.host.workers import Workers

TERM_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all instances of one app have in common."""

    app: App
    environment: Mapping[str, str]
    services: Mapping[str, QueueServiceClient]  # by connection
    schedules: Mapping[str, Schedule]  # by function
    timers_on: bool
    timers: TimerStore
    clock: HostClock
    hearing: Hearing
    activity: Activity
    senders: ThreadPoolExecutor


class Instance:
    """Functions that share a host process and a worker. Its methods may be called from any thread."""

    def __init__(
        self,
        around: Surroundings,
        functions: tuple[Function, ...],
        *,
        on_end: Callable[[Instance], None] = lambda instance: None,
    ) -> None:
        self.functions = functions
        self._around, self._on_end = around, on_end
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.workers = Workers(
            around.app,
            functions,
            around.environment,
            clock=around.clock,
            hearing=around.hearing,
            on_worn_out=self._fail,
        )
        self._queues = {
            name: Queues(
                service,
                base64_bodies=around.app.queues.base64,
                clock=around.clock,
                ended=self._ended,
            )
            for name, service in around.services.items()
        }
        self._listeners: list[QueueListener] = []
        self._timers: dict[str, TimerListener] = {}

    @property
    def is_alive(self) -> bool:
        """False once it has ended."""
        return not self._ended.is_set()

    def start(self) -> None:
        """Starts the worker, loads its functions; raises WorkerLost or TimeoutError where that fails."""
        self.workers.start()

    def listen(self) -> None:
        """Begins to look at queues and timers. A function that could not be loaded is begun all the same."""
        for function in self.functions:
            runner = self._runner(function)
            if function.trigger.type == "queueTrigger":
                self._listeners.append(self._queue_listener(function, runner))
            else:
                self._timers[function.name] = self._timer(function, runner)
        for listener in self._listeners:
            listener.start()
        if self._around.timers_on:
            for timer in self._timers.values():
                timer.start()

    def run_timer(self, function: str) -> Invocation:
        """How a run of this timer function, begun now, ended."""
        return self._timers[function].run_now()

    def stop_fetching(self) -> None:
        """No message is fetched and no timer's run begins any more; what runs goes on."""
        for timer in self._timers.values():
            timer.stop()
        for listener in self._listeners:
            listener.stop_fetching()

    def stop(self) -> None:
        """Ends it, after `stop_fetching` and whatever time was left to what runs."""
        self._end(in_peace=True)

    def terminate(self) -> None:
        """Ends it as SIGTERM does: it goes on for ten seconds, and what then runs is lost."""
        self._around.clock.wait(self._ended, TERM_SECONDS)
        self._end(in_peace=False)

    def die(self) -> None:
        """Ends it at once."""
        if self._end(in_peace=False):
            self._on_end(self)

    def _fail(self, words: str) -> None:
        self._around.hearing.said("Critical", f"{words}. The host ends.", function=self._only)
        self.die()

    def _end(self, *, in_peace: bool) -> bool:
        """Whether it had not ended before."""
        with self._lock:
            if self._ended.is_set():
                return False
            self._ended.set()
        if in_peace:
            self.workers.stop()
        else:
            self.workers.end_at_once()
        self.stop_fetching()
        return True

    @property
    def _only(self) -> str | None:
        return self.functions[0].name if len(self.functions) == 1 else None

    def _runner(self, function: Function) -> Runner:
        return Runner(
            function,
            self.workers,
            self._queues,
            clock=self._around.clock,
            ended=self._ended,
            timeout_seconds=self._around.app.timeout_seconds,
            senders=self._around.senders,
            hearing=self._around.hearing,
        )

    def _queue_listener(self, function: Function, runner: Runner) -> QueueListener:
        return QueueListener(
            self._queues[function.trigger.connection],
            function.name,
            function.trigger,
            self._around.app.queues,
            run=runner.run,
            hearing=self._around.hearing,
            ended=self._ended,
            on_failure=self._fail,
            may_fetch=lambda: self.workers.is_up,
            activity=self._around.activity,
        )

    def _timer(self, function: Function, runner: Runner) -> TimerListener:
        return TimerListener(
            function.name,
            self._around.schedules[function.name],
            run_on_startup=bool(function.trigger.properties.get("runOnStartup")),
            run=runner.run,
            hearing=self._around.hearing,
            store=self._around.timers,
            clock=self._around.clock,
            ended=self._ended,
            activity=self._around.activity,
        )
