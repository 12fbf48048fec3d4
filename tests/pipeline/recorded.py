"""Alerts of the recorded incident with their telemetry, hunted by the real engine; answers are remembered."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

from local.simulator.engine import Engine
from shared.core.correlate.finding import Cell
from shared.core.hunting.audit import AUDIT_QUERY
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint
from tests.pipeline.world import World

CONTOSO = Path(__file__).resolve().parents[2] / "local" / "incidents" / "contoso"
AFTER_ALL = "2026-11-24T23:00:00Z"  # no recorded row is as late
_END = re.compile(r"(?<=\.\. datetime\()[^)]*(?=\)\))")  # of a window


@cache
def truth() -> dict[str, dict[str, object]]:
    """The truth of each alert, by id."""
    found: dict[str, dict[str, object]] = json.loads((CONTOSO / "truth.json").read_text("utf-8"))["alerts"]
    return found


@cache
def raw_alerts() -> dict[str, dict[str, object]]:
    """The recorded alerts, by id."""
    alerts = json.loads((CONTOSO / "alerts.json").read_text("utf-8"))["value"]
    return {alert["id"]: alert for alert in alerts}


@cache
def _tables() -> dict[str, list[dict[str, object]]]:
    tables = {}
    for file in sorted((CONTOSO / "hunting").glob("*.ndjson")):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        tables[file.stem] = [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]
    return tables


@cache
def last_recorded() -> Instant:
    """When the last of the telemetry was recorded."""
    return max(Instant.parse(str(row["Timestamp"])) for rows in _tables().values() for row in rows)


@cache
def _engine() -> Engine:
    engine = Engine()
    for table, rows in _tables().items():
        engine.load(table, rows)
    return engine


@cache
def _run(kql: str) -> tuple[Mapping[str, Cell], ...]:
    return tuple(_engine().run(kql).rows)


@cache
def _ended(kql: str) -> str:
    """The query with each window that ends after all telemetry ending at one moment: it finds the same."""
    return _END.sub(lambda end: AFTER_ALL if Instant.parse(end[0]) > last_recorded() else end[0], kql)


def hunt(name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
    """The rows of a query over the recorded telemetry. Those that must find the same are asked once."""
    return _run(_ended(kql))


def titled(*titles: str) -> list[str]:
    """Ids of the alerts whose titles begin so, one each."""
    return [
        next(i for i, raw in raw_alerts().items() if str(raw["title"]).startswith(title)) for title in titles
    ]


def world_of(*titles: str) -> World:
    """A world with these alerts alone, a few minutes after the newest recorded one."""
    newest = max(Instant.parse(str(raw["lastUpdateTime"])) for raw in raw_alerts().values())
    alerts = [dict(raw_alerts()[alert_id]) for alert_id in titled(*titles)]
    now = newest.plus(180).to_datetime()
    # Installed a day before: these alerts are news, not history.
    installed = {"defender": Checkpoint(installed_at=now - timedelta(days=1))}
    ids = {str(alert["id"]) for alert in alerts}

    def hunt_theirs(name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        rows = hunt(name, kql)
        return [row for row in rows if row["AlertId"] in ids] if name == AUDIT_QUERY else rows

    return World(now=now, alerts=alerts, hunt=hunt_theirs, checkpoints=installed)
