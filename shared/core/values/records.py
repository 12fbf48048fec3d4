"""The values that pass between the steps and the outside: pages, documents, checkpoints, table rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.values.instant import Instant

Column = str | int | float | bool | datetime
type Columns = Mapping[str, Column]
"""What a row of a table says, by the columns' names."""


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One page of raw alerts in no order; `full` where there may be more in the same window."""

    items: tuple[object, ...]
    full: bool


@dataclass(frozen=True, slots=True)
class OtherAlerts:
    """How many alerts of services that are not asked for a source holds, by service; `is_whole` where all of
    them were counted."""

    counts: Mapping[str, int]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """`kind` is alert, enrichment or finding; `ref` names the content: writing twice changes nothing."""

    day: str
    alert_id: str
    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a source has been read, and how the last fetch went."""

    position: Instant | None = None
    last_success: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    installed_at: datetime | None = None
    last_purge: datetime | None = None
    last_audit: datetime | None = None
    audit_result: str = ""
    gaps: tuple[str, ...] = ()  # instants that were not read to their end
    run_ended: datetime | None = None  # when a run that had pointers to send had done all its work
    audit_tries: tuple[str, ...] = ()  # fetched for an audit without use, as `auditing.Tries` writes it
    others: str = ""  # alerts of other services, as last counted
    overlapped_at: datetime | None = None  # when the whole overlap was last asked for
    # Of the due index. The version before drops them with each write, and so tells that it was at work.
    repair_begun: datetime | None = None
    repair_ended: datetime | None = None
    repaired_since: datetime | None = None
    purge_progress: str = ""  # where the next purge goes on, as the storage wrote it
    etag: str = ""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of `Alerts` as it stands, a consumer's own columns included."""

    columns: Columns
    etag: str


@dataclass(frozen=True, slots=True)
class RowWrite:
    """Columns for one `Alerts` row: created where `etag` is "", else merged if the etag still holds."""

    day: str
    row_key: str
    columns: Columns
    etag: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of `AlertEvents`."""

    partition: str
    row_key: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """One look-up's answer as cached: `body` is JSON text, "" where the outcome has no value."""

    outcome: str
    body: str
    at: datetime
