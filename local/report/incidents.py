"""The incidents of a page: the rows of `Incidents`, and where there is none, what its alerts say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.report.rows import Row, Rows

_VALIDATIONS = ("Confirmed", "Likely", "Contained", "Blocked", "Unproven", "NoTelemetry")  # as shown
_SEVERITIES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 99: 4}  # SeverityId by rank; an unknown word counts as High


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: its row, or what its alerts would make of it (`is_published` False), and these alerts,
    gravest first."""

    row: Row
    alerts: Sequence[Row]
    is_published: bool


def incidents_of(rows: Rows) -> list[Incident]:
    """Every incident that has a row or an alert here, gravest first."""
    alerts: dict[tuple[str, ...], list[Row]] = {}
    for row in sorted(rows.alerts, key=gravity):
        if row.get("IncidentId"):
            alerts.setdefault(incident_of(row), []).append(row)
    published = {incident_of(row): row for row in rows.incidents if row.get("IncidentId")}
    found = [Incident(row, alerts.pop(key, []), True) for key, row in published.items()]
    found += [Incident(_told_by(own), own, False) for own in alerts.values()]
    return sorted(found, key=lambda one: gravity(one.row))


def gravity(row: Row) -> tuple[int, int, int, str, str]:
    """Sorts the gravest first: priority, validation, severity, then the newest. Without a priority, as in an
    older export, the row stands among those of 3."""
    priority = row.get("Priority")
    validation = str(row.get("Validation"))
    severity = row.get("SeverityId")
    newest = str(row.get("LastActivityTime") or row.get("CreatedTime") or "")
    return (
        priority if isinstance(priority, int) and priority > 0 else 3,
        _VALIDATIONS.index(validation) if validation in _VALIDATIONS else len(_VALIDATIONS),
        -_SEVERITIES.get(severity, 4) if isinstance(severity, int) else 0,
        "".join(chr(0x10FFFF - ord(char)) for char in newest),
        str(row.get("RowKey")),
    )


def incident_of(row: Row) -> tuple[str, ...]:
    """What tells an incident from every other. Ids may be the same in two tenants: the key of a further
    tenant's row begins with its name and a `|`, which home's have not."""
    name, mark, _ = str(row["RowKey"]).partition("|")
    return name if mark else "", str(row.get("TenantId") or ""), str(row.get("IncidentId"))


def _told_by(alerts: Sequence[Row]) -> Row:
    """The columns of an incident, as far as its alerts tell them: those of the gravest one, and each one's
    device, user and techniques."""
    first = alerts[0]
    copied = (
        "IncidentId",
        "IncidentUrl",
        "Tenant",
        "TenantId",
        "Validation",
        "ValidationReason",
        "SeverityId",
    )
    return {
        "PartitionKey": "",
        "RowKey": str(first["RowKey"]),
        "Title": first.get("AlertName", ""),
        **{name: first[name] for name in (*copied, "Priority", "PriorityReason") if name in first},
        "Severity": first.get("EventSeverity", ""),
        "State": "resolved" if all(row.get("AlertStatus") == "Resolved" for row in alerts) else "open",
        "AlertCount": len(alerts),
        "Devices": _each(alerts, "DvcHostname"),
        "Users": _each(alerts, "Username"),
        "Techniques": _each(alerts, "TechniquesShown"),
        "FirstActivityTime": min((_moment(row, "FirstEventTime") for row in alerts), default=""),
        "LastActivityTime": max((_moment(row, "LastEventTime") for row in alerts), default=""),
    }


def _moment(row: Mapping[str, object], column: str) -> str:
    return str(row.get(column) or row.get("CreatedTime") or "")


def _each(alerts: Sequence[Row], column: str) -> str:
    return ", ".join(dict.fromkeys(str(row[column]) for row in alerts if row.get(column)))
