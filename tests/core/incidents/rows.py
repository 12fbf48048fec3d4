"""Rows of `Alerts` for incidents: what an incident's row is made of, and no more."""

import json
from datetime import UTC, datetime, timedelta

from shared.core.incidents.member import Key, Row
from shared.core.values.records import Column

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DEVICE = "d" * 40


def key(number: int) -> Key:
    """The key of an alert."""
    return "2026-11-24", f"da{number:04d}"


def process(number: int, parent: int | None = None, **more: object) -> dict[str, object]:
    """A node of a tree; its pid tells it from others, and its id in the tree is `p` and the pid."""
    return {
        "id": f"p{number}",
        "parent": "" if parent is None else f"p{parent}",
        "pid": number,
        "created": f"2026-11-24T09:{number % 60:02d}:00.0000000Z",
        "name": f"{number}.exe",
        "command": f"{number}.exe -x",
        "device": "ws-0042",
        "device_id": DEVICE,
        **more,
    }


def step(minute: int, text: str, weight: int = 50, **more: object) -> dict[str, object]:
    """A step of a story."""
    when = f"2026-11-24T09:{minute:02d}:00.0000000Z"
    return {"time": when, "device": "ws-0042", "text": text, "weight": weight, "kind": "act", **more}


def behaviour(title: str, level: str = "high", **more: object) -> dict[str, object]:
    """What a rule saw."""
    return {
        "rule": title.lower(),
        "title": title,
        "level": level,
        "tactic": "execution",
        "techniques": ["T1059.001"],
        "process": "p1",
        "time": "2026-11-24T09:01:00.0000000Z",
        "text": f"1.exe: {title}",
        **more,
    }


def row(
    *,
    minute: int = 0,
    tree: object = (),
    steps: object = (),
    seen: object = (),
    incident: str = "1042",
    moved_from: tuple[str, ...] = (),
    **columns: Column,
) -> Row:
    """One alert's row, of so many minutes after the first."""
    created = NOW - timedelta(hours=1) + timedelta(minutes=minute)
    made: dict[str, Column] = {
        "IncidentId": incident,
        "IncidentUrl": f"https://security.microsoft.com/incidents/{incident}",
        "IncidentMovedFrom": json.dumps(moved_from),
        "AlertName": "Suspicious activity",
        "AlertStatus": "Active",
        "EventSeverity": "Medium",
        "SeverityId": 3,
        "Validation": "Unproven",
        "ValidationReason": "nothing was seen",
        "Priority": 4,
        "PriorityReason": "not borne out by telemetry, severity Medium",
        "DvcId": DEVICE,
        "DvcHostname": "ws-0042",
        "Username": "CONTOSO\\alice",
        "AttackTactics": "Execution",
        "AttackTechniques": "PowerShell (T1059.001)",
        "CreatedTime": created,
        "FirstEventTime": created - timedelta(minutes=2),
        "LastEventTime": created - timedelta(minutes=1),
        "NotifyState": "new",
        "ProcessTree": json.dumps(tree),
        "StorySteps": json.dumps(steps),
        "Behaviours": json.dumps(seen),
    }
    return {**made, **columns}
