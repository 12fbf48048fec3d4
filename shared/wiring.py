"""Joins the parts: settings to policies, adapters to ports. Only handlers and tests import it.

A port that not every function uses is made, and what makes it imported, when it is first used
(`on_demand.made`): so each function starts with what it needs. What settings may be wrong in is made at once.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from requests import Session

from shared import adapters, on_demand, telemetry
from shared.adapters import http, storage
from shared.adapters.clock import SystemClock
from shared.core.progress import tenant_of
from shared.core.tenants import TenantRow, checks, overrides_of
from shared.core.write_back import Mode
from shared.errors import RunEnded, error_text
from shared.pipeline import enrich, fetch, hunt, stored
from shared.pipeline.policy import Policy, among_many
from shared.pipeline.ports import AlertSource, Directory, Ports, TenantHunter, WriteBack
from shared.pipeline.stored.tenancy import Tenancy
from shared.pipeline.stored.tenants import Registry
from shared.pipeline.tenant_apps import TenantApp, TenantApps
from shared.policies import policy_of
from shared.settings import Settings
from shared.version import version

if TYPE_CHECKING:
    from shared.adapters import LoadedDetections
    from shared.pipeline.fetch import TenantFetches

_CONNECTIONS_OF_MANY = 64  # to a host: turns side by side, some of them with look-ups side by side
_LISTS_OF_MANY = http.ListBounds(page=250, patience=12.0, read_timeout=10.0)


@dataclass(frozen=True, slots=True)
class App:
    """The app as its handlers use it: the deployment's own tenant, and the further ones, if any."""

    ports: Ports
    policy: Policy
    tenancy: Tenancy
    tenants: TenantApps | None = None
    fetches: TenantFetches | None = None  # of all of them, from run to run


@dataclass(frozen=True, slots=True)
class _Common:
    """What the apps of all tenants share: nothing of it keeps one tenant's answers for another."""

    clock: SystemClock
    own: http.Tokens
    tables: storage.StorageTables
    session: Session
    front: storage.CacheFront
    detections: LoadedDetections
    lists: http.ListBounds


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


@contextmanager
def at_work(message: str) -> Iterator[App | TenantApp]:
    """The app of the tenant that a message names, and log lines that name it. Home's where nobody works on
    that tenant here: it sets the message aside. Raises ConfigError."""
    found = admitted()
    if found.tenants is None:
        yield found
        return
    name = tenant_of(message) or found.policy.tenant
    with telemetry.about(tenant=name):
        yield found.tenants.named(name) or found


def make(settings: Settings) -> App:
    """The app that `settings` describe; nothing outside is asked yet."""
    common = _common(settings)
    policy, scope = policy_of(settings), settings.endpoints.defender_scope
    home = _joined(settings, policy, common, common.own)
    tenancy = Tenancy(
        storage.TableTenants(common.tables),
        common.clock,
        settings.tenant,
        settings.deployment,
        lambda: http.claims(common.own.token(scope)).tenant,
    )
    if settings.tenants_app_id is None:
        return App(home.ports, policy, tenancy)
    home = replace(home, policy=among_many(policy))
    tenants = _tenants(settings, settings.tenants_app_id, common, home)
    return App(home.ports, home.policy, tenancy, tenants, fetch.TenantFetches(tenants))


def make_further(settings: Settings, row: TenantRow) -> TenantApp:
    """The app of a further tenant for an operator, whose own tokens serve where they are of that tenant."""
    common, own = _common(settings), _settings_of(settings, row)
    signed_in = http.own_credential(os.environ, settings.client_id, settings.endpoints.authority)
    theirs = http.Tokens(signed_in, _api_scopes(settings), tenant_id=row.tenant_id)
    return _joined(own, policy_of(own, row), common, theirs)


def _settings_of(settings: Settings, row: TenantRow) -> Settings:
    return settings.of_tenant(row.name, overrides_of(row.overrides))


def _tenants(settings: Settings, app_id: str, common: _Common, home: TenantApp) -> TenantApps:
    """The apps of further tenants, reached by the multi-tenant app for which the identity stands."""
    clouds = settings.endpoints

    def assertion() -> str:
        return common.own.token(clouds.exchange_scope)

    def further(row: TenantRow) -> TenantApp:
        own = _settings_of(settings, row)
        credential = http.tenant_credential(
            row.tenant_id, app_id, assertion, clouds.authority, common.session
        )
        tokens = http.Tokens(credential, _api_scopes(settings), tenant_id=row.tenant_id)
        return _joined(own, among_many(policy_of(own, row)), common, tokens)

    registry = Registry(storage.TableTenants(common.tables), common.clock)
    return TenantApps(home, registry, further, settings.deployment, assertion)


def _common(settings: Settings) -> _Common:
    clock, own, is_one = SystemClock(), _tokens(settings), settings.tenants_app_id is None
    return _Common(
        clock,
        own,
        _tables(settings, own),
        http.new_session() if is_one else http.new_session(_CONNECTIONS_OF_MANY),
        storage.CacheFront(clock),
        on_demand.made(lambda: adapters.LoadedDetections()),
        http.ListBounds() if is_one else _LISTS_OF_MANY,
    )


