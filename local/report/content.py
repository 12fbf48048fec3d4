"""What the page holds: a short line for each alert and incident at once, and the whole rows, packed."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from local.report.incidents import Incident, incident_of
from local.report.indicators import COMMON, Indicator, objects, of_alerts
from local.report.rows import Row, Rows
from local.report.sources import NothingToShow
from local.report.stix import bundle
from local.report.verdicts import verdicts

# What the overview and its lists show, sort and filter by.
SUMMARY = (
    "PartitionKey", "RowKey", "Tenant", "AlertId", "AlertName", "CreatedTime", "EventSeverity", "SeverityId",
    "AlertStatus", "AlertVerdict", "Validation", "ValidationReason", "Priority", "PriorityReason",
    "CorrelationMethod", "CorrelationConfidence", "CorrelationReason", "EventCount", "EventsTruncated",
    "DvcHostname", "DvcId", "Username", "IncidentId", "AttackTechniques", "TechniquesShown",
    "EnrichmentStatus", "NotifyState",
)  # fmt: skip
OF_INCIDENT = (
    "PartitionKey", "RowKey", "Tenant", "IncidentId", "IncidentUrl", "Title", "Validation",
    "ValidationReason", "Severity", "SeverityId", "Priority", "PriorityReason", "State", "Devices", "Users",
    "Tactics", "Techniques", "FirstActivityTime", "LastActivityTime", "NotifyState",
)  # fmt: skip
_MOST_MARKS = 40
_LONGEST_MARK = 300
MOST_PATTERNS = 1_000  # of STIX in one page: the library takes 4 ms for each


def of_alert(rows: Rows, alert_id: str) -> Rows:
    """The alert and the others of its incident. Raises NothingToShow where there is no such alert."""
    mine = next((row for row in rows.alerts if alert_id in (row.get("AlertId"), row["RowKey"])), None)
    if mine is None:
        raise NothingToShow(f"{rows.source} has no alert {alert_id!r} (of so many days, see --days)")
    of_it = [
        row for row in rows.incidents if mine.get("IncidentId") and incident_of(row) == incident_of(mine)
    ]
    kept = [
        row
        for row in rows.alerts
        if row is mine or (row.get("IncidentId") and incident_of(row) == incident_of(mine))
    ]
    return replace(rows, alerts=kept, incidents=of_it)


def summary(rows: Rows, incidents: Sequence[Incident], made: str, open_at: str | None) -> dict[str, Any]:
    """What the page needs before any alert is opened. Incidents name their alerts by place in `alerts`."""
    opened = next((row for row in rows.alerts if open_at in (row.get("AlertId"), row["RowKey"])), None)
    places = {id(row): place for place, row in enumerate(rows.alerts)}
    return {
        "made": made,
        "source": rows.source,
        "openAt": _route(opened) if opened and open_at else "",
        "standing": asdict(rows.standing) if rows.standing else None,
        "verdicts": verdicts(rows.alerts),
        "alerts": [_short(row, SUMMARY) | {"marks": list(marks(row))} for row in rows.alerts],
        "incidents": [
            {
                "row": _short(one.row, OF_INCIDENT),
                "alerts": [places[id(row)] for row in one.alerts],
                "published": one.is_published,
            }
            for one in incidents
        ],
    }


def _short(row: Row, columns: Sequence[str]) -> Row:
    return {name: row[name] for name in columns if name in row}


def _route(row: Row) -> str:
    return f"{row.get('PartitionKey')}/{row['RowKey']}"


def packed(row: Row, events: list[Row], almost: Sequence[Row] = ()) -> str:
    """The row, its events without their empty columns, what to look for elsewhere, and the rules that almost
    hit."""
    lean = [{name: value for name, value in event.items() if value != ""} for event in events]
    found = [asdict(one) for one in of_alerts([(row, events)])]
    return _pack({"row": row, "events": lean, "indicators": found, "almost": list(almost)})


def packed_incidents(rows: Rows, incidents: Sequence[Incident], made: dt.datetime) -> Iterator[str]:
    """Each incident's whole row with what to look for elsewhere, as a list and as a STIX bundle, which is ""
    where the page holds `MOST_PATTERNS` already."""
    left = MOST_PATTERNS
    for one in incidents:
        found = of_alerts([(row, rows.events.get(str(row["RowKey"]), [])) for row in one.alerts])
        stix = _stix(one.row, found, made) if len(found) <= left else ""
        left -= len(found) if stix else 0
        yield _pack({"row": one.row, "indicators": [asdict(each) for each in found], "stix": stix})


def _stix(row: Row, found: list[Indicator], made: dt.datetime) -> str:
    try:
        seen = dt.datetime.fromisoformat(str(row.get("FirstActivityTime")))
    except ValueError:
        seen = made
    seen = seen if seen.tzinfo else made
    title = f"Incident {row.get('IncidentId')}: {row.get('Title') or 'without a title'}"
    return bundle(title, found, is_proven=row.get("Validation") == "Confirmed", seen=seen, made=made)


def _pack(content: dict[str, Any]) -> str:
    """JSON, gzip, base64, so that no text in it can end the element that holds it."""
    return base64.b64encode(gzip.compress(dumps(content).encode("ascii"), 6)).decode("ascii")


def dumps(value: object) -> str:
    """Compact JSON in ASCII."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str)


def marks(row: Row) -> Iterator[tuple[str, str]]:
    """(kind, value) of what may tie the alert to others: what detections saw, files that are not common,
    addresses, hosts and URLs, and the command line of the alert's process."""
    found: dict[tuple[str, str], None] = {}
    for seen in objects(row, "Behaviours"):
        if seen.get("title"):
            found["detection", str(seen["title"])] = None
    for entity in objects(row, "EntitiesJson"):
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
