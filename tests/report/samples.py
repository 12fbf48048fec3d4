"""Rows as a table reader gets them: every column that the writer defines, at its documented example."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local.report.rows import Row, Rows
from shared.core.row.column import Definition
from shared.core.row.definition import COLUMNS, EVENT_COLUMNS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _text(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _examples(columns: tuple[Definition, ...]) -> Row:
    return {column.name: _text(column.example) for column in columns}


def alert_row(number: int = 0, **changes: Any) -> Row:
    """An alert with an id of its own, each a minute older than the one before."""
    created = NOW - timedelta(minutes=number)
    key = f"da{number:04d}_-1"
    row = {"PartitionKey": f"{created:%Y-%m-%d}", "RowKey": key, **_examples(COLUMNS)}
    return row | {"AlertId": key, "CreatedTime": _text(created)} | changes


def incident_row(incident: str, **changes: Any) -> Row:
    """An incident's row, as its writer makes it."""
    return {
        "PartitionKey": "2026-11-24",
        "RowKey": incident,
        "IncidentId": incident,
        "TenantId": alert_row()["TenantId"],
        "IncidentUrl": f"https://security.microsoft.com/incidents/{incident}",
        "Title": f"Incident {incident}",
        "Validation": "Confirmed",
        "ValidationReason": "powershell.exe: Shadow copies deleted",
        "Severity": "High",
        "SeverityId": 4,
        "Priority": 1,
        "PriorityReason": "confirmed by telemetry, severity High",
        "State": "open",
        "Devices": "ws-0042, db-02",
        "Users": "FABRIKAM\\alice",
        "Techniques": "PowerShell (T1059.001)",
        "FirstActivityTime": "2026-11-24T11:50:00Z",
        "LastActivityTime": "2026-11-24T12:00:00Z",
        "ProcessForest": "[]",
        "Timeline": "[]",
        "Behaviours": "[]",
        "NextSteps": "",
        "NotifyState": "new",
        "Revision": 1,
    } | changes


def event_row(alert_key: str, number: int = 0, **changes: Any) -> Row:
    """An event of that alert, each a second after the one before."""
    time = NOW - timedelta(minutes=3) + timedelta(seconds=number)
    text = time.strftime("%Y-%m-%dT%H:%M:%S.0577322Z")
    keys = {"PartitionKey": alert_key, "RowKey": f"{number:019d}"}
    return keys | _examples(EVENT_COLUMNS) | {"EventTime": text, "EventTimeText": text} | changes


def tree(*entries: Row) -> str:
    """A ProcessTree column."""
    return json.dumps(list(entries))


def process(name: str, pid: int, parent: str = "", **marks: Any) -> Row:
    """One entry of a ProcessTree; its id is `p` and the pid."""
    return {
        "id": f"p{pid}",
        "parent": parent,
        "depth": 0,
        "pid": pid,
        "created": "2026-11-24T11:56:00.0000000Z",
        "name": name,
        "path": f"C:\\Windows\\{name}",
        "command": f"{name} /run {pid}",
        "account": "alice",
        "sha1": "",
        **marks,
    }


def rows(*alerts: Row, events: list[Row] | None = None, **more: Any) -> Rows:
    """What a page is made from; events go to the alert that their PartitionKey names."""
    by_alert: dict[str, list[Row]] = {}
    for event in events or []:
        by_alert.setdefault(str(event["PartitionKey"]), []).append(event)
    return Rows(source="samples", alerts=list(alerts), events=by_alert, **more)


