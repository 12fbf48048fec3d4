"""A storm through the real parts, undisturbed or with workers killed at random moments, and its outcome."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError
from azure.data.tables import TableServiceClient, UpdateMode

from local.host.channel import WorkerLost
from local.host.function_host import FunctionHost
from local.host.records import Outcome
from local.published import Published
from shared.wiring import App
from tests.same import standing, steady

# Between two kills of a function so much of its work ends at the most: runs, of HuntCorrelate batches.
# So the kills are as many on a fast machine as on a slow one, and whoever is killed goes on in between.
APART = {"FetchAlerts": 2, "EnrichAlert": 15, "HuntCorrelate": 3}
# Then, at most, such a part of the storm's time without kills passes.
MOMENTS = {"FetchAlerts": 0.05, "EnrichAlert": 0.05, "HuntCorrelate": 0.2}
# Of the kills, each function's at most. A drain that dies leaves ten smaller batches, one after another.
SHARES = {"FetchAlerts": 0.45, "EnrichAlert": 0.45, "HuntCorrelate": 0.1}
_OF_INSTANCES = 0.2  # of the kills; each third worker that dies ends its instance as well
_PATIENCE, _TIMES = (
    600.0,
    30.0,
)  # seconds for a storm; with kills so many times its time without, if that is more
_TABLES = ("Alerts", "AlertEvents", "Incidents", "AlertWork", "EntityCache", "Checkpoints")


@dataclass
class Consumer:
    """Tells of each row that asks for it, and marks the row, as the sample workflow does."""

    service: TableServiceClient
    told: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        table = self.service.get_table_client("Alerts")
        for row in table.query_entities("NotifyState eq 'New' or NotifyState eq 'Updated'"):
            mark = {**{key: row[key] for key in ("PartitionKey", "RowKey")}, "NotifyState": "Told"}
            try:
                table.update_entity(
                    mark,
                    mode=UpdateMode.MERGE,
                    etag=row.metadata["etag"],
                    match_condition=MatchConditions.IfNotModified,
                )
            except ResourceModifiedError:
                continue  # it changed under our hands: it is looked at again
            self.told[row["AlertId"]] += 1


@dataclass
class Killer:
    """Kills workers that are at work, and now and then their instance, at random moments until it is stopped:
    each function's at its own pace, and none more often than its share of `at_most`. It begins once
    `is_begun`: the storm's first fetch has alerts in work then, and dies with them."""

    host: FunctionHost
    seed: int
    at_most: int
    calm_seconds: float  # the storm's without kills
    is_begun: Callable[[], bool]
    kills: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Killer:
        for function in SHARES:
            thread = threading.Thread(target=self._kill, args=(function,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _kill(self, function: str) -> None:
        chance = random.Random(f"{self.seed} {function}")  # noqa: S311 - moments, not secrets
        goal, longest = 0, 0.0 if function == "FetchAlerts" else MOMENTS[function]
        most = self.at_most * SHARES[function]
        while self.kills[function] < most:
            if not self._waited(self.is_begun) or not self._waited(partial(self._has_ended, function, goal)):
                return
            if self._stop.wait(chance.uniform(0, longest) * self.calm_seconds):
                return
            if not self._waited(partial(self.host.is_busy, function)):
                return
            with self._lock:
                try:
                    if chance.random() < _OF_INSTANCES:
                        self.host.kill_instance(function)
                    else:
                        self.host.kill_worker(function)
                except WorkerLost:
                    continue  # it is being started
                self.kills[function] += 1
            goal, longest = self._ended(function) + chance.randint(0, APART[function]), MOMENTS[function]

    def _waited(self, until: Callable[[], bool]) -> bool:
        """True once it is so; False where the storm ends first."""
        while not until():
            if self._stop.wait(0.04):
                return False
        return True

    def _has_ended(self, function: str, goal: int) -> bool:
        return self._ended(function) >= goal

    def _ended(self, function: str) -> int:
        """Its work that has come to an end so far."""
        if function == "HuntCorrelate":
            return sum('"event": "hunted"' in log.message for log in self.host.logs)
        mine = [one for one in self.host.invocations if one.function == function]
        return sum(one.outcome is Outcome.SUCCEEDED for one in mine)


@dataclass(frozen=True, slots=True)
class Run:
    """What a storm came to; `struck` are the invocations that a kill ended."""

    outcome: Mapping[str, Any]
    kills: Mapping[str, int]
    struck: Mapping[str, int]
    seconds: float


def run(host: FunctionHost, app: App, service: TableServiceClient, killer: Killer | None = None) -> Run:
    """The storm until nothing is open and nothing is queued; fails with what is left after ten minutes, on a
    slow machine after more."""
    service.create_table_if_not_exists("Alerts")  # else a consumer that looks first has nothing to ask
    published, consumer = Published(service), Consumer(service)
    begun = time.monotonic()
    wait = threading.Event()
    while True:
        host.run_timer("FetchAlerts")
        consumer.look()
        left = published.open_rows(app.policy.tenant)
        if published.count() and not left and host.idle(5.0):
            consumer.look()
            break
        if time.monotonic() - begun > max(_PATIENCE, _TIMES * killer.calm_seconds if killer else 0.0):
            pytest.fail(f"not everything ended: {_standing(host, app, left)}")
        wait.wait(0.5)
    struck = Counter(one.function for one in host.invocations if one.outcome is not Outcome.SUCCEEDED)
    seconds = time.monotonic() - begun
    return Run(outcome(app, published, consumer), dict(killer.kills if killer else {}), struck, seconds)


def _standing(host: FunctionHost, app: App, left: list[dict[str, Any]]) -> str:
    """What was going on at the end: how each function's last runs ended and what it said, the lease, and
    where the alerts that are left are looked for."""
    said = [f"{len(left)} left, such as {left[:1]}", f"workers {host.worker_pids}"]
    for function in SHARES:
        runs = [one for one in host.invocations if one.function == function][-8:]
        logs = [log for log in host.logs if log.function == function and not log.message.startswith("{")]
        facts = [log for log in host.logs if log.function == function and log.message.startswith("{")]
        said += [f"{one.started:%X} {function} {one.outcome.value} {one.exception}" for one in runs]
        said += [f"{log.at:%X} {log.function} {log.message[:300]}" for log in (*logs[-6:], *facts[-6:])]
    ids = {str(row["AlertId"]) for row in left}
    said += [str(entry) for entry in app.ports.ledger.all_due_entries() if entry.alert_id in ids]
    return "\n".join(
        [*said, str(app.ports.leases.read()), str(app.ports.checkpoints.read(app.ports.source.name))]
    )


def outcome(app: App, published: Published, consumer: Consumer) -> Mapping[str, Any]:
    """What must be the same: rows, events, the ledger's state, and whom a consumer was told of, how often."""
    rows = published.alerts()
    history = app.ports.ledger.finished([(str(row["PartitionKey"]), str(row["AlertId"])) for row in rows])
    return {
        "rows": {row["RowKey"]: _as_looked_up(steady(row)) for row in rows},
        "events": {(row["PartitionKey"], row["RowKey"]): steady(row) for row in published.events()},
        "history": {key: standing(row) for key, row in history.items()},
        "told": dict(consumer.told),
    }


def _as_looked_up(row: dict[str, Any]) -> dict[str, Any]:
    """The row without the SIDs of who is logged on. The one hunt for all devices of a storm has them,
    Defender's own look-up does not, and which of the two an alert gets hangs on whether FetchAlerts lived to
    hunt."""
    named = [name for name in str(row["AllUsers"]).split(", ") if not name.startswith("s-1-5-")]
    return {**row, "AllUsers": ", ".join(named)}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, list[str]]:
    """What differs, by part and column, with the first keys and both values of each."""
    found: dict[str, list[str]] = {}
    for part in one:
        mine, others = one[part], other[part]
        for key in sorted(mine.keys() | others.keys(), key=str):
            for name, two in _differing(mine.get(key), others.get(key)):
                found.setdefault(f"{part} {name}", []).append(f"{key}: {two}"[:300])
    return found


def _differing(one: Any, other: Any) -> list[tuple[str, str]]:
    if one == other:
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
        # Whoever the alert names without a SID may have it from who is logged on (see `_as_looked_up`).
        if "" in (one.get("UserSid"), other.get("UserSid")):
            names = [name for name in names if name != "UserSid"]
        return [(name, f"{one.get(name)!r} / {other.get(name)!r}") for name in names]
    return [("missing" if one is None else "more" if other is None else "other", f"{one!r} / {other!r}")]


def empty(service: TableServiceClient) -> None:
    """Takes every row away, so that the same alerts are new once more."""
    for name in {table.name for table in service.list_tables()}.intersection(_TABLES):
        service.delete_table(name)
        service.create_table(name)
