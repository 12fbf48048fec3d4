"""What the page holds: a short line for each alert, ready at once, and its whole row with events, packed."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from local.report.rows import Row, Rows
from local.report.sources import NothingToShow

# What the overview and its list show, sort and filter by.
SUMMARY = (
    "PartitionKey", "RowKey", "AlertId", "AlertName", "CreatedTime", "EventSeverity", "SeverityId",
    "AlertStatus", "AlertVerdict", "Validation", "ValidationReason", "CorrelationMethod",
    "CorrelationConfidence", "CorrelationReason", "EventCount", "EventsTruncated", "DvcHostname", "DvcId",
    "Username", "IncidentId", "AttackTechniques", "TechniquesShown", "EnrichmentStatus",
)  # fmt: skip
COMMON = 10_000  # devices anywhere: a file seen on more says nothing about who else has it
_MOST_MARKS = 40
_LONGEST_MARK = 300


def of_alert(rows: Rows, alert_id: str) -> Rows:
    """The alert and the others of its incident. Raises NothingToShow where there is no such alert."""
    mine = next((row for row in rows.alerts if alert_id in (row.get("AlertId"), row["RowKey"])), None)
    if mine is None:
        raise NothingToShow(f"{rows.source} has no alert {alert_id!r} (of so many days, see --days)")
    incident = mine.get("IncidentId")
    kept = [row for row in rows.alerts if row is mine or (incident and row.get("IncidentId") == incident)]
    return replace(rows, alerts=kept)


def summary(rows: Rows, made: str, open_at: str | None) -> dict[str, Any]:
    """What the page needs before any alert is opened."""
    opened = next((row for row in rows.alerts if open_at in (row.get("AlertId"), row["RowKey"])), None)
    return {
        "made": made,
        "source": rows.source,
        "openAt": _route(opened) if opened and open_at else "",
        "standing": asdict(rows.standing) if rows.standing else None,
        "alerts": [
            {name: row[name] for name in SUMMARY if name in row} | {"marks": list(marks(row))}
            for row in rows.alerts
        ],
    }


def _route(row: Row) -> str:
    return f"{row.get('PartitionKey')}/{row['RowKey']}"


def packed(row: Row, events: list[Row], almost: Sequence[Row] = ()) -> str:
    """The row, its events without their empty columns, and the rules that almost hit: JSON, gzip, base64, so
    that no text in it can end the element that holds it."""
    lean = [{name: value for name, value in event.items() if value != ""} for event in events]
    whole = gzip.compress(dumps({"row": row, "events": lean, "almost": list(almost)}).encode("ascii"), 6)
    return base64.b64encode(whole).decode("ascii")


def dumps(value: object) -> str:
    """Compact JSON in ASCII."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str)


def marks(row: Row) -> Iterator[tuple[str, str]]:
    """(kind, value) of what may tie the alert to others: what detections saw, files that are not common,
    addresses, hosts and URLs, and the command line of the alert's process."""
    found: dict[tuple[str, str], None] = {}
    for seen in _objects(row, "Behaviours"):
        if seen.get("title"):
            found["detection", str(seen["title"])] = None
    for entity in _objects(row, "EntitiesJson"):
        common = entity.get("globalPrevalence")
        sha1 = entity.get("sha1")
        if sha1 and not (isinstance(common, int) and common > COMMON):
            found["file", str(sha1).lower()] = None
        if entity.get("kind") in ("ip", "address", "url", "domain") and entity.get("value"):
            found["address", str(entity["value"])] = None
    for address in str(row.get("IpAddrs", "")).split(", "):
        if address:
            found["address", address] = None
    command = row.get("AnchorCommandLine") or row.get("ProcessCommandLine")
    if command:
        found["command", str(command)] = None
    for kind, value in list(found)[:_MOST_MARKS]:
        yield kind, value[:_LONGEST_MARK]


def _objects(row: Row, column: str) -> list[Row]:
    """The objects of a column of JSON; none where it cannot be read."""
    try:
        listed = json.loads(row.get(column) or "[]")
    except (ValueError, TypeError):
        return []
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
