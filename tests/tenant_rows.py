"""Rows of one tenant in every partition that the app can make, written by its own adapters."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.adapters.clock import SystemClock
from shared.adapters.storage import (
    StorageTables,
    TableAlertRows,
    TableCheckpoints,
    TableDocuments,
    TableEntityCache,
    TableEventRows,
    TableIncidentRows,
    TableKnownBenign,
    TableLeases,
    TableLedger,
    TableMemberships,
    TableSightings,
    TableWriteRules,
    TableWrites,
)
from shared.adapters.storage.operations import Operation, Verb
from shared.core.conclude import Sighting
from shared.core.known_benign import Entry
from shared.core.progress import LedgerRow, State
from shared.core.progress.due_index import entries
from shared.core.values import CachedAnswer, Checkpoint, DocumentKey, EventRow, Instant, RowWrite, table_keys
from shared.core.write_back import WriteRow, WriteRule


def ledger_row(alert_id: str, at: datetime, state: State = State.DONE) -> LedgerRow:
    """An alert that was created, and last worked on, at that moment."""
    moment = Instant.of(at)
    return LedgerRow(
        alert_id=alert_id,
        day=at.date().isoformat(),
        source="defender",
        created=moment,
        last_update=moment,
        severity_rank=1,
        generation=1,
        hunt_digest="h",
        status_digest="s",
        body_ref="r",
        first_seen=at,
        generation_seen=at,
        state=state,
    )


def finished(
    tables: StorageTables, tenant: str, alert_id: str, at: datetime, *, row_tenant: str = ""
) -> None:
    """A finished alert of that moment, with all that is kept beside its published row. `row_tenant` as
    `published_row` takes it."""
    alert_key = table_keys.published_row(row_tenant, table_keys.safe_id(alert_id))
    day, moment = at.date().isoformat(), Instant.of(at)
    ledger, known = TableLedger(tables, tenant), TableMemberships(tables, tenant)
    TableDocuments(tables, tenant).put({DocumentKey(day, alert_id, "alert", "r"): b"body"})
    TableEventRows(tables).write([EventRow(alert_key, f"e{n}", {"Tie": "own"}) for n in range(2)])
    ledger.keep([ledger_row(alert_id, at)])
    ledger.keep_places({f"other-{alert_id}": (day, alert_id)})
    TableSightings(tables, tenant).add([Sighting("file", alert_id, moment, "d", "")])
    known.keep_days({f"i-{alert_id}": day})
    known.add({f"i-{alert_id}": {(day, alert_key)}})
    known.remove_marks([mark for mark in known.marks() if mark.incident_id == f"i-{alert_id}"])
    cache = TableEntityCache(tables, tenant, SystemClock())
    cache.put("device", {alert_id: CachedAnswer("found", "{}", at)})
    partition, row_key = table_keys.set_apart_key(tenant, "p", alert_id)
    tables.apply("AlertWork", [Operation(Verb.PUT, {"PartitionKey": partition, "RowKey": row_key})])
    TableWrites(tables, tenant).put([write_row(alert_id, at)])


def published(tables: StorageTables, row_tenant: str, alert_id: str, at: datetime) -> None:
    """The rows of an alert and of its incident that consumers read."""
    day = at.date().isoformat()
    alert = RowWrite(
        day, table_keys.published_row(row_tenant, table_keys.safe_id(alert_id)), {"AlertId": alert_id}, ""
    )
    TableAlertRows(tables).write([alert])
    incident = RowWrite(
        *table_keys.incident_key(day, f"i-{alert_id}", row_tenant), {"IncidentId": f"i-{alert_id}"}, ""
    )
    TableIncidentRows(tables).write([incident])


def write_row(alert_id: str, at: datetime) -> WriteRow:
    """A comment that waits since then."""
    return WriteRow(
        alert_id=alert_id,
        day=at.date().isoformat(),
        api_id=alert_id,
        validation="Confirmed",
        digest="d",
        text="text",
        wanted_at=at,
        due=at,
    )


def unfinished(tables: StorageTables, tenant: str, alert_id: str, at: datetime) -> None:
    """What stands while an alert is in work, and what stands as long as the tenant does."""
    ledger, known = TableLedger(tables, tenant), TableMemberships(tables, tenant)
    row = replace(ledger_row(alert_id, at, State.OPEN), hunt_due=at + timedelta(days=1))
    ledger.write([row])
    ledger.write_due(entries(row), [])
    known.add({f"m-{alert_id}": set()})
    TableCheckpoints(tables, tenant).write("defender", Checkpoint(installed_at=at))
    leases = TableLeases(tables, tenant)
    leases.write(replace(leases.read(), holder="run"))
    TableKnownBenign(tables, tenant).write(Entry(id=f"k-{alert_id}"))
    TableWriteRules(tables, tenant).write(WriteRule(id=f"w-{alert_id}"))
