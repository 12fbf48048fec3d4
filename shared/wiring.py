"""Joins the parts: settings to policies, adapters to ports. Only handlers and tests import it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

from shared import telemetry
from shared.adapters.alert_writes import DefenderWrites, GraphWrites
from shared.adapters.clock import SystemClock
from shared.adapters.defender import DefenderAlerts, DefenderDirectory
from shared.adapters.detections import DetectionFiles
from shared.adapters.graph import GraphAlerts
from shared.adapters.http import CallCounts, JsonApi, Tokens, claims, own_credential
from shared.adapters.hunting import GraphHunter
from shared.adapters.storage import (
    STORAGE_SCOPE,
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
    TableRetention,
    TableSightings,
    TableTenants,
    TableWriteRules,
    TableWrites,
)
from shared.core.hunting import HuntPolicy
from shared.core.progress import BudgetPolicy, LedgerPolicy, PollPolicy
from shared.core.values import Portal
from shared.core.write_back import Mode
from shared.errors import RunEnded, error_text
from shared.pipeline.enrich import BulkDirectory, CachedDirectory
from shared.pipeline.hunt import KnowingHunter
from shared.pipeline.policy import CachePolicy, Policy
from shared.pipeline.ports import Ports, WriteBack
from shared.pipeline.stored import lease
from shared.pipeline.stored.operator_rows import KnownRows
from shared.pipeline.stored.tenancy import Tenancy
from shared.settings import Settings
from shared.version import version

_TIMER = timedelta(seconds=15)  # the schedule in FetchAlerts/function.json


@dataclass(frozen=True, slots=True)
class App:
    """The app as its handlers use it."""

    ports: Ports
    policy: Policy
    tenancy: Tenancy


def holder_of(message_id: str | None, delivery: int | None) -> str:
    """The name of the run of this delivery of a message, which no other run has."""
    return f"{message_id or uuid.uuid4().hex}#{delivery or 1}"


def text_of(body: bytes) -> str:
    """A queue message's text; bytes that are no UTF-8 become marks, and the message is then set aside."""
    return body.decode("utf-8", errors="replace")


@contextmanager
def answered() -> Iterator[None]:
    """Lets nothing out but an `Exception`; raises RunEnded for all else.

    The platform's worker answers for a function that raises an `Exception`, and for no other. A cancelled
    future's error would leave the run without an answer until the time limit, which then ends the worker with
    all that runs in it; `sys.exit` ends the worker at once, and the third time within half an hour the host
    (seen in the host 4.1037 with the worker 4.40 on 2026-11-30).
    """
    try:
        yield
    except Exception:
        raise
    except BaseException as err:
        telemetry.error("run ended from within", reason=error_text(err))
        raise RunEnded(f"the run was ended by {error_text(err)}") from err


@cache
def app() -> App:
    """The app of this instance, made once from the environment. Raises ConfigError."""
    settings = Settings.from_env(os.environ)
    telemetry.info(
        "started",
        version=version(),
        source=settings.alert_source,
        cloud=settings.cloud,
        tenant=settings.tenant,
        tenants_app_id=settings.tenants_app_id or "",
    )
    return make(settings)


def admitted(*, anew: bool = False) -> App:
    """The app of this instance, once it is known that it may work on its tenant; `anew` asks whatever was
    known a moment ago. Raises ConfigError."""
    found = app()
    found.tenancy.check(anew=anew)
    return found


