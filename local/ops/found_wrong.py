"""What a look at a further tenant found wrong, as an operator reads it: what it means, and who does what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.tenants import TenantRow, checks

_APIS = {checks.DEFENDER: "Defender", checks.GRAPH: "Graph"}
# Without these roles nothing is fetched, or nothing hunted; every other one adds its part to the rows.
_NEEDED = ("Alert.Read.All", "SecurityAlert.Read.All", "ThreatHunting.Read.All")
_CONSENT = (
    "the customer's administrator opens the consent link that infra/tenants-app.sh printed, or runs "
    "infra/grant-roles.sh --app-id APP-ID (docs/tenants.md#what-the-customer-does)"
)
_TRUST = "run infra/tenants-app.sh again, in the tenant of the app's identity"
_WAIT = "nothing, if it is new: what was granted is in the next token, within an hour or so"
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes (read 2026-11-30) has some of
# them; of the others the meaning is that of the text that Entra sends with them.
_AADSTS = {
    "90002": (
        "there is no tenant with this id in this cloud",
        "compare the id with the one in the customer's portal, and the app's CLOUD with the customer's cloud",
    ),
    "500011": (
        "{api} is not in the tenant",
        "the customer needs a Defender for Endpoint licence, and somebody must have opened "
        "security.microsoft.com once",
    ),
    "700016": ("the tenant has not consented to the app", _CONSENT),
    "7000229": ("the tenant has not consented to the app", _CONSENT),
    "7000112": (
        "the app is disabled in the tenant",
        "the customer's administrator enables it: Enterprise applications, the app, Properties",
    ),
    "700024": (
        "the identity's own token was out of its time",
        "nothing, unless it stays: then restart the app",
    ),
    "700027": (
        "the identity's own token is not taken",
        "restart the app; if it stays, ask Microsoft's support",
    ),
    "700211": ("the app trusts another issuer than the identity's", _TRUST),
    "700212": ("the app trusts another audience than that of the identity's token", _TRUST),
    "700213": ("the app trusts another identity than this one", _TRUST),
    "700236": (
        "the app is registered in another tenant than the identity's, which Entra does not allow",
        "run infra/tenants-app.sh in the identity's tenant, and set TENANTS_APP_ID to what it prints",
    ),
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that was found: what it is, what to do about it, and whether the tenant works without."""

    word: str
    means: str
    todo: str
    stops: bool = True


def found_wrong(row: TenantRow) -> Iterator[Wrong]:
    """Every thing that the last look at the tenant found, each once, what stops the work first."""
    told: set[tuple[str, str]] = set()
    for wrong in sorted(map(read, row.checked), key=lambda one: not one.stops):
        if (wrong.means, wrong.todo) not in told:
            told.add((wrong.means, wrong.todo))
            yield wrong


def read(word: str) -> Wrong:
    """A word of `shared.core.tenants.checks`; one that nobody knows is told as it is."""
    service, _, what = word.partition(":")
    api = _APIS.get(service, service)
    if what.startswith("AADSTS"):
        return _entra(word, api, what.removeprefix("AADSTS"))
    if what.startswith("role="):
        return _role(word, api, what.removeprefix("role="))
    if what == "licence":
        means = f"{api} refuses a token that holds the role, so it is the customer's licence"
        if service == checks.GRAPH:
            means += ": advanced hunting is not in Defender for Business"
        return Wrong(word, means, "the customer tries the same at security.microsoft.com, Hunting")
    if what == "unreachable":
        return Wrong(
            word,
            f"{api} did not answer, or gave no token in time",
            "nothing, unless it stays: it is asked again",
        )
    if what == "foreign":
        means = f"the token for {api} was another tenant's: it was not used, and nothing was asked"
        return Wrong(
            word,
            means,
            "compare the tenant's id; pause the tenant and tell us, for this never happens by itself",
        )
    means = f"{api} refuses the app" if what == "refused" else "this dev.py does not know the word"
    return Wrong(word, means, "see the app's log for this tenant: docs/runbook.md#access-denied")


def _entra(word: str, api: str, number: str) -> Wrong:
    means, todo = _AADSTS.get(
        number,
        (f"Entra gives no token for {api}", f"see https://login.microsoftonline.com/error?code={number}"),
    )
    return Wrong(word, means.format(api=api), todo)


def _role(word: str, api: str, role: str) -> Wrong:
    if role in _NEEDED:
        return Wrong(
            word,
            f"the role {role} of {api} is not granted: the app cannot work without it",
            f"{_WAIT}; else {_CONSENT}",
        )
    means = f"the role {role} of {api} is not granted: that part of the rows stays empty"
    return Wrong(word, means, f"{_WAIT}; else {_CONSENT}", stops=False)
