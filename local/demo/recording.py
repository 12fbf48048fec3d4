"""What the demo must know of a recording before it starts: which alerts, and how far back they reach."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path

from local.host.records import why

_FILES = {"defender": "alerts.json", "graph": "graph_alerts.json"}
_TIMES = {
    "defender": ("alertCreationTime", "lastUpdateTime"),
    "graph": ("createdDateTime", "lastUpdateDateTime"),
}


class RecordingUnusable(ValueError):
    """The folder cannot be demonstrated; the message names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The recorded alerts' ids, and the first look-back that reaches the oldest (a setting's text)."""

    alert_ids: list[str]
    lookback: str


def look_at(folder: Path, source: str) -> Recording:
    """What `folder` holds for `source`."""
    file = folder / _FILES[source]
    if not file.is_file():
        other = next((name for name in _FILES if (folder / _FILES[name]).is_file()), None)
        hint = f"; it has {_FILES[other]}: add --source {other}" if other else ""
        raise RecordingUnusable(f"{file} is missing{hint}")
    try:
        alerts = json.loads(file.read_text("utf-8"))["value"]
        found = [alert for alert in alerts if isinstance(alert, dict) and isinstance(alert.get("id"), str)]
    except (ValueError, KeyError, TypeError) as err:
        raise RecordingUnusable(f"{file} is not the body of an alert list: {why(err)}") from err
    if not found:
        raise RecordingUnusable(f"{file} holds no alert with an id")
    return Recording(list(dict.fromkeys(alert["id"] for alert in found)), _lookback(found, source))


def _lookback(alerts: list[dict[str, object]], source: str) -> str:
    """From the newest creation back to the oldest update, with a day to spare; a recording left unshifted may
    be older still."""
    moments = [moment for alert in alerts for name in _TIMES[source] if (moment := _moment(alert.get(name)))]
    if not moments:
        return "24h"
    span = max(max(moments) - min(moments), dt.timedelta(0)) + dt.timedelta(days=1)
    days = min(180, max(1, -(-int(span.total_seconds()) // 86_400)))
    return f"{days}d"


def _moment(text: object) -> dt.datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
