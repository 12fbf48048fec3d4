"""Runs the tests of a group on its mutants, in a copy of the project, and says how each ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from local.mutants.making import Mutant

_COPIED = ("shared", "tests", "local", "FetchAlerts", "EnrichAlert", "HuntCorrelate", "docs", "infra")
_LEFT_OUT = ("node_modules", "__pycache__", ".hypothesis")
_FIRST_BOUND = 300.0  # seconds of work for the tests on the module as it is
_TIMES_AS_LONG = 5.0  # what a mutant's tests may take of what they take without it
_LEAST_BOUND = 10.0


class NotMeasurable(Exception):
    """The tests of the group fail, or do not end, on the project as it is: nothing can be measured."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the tests ended on a mutant: "failed" and "overran" have noticed it, "passed" has not."""

    mutant: Mutant
    end: str
    seconds: float

    @property
    def survived(self) -> bool:
        """True where no test noticed."""
        return self.end == "passed"


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of what the tests read, so that nobody's edits meet a run; removed afterwards."""
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            if root.joinpath(name).is_dir():
                shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for file in (*root.glob("*.toml"), *root.glob("*.json"), *root.glob("*.py"), *root.glob("*.txt")):
            shutil.copy(file, copy / file.name)
        yield copy


class _Worker:
    """One worker process, which is asked for one mutant at a time."""

    def __init__(self, copy: Path, tests: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, in the copy
            [sys.executable, "-m", "local.mutants.worker", *tests],
            cwd=copy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def ask(self, file: str, source: str, seconds: float) -> tuple[str, float, str]:
        """(how the tests ended, seconds of work, the test that failed)."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        request = {"file": file, "source": source, "seconds": seconds}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the worker ended without an answer")
        answer = json.loads(line)
        return str(answer["end"]), float(answer["seconds"]), str(answer["at"])

    def close(self) -> None:
        """Ends the process, and the tests that it runs."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def run(
    copy: Path,
    tests: Sequence[str],
    mutants: Sequence[Mutant],
    workers: int,
    least_bound: float = _LEAST_BOUND,
) -> Iterator[Ended]:
    """Each mutant as it ends. Raises NotMeasurable where the tests fail without any.

    A mutant's tests are stopped after five times the seconds of work that they take without it, and not
    before `least_bound`.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        idle: SimpleQueue[_Worker] = SimpleQueue()

        def start() -> _Worker:
            worker = _Worker(copy, tests)
            stack.callback(worker.close)
            return worker

        first = start()
        end, seconds, test = first.ask("", "", _FIRST_BOUND)
        if end != "passed":
            raise NotMeasurable(f"the tests {end} without a mutant, in a copy: {test or ' '.join(tests)}")
        for worker in (first, *(start() for _ in range(workers - 1))):
            idle.put(worker)
        bound = max(least_bound, seconds * _TIMES_AS_LONG)

        def one(mutant: Mutant) -> Ended:
            worker = idle.get()
            try:
                return Ended(mutant, *worker.ask(mutant.file, mutant.source, bound)[:2])
            finally:
                idle.put(worker)

        for future in as_completed([pool.submit(one, mutant) for mutant in mutants]):
            yield future.result()
