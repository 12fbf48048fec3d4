"""Counts what running the app spends: log lines, storage requests, runs, calls, CPU, bytes kept.

`python -m local.docs.cost_counted` takes some minutes and writes cost_counted.json, from which
`python -m local.docs.cost` makes docs/cost.md. Counts depend on the alerts, and only CPU
on the machine.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local.bench.cpu import cpu_seconds
from local.bench.flow import tables
from local.bench.storage_requests import StorageRequests
from local.host.records import LogEntry
from local.incidents.storm import make_storm
from local.stack import Stack, StackOptions

FILE = Path(__file__).with_name("cost_counted.json")
_IDLE_RUNS = 8
_AGE = 200.0  # seconds, of the newest alert
_STEP = 1_800.0  # seconds by which the simulator's clock moves: longer than any of this takes
_ROUNDS, _WAIT = 4, 2.5  # fetches a group, and seconds between them: all later hunts have been due then
_TABLES = ("Alerts", "AlertEvents", "Incidents", "AlertWork", "EntityCache", "Checkpoints")


@dataclass(frozen=True, slots=True)
class Load:
    """How alerts come: so many with each of so many fetches, the next when all is done."""

    together: int
    fetches: int

    @property
    def alerts(self) -> int:
        """In all."""
        return self.together * self.fetches


LONE = Load(1, 10)
GROUPED = Load(7, 5)  # 10,000 a day are seven a minute


class Spending:
    """Everything spent since last asked."""

    def __init__(self, stack: Stack, entries: list[LogEntry], storage: StorageRequests) -> None:
        self._stack, self._entries, self._storage = stack, entries, storage
        self._cpu = 0.0
        self._runs = 0
        self.taken()

    def taken(self) -> dict[str, float]:
        """Counts by name."""
        stack = self._stack
        calls = {name: sum(by.values()) for name, by in stack.control("calls").items()}
        stack.control("forget", {"what": ["calls"]})
        hunts = sum(count for name, count in calls.items() if "runHuntingQuery" in name)
        entries, self._entries[:] = list(self._entries), []
        runs = Counter(one.function for one in stack.host.invocations[self._runs :])
        self._runs = len(stack.host.invocations)
        cpu, before = self._cpu_now(), self._cpu
        self._cpu = cpu
        storage = self._storage.figures(1)
        self._storage.restart()
        return {
            "storage_requests": storage["tables"] + storage["queues"],  # without the host's polling
            "log_lines": sum(entry.is_user for entry in entries),
            "log_bytes": sum(len(entry.message.encode()) for entry in entries if entry.is_user),
            "calls": sum(calls.values()) - hunts,
            "hunts": hunts,
            "cpu_s": round(cpu - before, 3),
            **{name: runs[name] for name in ("FetchAlerts", "EnrichAlert", "HuntCorrelate")},
        }

    def _cpu_now(self) -> float:
        return sum(cpu_seconds(pids) or 0.0 for pids in self._stack.host.worker_pids.values())


def measure(load: Load) -> dict[str, dict[str, float]]:
    """`idle`: of one FetchAlerts run that finds nothing; `alert`: of one alert, all its runs but fetches that
    find nothing; `kept`: bytes of one alert by table."""
    entries: list[LogEntry] = []
    storage = StorageRequests()
    with tempfile.TemporaryDirectory() as folder:
        _record(Path(folder), load)
        options = StackOptions(
            data=Path(folder),
            settings={"SETTLE_AFTER": "2s", "LATE_HUNTS": "2s,4s,6s", "POLL_OVERLAP": "1h"},
            simulator={"newest_alert_age_s": _AGE},
            on_log=entries.append,
            on_storage_request=storage.heard,
        )
        with Stack(options) as stack:
            spending = Spending(stack, entries, storage)
            runs = sum(_flow(stack) for _ in range(load.fetches))
            spent = spending.taken()
            for _ in range(_IDLE_RUNS):
                stack.host.run_timer("FetchAlerts")
            stack.host.idle(60.0)
            idle = {name: value / _IDLE_RUNS for name, value in spending.taken().items()}
            kept = _kept(stack)
    alert = {name: (value - idle[name] * runs) / load.alerts for name, value in spent.items()}
    return {
        "idle": {name: round(value, 3) for name, value in idle.items()},
        "alert": {name: round(max(0.0, value), 3) for name, value in alert.items()},
        "kept": {name: round(size / load.alerts) for name, size in kept.items()},
    }


def _record(folder: Path, load: Load) -> None:
    """Alerts of one minute, listed a group at a time as the simulator's clock is moved on."""
    make_storm(7, alerts=load.alerts, kind="steady").write(folder)
    file = folder / "alerts.json"
    body = json.loads(file.read_text("utf-8"))
    for number, alert in enumerate(body["value"]):
        alert["_listed_after_s"] = _AGE + _STEP * (1 + number // load.together) - _STEP / 2
    file.write_text(json.dumps(body), "utf-8")


def _flow(stack: Stack) -> int:
    """Lets the next group come to an end, later hunts too; the number of FetchAlerts runs that took."""
    stack.control("clock", {"advance_s": _STEP})
    for _ in range(_ROUNDS):
        stack.host.run_timer("FetchAlerts")
        stack.host.idle(60.0)
        time.sleep(_WAIT)
    return _ROUNDS


def _kept(stack: Stack) -> dict[str, int]:
    service = tables(stack)
    return {
        name: sum(entity_bytes(row) for row in service.get_table_client(name).list_entities())
        for name in _TABLES
    }


def entity_bytes(row: Mapping[str, Any]) -> int:
    """What an entity is billed for.

    https://learn.microsoft.com/archive/blogs/windowsazurestorage/understanding-windows-azure-storage-billing-bandwidth-transactions-and-capacity
    (read 2026-11).
    """
    keys = ("PartitionKey", "RowKey")
    size = 4 + 2 * sum(len(str(row[key])) for key in keys)
    return size + sum(8 + 2 * len(name) + _value_bytes(row[name]) for name in row if name not in keys)


def _value_bytes(value: object) -> int:
    if isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return 4
    if isinstance(value, (float, datetime)):
        return 8
    if isinstance(value, bytes):
        return 4 + len(value)
    return 4 + 2 * len(str(value))


def main() -> None:
    """Measures both loads and writes the file."""
    found = {"lone": measure(LONE), "grouped": measure(GROUPED)}
    FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(FILE.read_text("utf-8"))


if __name__ == "__main__":
    main()
