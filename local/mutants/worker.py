"""A process of its own that runs a group's tests on one mutant after another, each in a fork of itself.

It is started in a copy of the project. What the tests import from elsewhere is imported once, before the
first fork; the project's own modules are imported in each fork, the mutated one from the text that was given.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import math
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

_OURS = ("shared", "tests", "local", "FetchAlerts", "EnrichAlert", "HuntCorrelate")
_MEMORY = 3 * 2**30  # bytes; a mutant whose loop never ends must not take the machine's
_EXAMPLES = 30  # of each property: fewer than in the usual run, so that a mutant takes about a second
_WALL = 8.0  # seconds on the clock for each second of work that is allowed, on a machine with others

_ARGUMENTS = ("-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist")


class _Mutated(importlib.abc.Loader):
    """Finds and loads one module, with another text."""

    def __init__(self, file: str, source: str) -> None:
        self._name = file.removesuffix(".py").replace("/", ".")
        self._path = Path(file).resolve()
        self._source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Where to load `fullname` from, if it is the mutated one."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Fills the module."""
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)  # noqa: S102 - the mutant's text


def main() -> int:
    """Reads requests, {"file", "source", "seconds"}, a line each, and answers {"end", "seconds", "at"}:
    how the tests ended, the seconds of work, and the test that failed, if one did."""
    tests = sys.argv[1:]
    sys.dont_write_bytecode = False  # the copy keeps what was compiled once, for all forks
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=_EXAMPLES,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    pytest.main(["--collect-only", "-q", *_ARGUMENTS[3:], *tests])  # imports what all forks need
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(_answer(request, tests)) + "\n")
        answers.flush()
    return 0


def _answer(request: dict[str, object], tests: Sequence[str]) -> dict[str, object]:
    seconds = float(str(request["seconds"]))
    since = _spent()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _run(str(request["file"]), str(request["source"]), math.ceil(seconds), tests, writing)
    os.close(writing)
    until = time.monotonic() + seconds * _WALL
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    with os.fdopen(reading, errors="replace") as failed:
        return {"end": _meaning(status), "seconds": round(_spent() - since, 2), "at": failed.read()}


def _meaning(status: int) -> str:
    """passed, failed, or overran: the tests neither passed nor failed in the time they had."""
    if os.WIFSIGNALED(status):
        return "overran"
    return "passed" if os.WEXITSTATUS(status) == pytest.ExitCode.OK else "failed"


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Failed:
    """Writes the name of the test, or of the file of tests, that fails into a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            os.write(self._pipe, report.nodeid.encode("utf-8", "replace")[: select.PIPE_BUF])
            self._pipe = os.open(os.devnull, os.O_WRONLY)  # the first one is enough


def _run(file: str, source: str, seconds: int, tests: Sequence[str], pipe: int) -> None:
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        if file:
            sys.meta_path.insert(0, _Mutated(file, source))
        code = int(pytest.main([*_ARGUMENTS, "--hypothesis-profile=mutants", *tests], [_Failed(pipe)]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
