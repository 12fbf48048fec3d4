"""Runs a function app on this machine as the platform would: timers, queue triggers, queue outputs."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from local.host.activity import Activity
from local.host.app import App, Binding, Function, IndexingFailed, read_app
from local.host.app_settings import AppSettings
from local.host.channel import worker_environment
from local.host.connection import ConnectionFailed, queue_service
from local.host.instance import Instance
from local.host.invoking import Runner
from local.host.listener import QueueListener
from local.host.log_files import LogFiles
from local.host.queues import Queues
from local.host.records import Invocation, LogEntry, why
from local.host.schedule import Schedule
from local.host.timers import TimerListener, TimerStatus

_KEPT_RECORDS = 100_000


class FunctionHost:
    """A host for the app in `app_dir`. Use it in a `with` block, or call `start` and `stop`.

    `settings` are the app settings, which the worker gets as its environment. Every function has worker
    processes of its own, as on the Flex Consumption plan, one or as many as `instances` says; with
    `one_process_per_function=False` one worker runs them all, as on other plans, and a queue output then
    wakes its listener at once. `lease_seconds` is how long a message stays away when its worker dies (600 on
    the platform). `max_polling_seconds` replaces host.json's `maxPollingInterval`. With `timers=False` timer
    functions run by `run_timer` alone. `ca_bundle` becomes the only trust of host and workers. With `logs`
    all that is heard goes to files in that folder too.
    """

    def __init__(
        self,
        app_dir: Path,
        settings: Mapping[str, str],
        *,
        lease_seconds: float = 600,
        on_log: Callable[[LogEntry], None] | None = None,
        on_invocation: Callable[[Invocation], None] | None = None,
        one_process_per_function: bool = True,
        instances: Mapping[str, int] | None = None,
        max_polling_seconds: float | None = None,
        timers: bool = True,
        timer_status: TimerStatus | None = None,
        ca_bundle: Path | None = None,
        logs: Path | None = None,
    ) -> None:
        self._app_dir, self._values = app_dir.resolve(), dict(settings)
        self._settings = AppSettings(settings)
        self._lease_seconds = lease_seconds
        self._log_callback, self._invocation_callback = on_log, on_invocation
        self._one_process_per_function = one_process_per_function
        self._instance_counts = dict(instances or {})
        self._max_polling = max_polling_seconds
        self._timers_on = timers
        self._timer_status: TimerStatus = {} if timer_status is None else timer_status
        self._ca_bundle = ca_bundle
        self._files = LogFiles(logs) if logs is not None else None
        self._lock = threading.Lock()
        self._invocations: deque[Invocation] = deque(maxlen=_KEPT_RECORDS)
        self._logs: deque[LogEntry] = deque(maxlen=_KEPT_RECORDS)
        self._activity = Activity()
        self._senders = ThreadPoolExecutor(thread_name_prefix="outputs", max_workers=32)
        self._queues: dict[str, Queues] = {}
        self._instances: list[Instance] = []
        self._listeners: list[tuple[Function, QueueListener]] = []
        self._timers: dict[str, TimerListener] = {}

    @property
    def invocations(self) -> list[Invocation]:
        """Every run so far, in the order they ended; the last 100,000 are kept."""
        with self._lock:
            return list(self._invocations)

    @property
    def logs(self) -> list[LogEntry]:
        """Every log record so far, in the order they came; the last 100,000 are kept."""
        with self._lock:
            return list(self._logs)

    @property
    def worker_pids(self) -> dict[str, list[int]]:
        """The worker processes that are up, by function."""
        pids: dict[str, list[int]] = {}
        for instance in self._instances:
            for function in instance.functions:
                pids.setdefault(function.name, []).extend(instance.pids)
        return pids

    def start(self) -> Self:
        """Itself, listening; raises IndexingFailed when the app is one that the platform would not run."""
        app = read_app(self._app_dir, self._settings)
        if self._max_polling is not None:
            app = replace(app, queues=replace(app.queues, max_polling_seconds=self._max_polling))
        functions = tuple(function for function in app.functions if not function.disabled)
        schedules = self._connect(app, functions)
        try:
            self._start_instances(app, functions)
            self._start_triggers(app, schedules)
        except BaseException:
            self.stop(drain_seconds=0)
            raise
        return self

    def stop(self, *, drain_seconds: float = 10) -> None:
        """Fetches nothing more, lets what runs finish for up to `drain_seconds`, then ends the workers."""
        for timer in self._timers.values():
            timer.stop()
        for _, listener in self._listeners:
            listener.stop_fetching()
        self._activity.wait_until_quiet(drain_seconds)
        for instance in self._instances:
            instance.stop()
        self._activity.wait_until_quiet(5)
        self._senders.shutdown(wait=False)
        if self._files is not None:
            self._files.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run_timer(self, function: str) -> Invocation:
        """How a run of this timer function, begun now, ended; it waits for the current run first."""
        return self._timers[function].run_now()

    def kill_worker(self, function: str) -> int:
        """The pid of a worker of this function, killed at once; its messages come back after the lease."""
        instances = {one.name: instance for instance in self._instances for one in instance.functions}
        return instances[function].kill_worker()

    def idle(self, timeout: float) -> bool:
        """Whether, within `timeout` seconds, nothing ran and no trigger queue held a message, seen or not."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if not self._activity.wait_until_quiet(left):
                return False
            running, begun = self._activity.snapshot()
            empty = all(
                self._queue_of(function).count(listener.queue) == 0 for function, listener in self._listeners
            )
            # A message that one run sent while the queues were being looked at shows as a run that has begun.
            if empty and running == 0 and self._activity.snapshot() == (0, begun):
                return True
            time.sleep(min(0.05, max(0.0, deadline - time.monotonic())))
        return False

    def _connect(self, app: App, functions: tuple[Function, ...]) -> dict[str, Schedule]:
        problems: list[str] = []
        schedules: dict[str, Schedule] = {}
        for function in functions:
            for binding in (function.trigger, *function.outputs):
                try:
                    self._prepare(function, binding, app, schedules)
                except (ConnectionFailed, ValueError) as error:
                    problems.append(f"{function.name}: {why(error)}")
        if problems:
            raise IndexingFailed(problems)
        return schedules

    def _prepare(
        self, function: Function, binding: Binding, app: App, schedules: dict[str, Schedule]
    ) -> None:
        if binding.type == "timerTrigger":
            schedules[function.name] = Schedule(str(binding.properties["schedule"]))
        elif binding.connection not in self._queues:
            service = queue_service(binding.connection, self._settings, ca_bundle=self._ca_bundle)
            self._queues[binding.connection] = Queues(service, base64_bodies=app.queues.base64)

    def _start_instances(self, app: App, functions: tuple[Function, ...]) -> None:
        groups = [functions]
        if self._one_process_per_function:
            groups = [(one,) for one in functions for _ in range(self._instance_counts.get(one.name, 1))]
        environment = worker_environment(self._values, self._ca_bundle)
        self._instances = [Instance(app, group, environment, on_log=self._hear) for group in groups]
        with ThreadPoolExecutor(max_workers=max(1, len(groups))) as together:
            started = [together.submit(instance.start) for instance in self._instances]
        problems: list[str] = []
        for future in started:
            try:
                future.result()
            except IndexingFailed as error:
                problems += [problem for problem in error.problems if problem not in problems]
        if problems:
            raise IndexingFailed(problems)

    def _start_triggers(self, app: App, schedules: Mapping[str, Schedule]) -> None:
        for instance in self._instances:
            own: list[tuple[Function, QueueListener]] = []
            for function in instance.functions:
                runner = self._runner(app, function, instance, own)
                if function.trigger.type == "queueTrigger":
                    own.append((function, self._queue_listener(app, function, instance, runner)))
                elif function.name not in self._timers:
                    self._timers[function.name] = self._timer(function, schedules[function.name], runner)
            self._listeners += own
        for _, listener in self._listeners:
            listener.start()
        if self._timers_on:
            for timer in self._timers.values():
                timer.start()

    def _runner(
        self,
        app: App,
        function: Function,
        instance: Instance,
        listeners: list[tuple[Function, QueueListener]],
    ) -> Runner:
        def wake(output: Binding) -> None:
            for listening, listener in listeners:  # those of the same instance only
                if (listening.trigger.connection, listener.queue) == (output.connection, output.queue):
                    listener.wake()

        return Runner(
            function,
            instance,
            self._queues,
            timeout_seconds=app.timeout_seconds,
            senders=self._senders,
            on_sent=wake,
        )

    def _queue_listener(
        self, app: App, function: Function, instance: Instance, runner: Runner
    ) -> QueueListener:
        return QueueListener(
            self._queue_of(function),
            function.trigger.queue,
            app.queues,
            lease_seconds=self._lease_seconds,
            run=runner.run,
            on_end=self._ended,
            on_error=lambda words: self._say(function, words),
            may_fetch=lambda: instance.is_up,
            activity=self._activity,
        )

    def _timer(self, function: Function, schedule: Schedule, runner: Runner) -> TimerListener:
        return TimerListener(
            function.name,
            schedule,
            run_on_startup=bool(function.trigger.properties.get("runOnStartup")),
            run=runner.run,
            on_end=self._ended,
            status=self._timer_status,
            activity=self._activity,
        )

    def _queue_of(self, function: Function) -> Queues:
        return self._queues[function.trigger.connection]

    def _ended(self, invocation: Invocation) -> None:
        with self._lock:
            self._invocations.append(invocation)
        if self._files is not None:
            self._files.ended(invocation)
        self._tell(self._invocation_callback, invocation)

    def _hear(self, entry: LogEntry) -> None:
        with self._lock:
            self._logs.append(entry)
        if self._files is not None:
            self._files.heard(entry)
        self._tell(self._log_callback, entry)

    def _tell[Record](self, callback: Callable[[Record], None] | None, record: Record) -> None:
        """Calls the caller's own code; its failure must not end the thread that hears the worker."""
        try:
            if callback is not None:
                callback(record)
        except Exception as error:
            words = f"the callback for {type(record).__name__} failed: {error!r}"
            with self._lock:
                self._logs.append(LogEntry(level="Critical", category="Host", message=words, is_user=False))

    def _say(self, function: Function, words: str) -> None:
        self._hear(
            LogEntry(level="Error", category="Host", message=words, is_user=False, function=function.name)
        )