def make(settings: Settings) -> App:
    """The app that `settings` describe; nothing outside is asked yet."""
    policy = policy_of(settings)
    clock = SystemClock()
    tokens = _tokens(settings)
    counts = CallCounts()
    defender, graph = _apis(settings, tokens, clock, counts)
    tables, tenant = _tables(settings, tokens), settings.tenant
    directory, cache = DefenderDirectory(defender, clock), TableEntityCache(tables, tenant, clock)
    hunter = KnowingHunter(GraphHunter(graph, clock), cache, clock)
    leases = TableLeases(tables, tenant)
    in_bulk = BulkDirectory(directory, directory, hunter, partial(lease.may_hunt, leases, clock, policy))
    ports = Ports(
        source=DefenderAlerts(defender) if settings.alert_source == "defender" else GraphAlerts(graph),
        directory=CachedDirectory(in_bulk, cache, clock, policy.cache),
        hunter=hunter,
        ledger=TableLedger(tables, tenant),
        documents=TableDocuments(tables, tenant),
        checkpoints=TableCheckpoints(tables, tenant),
        leases=leases,
        alert_rows=TableAlertRows(tables),
        event_rows=TableEventRows(tables),
        incident_rows=TableIncidentRows(tables),
        memberships=TableMemberships(tables, tenant),
        sightings=TableSightings(tables, tenant),
        retention=TableRetention(tables, tenant, clock),
        calls=counts,
        clock=clock,
        rules=DetectionFiles(settings.detections_off or frozenset()).rules,
        known_benign=KnownRows(TableKnownBenign(tables, tenant), clock),
        write_back=None
        if policy.write_back is Mode.OFF
        else WriteBack(
            TableWrites(tables, tenant),
            DefenderWrites(defender) if settings.alert_source == "defender" else GraphWrites(graph),
            KnownRows(TableWriteRules(tables, tenant), clock),
        ),
    )
    scope = settings.endpoints.defender_scope
    tenancy = Tenancy(
        TableTenants(tables), clock, tenant, settings.deployment, lambda: claims(tokens.token(scope)).tenant
    )
    return App(ports, policy, tenancy)


def _tokens(settings: Settings) -> Tokens:
    """Tokens for the three services that the app calls, and for no other."""
    clouds = settings.endpoints
    scopes = (clouds.defender_scope, settings.graph_token_scope, STORAGE_SCOPE)
    return Tokens(own_credential(os.environ, settings.client_id, clouds.authority), scopes)


def _apis(
    settings: Settings, tokens: Tokens, clock: SystemClock, counts: CallCounts
) -> tuple[JsonApi, JsonApi]:
    """Defender and Graph."""
    clouds = settings.endpoints
    return (
        JsonApi("defender", clouds.defender_url, clouds.defender_scope, tokens, clock=clock, counts=counts),
        JsonApi("graph", clouds.graph_url, settings.graph_token_scope, tokens, clock=clock, counts=counts),
    )


def _tables(settings: Settings, tokens: Tokens) -> StorageTables:
    if settings.storage_connection:
        return StorageTables.by_connection(settings.storage_connection)
    return StorageTables.by_identity(settings.storage_table_url, tokens)


def _every(settings: Settings) -> timedelta:
    """Zero where each run of the timer is to fetch."""
    return settings.fetch_every if settings.fetch_every > _TIMER else timedelta(0)


def policy_of(settings: Settings) -> Policy:
    """The numbers the steps go by."""
    return Policy(
        tenant=settings.tenant,
        poll=PollPolicy(
            first_lookback=settings.initial_lookback, overlap=settings.poll_overlap, every=_every(settings)
        ),
        ledger=LedgerPolicy(
            resend_after=settings.resend_after.total_seconds(),
            late_hunts=tuple(span.total_seconds() for span in settings.late_hunts),
            settle_after=settings.settle_after.total_seconds(),
            retry_after=settings.retry_after.total_seconds(),
            look_up_again=settings.look_up_again.total_seconds(),
        ),
        budget=BudgetPolicy(per_minute=settings.hunt_calls_per_minute),
        hunt=HuntPolicy(
            tolerance_s=settings.process_tolerance.total_seconds(), batch_size=settings.hunt_batch_size
        ),
        cache=CachePolicy(
            device=settings.cache_device.total_seconds(),
            prevalence=settings.cache_prevalence.total_seconds(),
            user=settings.cache_user.total_seconds(),
        ),
        portal=Portal(settings.endpoints.portal_url),
        notify_after=settings.notify_after.total_seconds(),
        incident_every=settings.incident_every.total_seconds(),
        low_severity_max_wait=settings.low_severity_max_wait.total_seconds(),
        drain_for=settings.drain_for.total_seconds(),
        lease_for=settings.lease_for.total_seconds(),
        hunts_at_once=settings.hunts_at_once,
        spread_hunt=settings.spread_hunt,
        redact_command_lines=settings.redact_command_lines,
        write_back=Mode(settings.write_back),
        retention=settings.retention.total_seconds(),
        audit_lookback=settings.audit_lookback.total_seconds(),
    )
