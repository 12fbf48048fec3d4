"""The storage account: tables, queues, and how far the app has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterator

from azure.core.exceptions import AzureError
from azure.data.tables import TableServiceClient

from local.doctor.check import Check, bad, good, note
from local.doctor.identity import GRANT_WRITE, STORAGE
from local.ops.queues import POISON, lengths
from local.ops.target import Target, one_line
from local.ops.words import ago
from shared.adapters.storage import cache as table_cache
from shared.adapters.storage import ledger as table_ledger
from shared.adapters.storage import rows as table_rows
from shared.adapters.storage import state as table_state
from shared.errors import AppError

TABLES = (table_rows.ALERTS, table_rows.EVENTS, table_ledger.TABLE, table_cache.TABLE, table_state.TABLE)
_FETCHED_WITHIN = dt.timedelta(minutes=15)  # as the alert rule no-successful-fetch
_AUDITED_WITHIN = dt.timedelta(hours=3)
_MAKE = (
    "deploy infra/main.bicep again: it makes every table and queue (the app makes one when it first needs it)"
)
_MAY = (
    "see the account's name, `az login`, and that you have Storage Table Data Reader and Storage Queue Data "
    "Reader on it (infra/operator-access.bicep)"
)


def look_at(target: Target, now: Callable[[], dt.datetime], without: Container[str]) -> Iterator[Check]:
    """Every check of the storage; none where there is no token for it."""
    if STORAGE in without:
        yield note("storage", "not looked at: there is no token")
        return
    tables = _tables(target)
    yield tables
    yield from _queues(target)
    try:
        yield from _progress(target, now())
        yield from _write_back(target, now())
    except AppError as err:
        yield bad("checkpoint", str(err), _MAY)


def _tables(target: Target) -> Check:
    try:
        present = {table.name for table in _service(target).list_tables()}
    except AzureError as err:
        return bad("tables", one_line(err), _MAY)
    missing = [name for name in TABLES if name not in present]
    if missing:
        return bad("tables", f"missing: {', '.join(missing)}", _MAKE)
    return good("tables", ", ".join(TABLES))


def _service(target: Target) -> TableServiceClient:
    if connection := target.settings.storage_connection:
        return TableServiceClient.from_connection_string(connection)
    return TableServiceClient(endpoint=target.settings.storage_table_url, credential=target.tokens)


def _queues(target: Target) -> Iterator[Check]:
    for found in lengths(target.queues):
        what = f"queue {found.queue}"
        is_poison = found.queue.endswith(POISON)
        if found.problem:
            yield bad(what, found.problem, _MAY)
        elif found.messages is None and is_poison:
            yield note(what, "not there yet: the host makes it when a message first fails for good")
        elif found.messages is None:
            yield bad(what, "missing", _MAKE)
        elif found.messages and is_poison:
            yield bad(
                what,
                f"{found.messages} messages failed for good",
                "python3 dev.py ops poison shows them, puts them back (--return) or clears them (--clear)",
            )
        else:
            yield good(what, f"{found.messages} messages")


def _write_back(target: Target, now: dt.datetime) -> Iterator[Check]:
    """Said where Defender or Graph has refused to be written to; an account does not tell the app's mode."""
    until = target.ports.leases.read().writes_blocked_until
    if until is not None and until > now:
        yield bad(
            "write-back", f"paused: a write was refused; the next try is {ago(until, now)}", GRANT_WRITE
        )


def _progress(target: Target, now: dt.datetime) -> Iterator[Check]:
    source = target.ports.source.name
    checkpoint = target.ports.checkpoints.read(source)
    if checkpoint.installed_at is None:
        yield note(
            "checkpoint",
            f"the app has not run yet for tenant {target.tenant} with alerts from {source}",
            "publish the app (func azure functionapp publish NAME --python), then run this again",
        )
        return
    said = f"last successful fetch {ago(checkpoint.last_success, now)}"
    if checkpoint.last_success is None or now - checkpoint.last_success > _FETCHED_WITHIN:
        error = f"; last error {ago(checkpoint.last_error_at, now)}: {checkpoint.last_error}"
        yield bad(
            "checkpoint",
            said + (error if checkpoint.last_error else ""),
            "see that the app is started (az functionapp show), then its log: docs/runbook.md",
        )
    else:
        yield good("checkpoint", said)
    since = checkpoint.last_audit or checkpoint.installed_at
    if now - since > _AUDITED_WITHIN:
        yield bad(
            "audit", f"last made {ago(checkpoint.last_audit, now)}", "see the app's log: docs/runbook.md"
        )
    else:
        yield good("audit", checkpoint.audit_result or "the first is made an hour after the installation")