def office_attack() -> Rows:
    """A morning of five alerts: the first has a tree with many children, decoded text, and thirty events."""
    children = [process(f"tool{n}.exe", 100 + n, parent="p50") for n in range(20)]
    mine = alert_row(
        0,
        AlertName="Suspicious PowerShell command line",
        IncidentId="7",
        Priority=1,
        ValidationReason="powershell.exe: Shadow copies deleted",
        AlertVerdict="True Positive",
        StorySteps="[]",
        Story="Confirmed by telemetry: it ran.\nOn 2026-11-24 (UTC):\n"
        "11:56:00 powershell.exe started (the alert's process): powershell.exe -enc AAAA\n"
        "11:56:03 powershell.exe connected to 203.0.113.10 port 80",
        ProcessTree=tree(
            process("winword.exe", 40),
            process("powershell.exe", 50, parent="p40", alert=True, decoded="Invoke-WebRequest evil"),
            *children,
        ),
        EntitiesJson=json.dumps(
            [
                {"kind": "ip", "value": "203.0.113.10", "lookup": "found", "orgPrevalence": 2,
                 "hunt": "https://security.microsoft.com/v2/advanced-hunting?query=abc"},
                {"kind": "file", "name": "a.ps1", "sha1": "ab" * 20, "lookup": "not found"},
                {"kind": "url", "value": "http://203.0.113.10/a", "hunt": "javascript:window.ran=1"},
            ]
        ),
        HuntingQuery="DeviceProcessEvents\n| where ProcessId == 50",
    )  # fmt: skip
    own = {
        "ProcessName": "powershell.exe",
        "ProcessId": "50",
        "ProcessCreationTime": "2026-11-24T11:56:00.0000000Z",
    }
    events = [event_row("da0000_-1", n, **own) for n in range(10)]
    events += [event_row("da0000_-1", n, SourceTable="DeviceFileEvents", **own) for n in range(60, 80)]
    others = [
        alert_row(1, AlertName="Known tool", IncidentId="7", EventSeverity="Low", SeverityId=2,
                  DvcHostname="db-02", Priority=2),
        alert_row(2, AlertName="Odd logon", EventSeverity="Medium", SeverityId=3, Validation="Unproven",
                  Priority=2, Username="FABRIKAM\\carol",
                  CorrelationMethod="Account", CorrelationConfidence=30, IncidentId="8", EntitiesJson="[]",
                  IpAddrs="", AnchorCommandLine="", ProcessCommandLine=""),
        alert_row(3, AlertName="Blocked file", Validation="Blocked", EventSeverity="Low", SeverityId=2,
                  Priority=4, AlertStatus="Resolved", IncidentId="9"),
        alert_row(4, AlertName="Not in yet", Validation="NoTelemetry", CorrelationMethod="None",
                  CorrelationConfidence=0, CorrelationReason="TelemetryNotInYet", EventCount=0,
                  ProcessTree="[]", Story="", HuntingQuery="", HuntingUrl="", IncidentId="", Priority=3),
    ]  # fmt: skip
    incident = incident_row("7", Title="Office macro to domain")
    return rows(mine, *others, events=events, incidents=[incident])


def full_incident() -> Rows:
    """The office attack with everything that its incident and alerts may hold: steps, behaviours on process
    and event, a forest over two devices, a timeline, next steps."""
    made = office_attack()
    event = made.events["da0000_-1"][3]["RowKey"]
    seen = {"rule": "r1", "title": "Shadow copies deleted", "level": "high", "techniques": ["T1490"],
            "text": "powershell.exe: Shadow copies deleted"}  # fmt: skip
    steps = "Isolate ws-0042: the program still runs.\nLook at http://203.0.113.10/a.\n" \
        "Who else talked to it? https://security.microsoft.com/v2/advanced-hunting?query=abc"  # fmt: skip
    mine = made.alerts[0] | {
        "NextSteps": steps,
        "RecommendedActions": "A. Validate the alert.",
        "Behaviours": json.dumps([{**seen, "process": "p50", "event": event}]),
        "StorySteps": json.dumps(
            [
                {"time": "2026-11-24T11:56:00.0Z", "device": "ws-0042", "text": "powershell.exe started "
                 "(the alert's process)", "weight": 100, "kind": "start", "process": "p50"},
                {"time": "2026-11-24T11:56:03.0Z", "device": "ws-0042", "text": "Shadow copies deleted",
                 "weight": 90, "kind": "behaviour", "process": "p50"},
            ]
        ),
    }  # fmt: skip
    shell = {"id": "f0", "pid": 50, "created": "2026-11-24T11:56:00.0000000Z", "name": "powershell.exe",
             "command": "powershell.exe -enc AAAA", "alerts": ["da0000_-1"],
             "behaviours": ["Shadow copies deleted"]}  # fmt: skip
    child = {"id": "f1", "parent": "f0", "pid": 51, "name": "vssadmin.exe", "command": "vssadmin delete"}
    timeline = [
        {"time": "2026-11-24T11:56:00.0Z", "device": "ws-0042", "text": "powershell.exe started",
         "weight": 100, "kind": "start", "process": "f0", "alert": "da0000_-1"},
        {"time": "2026-11-24T11:58:00.0Z", "device": "db-02", "text": "a tool ran", "weight": 50,
         "alert": "da0001_-1"},
    ]  # fmt: skip
    incident = made.incidents[0] | {
        "NextSteps": steps,
        "Behaviours": json.dumps([{**seen, "process": "f0", "device": "ws-0042", "alert": "da0000_-1"}]),
        "ProcessForest": json.dumps(
            [
                {"device": "ws-0042", "device_id": "a", "processes": [shell, child]},
                {"device": "db-02", "device_id": "b", "processes": [{"id": "f2", "pid": 7, "name": "sh"}]},
            ]
        ),
        "Timeline": json.dumps(timeline),
    }
    return replace(made, alerts=[mine, *made.alerts[1:]], incidents=[incident])
