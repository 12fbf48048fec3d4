"""Recorded data read from a folder, moved to the present.

```
alerts.json graph_alerts.json                             bodies of the two alert lists; one of them is needed
machines.json files.json ips.json domains.json users.json bodies {"value": [...]} of the entity APIs
hunting/<Table>.ndjson                                    one row a line, as runHuntingQuery returns it
```
Keys that begin with `_` are never shown: `_listed_after_s`, `_updates` of an alert, `_arrives_after_s` of a
row, `_machineIds` of a user, which the simulator goes by, and `_age_s` of an alert, by which the demo goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.simulator import bodies, ticks
from local.simulator.bodies import APIS, RecordingError
from local.simulator.engine import Schema
from local.simulator.recorded_rows import read_rows
from local.simulator.remarks import Remarks

ENTITIES = ("machines", "files", "ips", "domains", "users")
_NESTED = frozenset((dict, list))
_LISTED_BY = tuple(name for api in APIS.values() for name in (api.created, api.updated))


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded. Rows of hunting still hold their `_arrives_after_s`."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    graph_alerts: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hunting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read(folder: Path, schema: Schema) -> Recording:
    """The recording in `folder`, with its own times, read as far as it can be: `warnings` name each kind of
    thing that was left out once, with file and line. Raises RecordingError."""
    if not folder.is_dir():
        raise RecordingError(f"{folder}: no such folder")
    if not any((folder / api.file).is_file() for api in APIS.values()):
        raise RecordingError(f"{folder}: neither alerts.json nor graph_alerts.json is there")
    remarks = Remarks()
    alerts = {source: [one for _, one in bodies.alerts(folder, source, remarks)] for source in APIS}
    entities = {name: [one for _, one in bodies.items(folder / f"{name}.json", remarks)] for name in ENTITIES}
    warnings = remarks.lines()
    hunting: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((folder / "hunting").glob("*.ndjson")):
        columns = schema.get(file.stem)
        if columns is None:
            warnings.append(f"{file}, line 1: the schema knows no table {file.stem}; left out")
            continue
        hunting[file.stem] = list(read_rows(file, columns, warnings))
    return Recording(
        alerts=alerts["defender"],
        graph_alerts=alerts["graph"],
        entities=entities,
        hunting=hunting,
        warnings=tuple(warnings),
    )


def shift_to(recording: Recording, newest: int) -> int:
    """The ticks by which the recording must move for its newest alert to be of the time `newest`.

    An alert is as new as the later of its creation and its last update.
    """
    known = [
        ticks.parse(alert[name])
        for alert in [*recording.alerts, *recording.graph_alerts]
        for name in _LISTED_BY
        if ticks.is_time(alert.get(name))
    ]
    return newest - max(known) if known else 0


def moved(recording: Recording, shift: int, schema: Schema) -> Recording:
    """The same recording, every time in it moved by `shift` ticks."""
    if not shift:
        return recording
    return Recording(
        alerts=_moved(recording.alerts, shift),
        graph_alerts=_moved(recording.graph_alerts, shift),
        entities=_moved(recording.entities, shift),
        hunting={
            table: [moved_row(row, schema[table], shift) for row in rows]
            for table, rows in recording.hunting.items()
        },
        warnings=recording.warnings,
    )


def moved_row(row: Mapping[str, Any], columns: Mapping[str, str], shift: int) -> dict[str, Any]:
    """A row of hunting moved by `shift` ticks: its times, and those within AdditionalFields and bags."""
    out = dict(row)
    for name, value in row.items():
        kind = columns.get(name)
        if kind == "datetime":
            if ticks.is_time(value):
                out[name] = ticks.text(ticks.parse(value) + shift)
        elif kind == "dynamic" or name == "AdditionalFields":
            out[name] = _moved_prose(value, shift)
    return out


def shown(value: Any) -> Any:
    """`value` without the keys that are for the simulator only."""
    if isinstance(value, dict):
        if _NESTED.isdisjoint(map(type, value.values())):  # most rows, and they are many
            return {name: one for name, one in value.items() if name[:1] != "_"}
        return {name: shown(one) for name, one in value.items() if not name.startswith("_")}
    return [shown(one) for one in value] if isinstance(value, list) else value


def _moved(value: Any, shift: int) -> Any:
    if isinstance(value, dict):
        return {name: _moved(one, shift) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, shift) for one in value]
    return ticks.text(ticks.parse(value) + shift) if ticks.is_time(value) else value


def _moved_prose(value: Any, shift: int) -> Any:
    return ticks.shifted_within(value, shift) if isinstance(value, str) else _moved(value, shift)
