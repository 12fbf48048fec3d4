"""What the demo must know of a recording before it starts: which alerts come, and how far back they reach."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.records import why
from local.simulator import ticks
from local.simulator.bodies import APIS, AlertApi, RecordingError, alerts, seconds
from local.simulator.remarks import Remarks

PATIENCE = 120.0  # seconds without any progress after which the demo gives up
NEWEST_ALERT_AGE = 185.0  # seconds that the newest alert is old when the demo starts, unless one wants more
_REACH_DAYS = 180  # the longest first look-back that the setting takes
_DAY = 86_400 * ticks.PER_SECOND
_OURS = "microsoftDefenderForEndpoint"


class RecordingUnusable(ValueError):
    """The folder cannot be demonstrated; the message names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The ids of the recorded alerts that come, the first look-back that reaches the oldest (a setting's
    text), a line for each kind of alert that can never come, and how old the newest is to be, in seconds."""

    alert_ids: list[str]
    lookback: str
    warnings: tuple[str, ...] = ()
    age: float = NEWEST_ALERT_AGE


def look_at(folder: Path, source: str, *, shift: bool = True, now: float | None = None) -> Recording:
    """What `folder` holds for `source`; `now` is in seconds since 1970. Raises RecordingUnusable, also where
    none of its alerts could ever come."""
    api = APIS[source]
    file = folder / api.file
    if not file.is_file():
        other = next((name for name in APIS if (folder / APIS[name].file).is_file()), None)
        hint = f"; it has {APIS[other].file}: add --source {other}" if other else ""
        raise RecordingUnusable(f"{file} is missing{hint}")
    read, remarks = Remarks(), Remarks()
    try:
        recorded = alerts(folder, source, read)
    except RecordingError as err:
        raise RecordingUnusable(f"{file} is not the body of an alert list: {why(err)}") from err
    age = max([NEWEST_ALERT_AGE, *(seconds(alert.get("_age_s")) or 0.0 for _, alert in recorded)])
    moved = _moved_by(folder, age, now) if shift else 0
    found = []
    for line, alert in recorded:
        never = _never(alert, api, moved, now)
        if never is None:
            found.append(alert)
        else:
            remarks.add(file, line, f"an alert that {never}; it is not waited for")
    if not found:
        reasons = [*read.lines(), *remarks.lines()]
        raise RecordingUnusable(
            f"{file} holds no alert that could come" + (f": {reasons[-1]}" if reasons else "")
        )
    ids = list(dict.fromkeys(alert["id"] for alert in found))
    return Recording(ids, _lookback(found, api, moved, now), tuple(remarks.lines()), age)


def _moved_by(folder: Path, age: float, now: float | None) -> int:
    """The ticks by which the simulator will move the recording, whose newest alert of either API counts."""
    unheard = Remarks()
    newest = [
        ticks.parse(alert[name])
        for source, api in APIS.items()
        for _, alert in alerts(folder, source, unheard)
        for name in (api.created, api.updated)
    ]
    return _ticks(now) - ticks.from_seconds(age) - max(newest) if newest else 0


def _never(alert: Mapping[str, Any], api: AlertApi, moved: int, now: float | None) -> str | None:
    """Why the app will never fetch this alert, or not while somebody waits; None where it will."""
    if not isinstance(alert.get("id"), str) or not alert["id"]:
        return "has no id of text"
    if api is APIS["graph"] and alert.get("serviceSource") != _OURS:
        return f"is not of {_OURS}, the one service whose alerts the app asks Graph for"
    created, updated = (ticks.parse(alert[name]) + moved for name in (api.created, api.updated))
    listed = created + ticks.from_seconds(seconds(alert.get("_listed_after_s")) or 0.0)
    if max(listed, updated) > _ticks(now) + ticks.from_seconds(PATIENCE):
        return f"is listed more than {PATIENCE:.0f} s after the start"
    if updated < _ticks(now) - (_REACH_DAYS - 1) * _DAY:
        return f"is older than the {_REACH_DAYS} days that the first fetch looks back"
    return None


def _lookback(found: list[dict[str, Any]], api: AlertApi, moved: int, now: float | None) -> str:
    """From now back to the oldest update, with a day to spare."""
    oldest = min(ticks.parse(alert[name]) for alert in found for name in (api.created, api.updated)) + moved
    days = -(-(_ticks(now) - oldest + _DAY) // _DAY)
    return f"{min(_REACH_DAYS, max(1, days))}d"


def _ticks(now: float | None) -> int:
    return ticks.from_seconds(time.time() if now is None else now)
