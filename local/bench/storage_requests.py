"""Storage requests, counted from the lines that the emulator writes about each."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Any

from local.docs.prices import QUEUE_10_000, TABLE_10_000

_LINE = re.compile(r'"(?P<method>[A-Z]+) /[^/]+/(?P<what>[^ ]*) HTTP/1\.1" \d')
_LOOKS_FOR_MESSAGES = "numofmessages="
_COUNTS_MESSAGES = "comp=metadata"  # the stack itself, waiting until nothing is left to do


class StorageRequests:
    """Counts by kind, from any thread. Requests whose address holds `not_counted` are the watcher's own."""

    def __init__(self, not_counted: str = "\0") -> None:
        self._not_counted = not_counted
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def heard(self, line: str) -> None:
        """Counts a line of the emulator."""
        match = _LINE.search(line)
        if match is None or self._not_counted in line or _COUNTS_MESSAGES in line:
            return
        with self._lock:
            self._counts[_kind(match["method"], match["what"])] += 1

    def restart(self) -> None:
        """Counts from now on."""
        with self._lock:
            self._counts.clear()

    def figures(self, alerts: int) -> dict[str, Any]:
        """Requests by kind, how many an alert without the host's looking for messages, and the dollars of a
        thousand alerts at US list prices."""
        with self._lock:
            counts = Counter(self._counts)
        polls = counts.pop("looks for messages", 0)
        queues = sum(count for kind, count in counts.items() if "message" in kind or "queue" in kind)
        tables = counts.total() - queues
        dollars = (tables * TABLE_10_000 + (queues + polls) * QUEUE_10_000) / 10_000
        return {
            "by_kind": dict(counts.most_common()),
            "tables": tables,
            "queues": queues,
            "looks_for_messages": polls,
            "an_alert": round(counts.total() / max(1, alerts), 2),
            "tables_an_alert": round(tables / max(1, alerts), 2),
            "dollars_a_thousand_alerts": round(1_000 * dollars / max(1, alerts), 5),
        }


def _kind(method: str, what: str) -> str:
    path = what.partition("?")[0]
    if _LOOKS_FOR_MESSAGES in what:
        return "looks for messages"
    if "/messages" in path:
        return {"POST": "message sent", "DELETE": "message deleted"}.get(method, "message kept")
    if path == "$batch":
        return "transaction"
    if path == "Tables":
        return "table made"
    name = path.partition("(")[0]
    if "-" in name:  # no name of a table has a hyphen
        return "queue made"
    return f"{'read of' if method == 'GET' else 'write to'} {name}"
