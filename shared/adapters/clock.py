"""Time and chance, as the adapters and the steps see them."""

import random
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the HTTP client needs of time: tests pass one that does not wait."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Waits."""

    def jitter(self) -> float:
        """Between 0 and 1, each time another."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)

    def jitter(self) -> float:
        """Between 0 and 1, each time another."""
        return random.random()  # noqa: S311 - spreads waits, keeps no secret
