"""Whose work lies under a tenant's name: the tenant's id, and the deployment that works on it.

A name is bound to the id of the first tenant that uses it, and never to another.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.core.tenants.row import GONE, WORKED_ON, Claim, TenantRow, is_id, is_name, is_same
from shared.errors import ConfigError


def admitted(row: TenantRow, claim: Claim, now: datetime) -> TenantRow | None:
    """The row to write for an app that may work; None where there is nothing to write.

    Raises ConfigError, in words for who deployed it, for one that may not.
    """
    known = row if row.name else TenantRow(name=claim.name, bound_at=now)
    if known.name != claim.name:
        raise ConfigError(
            f"TENANT is {known.name!r} on this storage account, and this app's is {claim.name!r}: upper and "
            "lower case must be the same, for it is part of every key"
        )
    if known.is_further:
        raise ConfigError(
            f"{claim.name!r} was added on this storage account as a further tenant: choose another name for "
            "TENANT, the app's own"
        )
    if known.state == GONE:
        raise ConfigError(
            f"TENANT {claim.name!r} was given up on this storage account, and its name is not used again: "
            "choose another name"
        )
    if claim.tenant_id and known.tenant_id and not is_same(claim.tenant_id, known.tenant_id):
        raise ConfigError(
            f"TENANT {claim.name!r} is tenant {known.tenant_id} on this storage account, and this app's "
            f"identity is of tenant {claim.tenant_id}: choose another name, or a storage account of its own"
        )
    if claim.deployment and known.deployment and not is_same(claim.deployment, known.deployment):
        raise ConfigError(
            f"the app {known.deployment!r} works on TENANT {claim.name!r} of this storage account, and this "
            f"is {claim.deployment!r}: stop the other one, then "
            f"`dev.py ops tenant --take-over {claim.deployment}`"
        )
    told = replace(
        known, tenant_id=known.tenant_id or claim.tenant_id, deployment=known.deployment or claim.deployment
    )
    return told if told != known else None


def refuse_second_name(claim: Claim, others: Iterable[TenantRow]) -> None:
    """Raises ConfigError where the app's tenant is kept under another name already."""
    for other in others:
        if claim.tenant_id and is_same(other.tenant_id, claim.tenant_id) and other.name != claim.name:
            raise ConfigError(
                f"tenant {claim.tenant_id} is TENANT {other.name!r} on this storage account: keep that name, "
                "for it is part of every key"
            )


def taken_over(row: TenantRow, deployment: str) -> TenantRow:
    """The row once that app is to work on the tenant, whichever did before."""
    return replace(row, deployment=deployment)


def is_ours(row: TenantRow, deployment: str) -> bool:
    """Whether this deployment works on the further tenant: nobody has claimed it, or this one has. A row
    without the tenant's id is nobody's: its tokens could not be told from another's."""
    is_whole = row.is_further and is_name(row.name) and is_id(row.tenant_id)
    return is_whole and (not row.deployment or not deployment or is_same(row.deployment, deployment))


def is_worked_on(row: TenantRow, deployment: str) -> bool:
    """The same, for the time being: not of one that is paused, leaving or gone."""
    return row.state in WORKED_ON and is_ours(row, deployment)


def claimed(row: TenantRow, deployment: str) -> TenantRow | None:
    """The row of a further tenant with this deployment in it; None where there is nothing to write."""
    return replace(row, deployment=deployment) if deployment and not row.deployment else None
