"""Rows without secrets: what looks like one in a text of the alert or of telemetry is starred out."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.row.column import Definition, Kind
from shared.core.row.definition import BY_NAME, EVENT_BY_NAME
from shared.core.values import Column, Columns, EventRow, column_without_secrets

# What others find a row by, and what must go on working as it is: ids, links, the query.
_AS_THEY_ARE = frozenset(
    {"AlertId", "EvidenceIds", "HuntingQuery", "HuntingUrl", "EventReportUrl", "IncidentUrl", "ReportId"}
)


def columns_without_secrets(columns: Columns) -> dict[str, Column]:
    """The columns of a row of `Alerts`; no text is longer than it was."""
    return _starred(columns, BY_NAME)


def event_without_secrets(row: EventRow) -> EventRow:
    """The same of a row of `AlertEvents`."""
    return replace(row, columns=_starred(row.columns, EVENT_BY_NAME))


def _starred(columns: Columns, known: Mapping[str, Definition]) -> dict[str, Column]:
    shown = dict(columns)
    for name, value in columns.items():
        column = known.get(name)
        if isinstance(value, str) and column and column.kind is Kind.STRING and name not in _AS_THEY_ARE:
            shown[name] = column_without_secrets(value, is_json=column.is_json)
    return shown
