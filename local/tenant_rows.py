"""The further tenants of a running stack put on the app's own list, as `ops tenants add` puts them there."""

from __future__ import annotations

import datetime as dt

from local.ops.parser import Where
from local.ops.target import opened
from local.stack import Stack
from shared.adapters.storage import TableTenants
from shared.pipeline.stored.tenants import add


def list_tenants(stack: Stack) -> None:
    """Every further tenant of the stack is on the list, pending until the app has reached it."""
    with opened(Where(), stack.state) as target:
        rows = TableTenants(target.tables)
        for tenant in stack.options.tenants:
            add(rows, tenant.name, tenant.customer.tenant_id, dt.datetime.now(dt.UTC))
