"""The worker process of one instance, started anew when it dies, until it has died too often.

The third death within 30 minutes ends the host (seen in the host 4.1037 on 2026-11-30). A worker that the
host itself has ended for a run that took too long is not counted: whether the platform counts it was not
measured.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from local.host.app import App, Function
from local.host.channel import WorkerChannel, WorkerLost
from local.host.clock import HostClock
from local.host.hearing import Hearing
from local.host.records import why

DEATHS = 3
WITHIN_SECONDS = 30 * 60.0
_START_SECONDS = 60.0  # of this machine


class Workers:
    """The one worker that is up, or none while the next is being started."""

    def __init__(
        self,
        app: App,
        functions: tuple[Function, ...],
        environment: Mapping[str, str],
        *,
        clock: HostClock,
        hearing: Hearing,
        on_worn_out: Callable[[str], None],
    ) -> None:
        self._app, self._functions, self._environment = app, functions, environment
        self._clock, self._hearing, self._on_worn_out = clock, hearing, on_worn_out
        self._only = functions[0].name if len(functions) == 1 else None
        self._changed = threading.Condition()
        self._channel: WorkerChannel | None = None
        self._stopping = False
        self._deaths: list[float] = []
        self.refused: dict[str, str] = {}  # by function, why the library does not load it

    def start(self) -> None:
        """Starts the worker and loads its functions; raises WorkerLost or TimeoutError."""
        self._put(self._new_channel())

    def stop(self) -> None:
        """Ends the worker; what still runs in it ends with it, and no other is started."""
        with self._changed:
            self._stopping = True
            channel, self._channel = self._channel, None
            self._changed.notify_all()
        if channel is not None:
            channel.stop()

    def end_at_once(self) -> None:
        """Kills the worker, with the instance around it: no other is started."""
        with self._changed:
            self._stopping = True
            channel, self._channel = self._channel, None
            self._changed.notify_all()
        if channel is not None:
            channel.kill()

    def channel(self) -> WorkerChannel:
        """The worker, waited for if need be; raises WorkerLost where there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._channel or self._stopping, timeout=_START_SECONDS)
            if self._channel is None:
                raise WorkerLost("there is no worker process")
            return self._channel

    def kill(self) -> int:
        """The pid of the worker process, killed at once; a new one is started."""
        with self._changed:
            channel = self._channel
        if channel is None:
            raise WorkerLost("the worker is being started")
        return channel.kill()

    def time_out(self, channel: WorkerChannel) -> None:
        """Ends this worker for a run that took too long, unless it has ended already."""
        with self._changed:
            is_up = self._channel is channel
        if is_up:
            channel.time_out()

    @property
    def pids(self) -> list[int]:
        """The pid of the worker process, if it is up."""
        with self._changed:
            return [self._channel.pid] if self._channel is not None else []

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way."""
        with self._changed:
            return self._channel is not None and self._channel.is_busy

    @property
    def is_up(self) -> bool:
        """Whether there is a worker to invoke; listeners fetch nothing while there is none."""
        with self._changed:
            return self._channel is not None

    def _new_channel(self) -> WorkerChannel:
        channel = WorkerChannel(
            self._app.directory,
            self._environment,
            hearing=self._hearing,
            on_exit=self._replace,
            only_function=self._only,
        )
        try:
            channel.start()
            results = [channel.load(function) for function in self._functions]
        except Exception:
            channel.stop()
            raise
        self.refused = {result.function: result.error for result in results if not result.ok}
        for name, error in self.refused.items():
            self._hearing.said("Error", f"The '{name}' function is in error: {error}", function=name)
        return channel

    def _put(self, channel: WorkerChannel) -> None:
        with self._changed:
            if self._stopping:
                channel.stop()
                return
            self._channel = channel
            self._changed.notify_all()
        if channel.has_ended:
            self._replace(channel, -1)  # between its start and this, when nobody was told

    def _replace(self, dead: WorkerChannel, exit_code: int) -> None:
        """Runs in the dead worker's reader thread."""
        with self._changed:
            if self._channel is not dead:
                return  # it died while it was being started, which reports it, or with its instance
            self._channel = None
        words, counts = f"python exited with code {exit_code}", not dead.was_timed_out
        while not self._stopping:
            self._hearing.said("Error", f"Language Worker Process exited. {words}", function=self._only)
            if counts and self._is_worn_out():
                self._on_worn_out("Exceeded language worker restart retry count for runtime:python")
                return
            try:
                self._put(self._new_channel())
                return
            except (WorkerLost, TimeoutError) as error:
                words, counts = f"it did not start: {why(error)}", True

    def _is_worn_out(self) -> bool:
        now = self._clock.monotonic()
        self._deaths = [moment for moment in self._deaths if moment > now - WITHIN_SECONDS] + [now]
        return len(self._deaths) >= DEATHS