def _joined(settings: Settings, policy: Policy, common: _Common, tokens: http.Tokens) -> TenantApp:
    """One tenant's app, whose calls carry these tokens and no other."""
    clock, tables, tenant, made = common.clock, common.tables, policy.tenant, on_demand.made
    counts = http.CallCounts()
    defender, graph = _apis(settings, tokens, common, counts)
    cache = storage.TableEntityCache(tables, tenant, clock, common.front)
    leases = storage.TableLeases(tables, tenant)
    hunter: TenantHunter = made(lambda: hunt.KnowingHunter(adapters.GraphHunter(graph, clock), cache, clock))
    off = settings.detections_off or frozenset()
    ports = Ports(
        source=made(lambda: _source(settings, common, defender, graph)),
        directory=made(lambda: _directory(defender, hunter, cache, clock, policy, leases)),
        hunter=hunter,
        ledger=storage.TableLedger(tables, tenant),
        documents=storage.TableDocuments(tables, tenant),
        checkpoints=storage.TableCheckpoints(tables, tenant),
        leases=leases,
        alert_rows=storage.TableAlertRows(tables),
        event_rows=storage.TableEventRows(tables),
        incident_rows=storage.TableIncidentRows(tables),
        memberships=made(lambda: storage.TableMemberships(tables, tenant)),
        sightings=made(lambda: storage.TableSightings(tables, tenant)),
        retention=made(lambda: storage.TableRetention(tables, tenant, clock, row_tenant=policy.row_tenant)),
        calls=counts,
        clock=clock,
        rules=made(lambda: adapters.DetectionFiles(off, common.detections).rules),
        known_benign=made(
            lambda: stored.operator_rows.KnownRows(storage.TableKnownBenign(tables, tenant), clock)
        ),
        write_back=None
        if policy.write_back is Mode.OFF
        else made(lambda: _write_back(settings, common, defender, graph, tenant)),
    )
    scopes = {checks.DEFENDER: settings.endpoints.defender_scope, checks.GRAPH: settings.graph_token_scope}
    return TenantApp(
        ports=ports, policy=policy, roles=lambda service: http.claims(tokens.token(scopes[service])).roles
    )


def _source(settings: Settings, common: _Common, defender: http.JsonApi, graph: http.JsonApi) -> AlertSource:
    if settings.alert_source == "defender":
        return adapters.DefenderAlerts(defender, common.lists)
    return adapters.GraphAlerts(graph, common.lists)


def _directory(
    defender: http.JsonApi,
    hunter: TenantHunter,
    cache: storage.TableEntityCache,
    clock: SystemClock,
    policy: Policy,
    leases: storage.TableLeases,
) -> Directory:
    directory = adapters.DefenderDirectory(defender, clock)
    may_hunt = partial(stored.lease.may_hunt, leases, clock, policy)
    in_bulk = enrich.BulkDirectory(directory, directory, hunter, may_hunt)
    return enrich.CachedDirectory(in_bulk, cache, clock, policy.cache)


def _write_back(
    settings: Settings, common: _Common, defender: http.JsonApi, graph: http.JsonApi, tenant: str
) -> WriteBack:
    is_defender = settings.alert_source == "defender"
    return WriteBack(
        storage.TableWrites(common.tables, tenant),
        adapters.DefenderWrites(defender) if is_defender else adapters.GraphWrites(graph),
        stored.operator_rows.KnownRows(storage.TableWriteRules(common.tables, tenant), common.clock),
    )


def _api_scopes(settings: Settings) -> tuple[str, str]:
    return settings.endpoints.defender_scope, settings.graph_token_scope


def _tokens(settings: Settings) -> http.Tokens:
    """The identity's tokens for the services that the app calls with them, and for no other."""
    clouds = settings.endpoints
    exchange = [clouds.exchange_scope] if settings.tenants_app_id else []
    scopes = (*_api_scopes(settings), storage.STORAGE_SCOPE, *exchange)
    return http.Tokens(http.own_credential(os.environ, settings.client_id, clouds.authority), scopes)


def _apis(
    settings: Settings, tokens: http.Tokens, common: _Common, counts: http.CallCounts
) -> tuple[http.JsonApi, http.JsonApi]:
    """Defender and Graph."""
    clouds, api = settings.endpoints, partial(http.JsonApi, clock=common.clock, counts=counts)
    return (
        api("defender", clouds.defender_url, clouds.defender_scope, tokens, session=common.session),
        api("graph", clouds.graph_url, settings.graph_token_scope, tokens, session=common.session),
    )


def _tables(settings: Settings, tokens: http.Tokens) -> storage.StorageTables:
    if settings.storage_connection:
        return storage.StorageTables.by_connection(settings.storage_connection)
    return storage.StorageTables.by_identity(settings.storage_table_url, tokens)
