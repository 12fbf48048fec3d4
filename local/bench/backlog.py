"""What open alerts cost that are not due: storage requests, rows read and CPU of a fetch with nothing new, of
a lone alert's whole way, of the hourly repair, and of a look that reads all that is open.

The steps and the storage adapters are the product's own, on Azurite; the alert source has one alert, and
nothing is known of anything. Azurite looks at every row of a table for each query, so its own time is not
measured.
"""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.azurite import Azurite
from local.bench.progress import Say
from local.certs import make_certificates
from local.incidents.alert_bodies import defender_body
from local.incidents.storm import make_storm
from shared.adapters import storage
from shared.adapters.clock import SystemClock
from shared.adapters.detections import DetectionFiles
from shared.core.alert import normalize
from shared.core.correlate import Cell
from shared.core.hunting import Gap
from shared.core.lookups import Lookup, Outcome
from shared.core.progress import BudgetPolicy, LedgerPolicy, LedgerRow, Window, admission, digests, due_index
from shared.core.values import AlertPage, Instant, OtherAlerts
from shared.errors import NotFound
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import due_index as owner

# Nothing hourly, and nothing that an earlier round leaves behind: no later hunt, none put off for a quota.
_POLICY = Policy(
    repair_every=1e9,
    repair_often_for=0.0,
    audit_every=1e9,
    purge_every=1e9,
    ledger=LedgerPolicy(late_hunts=(), settle_after=0.0),
    budget=BudgetPolicy(per_minute=100_000),
)
_AT_ONCE = 2_000


@dataclass(slots=True)
class _Counted:
    """A wire that counts requests, and the rows in what comes back."""

    inner: Any
    requests: int = 0
    rows: int = 0

    @property
    def url(self) -> str:
        return str(self.inner.url)

    def get(self, path: str) -> Any:
        self.requests += 1
        answer = self.inner.get(path)
        self.rows += answer.content.count(b'"RowKey"') if answer.status_code == 200 else 0
        return answer

    def post(self, *args: Any) -> Any:
        self.requests += 1
        return self.inner.post(*args)


@dataclass
class _Source:
    """Lists what it holds, whatever window is asked for."""

    name: str = "defender"
    alerts: list[object] = field(default_factory=list)

    def updated_in(self, window: Window) -> AlertPage:
        del window
        return AlertPage(tuple(self.alerts), full=False)

    created_in = touched_in = updated_in

    def others_in(self, window: Window) -> OtherAlerts | None:
        del window
        return None

    def one(self, alert_id: str) -> object:
        raise NotFound(alert_id)


class _Nothing:
    """Look-ups and hunts that find nothing, and calls that nobody counts."""

    def devices(self, keys: Iterable[str]) -> dict[str, Lookup[Any]]:
        return {key: Lookup(Outcome.NOT_FOUND) for key in keys}

    users = files = addresses = domains = devices

    def run(self, name: str, kql: str, timespan: str) -> tuple[Mapping[str, Cell], ...]:
        del name, kql, timespan
        return ()

    def gaps(self) -> frozenset[Gap]:
        return frozenset()

    def taken(self) -> dict[str, dict[str, int]]:
        return {"calls": {}, "throttled": {}}


def measure(folder: Path, *, sizes: Iterable[int], seed: int, say: Say) -> dict[str, Any]:
    """By number of open rows: requests, rows read and ms of CPU of each way."""
    certificates = make_certificates(folder / "tls")
    os.environ["REQUESTS_CA_BUNDLE"] = str(certificates.ca)
    bodies: Any = defender_body(make_storm(seed, alerts=1, minutes=30, noise=0).cases)["value"]
    body: dict[str, Any] = bodies[0]
    found: list[dict[str, Any]] = []
    with Azurite(cert=certificates.cert, key=certificates.key) as azurite:
        tables = storage.StorageTables.by_connection(azurite.connection_string)
        wire = _Counted(tables._wire)
        tables._wire = wire  # type: ignore[assignment]  # the bench counts at the door
        source = _Source()
        ports = _ports(tables, source)
        fetch_alerts(ports, _POLICY)
        count = 0
        for size in sizes:
            _fill(ports, body, count, size, say)
            count = size
            found.append({"open": size} | _ways(ports, source, body, wire))
            say(f"{size} open: {found[-1]}")
    return {"backlogs": found}


