"""The states of a tenant and what leads from one to the next: pending → active ⇄ paused → leaving → gone.

Each function gives the row to write, None where it stands so already, and raises ConfigError in words for the
operator where that way is not open. All of them are pure, so that they can be asked again on a conflict.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.tenants.row import ACTIVE, GONE, LEAVING, PAUSED, PENDING, TenantRow, is_id, is_name, is_same
from shared.errors import ConfigError

# Publishing does not look at the list of tenants. So a tenant's rows are left alone until no run can write
# any: the longest run (10 minutes, host.json), begun at the end of what is remembered of the list (1 minute).
PURGE_AFTER = timedelta(minutes=15)


def added(row: TenantRow, name: str, tenant_id: str, now: datetime) -> TenantRow | None:
    """The row of a further tenant, pending until a fetch has reached it. One that is gone may come back under
    the same name, with the same id."""
    if not is_name(name):
        raise ConfigError(
            f"{name!r} is no name for a tenant: 1 to 40 small letters, digits and hyphens, no hyphen first"
        )
    if not is_id(tenant_id):
        raise ConfigError(f"{tenant_id!r} is no tenant id: a GUID in small letters")
    if row.name and not row.is_further:
        raise ConfigError(
            f"{name!r} is the own tenant of the app {row.deployment or '(not known)'} on this storage account"
        )
    if row.tenant_id and not is_same(row.tenant_id, tenant_id):
        raise ConfigError(
            f"{name!r} is tenant {row.tenant_id} for ever, also once it is gone: choose another name"
        )
    if row.state == LEAVING:
        raise ConfigError(f"{name!r} is leaving: purge it first, then add it anew")
    if row.name and row.state != GONE:
        return None
    return TenantRow(
        name,
        tenant_id,
        PENDING,
        bound_at=row.bound_at or now,
        is_further=True,
        changed_at=now,
        next_fetch=now,
        check_asked=now,
        etag=row.etag,
    )


def refuse_other_name(name: str, tenant_id: str, others: Iterable[TenantRow]) -> None:
    """Raises ConfigError where the tenant with this id is kept under another name."""
    for other in others:
        if is_same(other.tenant_id, tenant_id) and other.name.lower() != name:
            raise ConfigError(f"tenant {tenant_id} is {other.name!r} on this storage account, for ever")


def reached(row: TenantRow, now: datetime) -> TenantRow:
    """The row once a fetch has reached the tenant: one that was pending is active."""
    return _to(row, ACTIVE, now) if row.state == PENDING else row


def check_asked(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row of a tenant that the app is to look at as soon as it can. `checked_at` will be later then."""
    _refuse(row, LEAVING, GONE)
    if row.state == PAUSED:
        raise ConfigError(f"{row.name!r} is paused: resume it first")
    return replace(row, check_asked=now, next_fetch=now)


def paused(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row of a tenant of which nothing is fetched and hunted for the time being."""
    _refuse(row, LEAVING, GONE)
    return None if row.state == PAUSED else _to(row, PAUSED, now)


def resumed(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row of a tenant that is worked on again: active if it ever was reached, else pending."""
    _refuse(row, LEAVING, GONE)
    if row.state != PAUSED:
        return None
    known = bool(row.last_success) or not row.is_further
    return replace(_to(row, ACTIVE if known else PENDING, now), next_fetch=now, failures=0)


def leaving(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row of a tenant on which nobody works any more, and that may be purged after `PURGE_AFTER`."""
    _refuse(row, GONE)
    if not row.is_further:
        raise ConfigError(f"{row.name!r} is the own tenant of its app: remove the app instead")
    return None if row.state == LEAVING else _to(row, LEAVING, now)


def gone(row: TenantRow, now: datetime) -> TenantRow | None:
    """The row of a tenant of which nothing is kept but its name and id."""
    if row.state == GONE:
        return None
    refuse_purge(row, now)
    return TenantRow(
        row.name,
        row.tenant_id,
        GONE,
        bound_at=row.bound_at,
        is_further=True,
        changed_at=now,
        next_fetch=row.next_fetch,
        etag=row.etag,
    )


def refuse_purge(row: TenantRow, now: datetime) -> None:
    """Raises ConfigError where the tenant's rows must not be purged (yet)."""
    if not row.name or not row.is_further or row.state not in (LEAVING, GONE):
        raise ConfigError(f"{row.name!r} is {row.state if row.name else 'not known'}: remove it first")
    since = row.changed_at or now
    if row.state == LEAVING and now - since < PURGE_AFTER:
        wait = int((PURGE_AFTER - (now - since)).total_seconds() // 60) + 1
        raise ConfigError(f"{row.name!r} may be purged in {wait} min: a run begun before may still write")


def _to(row: TenantRow, state: str, now: datetime) -> TenantRow:
    return replace(row, state=state, changed_at=now)


def _refuse(row: TenantRow, *states: str) -> None:
    if not row.name:
        raise ConfigError("there is no tenant of that name: add it first")
    if row.state in states:
        raise ConfigError(f"{row.name!r} is {row.state}, and stays so")
