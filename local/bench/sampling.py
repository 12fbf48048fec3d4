"""Where the threads of this process spend CPU and where they wait, sampled while the app's code runs.

CPU is what the kernel says that each thread has had since the last sample, so that a thread that waits for
the interpreter's lock is not taken to work. Linux alone tells it.
"""

from __future__ import annotations

import sys
import sysconfig
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

_EVERY_S = 0.005
_TASKS = Path("/proc/self/task")
_STANDARD = sysconfig.get_path("stdlib")


@dataclass(slots=True)
class Spent:
    """Thread seconds: CPU by the app's own innermost function and by library, waiting by what for."""

    cpu_by_place: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu_by_library: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    waiting_by_place: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


def can_sample() -> bool:
    """Whether this system tells the CPU of single threads."""
    return (_TASKS / str(threading.get_native_id()) / "schedstat").is_file()


class Sampler:
    """Samples every thread that runs code below `root` while the block lasts. Who waits in a place that
    begins with `passed_over` waits for whom that place was asked by."""

    def __init__(self, root: Path, *, passed_over: str = "\0") -> None:
        self._root, self._passed_over = str(root), passed_over
        self.spent = Spent()
        self._ended = threading.Event()
        self._had: dict[int, int] = {}
        self._thread = threading.Thread(target=self._sample, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        before = time.monotonic()
        while not self._ended.wait(_EVERY_S):
            now = time.monotonic()
            frames = sys._current_frames()
            for thread in threading.enumerate():
                frame = frames.get(thread.ident or 0)
                if thread is not self._thread and frame is not None and thread.native_id is not None:
                    self._count(thread.native_id, frame, now - before)
            before = now

    def _count(self, thread: int, frame: FrameType, seconds: float) -> None:
        cpu = self._cpu_since(thread)
        places = [place for each in _stack(frame) if (place := self._place(each))]
        if not places:
            return
        self.spent.cpu_by_place[places[0]] += cpu
        self.spent.cpu_by_library[self._library(frame)] += cpu
        asker = next((place for place in places if not place.startswith(self._passed_over)), places[0])
        self.spent.waiting_by_place[asker] += max(0.0, seconds - cpu)

    def _cpu_since(self, thread: int) -> float:
        """Seconds of CPU that the thread has had since it was last looked at; none at the first look."""
        try:
            total = int((_TASKS / str(thread) / "schedstat").read_text("ascii").split()[0])
        except OSError:
            return 0.0  # it has just ended
        before = self._had.get(thread, total)
        self._had[thread] = total
        return (total - before) / 1e9

    def _place(self, frame: FrameType) -> str | None:
        """The frame as module and function, where it is the app's own."""
        name = frame.f_code.co_filename
        if not name.startswith(self._root):
            return None
        path = name.removeprefix(self._root).strip("/").removesuffix(".py").removesuffix("/__init__")
        return f"{path.replace('/', '.')}:{frame.f_code.co_name}"

    def _library(self, frame: FrameType) -> str:
        name = frame.f_code.co_filename
        if name.startswith(self._root):
            return "the app itself"
        _, found, package = name.partition("site-packages/")
        if found:
            parts = package.split("/")
            return ".".join(parts[:2]) if parts[0] == "azure" else parts[0].removesuffix(".py")
        below = name.removeprefix(_STANDARD).strip("/").partition("/")[0]
        return f"Python's {below.removesuffix('.py')}"


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
