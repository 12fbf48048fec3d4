"""Telemetry that can be found late, as was measured, and from when on an alert's own telemetry is there.

How late is drawn by the simulator's own measure (local/simulator/unkind.py) and written beside each row, so
that whoever measures knows the moment from which a hunt could have found it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.simulator import ticks
from local.simulator.unkind import lag_s

_LATE_BY = "_arrives_after_s"
_CREATIONS = "DeviceProcessEvents"
# A row of a process creation is as old as its process, but for some milliseconds.
_BIRTH_WITHIN = ticks.PER_SECOND

type Key = tuple[str, str, str, int]  # table, DeviceId, Timestamp, ReportId


def make_late(folder: Path, *, seed: int) -> None:
    """Writes beside each row of the recording's event tables after how many seconds it can be found."""
    chance = random.Random(seed)  # noqa: S311 - repeatable lags, not a secret
    for file in sorted((folder / "hunting").glob("Device*Events.ndjson")):
        rows = [
            json.loads(line) | {_LATE_BY: round(lag_s(chance), 1)} for line in file.open(encoding="utf-8")
        ]
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
        file.write_text(text, "utf-8", newline="\n")


def found_from(folder: Path) -> dict[str, int]:
    """Alert id -> ticks in the recording's own time from which a hunt can find what the alert names: the
    creation of its process, or the first row that tells of its file or address. Alerts whose telemetry is
    never there, or that name a device alone, are left out."""
    seen = _visible(folder)
    truths = json.loads((folder / "truth.json").read_text("utf-8"))["alerts"]
    moments = {}
    for alert_id, truth in truths.items():
        found = [seen[key] for key in _telling(truth) if key in seen]
        if found:
            moments[str(alert_id)] = min(found)
    return moments


def wanted_methods(folder: Path) -> dict[str, str]:
    """Alert id -> how its row is tied to telemetry in the end."""
    truths = json.loads((folder / "truth.json").read_text("utf-8"))["alerts"]
    return {str(alert_id): str(truth["method"]) for alert_id, truth in truths.items()}


def _visible(folder: Path) -> dict[Key, int]:
    moments = {}
    for file in (folder / "hunting").glob("Device*Events.ndjson"):
        for line in file.open(encoding="utf-8"):
            row = json.loads(line)
            key = (file.stem, row["DeviceId"], row["Timestamp"], row["ReportId"])
            moments[key] = ticks.parse(row["Timestamp"]) + ticks.from_seconds(float(row.get(_LATE_BY, 0)))
    return moments


def _telling(truth: Mapping[str, Any]) -> Iterator[Key]:
    """The rows of which each alone tells of what the alert names."""
    if truth["rows"]["evidence"]:
        for table, device, moment, report in truth["rows"]["evidence"]:
            yield table, device, moment, report
        return
    born = {(one["DeviceId"], ticks.parse(one["ProcessCreationTime"])) for one in truth["anchors"]}
    for table, device, moment, report in truth["rows"]["direct"]:
        if table == _CREATIONS and any(
            device == on and 0 <= ticks.parse(moment) - created < _BIRTH_WITHIN for on, created in born
        ):
            yield table, device, moment, report
