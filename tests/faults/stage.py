"""The whole app on real parts, minute by minute: simulator, identity endpoint, and Azurite behind a door, or
tables in memory where the fault is not storage's.

Time is the machine's, and passes at once where somebody waits.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local.identity import IdentityEndpoint
from local.published import Published
from local.simulator.simulator import Simulator
from shared import wiring
from shared.adapters.storage.client import StorageTables
from shared.core.values.instant import Instant
from shared.errors import AppError
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.ports import Outbox
from shared.wiring import App
from tests.faults.storage_door import StorageDoor
from tests.pipeline.raw import DEVICE, raw_alert
from tests.pipeline.world import START
from tests.table_service import TableService

SHA1 = "0123456789abcdef0123456789abcdef01234567"
PID = 3276
_DELIVERIES = 5
_BACK_MINUTES = 0.5  # until a failed message is back: host.json's visibilityTimeout


@dataclass(frozen=True)
class Message:
    """One message on its way to a function, as often as it has been delivered before."""

    function: str
    text: str
    delivered: int = 0
    name: str = field(default_factory=lambda: uuid.uuid4().hex)


class QuickClock:
    """The machine's time and what was waited for; `wrong_by` is what our own clock adds to it."""

    def __init__(self) -> None:
        self.wrong_by = 0.0
        self._passed = 0.0
        self._lock = threading.Lock()

    @property
    def true_now(self) -> datetime:
        """What a right clock shows."""
        return datetime.now(UTC) + timedelta(seconds=self._passed)

    def now(self) -> datetime:
        return self.true_now + timedelta(seconds=self.wrong_by)

    def monotonic(self) -> float:
        return time.monotonic() + self._passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._passed += seconds

    def jitter(self) -> float:
        return 0.5


