"""Where the operator's commands work: the running local stack, or an account with a person's sign-in."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from azure.storage.queue import QueueServiceClient

from local.lent import lent
from local.ops import reach
from local.ops.parser import Where
from local.stack_state import StackState, running
from shared import wiring
from shared.adapters.http import Tokens, own_credential
from shared.adapters.storage import STORAGE_SCOPE, StorageTables, TableTenants
from shared.clouds import CLOUDS
from shared.core.tenants import TenantRow, overrides_of
from shared.core.tenants.row import is_name
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.settings import Settings

_PATIENCE: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 2,
    "permit_redirects": False,
}


_HOME = "home"  # the local stack's own tenant
_AWAY_HERE = "Its stack has ended or hangs: stop it (Ctrl-C) and start `python3 dev.py demo --keep` again"
_AWAY = (
    "See the account's name, and that this machine may reach it (network rules, VPN, proxy): "
    "docs/runbook.md#storage-was-away-and-the-host-ended"
)


class NoTarget(Exception):
    """There is nothing to work on; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the commands work on. `settings` are the app's as far as they are known here."""

    name: str
    settings: Settings
    ports: Ports
    policy: Policy
    tables: StorageTables
    queues: QueueServiceClient
    tokens: Tokens
    is_local: bool
    logs: str = ""  # the folder of the local stack's log files

    @property
    def tenant(self) -> str:
        """The tenant whose work is meant."""
        return self.settings.tenant

    @property
    def is_further(self) -> bool:
        """Whether it is a further tenant, and not the app's own."""
        return bool(self.policy.row_tenant)

    @property
    def way_out(self) -> str:
        """What to do where its storage does not answer."""
        return _AWAY_HERE if self.is_local else _AWAY

    @property
    def tables_url(self) -> str:
        """The address of the table service."""
        return _tables_url(self.settings)


@contextmanager
def opened(where: Where, state: StackState | None = None) -> Iterator[Target]:
    """The target; for the local stack, this process has the app's identity and trust meanwhile.

    `state` is a stack that is known already. Raises NoTarget, and ConfigError for settings that the app could
    not start with.
    """
    if not where.is_local:
        # It warns of every failed attempt over a dozen lines; the failure itself is raised, and told in one.
        logging.getLogger("azure.identity").setLevel(logging.ERROR)
        yield _target(where, _account_env(where), f"account {where.account or where.table_url}")
        return
    state = state or running()
    if state is None:
        raise NoTarget(
            "no local stack is running: start one with `python3 dev.py demo --keep`, or name the app's "
            "storage account with --account NAME"
        )
    env = _local_env(where, state)
    with lent(env):
        yield replace(_target(where, env, "the local stack"), logs=state.logs)


def _target(where: Where, env: Mapping[str, str], name: str) -> Target:
    settings = Settings.from_env(env)
    clouds = settings.endpoints
    scopes = (clouds.defender_scope, settings.graph_token_scope, STORAGE_SCOPE)
    tokens = Tokens(own_credential(os.environ, settings.client_id, clouds.authority), scopes)
    if settings.storage_connection:
        tables = StorageTables.by_connection(settings.storage_connection)
        queues = QueueServiceClient.from_connection_string(settings.storage_connection, **_PATIENCE)
    else:
        tables = StorageTables.by_identity(settings.storage_table_url, tokens)
        queue_url = settings.storage_table_url.replace(".table.", ".queue.", 1)
        queues = QueueServiceClient(queue_url, credential=tokens, **_PATIENCE)
    settings, ports, policy = _app(where, settings, tables)
    return Target(
        name=name,
        settings=settings,
        ports=ports,
        policy=policy,
        tables=tables,
        queues=queues,
        tokens=tokens,
        is_local=where.is_local,
    )


def _app(where: Where, settings: Settings, tables: StorageTables) -> tuple[Settings, Ports, Policy]:
    """Settings, ports and policy of the tenant that is meant. A further tenant's rows have keys of their own,
    so it is looked for on the list before anything is read under its name. Raises AppError, StorageAway."""
    row = TenantRow()
    if where.tenant is not None and is_name(where.tenant):
        reach.ask([_tables_url(settings)], _AWAY_HERE if where.is_local else _AWAY)
        row = TableTenants(tables).read(where.tenant)
    if not row.is_further:
        own = wiring.make(settings)
        return settings, own.ports, own.policy
    theirs = settings.of_tenant(row.name, overrides_of(row.overrides))
    if not where.is_local:
        app = wiring.make_further(settings, row)
        return theirs, app.ports, app.policy
    # The local stack has the identity whose word Entra takes for the multi-tenant app.
    home = wiring.make(replace(settings, tenant=_HOME))
    found = home.tenants.app_of(row) if home.tenants else wiring.make_further(settings, row)
    return theirs, found.ports, found.policy


def _tables_url(settings: Settings) -> str:
    if settings.storage_connection:
        parts = dict(part.split("=", 1) for part in settings.storage_connection.split(";") if part)
        return parts["TableEndpoint"]
    return settings.storage_table_url


def _account_env(where: Where) -> dict[str, str]:
    suffix = CLOUDS[where.cloud or "public"].storage_suffix
    url = where.table_url or f"https://{where.account}.table.{suffix}"
    return {"AzureWebJobsStorage__tableServiceUri": url, **_chosen(where)}


def _local_env(where: Where, state: StackState) -> dict[str, str]:
    """The app's own environment; storage is reached with the emulator's key, and trusted by the local CA."""
    return {
        **state.settings,
        "AzureWebJobsStorage": state.connection_string,
        "REQUESTS_CA_BUNDLE": state.ca,
        "NO_PROXY": "127.0.0.1",
        **_chosen(where),
    }


def _chosen(where: Where) -> dict[str, str]:
    chosen = {"CLOUD": where.cloud, "TENANT": where.tenant, "ALERT_SOURCE": where.source}
    return {name: value for name, value in chosen.items() if value is not None}


def one_line(err: Exception) -> str:
    """What went wrong, in one line of at most 1,000 characters.

    Where no way to sign in worked, azure-identity lists every one that it tried, a line each. What the Azure
    CLI said is what a person can act on; without it, the last one tried is the one that ended the attempt.
    """
    told = str(err.__cause__ or err) if "Attempted credentials:" in str(err) else str(err)
    tried = re.findall(r"^\t(\w+Credential): (.+)$", told, re.MULTILINE)
    lines = [dict(tried).get("AzureCliCredential") or tried[-1][1]] if tried else told.splitlines()
    return lines[0].strip()[:1_000] if lines else type(err).__name__
