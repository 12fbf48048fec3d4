"""Tokens: for each API that the app calls, whose token there is, for which audience, with which roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jwt

from local.doctor.check import Check, bad, good, note
from local.ops.target import Target, one_line
from shared.adapters.storage import STORAGE_SCOPE
from shared.clouds import CLOUDS
from shared.errors import AppError

GRANT = (
    "run infra/grant-roles.sh (or .ps1) as a Privileged Role Administrator; the platform keeps an identity's "
    "tokens for about a day, so a role granted late shows up to a day late, and nothing can hurry it"
)
GRANT_WRITE = "run infra/grant-roles.sh --write-back (or .ps1 -WriteBack), or set WRITE_BACK to off"
LICENSED = (
    "the token holds the role, so it is the licence or the audience: compare the audience above, and try the "
    "same in the portal, security.microsoft.com (advanced hunting is not in Defender for Business)"
)
DEFENDER, GRAPH, STORAGE = "Defender", "Graph", "Storage"
# Ids of the resource apps: a v1 token may name its audience by one
# (https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference, read 2026-11).
DEFENDER_APP = "fc780465-2017-40d4-a0c5-307022471b92"
GRAPH_APP = "00000003-0000-0000-c000-000000000000"
_STORAGE_APP = "e406a681-f3d4-42a8-90b6-c2b029497af1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API: its scope, the audiences it accepts, roles it needs, further roles with what each adds, and
    the role that the write-back takes, where it is on."""

    name: str
    scope: str
    setting: str
    audiences: tuple[str, ...]
    needed: tuple[str, ...] = ()
    optional: tuple[tuple[str, str], ...] = ()
    to_write: str = ""


def apis(target: Target) -> tuple[Api, ...]:
    """The APIs as these settings reach them."""
    settings = target.settings
    cloud = CLOUDS[settings.cloud]
    from_graph = settings.alert_source == "graph"
    writes = settings.write_back in ("comment", "rules")
    return (
        Api(
            name=DEFENDER,
            scope=settings.endpoints.defender_scope,
            setting="DEFENDER_API_SCOPE",
            audiences=(cloud.defender_scope.removesuffix("/.default"), DEFENDER_APP),
            needed=() if from_graph else ("Alert.Read.All",),
            to_write="Alert.ReadWrite.All" if writes and not from_graph else "",
            optional=(
                ("Machine.Read.All", "devices and who is logged on"),
                ("File.Read.All", "files"),
                ("Ip.Read.All", "addresses"),
                ("Url.Read.All", "domains"),
                ("User.Read.All", "users"),
            ),
        ),
        Api(
            name=GRAPH,
            scope=settings.graph_token_scope,
            setting="GRAPH_API_SCOPE",
            audiences=(cloud.graph_url, GRAPH_APP),
            needed=("ThreatHunting.Read.All", *(("SecurityAlert.Read.All",) if from_graph else ())),
            to_write="SecurityAlert.ReadWrite.All" if writes and from_graph else "",
        ),
        Api(
            name=STORAGE,
            scope=STORAGE_SCOPE,
            setting="",
            audiences=("https://storage.azure.com", _STORAGE_APP),
        ),
    )


def lacking(target: Target) -> dict[str, str]:
    """The APIs that a person's own sign-in gets no token for, by name, with the reason in one line.

    The local stack is not asked: it has an identity of its own.
    """
    found = {}
    for api in () if target.is_local else apis(target):
        try:
            target.tokens.token(api.scope)
        except AppError as err:
            found[api.name] = one_line(err)
    return found


def held_roles(target: Target, name: str) -> list[str]:
    """The roles in the token for the API of this name; none where it has none, or cannot be looked into."""
    [api] = [each for each in apis(target) if each.name == name]
    try:
        claims = jwt.decode(target.tokens.token(api.scope), options={"verify_signature": False})
    except (AppError, jwt.InvalidTokenError):
        return []
    return [str(role) for role in claims.get("roles", ())]


def way_out(role: str, held: list[str]) -> str:
    """What to do about a 403 of a call that takes the role, by what the token holds."""
    return LICENSED if has(held, role) else GRANT


def look_at(target: Target, without: Mapping[str, str]) -> Iterator[Check]:
    """Every check of the sign-in and the tokens; `without` is what `lacking` found."""
    if why := without.get(STORAGE):
        yield bad("sign-in", f"this machine has none that serves: {why}", "az login, then run this again")
    for api in apis(target):
        if api.name not in without:
            yield from _token(target, api)
        elif STORAGE not in without:
            yield note(
                f"token for {api.name}",
                f"your own sign-in gets none ({without[api.name]}); "
                "the app's identity may, and is not asked here",
            )
        else:
            yield note(f"token for {api.name}", "none without a sign-in")


def _token(target: Target, api: Api) -> Iterator[Check]:
    what = f"token for {api.name}"
    try:
        claims = jwt.decode(target.tokens.token(api.scope), options={"verify_signature": False})
    except AppError as err:
        todo = "see that the identity exists, and that IDENTITY_CLIENT_ID names it"
        yield bad(what, str(err), todo)
        return
    except jwt.InvalidTokenError:
        yield note(what, "there is one, of a kind that cannot be looked into")
        return
    audience = str(claims.get("aud", ""))
    if audience.rstrip("/") not in api.audiences:
        remove = f"remove the setting {api.setting}, or " if api.setting else ""
        yield bad(
            what,
            f"wrong audience: it is for {audience}, and {api.name} takes {api.audiences[0]}",
            f"{remove}set the app's CLOUD to the tenant's cloud",
        )
        return
    if "scp" in claims:
        yield note(
            what,
            f"your own, for {audience}: it cannot show the roles of the app's identity",
            "to see what the identity was granted: python3 dev.py doctor --account NAME --identity OBJECT-ID",
        )
        return
    roles = claims.get("roles", [])
    yield good(what, f"for {audience}" + (f", roles {', '.join(roles)}" if roles else ""))
    yield from roles_of(api, roles)


def roles_of(api: Api, held: list[str]) -> Iterator[Check]:
    """What is missing among the roles held, or that nothing is."""
    missing = [role for role in api.needed if not has(held, role)]
    for role in missing:
        yield bad(f"roles on {api.name}", f"{role} is missing: the app cannot work without it", GRANT)
    if api.to_write and not has(held, api.to_write):
        yield bad(
            f"roles on {api.name}",
            f"{api.to_write} is missing: WRITE_BACK is on, and nothing is written to alerts",
            GRANT_WRITE,
        )
    for role, adds in api.optional:
        if not has(held, role):
            yield note(f"roles on {api.name}", f"{role} is missing: nothing is looked up about {adds}", GRANT)


def has(held: list[str], role: str) -> bool:
    """Whether the role is among those held; one to write is one to read too."""
    return role in held or role.replace(".Read.", ".ReadWrite.") in held
