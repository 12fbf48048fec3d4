"""The simulated tenant: its alerts, entities and telemetry, and the time it lives in."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from local.simulator import recording as recordings
from local.simulator import ticks
from local.simulator.alerts import AlertBook
from local.simulator.bodies import RecordingError
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.directory import Directory
from local.simulator.engine import Engine, EngineError, hunting_schema
from local.simulator.gate import SCHEMA_FILE
from local.simulator.unkind import lag_s

PROFILES = "_FileProfile"


class Tenant:
    """Filled from the recording that the settings name, moved to the present unless they say otherwise.

    Raises RecordingError when the recording cannot be used.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self.clock = clock
        self.schema = hunting_schema(config.hunting_lacks)
        functions = json.loads(SCHEMA_FILE.read_text("utf-8"))["functions"]
        self.engine = Engine({**self.schema, PROFILES: functions["FileProfile"]})
        self.directory = Directory()
        delay = config.alert_listing_delay_s
        self.alerts = AlertBook(created="alertCreationTime", updated="lastUpdateTime", delay_s=delay)
        self.graph_alerts = AlertBook(created="createdDateTime", updated="lastUpdateDateTime", delay_s=delay)
        self.shift = 0
        self.warnings: tuple[str, ...] = ()
        self._telemetry_delay = config.telemetry_delay_s
        # Repeatable lags, no secret.
        self._lags = random.Random(config.seed) if config.telemetry_lags else None  # noqa: S311
        if config.data is not None:
            self._fill(config)

    def close(self) -> None:
        """Gives the telemetry's memory back."""
        self.engine.close()

    def add_rows(self, table: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """The number of telemetry rows added; each is found from its Timestamp on, and as much later as its
        `_arrives_after_s` says, or the settings do. Raises EngineError for what the schema does not know."""
        rows = list(rows)
        visible = [self._visible(row) for row in rows]
        plain = [{k: v for k, v in row.items() if k != "_arrives_after_s"} for row in rows]
        return self.engine.load(table, plain, visible_at=visible)

    def put_entities(self, kind: str, entities: Iterable[Mapping[str, Any]]) -> None:
        """Adds or replaces entities of one of the recorded kinds."""
        self.directory.put(kind, entities)
        if kind == "files":
            self.engine.clear(PROFILES)
            self.engine.load(PROFILES, self.directory.profiles())

    def forget(self) -> None:
        """The tenant is empty."""
        self.alerts.forget()
        self.graph_alerts.forget()
        self.directory.forget()
        self.engine.clear()

    def _fill(self, config: Config) -> None:
        if config.data is None:
            return
        read = recordings.read(config.data, self.schema)
        if config.shift:
            newest = self.clock.now() - ticks.from_seconds(config.newest_alert_age_s)
            self.shift = recordings.shift_to(read, newest)
            read = recordings.moved(read, self.shift, self.schema)
        self.warnings = read.warnings
        for place, alert in enumerate(read.alerts):
            self.alerts.put(alert, place=str(place))
        for place, alert in enumerate(read.graph_alerts):
            self.graph_alerts.put(alert, place=str(place))
        for kind, entities in read.entities.items():
            self.put_entities(kind, entities)
        for table, rows in read.hunting.items():
            try:
                self.add_rows(table, rows)
            except EngineError as error:
                raise RecordingError(f"{config.data / 'hunting' / table}.ndjson: {error}") from error

    def _visible(self, row: Mapping[str, Any]) -> int:
        stamp = row.get("Timestamp")
        if not ticks.is_time(stamp):
            return 0
        usual = self._telemetry_delay + (lag_s(self._lags) if self._lags is not None else 0)
        delay = row.get("_arrives_after_s", usual)
        return ticks.parse(str(stamp)) + ticks.from_seconds(float(delay))
