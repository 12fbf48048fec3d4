"""`dev.py check` and `dev.py test`: run inside the environment, from the root of the checkout."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from local.cli import ROOT

TYPED = ("dev.py", "shared", "FetchAlerts", "EnrichAlert", "HuntCorrelate", "local", "tests")
CHECKS = (
    ("format", ("ruff", "format", "--check", "--diff", "--quiet", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy", "--strict", *TYPED)),
    ("page", ("local.report.lint",)),
    ("workflows", ("local.setup.lint_workflows",)),
)

# Where one of these is asked for, one worker is what serves: they talk to the person, or stop at a point.
_ONE_WORKER = ("-s", "--capture=no", "--pdb", "--trace", "--collect-only", "--co", "--setup-show")
_MOST_WORKERS = 4


def check(argv: list[str]) -> int:
    """0 if format, lint, types, the page's scripts and the workflows are in order; all are run."""
    parser = argparse.ArgumentParser(
        prog="dev.py check",
        description="Format, lint and types of the project, its page and its workflows.",
    )
    parser.parse_args(argv)
    return run_all(CHECKS)


def run_all(checks: Sequence[tuple[str, Sequence[str]]]) -> int:
    """Runs each named module of this environment, then sums up; 1 if any of them failed."""
    results = []
    for name, (module, *arguments) in checks:
        print(f"== {name}: {' '.join([module, *arguments])}", flush=True)
        since = time.monotonic()
        done = subprocess.run([sys.executable, "-m", module, *arguments], cwd=str(ROOT), check=False)  # noqa: S603
        results.append((name, done.returncode == 0, time.monotonic() - since))
    print("== summary")
    for name, passed, seconds in results:
        print(f"   {name:<11}{'ok' if passed else 'FAILED':<8}{seconds:5.1f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


def test(argv: list[str]) -> int:
    """pytest's exit code, after its own closing line; without arguments all but the slow tests run."""
    if argv and argv[0] in ("-h", "--help"):
        print("usage: dev.py test [--slow] [any argument of pytest]\n\n--slow adds the tests marked slow.")
        return 0
    import pytest  # not there yet when dev.py, under another Python, reads this module

    keep_what_is_compiled()
    return int(pytest.main(pytest_arguments(argv, os.cpu_count() or 1)))


def keep_what_is_compiled() -> None:
    """Compiled modules are kept in `__pycache__` by this process and those it starts, as is Python's way.

    Where the caller's environment forbids it, each worker compiles the project and its tests anew, nine
    seconds of processor time, and each of the many processes that tests start its own part of them.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_arguments(argv: Sequence[str], processors: int) -> list[str]:
    """What pytest is given: the person's own arguments, with workers where that helps.

    Workers are for the whole run only: they cost a second to start. tests/spread.py says which tests stay on
    one of them.
    """
    arguments = [argument for argument in argv if argument != "--slow"]
    if len(arguments) != len(argv):
        arguments += ["-m", ""]  # instead of pyproject.toml's "not slow"
    wants_one = any(a in _ONE_WORKER or a.startswith("-n") or not a.startswith("-") for a in argv)
    if wants_one or processors < 2:
        return arguments
    # One more than processors: many tests wait for what they have started, and another can work meanwhile.
    # Two more saved a sixteenth of the time (401 s, not 428, 2 processors, 2026-12-01), and crowded tests.
    return ["-n", str(min(processors + 1, _MOST_WORKERS)), "-p", "tests.spread", *arguments]
