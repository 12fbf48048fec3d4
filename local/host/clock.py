"""The host's time: the platform's own seconds, of which one of this machine holds as many as one likes.

What the platform waits for is said in its seconds everywhere: a lease of 600, 30 until a failed message is
back. A test that shall see them pass runs the clock faster rather than say smaller numbers. The time of day
is never changed, so timers go by the machine's clock; and what a run takes is this machine's time, so its
limit is too.
"""

from __future__ import annotations

import math
import threading
import time


class HostClock:
    """`speed` seconds of the platform pass in one of this machine."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        """Seconds of the platform, from a beginning of their own."""
        return time.monotonic() * self.speed

    def real(self, seconds: float) -> float:
        """How long this machine takes for so many seconds of the platform."""
        return max(0.0, seconds / self.speed)

    def service_seconds(self, seconds: float) -> int:
        """The same for the queue service, which counts in whole seconds of this machine: at least one, where
        there is anything to wait for."""
        return math.ceil(self.real(seconds) - 1e-9)

    def wait(self, until: threading.Event, seconds: float) -> bool:
        """Whether the event came within so many seconds of the platform."""
        return until.wait(self.real(seconds))
