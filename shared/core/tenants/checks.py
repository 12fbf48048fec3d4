"""What a look at a tenant found wrong, in words of `TenantRow.checked`: `SERVICE:WHAT`, none with a space.

`WHAT` is `AADSTS…` where Entra gave no token, `unreachable` where it or the service did not answer,
`role=NAME` for a role that the token lacks, `licence` where the service refuses a token that has the role,
`foreign` where a token was another tenant's, and else `refused`.
"""

import re

from shared.errors import AccessDenied, AppError, Denied, ForeignToken, Retryable

DEFENDER, GRAPH = "defender", "graph"
# What the app calls without any setting: https://learn.microsoft.com/en-us/defender-endpoint/api/exposed-apis-list
# and https://learn.microsoft.com/en-us/graph/permissions-reference (read 2026-11-30).
DEFENDER_ROLES = (
    *("Alert.Read.All", "Machine.Read.All", "User.Read.All"),
    *("File.Read.All", "Ip.Read.All", "Url.Read.All"),
)
GRAPH_ROLES = ("ThreatHunting.Read.All",)
_CODE = re.compile(r"AADSTS\d{4,8}")
_MOST = 20


def missing(service: str, needed: tuple[str, ...], held: tuple[str, ...]) -> tuple[str, ...]:
    """A word for each role that is needed and not held. A role to write is one to read too."""
    may = {*held, *(role.replace(".ReadWrite.", ".Read.") for role in held)}
    return tuple(f"{service}:role={role}" for role in needed if role not in may)


def word_of(service: str, err: AppError) -> str:
    """The word for a failure of a call to the service, or of getting a token for it."""
    if isinstance(err, ForeignToken):
        return f"{service}:foreign"
    if code := _CODE.search(str(err)):
        return f"{service}:{code[0]}"
    if isinstance(err, AccessDenied):
        if err.lacks is Denied.ROLE and err.needed:
            return f"{service}:role={err.needed}"
        return f"{service}:{'licence' if err.lacks is Denied.LICENCE else 'refused'}"
    return f"{service}:{'unreachable' if isinstance(err, Retryable) else 'refused'}"


def kept(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without doubles, bounded."""
    return tuple(dict.fromkeys(words))[:_MOST]
