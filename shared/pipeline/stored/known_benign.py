"""The rows of table `KnownBenign`, whose owner this is: read for publishing, changed by operators."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from shared import telemetry
from shared.core.known_benign import MOST_ENTRIES, Entry
from shared.errors import AppError
from shared.pipeline.ports import Clock
from shared.pipeline.stored.change import change

_AGAIN_AFTER = 60.0  # seconds


class EntryRows(Protocol):
    """Table `KnownBenign`, one tenant's entries."""

    def read(self, entry_id: str) -> Entry | None:
        """The entry, or None."""
        ...

    def all(self) -> list[Entry]:
        """Every entry of the tenant that can be read."""
        ...

    def write(self, entry: Entry) -> Entry:
        """Written if its etag still holds, created where it has none; else another was first."""
        ...


class KnownEntries:
    """The entries as publishing sees them: read once a minute, and as last read where that fails. Safe to
    share between threads."""

    def __init__(self, rows: EntryRows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._entries: Sequence[Entry] = ()
        self._read_at: datetime | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Sequence[Entry]:
        """The tenant's entries, whatever their state."""
        with self._lock:
            now = self._clock.now()
            if self._read_at is None or (now - self._read_at).total_seconds() >= _AGAIN_AFTER:
                self._look()
                self._read_at = now
            return self._entries

    def _look(self) -> None:
        try:
            found = sorted(self._rows.all(), key=lambda entry: entry.id)
        except AppError as err:
            # An alert is published without its mark rather than not at all.
            telemetry.error("known benign entries not read", reason=str(err))
            return
        if len(found) > MOST_ENTRIES:
            telemetry.error("too many known benign entries", entries=len(found), used=MOST_ENTRIES)
        self._entries = found[:MOST_ENTRIES]


def changed(rows: EntryRows, entry_id: str, decide: Callable[[Entry | None], Entry | None]) -> Entry | None:
    """The entry as it stands after `decide` has said what to write of it; None is nothing to write, and an
    entry that is not there."""
    empty = Entry(id=entry_id)

    def read() -> Entry:
        return rows.read(entry_id) or empty

    def ask(entry: Entry) -> tuple[Entry | None, None]:
        return decide(None if entry == empty else entry), None

    entry, _ = change(read, ask, rows.write)
    return None if entry == empty else entry
