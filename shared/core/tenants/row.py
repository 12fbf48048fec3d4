"""One tenant of table `Tenants`: partition `tenant`, a row for each name in small letters."""

import re
from dataclasses import dataclass
from datetime import datetime

PENDING, ACTIVE, PAUSED, LEAVING, GONE = "pending", "active", "paused", "leaving", "gone"
WORKED_ON = frozenset({PENDING, ACTIVE})
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One tenant of the list. `tenant_id` and `deployment` are "" while nobody knows them, `name` where there
    is no row yet.

    `is_further` for one that was added by an operator and is reached by the multi-tenant app; the others are
    the own tenants of the deployments on this storage account. `changed_at` is when its state changed last.
    `overrides` are settings of this tenant alone, as JSON. `failures` counts fetches that failed in a row;
    nothing is fetched before `next_fetch`. `checked` is what the last look at the tenant found wrong
    (`shared.core.tenants.checks`), at `checked_at`; `check_asked` is when an operator asked for another.
    """

    name: str = ""
    tenant_id: str = ""
    state: str = ACTIVE
    deployment: str = ""
    bound_at: datetime | None = None
    is_further: bool = False
    changed_at: datetime | None = None
    overrides: str = ""
    next_fetch: datetime | None = None
    failures: int = 0
    last_success: datetime | None = None
    last_error: str = ""
    check_asked: datetime | None = None
    checked_at: datetime | None = None
    checked: tuple[str, ...] = ()
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an app says of itself: the name it is set to, the tenant of its tokens, and its own name. Either
    of the last two may be "", where it cannot be known."""

    name: str
    tenant_id: str
    deployment: str


def is_name(text: str) -> bool:
    """Whether a further tenant can have this name: 1 to 40 small letters, digits and hyphens, the first of
    them no hyphen. It stands in keys before a `|`, which no name holds, so no name is the beginning of
    another's keys."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether the text is a tenant's id as we keep it: a GUID in small letters."""
    return _ID.fullmatch(text) is not None


def is_same(one: str, other: str) -> bool:
    """Whether two ids, or two names of apps, are one: upper and lower case do not matter."""
    return one.casefold() == other.casefold()
