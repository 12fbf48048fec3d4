"""One instance of the app: a worker process with the functions it was given, started anew when it dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from local.host.app import App, Function, IndexingFailed
from local.host.channel import WorkerChannel, WorkerLost
from local.host.records import LogEntry, why

_RESTART_AFTER_SECONDS = (0.0, 1.0, 5.0)


class Instance:
    """Functions that share a worker process, as those of one instance do on the platform."""

    def __init__(
        self,
        app: App,
        functions: tuple[Function, ...],
        environment: Mapping[str, str],
        *,
        on_log: Callable[[LogEntry], None],
    ) -> None:
        self.functions = functions
        self._app, self._environment, self._on_log = app, environment, on_log
        self._lock = threading.Lock()
        self._channel: WorkerChannel | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Starts the worker and loads its functions; raises IndexingFailed with the library's words."""
        channel = self._new_channel()
        with self._lock:
            self._channel = channel

    def stop(self) -> None:
        """Ends the worker; what still runs in it is lost."""
        self._stopping.set()
        with self._lock:
            channel = self._channel
        if channel is not None:
            channel.stop()

    def kill_worker(self) -> int:
        """The pid of the worker process, killed at once; a new one is started."""
        with self._lock:
            channel = self._channel
        if channel is None:
            raise WorkerLost("the worker is being started")
        return channel.kill()

    def invoke(self, request: Any) -> Future[Any]:
        """The InvocationResponse to come; it fails with WorkerLost if there is no worker to give it."""
        with self._lock:
            channel = self._channel
        if channel is None:
            future: Future[Any] = Future()
            future.set_exception(WorkerLost("the worker process has ended"))
            return future
        return channel.invoke(request)

    @property
    def pids(self) -> list[int]:
        """The pid of the worker process, if it is up."""
        with self._lock:
            return [self._channel.pid] if self._channel is not None else []

    @property
    def is_up(self) -> bool:
        """Whether there is a worker to invoke; listeners fetch nothing while there is none."""
        with self._lock:
            return self._channel is not None

    def _new_channel(self) -> WorkerChannel:
        only = self.functions[0].name if len(self.functions) == 1 else None
        channel = WorkerChannel(
            self._app.directory,
            self._environment,
            on_log=self._on_log,
            on_exit=self._replace,
            only_function=only,
        )
        try:
            channel.start()
            results = [channel.load(function) for function in self.functions]
        except Exception:
            channel.stop()
            raise
        if failures := [f"{result.function}: {result.error}" for result in results if not result.ok]:
            channel.stop()
            raise IndexingFailed(failures)
        return channel

    def _replace(self, exit_code: int) -> None:
        """Runs in the dead worker's reader thread."""
        with self._lock:
            if self._channel is None:
                return  # it died while it was being started; that start reports it
            self._channel = None
        self._say("Warning", f"the worker process ended with exit code {exit_code}; starting another")
        for delay in _RESTART_AFTER_SECONDS:
            if self._stopping.wait(delay):
                return
            try:
                channel = self._new_channel()
            except (WorkerLost, IndexingFailed, TimeoutError) as error:
                self._say("Error", f"the worker did not start: {why(error)}")
                continue
            with self._lock:
                self._channel = channel
            if self._stopping.is_set():
                channel.stop()
            return
        self._say("Critical", "the worker cannot be started; its functions run no more")

    def _say(self, level: str, message: str) -> None:
        only = self.functions[0].name if len(self.functions) == 1 else None
        self._on_log(LogEntry(level=level, category="Host", message=message, is_user=False, function=only))
