"""Instances that are there only while there is work: a function's first one starts when a message lies in its
queue, takes its time, and is gone again once it has had nothing to do for long enough.

In the host 4.1037 such a cold start took 6.2 and 5.9 s of a lone alert's way (seen 2026-11-30, on two cores).
How long Flex Consumption keeps an idle instance is not documented, so it is a setting of whoever measures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local.host.app import Function
from local.host.channel import WorkerLost
from local.host.instance import Instance, Surroundings
from local.host.records import why

_LOOK_SECONDS = 0.2  # of this machine


@dataclass(frozen=True, slots=True)
class FromZero:
    """Seconds of the platform: how long a cold start takes in all, and after how long without work an
    instance is gone."""

    cold_start_s: float = 6.0
    idle_s: float = 60.0


class ColdInstance:
    """At most one instance of functions with queue triggers; none while there is nothing to do.

    `waiting` is how many messages lie in their queues; `on_begin` and `on_end` are told of each instance.
    """

    def __init__(
        self,
        around: Surroundings,
        functions: tuple[Function, ...],
        options: FromZero,
        *,
        waiting: Callable[[], int],
        on_begin: Callable[[Instance], None],
        on_end: Callable[[Instance], None],
        stopping: threading.Event,
    ) -> None:
        self._around, self._functions, self._options = around, functions, options
        self._waiting, self._on_begin, self._on_end = waiting, on_begin, on_end
        self._stopping = stopping
        self._thread = threading.Thread(target=self._keep, name="cold instance", daemon=True)

    def start(self) -> None:
        """Begins to look for messages."""
        self._thread.start()

    def _keep(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            if not self._waiting():
                continue
            instance = self._begun()
            if instance is not None:
                self._on_begin(instance)
                self._while_busy(instance)
                self._on_end(instance)

    def _begun(self) -> Instance | None:
        """An instance that listens, its cold start over; None where there is none."""
        clock, began = self._around.clock, time.monotonic()
        instance = Instance(self._around, self._functions)
        try:
            instance.start()
        except (WorkerLost, TimeoutError) as error:
            self._around.hearing.said("Critical", f"an instance does not start: {why(error)}")
            return None
        left = clock.real(self._options.cold_start_s) - (time.monotonic() - began)
        if self._stopping.wait(max(0.0, left)):
            instance.stop()
            return None
        instance.listen()
        return instance

    def _while_busy(self, instance: Instance) -> None:
        """Returns when the instance is gone, for lack of work or by its own end."""
        busy = time.monotonic()
        while instance.is_alive:
            if self._stopping.wait(_LOOK_SECONDS):
                return
            if instance.workers.is_busy or self._waiting():
                busy = time.monotonic()
            elif time.monotonic() - busy > self._around.clock.real(self._options.idle_s):
                instance.stop_fetching()
                instance.stop()
