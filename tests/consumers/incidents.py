"""Our side for the workflows that are fed by incidents: rows made by the core, written to Azurite."""

import json
from collections.abc import Mapping
from typing import Any

from shared.core.incidents import content, decide
from shared.core.values import table_keys
from shared.core.values.records import Column, StoredRow
from tests.consumers.samples import NOW, Consumers
from tests.core.incidents.rows import key, row, step

STEPS = (
    "Contain: isolate ws-0042; nothing says that a.exe (pid 7) was stopped.\n"
    "Look: Shadow copies deleted, 09:01:00 UTC. Find out what follows.\n"
    "Hunt: which devices have a.exe? https://security.microsoft.com/v2/advanced-hunting?query=H4sI&timeRangeId=month\n"
    "Close: true positive when no other device shows up."
)
DAY = "2026-11-24"


def told(**columns: Column) -> Mapping[str, Column]:
    """The row of a confirmed alert with a story and next steps."""
    plain: dict[str, Column] = {
        "Validation": "Confirmed",
        "ValidationReason": "a.exe: Shadow copies deleted",
        "Priority": 1,
        "PriorityReason": "confirmed by telemetry, severity High",
        "NextSteps": STEPS,
        "StorySteps": json.dumps([step(1, "a.exe started", 100), step(2, "b.dll was loaded", 20)]),
    }
    return row(**{**plain, **columns})  # type: ignore[arg-type]  # columns by their names


def publish(consumers: Consumers, *alerts: Mapping[str, Column], incident: str = "1042") -> dict[str, Any]:
    """Writes the incident's row over these alerts as the app would; the row as it then stands."""
    client, row_key = consumers.client("Incidents"), table_keys.safe_id(incident)
    rows = {key(number): {**each, "IncidentId": incident} for number, each in enumerate(alerts)}
    found = [dict(each) for each in client.query_entities(f"RowKey eq '{row_key}'")]
    stored = StoredRow(found[0], "") if found else None
    columns = decide(stored, content(incident, rows), rows.values(), NOW).columns
    if columns is not None:
        client.upsert_entity({"PartitionKey": DAY, "RowKey": row_key, **columns})
    return stands(consumers, incident)


def stands(consumers: Consumers, incident: str = "1042") -> dict[str, Any]:
    """The incident's row."""
    return dict(consumers.client("Incidents").get_entity(DAY, table_keys.safe_id(incident)))
