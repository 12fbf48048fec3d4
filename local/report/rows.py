"""What a page is made from, whatever it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the work stands: the ledger's open alerts, and how the last fetch and audit of each source went.

    Times are text in UTC, "" where there is none yet.
    """

    open_alerts: int = 0
    oldest: str = ""
    sources: tuple[SourceStanding, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """One tenant's alert source, from its checkpoint."""

    name: str
    last_success: str = ""
    last_error: str = ""
    last_audit: str = ""
    audit_result: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as a table reader gets them, times as text.

    `incidents` is empty where the source has no such table. `events` go by their PartitionKey, which is the
    alert's RowKey. `standing` is None where the source does not tell it.
    """

    source: str
    alerts: list[Row]
    incidents: list[Row] = field(default_factory=list)
    events: dict[str, list[Row]] = field(default_factory=dict)
    standing: Standing | None = None