class Heard(logging.Handler):
    """The app's log lines, as the platform gets them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, json.loads(record.getMessage())))

    @property
    def complaints(self) -> set[str]:
        """The events of all warnings and errors."""
        return {line["event"] for level, line in self.lines if level in ("WARNING", "ERROR")}


class RowsInMemory(Published):
    """The same tables, read through the product's own client."""

    def __init__(self, tables: StorageTables) -> None:
        self._tables = tables

    def _rows(
        self, table: str, filter_text: str, select: list[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        return (dict(entity) for entity in self._tables.query(table, filter_text, select or ()))


@dataclass
class Stage:
    """One app, one tenant, two alerts; and the queues and the timer of the platform around it."""

    simulator: Simulator
    identity: IdentityEndpoint
    published: Published
    clock: QuickClock
    make_app: Callable[..., App]
    source: str = "defender"
    door: StorageDoor | None = None
    tables: TableService | None = None  # where they are in memory
    age_minutes: float = 3.0
    heard: Heard = field(default_factory=Heard)
    lifted: list[Callable[[], object]] = field(default_factory=list)  # what ends the fault
    queue: list[Message] = field(default_factory=list)
    poison: list[str] = field(default_factory=list)
    tenant: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self.app = self.make_app(TENANT=self.tenant, ALERT_SOURCE=self.source)
        self.alert_ids = tuple(f"da{self.tenant}_{n}" for n in range(2))

    def pass_minutes(self, minutes: float) -> None:
        """Moves our clock and the simulator's."""
        self.clock.sleep(60 * minutes)
        self.simulator.clock.advance(60 * minutes)

    def minute(self) -> None:
        """The timer once, then every message until none is left or all were tried, those that failed once
        more half a minute later."""
        self._run("FetchAlerts", lambda: fetch_alerts(self.app.ports, self.app.policy))
        for _ in range(2):
            self._deliver()
            self.pass_minutes(_BACK_MINUTES)

    def _deliver(self) -> None:
        waiting: list[Message] = []
        while self.queue:
            message = self.queue.pop(0)
            message = replace(message, delivered=message.delivered + 1)
            if self._run(message.function, self._step(message)):
                continue
            if message.delivered < _DELIVERIES:
                waiting.append(message)
            else:
                self.poison.append(message.text)
        self.queue = waiting

    def _step(self, message: Message) -> Callable[[], Outbox]:
        ports, policy = self.app.ports, self.app.policy
        if message.function == "EnrichAlert":
            return lambda: enrich_alert(ports, policy, message.text, message.delivered)
        holder = wiring.holder_of(message.name, message.delivered)
        return lambda: hunt_correlate(ports, policy, message.text, holder)

    def _run(self, function: str, step: Callable[[], Outbox]) -> bool:
        if self.tables is not None:
            self.tables.now = self.clock.true_now
        try:
            sent = step()
        except AppError as err:
            said = {"event": "invocation failed", "function": function, "reason": str(err)}
            self.heard.lines.append(("ERROR", said))  # what the host logs
            return False
        self.queue += [Message("EnrichAlert", text) for text in sent.pointers]
        self.queue += [Message("HuntCorrelate", text) for text in sent.wake_ups]
        return True

    def rows(self) -> list[dict[str, Any]]:
        """The rows of this stage's alerts."""
        ours = " or ".join(f"AlertId eq '{alert_id}'" for alert_id in self.alert_ids)
        return self.published.alerts(filter_text=ours)

    def why_not_whole(self) -> str:
        """What is missing from the rows and the ledger; "" where all is as it must be in the end."""
        rows = self.rows()
        if sorted(row["AlertId"] for row in rows) != sorted(self.alert_ids):
            return f"rows of {[row['AlertId'] for row in rows]}"
        for row in rows:
            told = {name: row[name] for name in ("CorrelationMethod", "EnrichmentStatus", "DvcRiskScore")}
            if told != {
                "CorrelationMethod": "ExactProcess",
                "EnrichmentStatus": "Complete",
                "DvcRiskScore": "High",
            }:
                return str(told)
            events = [event for event in self.published.events(row["RowKey"])]
            if not len(events) == row["EventCount"] == 2:
                return f"{len(events)} events, {row['EventCount']} said"
        left = [row["RowKey"] for row in self.published.open_rows(self.tenant)]
        return f"open: {left}" if set(left) & set(self.alert_ids) else ""

    def lift(self) -> None:
        """The fault is over."""
        self.simulator.faults.forget()
        for undo in self.lifted:
            undo()
        self.lifted.clear()

    def put_alerts(self) -> None:
        """The two alerts appear at the service, with telemetry and the entities around them."""
        tenant, now = self.simulator.tenant, self.clock.true_now
        tenant.forget()
        tenant.put_entities("machines", [{"id": DEVICE, "computerDnsName": "ws", "riskScore": "High"}])
        tenant.put_entities("users", [{"mostPrevalentMachineId": DEVICE, "accountName": "alice"}])
        tenant.put_entities("files", [{"sha1": SHA1, "organizationPrevalence": 2}])
        tenant.put_entities("ips", [{"ipAddress": "203.0.113.10", "organizationPrevalence": 3}])
        tenant.put_entities("domains", [{"host": "c2.example.net", "organizationPrevalence": 1}])
        telemetry: dict[str, list[dict[str, object]]] = {}
        for number, alert_id in enumerate(self.alert_ids):
            minutes = (START - now).total_seconds() / 60 + self.age_minutes + number / 10
            raw = raw_alert(alert_id, minutes_ago=minutes)
            tenant.alerts.put(raw)
            tenant.graph_alerts.put(_as_graph(raw))
            for table, rows in _telemetry(raw, number).items():
                telemetry.setdefault(table, []).extend(rows)
        for table, rows in telemetry.items():  # each time costs as much as many rows
            tenant.add_rows(table, rows)


def _telemetry(raw: dict[str, Any], number: int) -> dict[str, list[dict[str, object]]]:
    """The alert's process, and one connection of it."""
    begun = raw["evidence"][0]["processCreationTime"]
    later = Instant.parse(begun).plus(1).text()
    actor = {"InitiatingProcessId": PID, "InitiatingProcessCreationTime": begun}
    return {
        "DeviceProcessEvents": [
            {"Timestamp": begun, "DeviceId": DEVICE, "ReportId": 10 + number, "ActionType": "ProcessCreated"}
            | {"ProcessId": PID, "ProcessCreationTime": begun, "FileName": "powershell.exe", "SHA1": SHA1}
        ],
        "DeviceNetworkEvents": [
            {"Timestamp": later, "DeviceId": DEVICE, "ReportId": 20 + number, "RemotePort": 443}
            | {"ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.10"}
            | actor
        ],
    }


def _as_graph(raw: dict[str, Any]) -> dict[str, object]:
    """The same alert as Graph lists it."""
    process, kind = raw["evidence"][0], "#microsoft.graph.security."
    return {
        "id": raw["id"],
        "severity": "high",
        "status": "new",
        "title": raw["title"],
        "serviceSource": "microsoftDefenderForEndpoint",
        "createdDateTime": raw["alertCreationTime"],
        "lastUpdateDateTime": raw["lastUpdateTime"],
        "evidence": [
            {
                "@odata.type": f"{kind}processEvidence",
                "mdeDeviceId": DEVICE,
                "processId": PID,
                "processCreationDateTime": process["processCreationTime"],
                "processCommandLine": process["processCommandLine"],
                "imageFile": {"fileName": "powershell.exe", "sha1": SHA1},
            },
            {"@odata.type": f"{kind}deviceEvidence", "mdeDeviceId": DEVICE, "deviceDnsName": "ws"},
            {"@odata.type": f"{kind}ipEvidence", "ipAddress": "203.0.113.10"},
        ],
    }


def listening(stage: Stage) -> Iterator[Stage]:
    """The stage, hearing the log while a test lasts."""
    logger = logging.getLogger("alerts")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(stage.heard)
    try:
        yield stage
    finally:
        logger.removeHandler(stage.heard)
        logger.setLevel(before)
        stage.lift()
