"""Runs a function app on this machine as the platform would: timers, queue triggers, queue outputs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueServiceClient

from local.host.activity import Activity
from local.host.app import App, Binding, Function, IndexingFailed, read_app
from local.host.app_settings import AppSettings
from local.host.channel import WorkerLost, worker_environment
from local.host.clock import HostClock
from local.host.connection import ConnectionFailed, queue_service
from local.host.from_zero import ColdInstance, FromZero
from local.host.hearing import Hearing
from local.host.instance import Instance, Surroundings
from local.host.queues import Queues
from local.host.records import Invocation, LogEntry, why
from local.host.schedule import Schedule
from local.host.timers import TimerStore

# Seconds of the platform until another instance is there for one that ended (seen in 4.1037, 2026-11-30).
REPLACED_AFTER = 8.0
_PATIENCE = 60.0  # seconds of this machine for a function's next instance


class FunctionHost:
    """A host for the app in `app_dir`. Use it in a `with` block, or call `start` and `stop`.

    `settings` are the app settings, which the worker gets as its environment. Every function has instances of
    its own, as on the Flex Consumption plan, one or as many as `instances` says; with
    `one_process_per_function=False` one instance runs them all, as on other plans. The platform's spans of
    time pass `speed` times as fast. `max_polling_seconds` replaces host.json's `maxPollingInterval`. With
    `timers=False` timer functions run by `run_timer` alone; hosts that share `timer_store` share their
    leases. `ca_bundle` becomes the only trust of host and workers. With `logs` all that is heard goes to
    files in that folder too. With `from_zero` functions with a queue have one instance while there is work
    and none else; without, all are warm from the start.
    """

    def __init__(
        self,
        app_dir: Path,
        settings: Mapping[str, str],
        *,
        speed: float = 1.0,
        on_log: Callable[[LogEntry], None] | None = None,
        on_invocation: Callable[[Invocation], None] | None = None,
        one_process_per_function: bool = True,
        instances: Mapping[str, int] | None = None,
        max_polling_seconds: float | None = None,
        timers: bool = True,
        timer_store: TimerStore | None = None,
        ca_bundle: Path | None = None,
        logs: Path | None = None,
        from_zero: FromZero | None = None,
    ) -> None:
        self._app_dir, self._values = app_dir.resolve(), dict(settings)
        self._settings = AppSettings(settings)
        self._clock = HostClock(speed)
        self.hearing = Hearing(on_log=on_log, on_invocation=on_invocation, folder=logs)
        self._one_process_per_function = one_process_per_function
        self._instance_counts = dict(instances or {})
        self._max_polling = max_polling_seconds
        self._timers_on, self._timer_store = timers, timer_store or TimerStore()
        self._ca_bundle, self._from_zero = ca_bundle, from_zero
        self._activity = Activity()
        self._senders = ThreadPoolExecutor(thread_name_prefix="outputs", max_workers=32)
        self._queues: list[tuple[Queues, str]] = []
        self._around: Surroundings | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._instances: list[Instance] = []

    @property
    def invocations(self) -> list[Invocation]:
        """Every run so far, in the order they ended."""
        return self.hearing.invocations

    @property
    def logs(self) -> list[LogEntry]:
        """Every log record so far that got through, in the order they came."""
        return self.hearing.logs

    @property
    def worker_pids(self) -> dict[str, list[int]]:
        """The worker processes that are up, by function."""
        pids: dict[str, list[int]] = {}
        for instance in self._alive():
            for function in instance.functions:
                pids.setdefault(function.name, []).extend(instance.workers.pids)
        return pids

    @property
    def refused(self) -> dict[str, str]:
        """The functions that the library does not load, and why; each of their runs fails."""
        return {name: words for one in self._alive() for name, words in one.workers.refused.items()}

    def start(self) -> Self:
        """Itself, listening; raises IndexingFailed when the app's files cannot be understood."""
        app = read_app(self._app_dir, self._settings)
        if self._max_polling is not None:
            app = replace(app, queues=replace(app.queues, max_polling_seconds=self._max_polling))
        self.hearing.options = app.logging
        functions = tuple(function for function in app.functions if not function.disabled)
        self._around = self._surroundings(app, functions)
        groups = [functions]
        if self._one_process_per_function:
            groups = [(one,) for one in functions for _ in range(self._instance_counts.get(one.name, 1))]
        cold = []
        if self._from_zero is not None:
            cold = [group for group in groups if all(one.trigger.type == "queueTrigger" for one in group)]
            groups = [group for group in groups if group not in cold]
        try:
            self._instances = [Instance(self._around, group, on_end=self._replace) for group in groups]
            with ThreadPoolExecutor(max_workers=max(1, len(groups))) as together:
                for _ in together.map(Instance.start, self._instances):
                    pass
            for instance in self._instances:
                instance.listen()
            for group in cold:
                self._cold_instance(self._around, group, self._from_zero or FromZero()).start()
        except BaseException:
            self.stop(drain_seconds=0)
            raise
        return self

    def stop(self, *, drain_seconds: float = 10) -> None:
        """Scale-in: fetches nothing more, lets what runs finish for up to `drain_seconds`, then ends."""
        self._stopping.set()
        for instance in self._alive():
            instance.stop_fetching()
        self._activity.wait_until_quiet(drain_seconds)
        for instance in self._alive():
            instance.stop()
        self._close()

    def terminate(self) -> None:
        """SIGTERM to all instances: they fetch on for ten seconds, and what then runs is lost."""
        self._stopping.set()
        with ThreadPoolExecutor(max_workers=max(1, len(self._instances))) as together:
            list(together.map(Instance.terminate, self._alive()))
        self._close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run_timer(self, function: str) -> Invocation:
        """How a run of this timer function, begun now, ended; it waits for the current run first."""
        return self._instance_of(function).run_timer(function)

    def is_busy(self, function: str) -> bool:
        """Whether a run is under way in an instance of this function."""
        mine = [one for one in self._alive() if function in [each.name for each in one.functions]]
        return any(instance.workers.is_busy for instance in mine)

    def kill_worker(self, function: str) -> int:
        """The pid of a worker of this function, killed at once: its runs fail. WorkerLost if none is up."""
        for instance in self._alive():
            if function in [one.name for one in instance.functions]:
                return instance.workers.kill()
        raise WorkerLost(f"no instance of {function} is up")

    def kill_instance(self, function: str) -> None:
        """An instance of this function is gone at once: its messages come back when their leases end."""
        self._instance_of(function).die()

    def idle(self, timeout: float) -> bool:
        """Whether, within `timeout` seconds, nothing ran and no trigger queue held a message, seen or not."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if not self._activity.wait_until_quiet(left):
                return False
            running, begun = self._activity.snapshot()
            empty = all(queues.count(name) == 0 for queues, name in self._queues)
            # A message that one run sent while the queues were being looked at shows as a run that has begun.
            if empty and running == 0 and self._activity.snapshot() == (0, begun):
                return True
            time.sleep(min(0.05, max(0.0, deadline - time.monotonic())))
        return False

    def _alive(self) -> list[Instance]:
        with self._lock:
            return [instance for instance in self._instances if instance.is_alive]

    def _instance_of(self, function: str) -> Instance:
        """One that is up, waited for if need be."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for instance in self._alive():
                if function in [one.name for one in instance.functions]:
                    return instance
            time.sleep(0.05)
        raise WorkerLost(f"no instance of {function} is up")

    def _cold_instance(
        self, around: Surroundings, group: tuple[Function, ...], options: FromZero
    ) -> ColdInstance:
        names = [one.trigger.queue for one in group]

        def begun(instance: Instance) -> None:
            with self._lock:
                self._instances = [*self._instances, instance]
            if self._stopping.is_set():
                instance.stop()

        def ended(instance: Instance) -> None:
            with self._lock:
                self._instances = [one for one in self._instances if one is not instance]

        return ColdInstance(
            around,
            group,
            options,
            waiting=lambda: self._messages(names),
            on_begin=begun,
            on_end=ended,
            stopping=self._stopping,
        )

    def _messages(self, names: Sequence[str]) -> int:
        """How many lie in these queues; as none where the storage does not say."""
        try:
            return sum(queues.count(name) for queues, name in self._queues if name in names)
        except AzureError:
            return 0

    def _replace(self, ended: Instance) -> None:
        """Has another instance begin for one that ended, some time later."""

        def begin() -> None:
            while not self._clock.wait(self._stopping, REPLACED_AFTER) and self._around is not None:
                instance = Instance(self._around, ended.functions, on_end=self._replace)
                try:
                    instance.start()
                except (WorkerLost, TimeoutError) as error:
                    self.hearing.said("Critical", f"an instance does not start: {why(error)}")
                    continue
                instance.listen()
                with self._lock:
                    self._instances = [one for one in self._instances if one is not ended] + [instance]
                if self._stopping.is_set():
                    instance.stop()
                return

        if not self._stopping.is_set():
            threading.Thread(target=begin, name="next instance", daemon=True).start()

    def _close(self) -> None:
        self._activity.wait_until_quiet(5)
        self._senders.shutdown(wait=False)
        self.hearing.close()

    def _surroundings(self, app: App, functions: tuple[Function, ...]) -> Surroundings:
        problems: list[str] = []
        schedules: dict[str, Schedule] = {}
        services: dict[str, QueueServiceClient] = {}
        for function in functions:
            for binding in (function.trigger, *function.outputs):
                try:
                    self._prepare(function, binding, schedules, services)
                except (ConnectionFailed, ValueError) as error:
                    problems.append(f"{function.name}: {why(error)}")
        if problems:
            raise IndexingFailed(problems)
        looked_at = {name: Queues(service, base64_bodies=True) for name, service in services.items()}
        triggers = [one.trigger for one in functions if one.trigger.type == "queueTrigger"]
        self._queues = [(looked_at[trigger.connection], trigger.queue) for trigger in triggers]
        return Surroundings(
            app=app,
            environment=worker_environment(self._values, self._ca_bundle),
            services=services,
            schedules=schedules,
            timers_on=self._timers_on,
            timers=self._timer_store,
            clock=self._clock,
            hearing=self.hearing,
            activity=self._activity,
            senders=self._senders,
        )

    def _prepare(
        self,
        function: Function,
        binding: Binding,
        schedules: dict[str, Schedule],
        services: dict[str, QueueServiceClient],
    ) -> None:
        if binding.type == "timerTrigger":
            schedules[function.name] = Schedule(str(binding.properties["schedule"]))
        elif binding.connection not in services:
            services[binding.connection] = queue_service(
                binding.connection, self._settings, ca_bundle=self._ca_bundle
            )
