"""What the person sees while the alerts flow: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from local.demo.show import labelled
from local.host.records import Invocation, LogEntry

_LINE_EVERY = 2.0  # seconds between two plain lines


def why_of(record: dict[str, object]) -> str:
    """What an error's record gives as its reason; all that it says, where it names none."""
    for name in ("reason", "advice"):
        if _has_words(record.get(name)):
            return str(record[name])
    said = [f"{name} {value}" for name, value in record.items() if name != "event" and _has_words(value)]
    return ", ".join(said) or "it gives no reason"


def _has_words(value: object) -> bool:
    return value is not None and str(value).strip() != ""


class Progress:
    """Counts what the functions log, and shows it. Its methods may be called from any thread."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._counts: Counter[str] = Counter()
        self._problems: list[str] = []
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._shown = ""
        self._shown_at = 0.0
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("Starting …")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def heard(self, entry: LogEntry) -> None:
        """Counts a log line of the functions."""
        if not entry.is_user:
            return
        try:
            record = json.loads(entry.message)
        except ValueError:
            return
        if not isinstance(record, dict):
            return
        with self._lock:
            self._count(record)
            if entry.level in ("Error", "Critical"):
                self._problem(f"{record.get('event')}: {why_of(record)}")
        self.show()

    def _count(self, record: dict[str, object]) -> None:
        event = record.get("event")
        if event == "fetched":
            self._counts["fetched"] += sum(int(str(record.get(word, 0))) for word in ("new", "changed"))
        elif event == "enriched":
            self._counts["enriched"] += 1
        elif event == "hunted":
            self._counts["hunts"] += int(str(record.get("calls", 0)))

    def ended(self, invocation: Invocation) -> None:
        """Notes a run that failed."""
        if not invocation.ok:
            with self._lock:
                self._problem(f"{invocation.function} {invocation.outcome.value}: {invocation.exception}")

    def _problem(self, text: str) -> None:
        """Shows a problem at once, the first time it comes up."""
        if text not in self._problems:
            self._problems.append(text)
            self._console.print(labelled("logged:", "yellow", text), soft_wrap=True)

    def rows(self, published: int, open_alerts: int) -> None:
        """Shows how many alerts have their row, and how many are still worked on."""
        with self._lock:
            self._counts["rows"], self._counts["open"] = published, open_alerts
        self.show()

    def show(self) -> None:
        """Prints the counts, if they changed."""
        with self._lock:
            counts = self._counts
            text = (
                f"{counts['fetched']} of {self._total} alerts fetched, {counts['enriched']} enriched, "
                f"{counts['hunts']} hunting queries, {counts['rows']} rows, {counts['open']} still open"
            )
            seconds = time.monotonic() - self._began
            is_too_soon = self._status is None and seconds - self._shown_at < _LINE_EVERY
            if text == self._shown or is_too_soon:
                return
            self._shown, self._shown_at = text, seconds
        if self._status is not None:
            self._status.update(f"{seconds:4.0f} s  {text}")
        elif counts["fetched"]:
            self._console.print(f"{seconds:6.1f} s  {text}", highlight=False, soft_wrap=True)
