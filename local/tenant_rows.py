"""The further tenants of a running stack put on the app's own list, as `ops tenants add` puts them there."""

from __future__ import annotations

import datetime as dt

from local.ops.parser import Where
from local.ops.target import opened
from local.stack import Stack
from local.stack_state import StackState
from shared.adapters.storage import TableTenants
from shared.pipeline.stored.tenants import add


def state_of(stack: Stack, pid: int) -> StackState:
    """How the running stack is reached."""
    return StackState(
        pid=pid,
        connection_string=stack.azurite.connection_string,
        ca=str(stack.certificates.ca),
        settings=stack.settings,
        control_url=stack.control_url,
        control_secret=stack.control_secret,
        logs=str(stack.logs),
    )


def list_tenants(stack: Stack) -> None:
    """Every further tenant of the stack is on the list, pending until the app has reached it."""
    with opened(Where(), state_of(stack, 0)) as target:
        rows = TableTenants(target.tables)
        for tenant in stack.options.tenants:
            add(rows, tenant.name, tenant.customer.tenant_id, dt.datetime.now(dt.UTC))
