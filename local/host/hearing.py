"""What the host remembers of its runs and logs, and what of it gets lost on the way as on the platform."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from local.host.log_files import LogFiles
from local.host.logging_options import LoggingOptions
from local.host.records import Invocation, LogEntry

_KEPT_RECORDS = 100_000
_LONGEST = 32_768  # characters of a message that get through whole


class Hearing:
    """Its methods may be called from any thread."""

    def __init__(
        self,
        *,
        on_log: Callable[[LogEntry], None] | None = None,
        on_invocation: Callable[[Invocation], None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.options = LoggingOptions()
        self._log_callback, self._invocation_callback = on_log, on_invocation
        self._files = LogFiles(folder) if folder is not None else None
        self._lock = threading.Lock()
        self._invocations: deque[Invocation] = deque(maxlen=_KEPT_RECORDS)
        self._logs: deque[LogEntry] = deque(maxlen=_KEPT_RECORDS)
        self._dropped: deque[LogEntry] = deque(maxlen=_KEPT_RECORDS)
        self._dependencies = 0

    @property
    def invocations(self) -> list[Invocation]:
        """Every run so far, in the order they ended; the last 100,000 are kept."""
        with self._lock:
            return list(self._invocations)

    @property
    def logs(self) -> list[LogEntry]:
        """Every log record that got through, in the order they came; the last 100,000 are kept."""
        with self._lock:
            return list(self._logs)

    @property
    def dropped(self) -> list[LogEntry]:
        """The app's records that no run was known for: the platform drops them without a trace."""
        with self._lock:
            return list(self._dropped)

    @property
    def dependencies(self) -> int:
        """How many dependency records Application Insights would have got, before sampling."""
        return self._dependencies

    def ended(self, invocation: Invocation) -> None:
        """Notes how a run ended."""
        with self._lock:
            self._invocations.append(invocation)
        if self._files is not None:
            self._files.ended(invocation)
        self._tell(self._invocation_callback, invocation)

    def heard(self, entry: LogEntry) -> None:
        """Notes a record, unless host.json's filter holds it back."""
        if not self.options.keeps(entry.category, entry.level):
            return
        with self._lock:
            self._logs.append(entry)
        if self._files is not None:
            self._files.heard(entry)
        self._tell(self._log_callback, entry)

    def lost(self, entry: LogEntry) -> None:
        """Notes a record of the app that belongs to no run that is under way."""
        with self._lock:
            self._dropped.append(entry)

    def said(self, level: str, message: str, *, function: str | None = None, category: str = "Host") -> None:
        """Notes a word of the host itself."""
        self.heard(
            LogEntry(level=level, category=category, message=message, is_user=False, function=function)
        )

    def sent(self) -> None:
        """Notes a message that was sent."""
        if self.options.dependencies:
            with self._lock:
                self._dependencies += 1

    def close(self) -> None:
        """Closes the files."""
        if self._files is not None:
            self._files.close()

    def _tell[Record](self, callback: Callable[[Record], None] | None, record: Record) -> None:
        """Calls the caller's own code; its failure must not end the thread that hears the worker."""
        try:
            if callback is not None:
                callback(record)
        except Exception as error:
            words = f"the callback for {type(record).__name__} failed: {error!r}"
            with self._lock:
                self._logs.append(LogEntry(level="Critical", category="Host", message=words, is_user=False))


def cut(message: str) -> str:
    """The message as far as it gets through."""
    return message[:_LONGEST]
