"""Threads of ours, whose log lines arrive.

The platform keeps a log line only where it knows the run that wrote it, and learns that from the context of
the thread that logs; lines of a thread without one reach neither the console nor Application Insights
(https://github.com/Azure/azure-functions-python-worker/issues/1860, read 2026-11-30).
"""

import contextvars
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial


class Threads(ThreadPoolExecutor):
    """A pool in which each piece of work has the context of whoever submitted it, in a copy of its own: a
    context can be entered by one thread at a time alone."""

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
