"""docs/alerts.schema.json: a row of `Alerts` as a reader gets it; the other tables are under `$defs`."""

from collections.abc import Iterable

from shared.core.incidents import INCIDENT_COLUMNS
from shared.core.row import COLUMNS, EVENT_COLUMNS, Definition, Kind, Role

_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TYPES: dict[Kind, dict[str, object]] = {
    Kind.STRING: {"type": "string"},
    Kind.INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
}


def row_schema() -> dict[str, object]:
    """The JSON Schema of the published tables: none of our columns may be absent, others are welcome."""
    alerts = _table(
        "A row of Alerts",
        COLUMNS,
        {"type": "string", "pattern": _DAY, "description": "UTC day of creation."},
        "The alert's id, made safe for a key.",
    )
    events = _table(
        "A row of AlertEvents",
        EVENT_COLUMNS,
        {"type": "string", "description": "The RowKey of the alert."},
        "Sorts by time.",
    )
    incidents = _table(
        "A row of Incidents",
        INCIDENT_COLUMNS,
        {"type": "string", "pattern": _DAY, "description": "UTC day on which it was first seen."},
        "The incident's id, made safe for a key.",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **alerts,
        "$defs": {"AlertEvents": events, "Incidents": incidents},
    }


def _table(
    title: str, columns: Iterable[Definition], partition: dict[str, object], row_key: str
) -> dict[str, object]:
    properties: dict[str, object] = {
        "PartitionKey": partition,
        "RowKey": {"type": "string", "description": row_key},
        "Timestamp": {"type": "string", "format": "date-time", "description": "Storage's own."},
        **{column.name: _property(column) for column in columns},
    }
    required = [name for name in properties if name != "Timestamp"]
    return {"title": title, "type": "object", "properties": properties, "required": required}


def _property(column: Definition) -> dict[str, object]:
    made: dict[str, object] = {**_TYPES[column.kind], "description": column.meaning}
    if column.kind is Kind.STRING:
        made["maxLength"] = column.limit
    if column.is_json:
        made["contentMediaType"] = "application/json"
    if column.words and column.role is not Role.LIFECYCLE:  # NotifyState may hold any word of a consumer's
        made["enum"] = [str(word) for word in column.words]
    return made
