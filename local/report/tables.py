"""The rows and the work's standing, read from the tables of an account or of the local stack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from local.published import Published, plain
from local.report.incidents import incident_of
from local.report.rows import Row, Rows, SourceStanding, Standing

_READERS = 8  # alerts whose events are read at a time: a partition each
_OPEN = "PartitionKey ge 'open|' and PartitionKey lt 'open}'"  # `}` follows `|`: every tenant's open rows


def read_tables(service: TableServiceClient, source: str, since: dt.datetime | None) -> Rows:
    """The alerts created since then with their events, and how the work stands. Raises AzureError."""
    published = Published(service)
    # The day is the partition, so the service reads no older one; the moment itself is a column.
    only = "" if since is None else f"PartitionKey ge '{since:%Y-%m-%d}' and CreatedTime ge {_literal(since)}"
    alerts = [plain(row) for row in published.alerts(filter_text=only)]
    keys = [str(row["RowKey"]) for row in alerts if row.get("EventsShown") != 0]
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(lambda key: [plain(row) for row in published.events(key)], keys)
        events = dict(zip(keys, found, strict=True))
    incidents = _incidents(service, alerts)
    return Rows(source=source, alerts=alerts, incidents=incidents, events=events, standing=_standing(service))


def _incidents(service: TableServiceClient, alerts: list[Row]) -> list[Row]:
    """The incidents that the alerts are in. An incident stands under the day on which it was first seen, and
    each of its alerts names that."""
    named = {incident_of(row) for row in alerts if row.get("IncidentId")}
    days = [str(row["IncidentDay"]) for row in alerts if row.get("IncidentDay")]
    if not days:
        return []
    found = _query(service, "Incidents", f"PartitionKey ge '{min(days)}' and PartitionKey le '{max(days)}'")
    return [row for row in found if row.get("IncidentId") and incident_of(row) in named]


def _literal(moment: dt.datetime) -> str:
    return f"datetime'{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}'"


def _standing(service: TableServiceClient) -> Standing:
    open_rows = list(_query(service, "AlertWork", _OPEN))
    seen = [str(row["FirstSeen"]) for row in open_rows if row.get("FirstSeen")]
    checkpoints = _query(service, "Checkpoints", "RowKey ge 'checkpoint|' and RowKey lt 'checkpoint}'")
    return Standing(
        open_alerts=len(open_rows),
        oldest=min(seen, default=""),
        sources=tuple(_source(row) for row in checkpoints),
    )


def _source(row: Row) -> SourceStanding:
    source = str(row["RowKey"]).partition("|")[2]
    return SourceStanding(
        name=f"{row['PartitionKey']}, {source}",
        last_success=str(row.get("LastSuccess", "")),
        last_error=str(row.get("LastError", "")),
        last_audit=str(row.get("LastAudit", "")),
        audit_result=str(row.get("AuditResult", "")),
    )


def _query(service: TableServiceClient, table: str, only: str) -> Iterator[Row]:
    """The rows that match; none where the table is not there yet."""
    with suppress(ResourceNotFoundError):
        for entity in service.get_table_client(table).query_entities(only):
            yield plain(dict(entity))
