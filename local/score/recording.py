"""A recording as the scorer needs it: alerts read, telemetry in the engine, entities to look up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.simulator.alerts import AlertBook
from local.simulator.bodies import APIS, RecordingError, alerts, items
from local.simulator.directory import Directory
from local.simulator.engine import Engine, EngineError, Schema
from local.simulator.recorded_rows import read_rows
from local.simulator.recording import ENTITIES, shown
from local.simulator.remarks import Remarks
from shared.core.alert import Alert, normalize
from shared.core.values import Instant
from shared.errors import BadAlert

_ROWS_AT_ONCE = 20_000
_END_OF_TIME = Instant.parse("9999-12-31T00:00:00Z").ticks

type Say = Callable[[str], None]


@dataclass(eq=False)  # one is itself alone, and can be a key
class Recording:
    """Its alerts in their last version, as the app reads them; its telemetry, all of it in; its entities."""

    alerts: list[Alert]
    source: str
    engine: Engine
    directory: Directory
    warnings: tuple[str, ...] = ()

    @property
    def newest(self) -> Instant:
        """When the newest alert was created."""
        return max(alert.created for alert in self.alerts)


def load(folder: Path, *, without_late: bool = False, say: Say = lambda _: None) -> Recording:
    """The recording in `folder` with its own times; `without_late` leaves out rows that come after their
    alert. Raises RecordingError.

    Telemetry is read in parts, so that the memory needed is that of the engine.
    """
    remarks = Remarks()
    source, raw = _raw_alerts(folder, remarks)
    directory = Directory()
    for kind in ENTITIES:
        directory.put(kind, [one for _, one in items(folder / f"{kind}.json", remarks)])
    engine, warnings = Engine(), remarks.lines()
    read = list(_alerts(raw, source, warnings))
    if not read:
        raise RecordingError(f"{folder / APIS[source].file}: no alert with an id")
    for file in sorted((folder / "hunting").glob("*.ndjson")):
        _load_table(engine, file, engine.schema, warnings, without_late, say)
    return Recording(read, source, engine, directory, tuple(warnings))


def _raw_alerts(folder: Path, remarks: Remarks) -> tuple[str, list[dict[str, Any]]]:
    for source, api in APIS.items():
        if (folder / api.file).is_file():
            return source, [one for _, one in alerts(folder, source, remarks)]
    raise RecordingError(f"{folder}: neither alerts.json nor graph_alerts.json is there")


def _alerts(raw: Iterable[Mapping[str, Any]], source: str, warnings: list[str]) -> Iterable[Alert]:
    """The alerts after all updates that were recorded of them."""
    book = AlertBook(created=APIS[source].created, updated=APIS[source].updated)
    for place, one in enumerate(raw):
        book.put(one, place=str(place))
    for one in book.listed(_END_OF_TIME):
        try:
            yield normalize(one, source, fallback=Instant(0))
        except BadAlert as err:
            warnings.append(f"an alert was left out: {err}")


def _load_table(
    engine: Engine, file: Path, schema: Schema, warnings: list[str], without_late: bool, say: Say
) -> None:
    columns = schema.get(file.stem)
    if columns is None:
        warnings.append(f"{file}: the schema knows no table {file.stem}; left out")
        return
    rows = (
        shown(row)
        for row in read_rows(file, columns, warnings)
        if not (without_late and row.get("_arrives_after_s"))
    )
    loaded = 0
    for part in itertools.batched(rows, _ROWS_AT_ONCE, strict=False):
        say(f"reading {file.stem}: {loaded} rows")
        try:
            loaded += engine.load(file.stem, part)
        except EngineError as err:
            raise RecordingError(f"{file}: {err}") from err
