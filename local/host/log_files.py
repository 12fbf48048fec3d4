"""What the host hears, in files: one a function, and `host.log` for the host's own words.

A file is cut off at a few megabytes and the two before it are kept, as are those of the run before. On the
platform the same lines go to Application Insights.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path

from local.host.records import Invocation, LogEntry, Outcome
from local.plain_text import clean

MOST_BYTES = 4_000_000  # of one file
KEPT = 2  # files before it
_MOST_LINE = 20_000  # characters


class LogFiles:
    """Files in `folder`, which is made. Its methods may be called from any thread, and never fail: who cannot
    write a log goes on."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._files: dict[str, _File] = {}
        self._lock = threading.Lock()

    def heard(self, entry: LogEntry) -> None:
        """Writes a line to its function's file; to the host's what the host says, or nobody in particular."""
        line = f"{_moment(entry.at)} {entry.level:<11} {entry.category}: {entry.message}"
        if entry.category == "Host" or entry.function is None:
            self._write("host", line)
        if entry.function is not None:
            self._write(entry.function, line)

    def ended(self, invocation: Invocation) -> None:
        """Writes how a run ended, a failure with its stack."""
        level = "Information" if invocation.ok else "Error"
        text = (
            f"{_moment(dt.datetime.now(dt.UTC))} {level:<11} Host: {invocation.outcome.value} in "
            f"{invocation.seconds:.2f} s, {invocation.outputs} messages sent, run {invocation.invocation_id}"
        )
        if invocation.outcome is not Outcome.SUCCEEDED:
            text += f": {invocation.exception}"
        self._write(invocation.function, text)
        for line in invocation.stack_trace.splitlines():
            self._write(invocation.function, f"    {line}")

    def close(self) -> None:
        """Closes the files; what comes later is left out."""
        with self._lock:
            for file in self._files.values():
                file.close()
            self._most_bytes = 0

    def _write(self, name: str, text: str) -> None:
        line = clean(text[:_MOST_LINE])
        with self._lock:
            if not self._most_bytes:
                return
            try:
                if name not in self._files:
                    self._files[name] = _begun(self.folder / f"{name}.log", self._most_bytes)
                self._files[name].handle(logging.makeLogRecord({"msg": line}))
            except OSError:
                pass  # no room, or no right to it: the lines are on the console and in memory all the same


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Says nothing: `logging` would print a traceback over what the person is reading."""


def _begun(file: Path, most_bytes: int) -> _File:
    """The file, empty; what an earlier run left in it is kept under the next name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = _File(
        file, maxBytes=most_bytes, backupCount=KEPT, encoding="utf-8", errors="backslashreplace", delay=True
    )
    if file.exists():
        made.doRollover()
    return made


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
