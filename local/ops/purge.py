"""`ops purge`: deletes what is older than some days, by the app's own rules for what may go.

The app purges by itself once an hour, by its RETENTION setting; this is for who wants it now, or shorter.
"""

from __future__ import annotations

import datetime as dt

from local.ops.target import Target
from shared.adapters.clock import SystemClock
from shared.adapters.storage import Purged, TableRetention, TableTenants

_QUIET = dt.timedelta(hours=1)


def purge(target: Target, older_than: dt.datetime, *, is_dry: bool, quiet: dt.timedelta = _QUIET) -> Purged:
    """How many rows of each kind went; with `is_dry` it only counts."""
    row = TableTenants(target.tables).read(target.tenant)
    # The settings of this machine do not tell whether the name is a further tenant's; the list does.
    row_tenant = target.tenant if row.is_further else ""
    retention = TableRetention(
        target.tables, target.tenant, SystemClock(), quiet=quiet, row_tenant=row_tenant
    )
    return retention.run(older_than, is_dry=is_dry)


def in_words(purged: Purged) -> str:
    """How many rows of each kind went, or would go."""
    return (
        f"{purged.history} alerts of the ledger's history, {purged.documents} documents, "
        f"{purged.events} events, {purged.sightings} sightings, {purged.cache} cached answers, "
        f"{purged.unreadable} rows that could not be read, {purged.places} places, "
        f"{purged.memberships} alerts of incidents, {purged.writes} writes that nobody made"
    )
