"""The rows of tables `KnownBenign` and `WriteBackRules`, whose owner this is: read for publishing, changed by
operators."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from shared import telemetry
from shared.core.known_benign import MOST_ENTRIES, Entry
from shared.core.write_back import WriteRule
from shared.errors import AppError
from shared.pipeline.ports import Clock
from shared.pipeline.stored.change import change

_AGAIN_AFTER = 60.0  # seconds


class KeptRows[T: (Entry, WriteRule)](Protocol):
    """One of the tables, one tenant's rows."""

    def read(self, row_id: str) -> T | None:
        """The row, or None."""

    def all(self) -> list[T]:
        """Every row of the tenant that can be read."""

    def write(self, row: T) -> T:
        """Written if its etag still holds, created where it has none; else another was first."""


class KnownRows[T: (Entry, WriteRule)]:
    """The rows as publishing sees them: read once a minute, and as last read where that fails. Safe to
    share between threads."""

    def __init__(self, rows: KeptRows[T], clock: Clock) -> None:
        self._rows: KeptRows[T] = rows
        self._clock = clock
        self._known: Sequence[T] = ()
        self._read_at: datetime | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Sequence[T]:
        """The tenant's rows, whatever their state."""
        with self._lock:
            now = self._clock.now()
            if self._read_at is None or (now - self._read_at).total_seconds() >= _AGAIN_AFTER:
                self._look()
                self._read_at = now
            return self._known

    def _look(self) -> None:
        try:
            found = sorted(self._rows.all(), key=lambda row: row.id)
        except AppError as err:
            # An alert is published without its mark rather than not at all.
            telemetry.error("rows of operators not read", reason=str(err))
            return
        if len(found) > MOST_ENTRIES:
            telemetry.error("too many rows of operators", rows=len(found), used=MOST_ENTRIES)
        self._known = found[:MOST_ENTRIES]


def changed[T: (Entry, WriteRule)](
    rows: KeptRows[T], empty: T, decide: Callable[[T | None], T | None]
) -> T | None:
    """The row of `empty`'s id as it stands after `decide` has said what to write of it; None is nothing to
    write, and a row that is not there."""

    def read() -> T:
        return rows.read(empty.id) or empty

    def ask(row: T) -> tuple[T | None, None]:
        return decide(None if row == empty else row), None

    row, _ = change(read, ask, rows.write)
    return None if row == empty else row
