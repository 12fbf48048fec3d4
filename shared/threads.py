"""Threads of ours, whose log lines arrive, and which keep no memory that others could use.

The platform keeps a log line only where it knows the run that wrote it, and learns that from the context of
the thread that logs; lines of a thread without one reach neither the console nor Application Insights
(https://github.com/Azure/azure-functions-python-worker/issues/1860, read 2026-11-30).
"""

import contextvars
import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache, partial

_M_ARENA_MAX = -8  # of <malloc.h>: https://man7.org/linux/man-pages/man3/mallopt.3.html, read 2026-11-30
_ARENAS = 2  # as one thread at a time holds Python's lock, more gain nothing


class Threads(ThreadPoolExecutor):
    """A pool in which each piece of work has the context of whoever submitted it, in a copy of its own: a
    context can be entered by one thread at a time alone.

    Before the first thread of all the C library is told to share its memory among threads. By itself glibc
    gives each of up to eight threads a processor an arena, and what one has freed serves no other: of 390 MB
    that a storm left, 110 lay idle so.
    """

    def __init__(self, max_workers: int, thread_name_prefix: str = "") -> None:
        _share_memory()
        super().__init__(max_workers, thread_name_prefix)

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The result to come. `map` goes through here as well."""
        return super().submit(contextvars.copy_context().run, partial(fn, *args, **kwargs))


class AtOnce(Executor):
    """A pool without threads: each piece of work has ended when it is submitted, and what it raises is raised
    there."""

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The result."""
        ended: Future[T] = Future()
        ended.set_result(fn(*args, **kwargs))
        return ended


def side_by_side[A, B](do: Callable[[A], B], items: Sequence[A], most: int) -> list[B]:
    """`do` of each in threads of their own, at the most so many at once; of one alone in this thread."""
    if len(items) < 2:
        return [do(item) for item in items]
    with Threads(min(most, len(items))) as pool:
        return list(pool.map(do, items))


@cache
def _share_memory() -> None:
    """Bounds the arenas of a C library that has them; any other (musl, macOS, Windows) stays as it is."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    except (AttributeError, OSError, TypeError):  # no such function; on Windows no library without a name
        return
