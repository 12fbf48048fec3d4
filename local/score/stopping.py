"""Ctrl-C that waits for a good moment, so that nothing is half written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """The person pressed Ctrl-C."""


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """A check that raises Stopped once Ctrl-C was pressed within the block. Pressed again, it interrupts at
    once, as it does elsewhere. For the main thread alone."""
    before = signal.getsignal(signal.SIGINT)
    is_asked = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal is_asked
        is_asked = True
        signal.signal(signal.SIGINT, before)

    def check() -> None:
        if is_asked:
            raise Stopped

    signal.signal(signal.SIGINT, remember)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
