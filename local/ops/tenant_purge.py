"""`ops tenants purge NAME`: every row of a tenant that was removed, deleted, and shown to be gone."""

from __future__ import annotations

import datetime as dt

from local.ops.screen import Screen
from shared.adapters.storage import StorageTables, TableTenants, TenantPurge
from shared.core.tenants import states
from shared.pipeline.stored.tenants import move

_ROUNDS = 3  # what a run wrote meanwhile, against all rules, is met by the next


def purge(name: str, tables: StorageTables, now: dt.datetime, screen: Screen, *, is_sure: bool) -> int:
    """0 where nothing is left of the tenant but its name and id; 1 where nobody agreed, or rows came back.

    Safe to repeat, and to stop anywhere. Raises ConfigError where the tenant was not removed, or less than
    `states.PURGE_AFTER` ago.
    """
    rows, theirs = TableTenants(tables), TenantPurge(tables, name)
    row = rows.read(name)
    states.refuse_purge(row, now)
    if not is_sure:
        found = theirs.left()
        screen.say(f"{name}, tenant {row.tenant_id}, {row.state}: {sum(one.rows for one in found)} rows")
        if screen.ask(f"They cannot be had again. Type {name}:") != name:
            screen.complain("ops: nothing was deleted (--yes deletes without asking)")
            return 1
    left = 1
    for _ in range(_ROUNDS):
        for deleted in theirs.delete():
            screen.say(f"{deleted.table:<14}  {deleted.rows} rows deleted")
        left = _looked(theirs, screen)
        if not left:
            break
    if left:
        screen.complain(
            f"ops: {left} rows of {name} are there again: who still works on it? Then purge it again"
        )
        return 1
    move(rows, name, states.gone, now)
    screen.say(f"nothing of {name} is left but its name and id, which stay each other's for ever")
    return 0


def _looked(theirs: TenantPurge, screen: Screen) -> int:
    """How many rows there still are, said table by table."""
    found = theirs.left()
    for one in found:
        screen.say(f"{one.table:<14}  {one.rows} rows left, looked for in {one.places} places")
    return sum(one.rows for one in found)
