"""`ops tenant`: whose work lies under the tenant's name, which app works on it, and a change of that app."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from local.ops.parser import Parser
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.words import clock
from shared.adapters.storage import TableTenants
from shared.core.tenants import TenantRow, standing
from shared.pipeline.stored.tenants import changed


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "tenant",
        "whose work this is, and which app works on it",
        "tenant --take-over func-alerts-b --account alertsabc123",
        "Two apps must not work on one tenant: the second refuses to. To let it take the work over, stop\n"
        "the first one, then name the second; the first refuses from then on. To look, you need Storage\n"
        "Table Data Reader on an account; to change, Storage Table Data Contributor.",
    )
    parser.add_argument("--take-over", metavar="APP", help="the name of the function app that is to work")


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done, 1 where no app has worked under the name yet."""
    rows = TableTenants(target.tables)
    row = rows.read(target.tenant)
    if not row.name:
        screen.complain(f"ops: no app has worked as tenant {target.tenant} on {target.name} yet")
        return 1
    if given.take_over:
        row = _taken_over(rows, row, given.take_over)
        screen.say(f"{row.deployment} may work on it; any other app refuses within a minute")
    bound = f", since {clock(row.bound_at)}" if row.bound_at else ""
    screen.say(f"tenant   {row.name}: {row.tenant_id or 'its id is not known yet'}, {row.state}{bound}")
    screen.say(f"app      {row.deployment or 'any (no app has told its name)'}")
    return 0


def _taken_over(rows: TableTenants, seen: TenantRow, app: str) -> TenantRow:
    """The row with that app in it, whatever a working app has written of itself meanwhile."""

    def decide(row: TenantRow) -> tuple[TenantRow, None]:
        return standing.taken_over(row, app), None

    row, _ = changed(rows, seen.name, decide, seen)
    return row
