"""Work of a pool belongs to the run that submitted it, and no thread of the app is made otherwise."""

import ast
import contextvars
import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.threads import AtOnce, Threads

ROOT = Path(__file__).resolve().parents[1]
RUN: contextvars.ContextVar[str] = contextvars.ContextVar("run", default="none")
# What makes a thread, or runs something in one, without the context of whoever asks for it.
MAKERS = {"Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "ThreadPool", "run_in_executor"}
APP = ("shared", "FetchAlerts", "EnrichAlert", "HuntCorrelate")


def _in_run(name: str, pool: Threads, all_at_work: threading.Barrier) -> set[str]:
    def seen(_: int) -> str:
        all_at_work.wait(timeout=60)  # the pieces of both runs are at work at the same time
        return RUN.get()

    RUN.set(name)
    single = [pool.submit(seen, number) for number in range(2)]
    return {*pool.map(seen, range(2)), *(piece.result() for piece in single)}


def test_each_piece_of_work_is_of_the_run_that_submitted_it() -> None:
    seen: dict[str, set[str]] = {}
    pieces = 2 * 4  # no piece ends before each has begun, so that each has a thread of its own
    both = threading.Barrier(pieces)
    with Threads(pieces) as pool:
        runs = [
            threading.Thread(target=lambda name=name: seen.update({name: _in_run(name, pool, both)}))
            for name in ("one", "two")
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    assert seen == {"one": {"one"}, "two": {"two"}}


def test_work_ends_as_in_any_pool() -> None:
    def fails() -> None:
        raise ValueError("no")

    with Threads(1) as pool:
        assert pool.submit(divmod, 7, 2).result() == (3, 1)
        with pytest.raises(ValueError, match="no"):
            pool.submit(fails).result()


ALLOCATING = """
import ctypes, threading
from shared.threads import Threads
at_work = threading.Barrier(12)
def allocate(_):
    at_work.wait(timeout=60)
    return [bytes(5000) for _ in range(200)]
with Threads(12) as pool:
    kept = list(pool.map(allocate, range(12)))
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no arenas")
def test_what_one_thread_has_freed_serves_the_others() -> None:
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", ALLOCATING], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert 1 <= ended.stdout.count("<heap nr=") <= 2


def test_work_at_once_is_done_by_who_submits_it_and_fails_there() -> None:
    pool = AtOnce()
    assert pool.submit(threading.current_thread).result() is threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0)
    pool.shutdown()


def _makers(source: str) -> set[str]:
    names: set[str] = set()
    if any(name in source for name in MAKERS):  # most files name none, and reading them whole takes time
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                names |= {alias.name for alias in node.names}
    return names & MAKERS


def test_no_thread_of_the_app_is_made_in_another_way() -> None:
    files = [file for folder in APP for file in sorted((ROOT / folder).rglob("*.py"))]
    made = {
        file.relative_to(ROOT).as_posix(): found
        for file in files
        if (found := _makers(file.read_text("utf-8")))
    }
    assert made == {"shared/threads.py": {"ThreadPoolExecutor"}}
    assert _makers("import threading\nthreading.Thread(target=print)") == {"Thread"}
    assert _makers("from multiprocessing.pool import ThreadPool") == {"ThreadPool"}
