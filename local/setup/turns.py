"""One run at a time makes the environment; a second one waits."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def turn(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds the file `path` for the length of the block; calls `waiting` once if another run has it.

    On Linux and macOS children inherit the hold: a pip that outlived a killed run keeps it until it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(str(path), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(descriptor, wait=False):
            waiting()
            _taken(descriptor, wait=True)
        os.set_inheritable(descriptor, os.name != "nt")
        yield
    finally:
        os.close(descriptor)  # closing lets go, also of what a killed run held


if sys.platform == "win32":
    import msvcrt

    def _taken(descriptor: int, *, wait: bool) -> bool:
        """Never run for real: Windows."""
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
                time.sleep(0.2)
else:
    import fcntl

    def _taken(descriptor: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            return True
        except BlockingIOError:
            return False
