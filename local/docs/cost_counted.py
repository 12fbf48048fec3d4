"""Counts what running the app spends: log lines, storage requests, runs, calls, CPU, bytes kept.

`python -m local.docs.cost_counted` takes some minutes and writes cost_counted.json, from which
`python -m local.docs.cost` makes docs/cost.md. Counts depend on the alerts, and only CPU
on the machine.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.bench.flow import tables
from local.bench.storage_requests import StorageRequests
from local.cpu import cpu_seconds
from local.host.records import LogEntry
from local.incidents.storm import make_storm
from local.simulator import ticks
from local.stack import Stack, StackOptions

FILE = Path(__file__).with_name("cost_counted.json")
_IDLE_RUNS = 8
_AGE = 200.0  # seconds, of the newest alert
_NEVER_S = 1e6
_WHOLE_EVERY = 61.0  # seconds: the overlap is asked for once a minute
_OVERLAPS = 10  # times that an alert lies in it: POLL_OVERLAP is ten minutes
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


@dataclass(frozen=True, slots=True)
class Quiet:
    """What runs of FetchAlerts spend while nothing comes: a plain one, one that asks for the whole overlap
    again, and one that ends at once since `FETCH_EVERY` has not passed."""

    plain: Mapping[str, float]
    whole: Mapping[str, float]
    between: Mapping[str, float]

    @property
    def mean(self) -> dict[str, float]:
        """Of the four runs in a minute, of which one asks for the whole overlap."""
        return {name: round((3 * value + self.whole[name]) / 4, 3) for name, value in self.plain.items()}


def measure_quiet() -> Quiet:
    """The runs, counted without an alert."""
    spent: list[Mapping[str, float]] = []
    for settings in ({}, {"FETCH_EVERY": "10m"}):
        entries: list[LogEntry] = []
        storage = StorageRequests()
        options = StackOptions(settings=settings, on_log=entries.append, on_storage_request=storage.heard)
        with Stack(options) as stack:
            _fetch(stack, 1)
            spending = Spending(stack, entries, storage)
            spent.append(_of_one(spending, _fetch(stack, _IDLE_RUNS)))
            if not settings:
                spent.append(_whole(stack, spending))
    plain, whole, between = spent
    return Quiet(plain, whole, between)


def measure(load: Load, quiet: Quiet) -> dict[str, dict[str, float]]:
    """`idle`: of one FetchAlerts run that finds nothing; `alert`: of one alert, all its runs but fetches that
    find nothing, and with it being asked for again as long as it lies in the overlap; `kept`: bytes of one
    alert by table."""
    entries: list[LogEntry] = []
    storage = StorageRequests()
    with tempfile.TemporaryDirectory() as folder:
        alerts = _record(Path(folder), load)
        options = StackOptions(
            data=Path(folder),
            settings={"SETTLE_AFTER": "2s", "LATE_HUNTS": "2s,4s,6s", "POLL_OVERLAP": "1h"},
            simulator={"newest_alert_age_s": _AGE},
            on_log=entries.append,
            on_storage_request=storage.heard,
        )
        with Stack(options) as stack:
            spending = Spending(stack, entries, storage)
            groups = itertools.batched(alerts, load.together, strict=True)
            runs = sum(_flow(stack, group) for group in groups)
            spent = spending.taken()
            whole = _whole(stack, spending)
            kept = _kept(stack)
    alert = {}
    for name, value in spent.items():
        again = _OVERLAPS * max(0.0, whole[name] - quiet.whole[name])
        alert[name] = round(max(0.0, (value - quiet.plain[name] * runs + again) / load.alerts), 3)
    return {
        "idle": quiet.mean,
        "alert": alert,
        "kept": {name: round(size / load.alerts) for name, size in kept.items()},
    }


def _fetch(stack: Stack, times: int) -> int:
    for _ in range(times):
        stack.host.run_timer("FetchAlerts")
    stack.host.idle(60.0)
    return times


def _whole(stack: Stack, spending: Spending) -> Mapping[str, float]:
    """What the next run spends that asks for the whole overlap."""
    time.sleep(_WHOLE_EVERY)
    spending.taken()
    return _of_one(spending, _fetch(stack, 1))


def _of_one(spending: Spending, runs: int) -> Mapping[str, float]:
    return {name: round(value / runs, 3) for name, value in spending.taken().items()}


def _record(folder: Path, load: Load) -> list[dict[str, Any]]:
    """The alerts of one minute, in groups as they are to come. The recording itself lists none of them."""
    make_storm(7, alerts=load.alerts, kind="steady").write(folder)
    file = folder / "alerts.json"
    body = json.loads(file.read_text("utf-8"))
    alerts: list[dict[str, Any]] = body["value"]
    file.write_text(
        json.dumps({**body, "value": [one | {"_listed_after_s": _NEVER_S} for one in alerts]}), "utf-8"
    )
    return alerts


def _flow(stack: Stack, alerts: Sequence[dict[str, Any]]) -> int:
    """Lists these alerts as raised now, and lets them come to an end, later hunts too; the number of
    FetchAlerts runs that took."""
    shift = round(float(stack.control("state")["shift_s"]) * ticks.PER_SECOND)
    moved = json.loads(ticks.shifted_within(json.dumps(alerts), shift))
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fresh = {"alertCreationTime": moment, "lastUpdateTime": moment}
    stack.control("alerts", {"value": [one | fresh for one in moved]})
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
    """Measures what quiet runs and both loads spend, and writes the file."""
    quiet = measure_quiet()
    found = {
        "lone": measure(LONE, quiet),
        "grouped": measure(GROUPED, quiet),
        "between": quiet.between,
    }
    FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(FILE.read_text("utf-8"))


if __name__ == "__main__":
    main()