def _ports(tables: storage.StorageTables, source: _Source) -> Ports:
    clock, nothing = SystemClock(), _Nothing()
    return Ports(
        source=source,
        directory=nothing,
        hunter=nothing,
        ledger=storage.TableLedger(tables, "home"),
        documents=storage.TableDocuments(tables, "home"),
        checkpoints=storage.TableCheckpoints(tables, "home"),
        leases=storage.TableLeases(tables, "home"),
        alert_rows=storage.TableAlertRows(tables),
        event_rows=storage.TableEventRows(tables),
        incident_rows=storage.TableIncidentRows(tables),
        memberships=storage.TableMemberships(tables, "home"),
        sightings=storage.TableSightings(tables, "home"),
        retention=storage.TableRetention(tables, "home", clock),
        calls=nothing,
        clock=clock,
        rules=DetectionFiles(frozenset()).rules,
    )


def _fill(ports: Ports, body: object, first: int, end: int, say: Say) -> None:
    """Rows that wait for a hunt in two hours and later, as after a storm whose telemetry is not in yet."""
    now = ports.clock.now()
    alert = normalize(body, "defender", fallback=Instant.of(now))
    _, row = admission.admit(None, alert, digests(alert), "", now, _POLICY.ledger)
    if row is None:
        raise AssertionError("a new alert has a row")
    waits = replace(row, enrich_due=None, sends=0, was_published=True, finding_digest=row.hunt_digest)
    for at in range(first, end, _AT_ONCE):
        rows = [
            replace(waits, alert_id=f"waits{n:06d}", hunt_due=now + dt.timedelta(hours=2, seconds=n))
            for n in range(at, min(at + _AT_ONCE, end))
        ]
        ports.ledger.write_due({entry for one in rows for entry in due_index.entries(one)}, ())
        ports.ledger.write(rows)
        say(f"{at + len(rows)} open rows")


def _ways(ports: Ports, source: _Source, body: dict[str, Any], wire: _Counted) -> dict[str, Any]:
    def nothing_new() -> None:
        source.alerts = []
        fetch_alerts(ports, _POLICY)

    def lone() -> None:
        mark = uuid.uuid4().hex
        source.alerts = [body | {"id": f"{str(body['id']).partition('_')[0]}_{mark}"}]
        fetched = fetch_alerts(ports, _POLICY)
        enriched = [enrich_alert(ports, _POLICY, pointer, 1) for pointer in fetched.pointers]
        for wake_up in (*fetched.wake_ups, *(each for one in enriched for each in one.wake_ups)):
            hunt_correlate(ports, _POLICY, wake_up, f"{mark}#1")

    ways: dict[str, Callable[[], object]] = {
        "fetch": nothing_new,
        "lone": lone,
        "repair": lambda: owner.repair(ports.ledger, ports.clock.now()),
        "all": lambda: sum(isinstance(row, LedgerRow) for row in ports.ledger.open_rows()),
    }
    return {name: _one(do, wire, times=1 if name in ("repair", "all") else 3) for name, do in ways.items()}


def _one(do: Callable[[], object], wire: _Counted, *, times: int) -> dict[str, float]:
    """Of the last of so many, requests and rows; of the quickest, CPU."""
    ms = []
    for _ in range(times):
        wire.requests = wire.rows = 0
        began = time.process_time()
        do()
        ms.append((time.process_time() - began) * 1_000)
    return {"requests": wire.requests, "rows": wire.rows, "cpu_ms": round(min(ms), 1)}
