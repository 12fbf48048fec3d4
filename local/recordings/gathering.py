"""One alert of an account with all that the app would ask about it, as the services answered.

The app's own hunts and look-ups ask, so that what is gathered is what a verdict stands on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

from local.simulator.engine import hunting_schema
from shared.adapters.clock import SystemClock
from shared.adapters.defender import DefenderDirectory
from shared.adapters.http import Call, HttpAnswer
from shared.core.alert import Alert, normalize
from shared.core.conclude import Rules, proves
from shared.core.correlate import Cell, Finding, Reason
from shared.core.hunting import Answer, Case, Query, start
from shared.core.lookups import Enrichment, wanted_entities
from shared.core.values import Instant
from shared.errors import AccessDenied, AppError, QueryRejected, ResultTooLarge
from shared.pipeline.enrich import look_up
from shared.pipeline.policy import Policy
from shared.pipeline.ports import AlertSource, Hunter

MOST_CALLS = 40  # of hunting; a tenant has 45 a minute for all its apps
_HELPERS = ("Table", "Generation", "Match", "Rows")

type Json = dict[str, Any]


class Api(Protocol):
    """Defender's API; `JsonApi` is one."""

    def send(self, call: Call) -> HttpAnswer:
        """The answer."""
        ...


class CallsSpent(Exception):
    """The alert takes more hunting calls than may be made for it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What is asked: the alert list, Defender's entity APIs and hunting; and by which numbers."""

    source: AlertSource
    api: Any
    hunter: Hunter
    rules: Rules
    policy: Policy


@dataclass(slots=True)
class Gathered:
    """The answers. `entities` are in the words of the recording's files, `rows` by table. `counted` are rows
    that were too many to be sent, by table."""

    source: str
    raw: Json
    alert: Alert
    finding: Finding
    enrichment: Enrichment
    entities: dict[str, list[Json]] = field(default_factory=dict)
    rows: dict[str, list[Json]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    calls: int = 0


def gather(account: Account, alert_id: str, now: Instant) -> Gathered:
    """Everything about this alert. Raises AppError where the alert, or hunting at all, is refused, and
    CallsSpent."""
    raw = account.source.one(alert_id)
    if not isinstance(raw, dict):
        raise QueryRejected("alert", "the answer is no alert")
    alert = normalize(raw, account.source.name, fallback=now)
    heard = _Heard(account.api)
    enrichment = look_up(
        DefenderDirectory(heard, SystemClock()),  # type: ignore[arg-type]  # it sends, and no more is asked of it
        wanted_entities(alert),
        Enrichment(),
        anew=True,
    )
    rows = _Rows()
    finding = _hunted(account, alert, now, rows)
    return Gathered(
        account.source.name,
        raw,
        alert,
        finding,
        enrichment,
        heard.entities(),
        rows.by_table(),
        rows.counted,
        rows.calls,
    )


def _hunted(account: Account, alert: Alert, now: Instant, rows: _Rows) -> Finding:
    hunt = start((Case(alert),), now, account.policy.hunt, proves(account.rules))
    while hunt.queries:
        if rows.calls + len(hunt.queries) > MOST_CALLS:
            raise CallsSpent(f"more than {MOST_CALLS} hunting calls would be needed")
        hunt = hunt.answered([_asked(account.hunter, query, rows) for query in hunt.queries])
    return hunt.findings()[alert.id]


def _asked(hunter: Hunter, query: Query, rows: _Rows) -> Answer:
    rows.calls += 1
    try:
        found = hunter.run(query.name, query.kql, query.timespan)
    except ResultTooLarge as err:
        return Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail=str(err))
    except QueryRejected as err:
        return Answer(query, failure=Reason.QUERY_REJECTED, detail=str(err))
    except AccessDenied:
        raise
    except AppError as err:
        return Answer(query, failure=Reason.UNAVAILABLE, detail=str(err))
    for row in found:
        rows.add(row)
    return Answer(query, rows=found)


class _Rows:
    """Rows of answers as rows of their tables, each once, with every column that any answer had of it."""

    def __init__(self) -> None:
        self.calls = 0
        self.counted: Counter[str] = Counter()
        self._schema = hunting_schema()
        self._rows: dict[tuple[str, ...], Json] = {}

    def add(self, row: Mapping[str, Cell]) -> None:
        table = str(row.get("Table") or ("AlertEvidence" if row.get("AlertId") else "DeviceInfo"))
        columns = self._schema.get(table, {})
        kept: Json = {
            name: value
            for name, value in row.items()
            if name in columns and name not in _HELPERS and value not in (None, "")
        }
        if table == "DeviceInfo" and "Timestamp" not in kept and row.get("LastSeen"):
            kept["Timestamp"] = row["LastSeen"]
        if "Timestamp" not in kept:
            count = row.get("Rows")
            self.counted[table] += count if isinstance(count, int) else 0
            return
        named = ("Timestamp", "DeviceId", "ReportId") if "ReportId" in kept else tuple(sorted(kept))
        key = (table, *(f"{name}={kept.get(name)}" for name in named))
        self._rows[key] = {**self._rows.get(key, {}), **kept}

    def by_table(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for (table, *_), row in self._rows.items():
            found.setdefault(table, []).append(row)
        return {table: sorted(rows, key=lambda row: str(row["Timestamp"])) for table, rows in found.items()}


class _Heard:
    """Passes calls on, and keeps what was answered about entities."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._bodies: dict[str, Any] = {}

    def send(self, call: Call) -> HttpAnswer:
        answer = self._api.send(call)
        if answer.error is None:
            self._bodies[unquote(call.path)] = answer.body
        return answer

    def entities(self) -> dict[str, list[Json]]:
        """The answers in the words of the recording's files."""
        found: dict[str, dict[str, Json]] = {
            name: {} for name in ("machines", "files", "ips", "domains", "users")
        }
        for path, body in self._bodies.items():
            if not isinstance(body, dict):
                continue
            plain = {name: value for name, value in body.items() if not name.startswith("@odata.")}
            match path.removeprefix("/api/").split("/"):
                case ["machines"]:
                    for one in _items(body):
                        found["machines"][str(one.get("id"))] = one
                case ["machines", _]:
                    found["machines"][str(body.get("id"))] = plain
                case ["machines", device, "logonusers"]:
                    _add_users(found["users"], _items(body), device)
                case ["files", key, *_]:
                    found["files"].setdefault(key, {}).update(plain)
                case ["ips", key, "stats"]:
                    found["ips"][key] = {"id": key, **plain}
                case ["domains", key, "stats"]:
                    found["domains"][key] = {"host": key, **plain}
        return {name: list(entities.values()) for name, entities in found.items()}


def _items(body: Json) -> list[Json]:
    value = body.get("value")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _add_users(users: dict[str, Json], seen: list[Json], device: str) -> None:
    for user in seen:
        name = re.sub(r"\s", "", f"{user.get('accountDomain')}\\{user.get('accountName')}").lower()
        known = users.setdefault(name, {**user, "_machineIds": []})
        known["_machineIds"].append(device)
