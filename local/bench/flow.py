"""One recording through the local stack, measured: when each row became final, and what it cost."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient

from local.cpu import cpu_seconds, peak_mb
from local.host.records import Invocation, LogEntry
from local.stack import Stack

# Complete: every look-up was answered; None: the alert gave nothing to look up.
ANSWERED = ("Complete", "None")
_COLUMNS = [
    "AlertId",
    "AlertUpdated",
    "CorrelationStatus",
    "CorrelationMethod",
    "EnrichmentStatus",
    "EventCount",
    "EventsShown",
    "LastPublished",
]
WATCHED = "$select=" + "%2C".join(_COLUMNS)  # in the address of each look
_LOOK_EVERY = 1.0  # seconds between two looks at the table
_LOOK_SHARE = 15.0  # and so many times what a look takes

type Row = Mapping[str, Any]


@dataclass(slots=True)
class Events:
    """What the functions logged, by event: how often, first and last second. Any thread may call `heard`."""

    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, entry: LogEntry) -> None:
        """Counts a line of the app's own log; errors are kept in words."""
        try:
            record = json.loads(entry.message)
        except ValueError:
            record = None
        event = str(record.get("event")) if entry.is_user and isinstance(record, dict) else ""
        now = time.monotonic() - self.began
        with self._lock:
            if event:
                self.counts[event] += 1
                self.seconds.setdefault(event, [now, now])[1] = now
            if entry.level in ("Error", "Critical"):
                self.problems[event or entry.message.splitlines()[0][:120]] += 1

    def restart(self) -> None:
        """Counts seconds from now on."""
        with self._lock:
            self.began = time.monotonic()

    def ended(self, invocation: Invocation) -> None:
        """Notes a run that failed."""
        if not invocation.ok:
            with self._lock:
                self.problems[f"{invocation.function} {invocation.outcome.value}"] += 1

    def timeline(self) -> dict[str, dict[str, float]]:
        """By event: times seen, and the seconds of the first and the last time."""
        with self._lock:
            return {
                event: {
                    "times": self.counts[event],
                    "first_s": round(first, 1),
                    "last_s": round(last, 1),
                }
                for event, (first, last) in sorted(self.seconds.items(), key=lambda item: item[1][0])
            }


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as it stood when it was first seen final, and when it was written so."""

    row: Row
    at: datetime


def is_final(row: Row) -> bool:
    """Whether the alert was hunted to an end and all its look-ups were answered."""
    return row.get("CorrelationStatus") not in ("Pending", None) and row.get("EnrichmentStatus") in ANSWERED


@dataclass(slots=True)
class Watch:
    """Looks at table `Alerts` while it fills: when each alert had a first row, since when it is final, and
    every version of it that was seen, the oldest first."""

    table: TableClient
    seen: dict[str, Seen] = field(default_factory=dict)
    first: dict[str, datetime] = field(default_factory=dict)
    versions: dict[str, list[Seen]] = field(default_factory=dict)
    _since: datetime | None = None

    def look(self) -> int:
        """The number of final rows by now; only rows written since the last look are read."""
        if self._since is None:
            text = ""
        else:
            text = f"LastPublished ge datetime'{self._since.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
        for row in read(self.table, text):
            written = row["LastPublished"]
            alert_id = row["AlertId"]
            self.first.setdefault(alert_id, written)
            versions = self.versions.setdefault(alert_id, [])
            if not versions or versions[-1].at != written:
                versions.append(Seen(row, written))
            if is_final(row):
                self.seen.setdefault(alert_id, Seen(row, written))
            # Rows of one batch are written over a while after their time was taken.
            since = written - timedelta(seconds=20)
            self._since = since if self._since is None else max(self._since, since)
        return len(self.seen)


def read(table: TableClient, text: str = "", select: Sequence[str] = _COLUMNS) -> list[Row]:
    """The rows' few columns that are measured; nothing where there is no table yet."""
    columns = list(select)
    try:
        found = table.query_entities(text, select=columns) if text else table.list_entities(select=columns)
        return [dict(row) for row in found]
    except ResourceNotFoundError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a flow cost: calls by API and status, CPU of the functions' processes, their peak memory."""

    calls: Mapping[str, Mapping[str, int]]
    hunts: list[Mapping[str, Any]]
    cpu_s: Mapping[str, float]
    peak_mb: Mapping[str, float]


class Meter:
    """Counts from `start` on; the workers must be the same at the end."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._pids = {name: list(pids) for name, pids in stack.host.worker_pids.items()}
        self._before = {name: cpu_seconds(pids) for name, pids in self._pids.items()}
        stack.control("forget", {"what": ["calls", "hunts"]})

    def read(self) -> Cost:
        """What was spent since the start. Figures that this system does not tell are left out."""
        cpu: dict[str, float] = {}
        peaks: dict[str, float] = {}
        for name, pids in self._pids.items():
            before, after = self._before[name], cpu_seconds(pids)
            if before is not None and after is not None:
                cpu[name] = round(after - before, 2)
            peak = [mb for mb in map(peak_mb, pids) if mb is not None]
            if peak:
                peaks[name] = round(max(peak), 1)
        return Cost(
            calls=self._stack.control("calls"),
            hunts=self._stack.control("hunts")["value"],
            cpu_s=cpu,
            peak_mb=peaks,
        )


def tables(stack: Stack) -> TableServiceClient:
    """The stack's tables, read as their owner."""
    return TableServiceClient.from_connection_string(
        stack.azurite.connection_string, connection_verify=str(stack.certificates.ca)
    )


def wait_until_final(
    watch: Watch, expected: int, *, patience: float, at_most: float, on_look: Callable[[int], None]
) -> bool:
    """True once `expected` rows are final; False where nothing moved for `patience` seconds, or after
    `at_most` seconds."""
    began = moved = time.monotonic()
    before = -1
    while True:
        looked = time.monotonic()
        final = watch.look()
        now = time.monotonic()
        on_look(final)
        if final >= expected:
            return True
        if final != before:
            before, moved = final, now
        if now - moved > patience or now - began > at_most:
            return False
        # A look makes the emulator go through the whole table, and to read thousands of rows takes a second
        # of processor time here; it must not become a load of its own.
        time.sleep(max(_LOOK_EVERY, _LOOK_SHARE * (now - looked)))


def curve(moments: Iterable[datetime], zero: datetime) -> list[tuple[float, int]]:
    """(seconds, rows final by then), a point for each second in which rows became final."""
    by_second = Counter(max(0, -int(-(moment - zero).total_seconds() // 1)) for moment in moments)
    points = [(0.0, 0)]
    total = 0
    for second in sorted(by_second):
        total += by_second[second]
        points.append((float(second), total))
    return points


def now() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)
