"""Regular expressions by the time they take on lines that an attacker would choose.

Sigma's reader checks them with RE2, which never goes back; the app has only Python's `re`, where a pattern
such as `(a+)+$` takes longer than the world will stand. So each is tried, in a process that can be ended, on
lines made to be hard: lines that are hard for many patterns, and lines that nearly match this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from local.cpu import cpu_seconds
from shared.core.detections.condition import Expression

PATIENCE = 5.0  # seconds of work after which a pattern that gives no answer is ended
_LOOK = 0.05  # seconds between two looks at how much it has worked
Pattern = tuple[str, str]
"""The expression and its flags, of `i`, `m`, `s`."""


def patterns_of(expression: Expression) -> Iterator[Pattern]:
    """The regular expressions of a condition."""
    if expression[0] in ("and", "or", "not"):
        for part in expression[1:]:
            yield from patterns_of(part)
    elif expression[0] == "re":
        yield from ((pattern, expression[3]) for pattern in expression[2])


def too_slow(given: Iterable[Pattern], patience: float = PATIENCE) -> Mapping[Pattern, str]:
    """Those that are too slow, or that `re` does not take, each with what was seen. One that gives no answer
    after `patience` seconds of work is ended: of processor time where the system tells it, else by the clock.
    """
    wrong: dict[Pattern, str] = {}
    worker: _Worker | None = None
    for pattern in dict.fromkeys(given):
        worker = worker or _Worker()
        said = worker.answer(pattern, patience)
        if said is None:
            worker.end()
            worker = None
            said = f"still running after {patience:g} s"
        if said:
            wrong[pattern] = said
    if worker is not None:
        worker.end()
    return wrong


class _Worker:
    """A process that tries patterns, one line of JSON each."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.detections.hard_lines"],
            cwd=Path(__file__).resolve().parents[2], text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._answers: Queue[str | None] = Queue()
        Thread(target=self._read, daemon=True).start()
        self._answers.get()  # it is ready: what it takes to start is no pattern's

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._answers.put(line)
        self._answers.put(None)  # it has ended

    def answer(self, pattern: Pattern, patience: float) -> str | None:
        """ "" where it is quick, else what was seen; None where no answer came."""
        stream = self._process.stdin
        if stream is None:
            return None
        stream.write(json.dumps(pattern) + "\n")
        stream.flush()
        began = self._worked()
        while self._worked() - began < patience:
            with suppress(Empty):
                line = self._answers.get(timeout=_LOOK)
                return None if line is None else str(json.loads(line))
        return None

    def _worked(self) -> float:
        """Seconds of processor time, or by the clock where the system does not tell them."""
        spent = cpu_seconds([self._process.pid])
        return time.monotonic() if spent is None else spent

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.communicate()
