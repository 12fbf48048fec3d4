"""The rows of `Incidents` that alerts at hand would make, where there is no table to read them from."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from shared.core.incidents import content, decide
from shared.core.values import table_keys


def incidents_of(alerts: Iterable[Mapping[str, Any]], now: dt.datetime) -> list[dict[str, Any]]:
    """One row for each incident that the rows of `Alerts` name, as if all had been published at `now`; each
    lies under the day of its first alert."""
    by_incident: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = defaultdict(dict)
    for alert in alerts:
        if alert["IncidentId"]:
            key = str(alert["PartitionKey"]), str(alert["RowKey"])
            by_incident[str(alert["IncidentId"])][key] = alert
    made = []
    for incident_id, rows in by_incident.items():
        columns = decide(None, content(incident_id, rows), rows.values(), now).columns or {}
        day = min(day for day, _ in rows)
        made.append({"PartitionKey": day, "RowKey": table_keys.safe_id(incident_id), **columns})
    return made
