"""Whose work lies under a tenant's name: the tenant's id, and the deployment that works on it.

The row is one of the list of tenants: partition `tenant`, a row for each name in small letters. A name is
bound to the id of the first tenant that uses it, and never to another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.errors import ConfigError

ACTIVE, GONE = "active", "gone"


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One tenant of the list. `tenant_id` and `deployment` are "" while nobody knows them, `name` where there
    is no row yet."""

    name: str = ""
    tenant_id: str = ""
    state: str = ACTIVE
    deployment: str = ""
    bound_at: datetime | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an app says of itself: the name it is set to, the tenant of its tokens, and its own name. Either
    of the last two may be "", where it cannot be known."""

    name: str
    tenant_id: str
    deployment: str


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
    if known.state == GONE:
        raise ConfigError(
            f"TENANT {claim.name!r} was given up on this storage account, and its name is not used again: "
            "choose another name"
        )
    if claim.tenant_id and known.tenant_id and not _is_same(claim.tenant_id, known.tenant_id):
        raise ConfigError(
            f"TENANT {claim.name!r} is tenant {known.tenant_id} on this storage account, and this app's "
            f"identity is of tenant {claim.tenant_id}: choose another name, or a storage account of its own"
        )
    if claim.deployment and known.deployment and not _is_same(claim.deployment, known.deployment):
        raise ConfigError(
            f"the app {known.deployment!r} works on TENANT {claim.name!r} of this storage account, and this "
            f"is {claim.deployment!r}: stop the other one, then "
            f"`dev.py ops tenant --take-over {claim.deployment}`"
        )
    told = replace(
        known,
        tenant_id=known.tenant_id or claim.tenant_id,
        deployment=known.deployment or claim.deployment,
    )
    return told if told != known else None


def refuse_second_name(claim: Claim, others: Iterable[TenantRow]) -> None:
    """Raises ConfigError where the app's tenant is kept under another name already."""
    for other in others:
        if claim.tenant_id and _is_same(other.tenant_id, claim.tenant_id) and other.name != claim.name:
            raise ConfigError(
                f"tenant {claim.tenant_id} is TENANT {other.name!r} on this storage account: keep that name, "
                "for it is part of every key"
            )


def taken_over(row: TenantRow, deployment: str) -> TenantRow:
    """The row once that app is to work on the tenant, whichever did before."""
    return replace(row, deployment=deployment)


def _is_same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
