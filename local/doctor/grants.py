"""What the app's identity was granted, read from the directory with a person's own sign-in.

https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignments (read 2026-11). A token may
still lack what was granted: the platform keeps an identity's tokens for about a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local.doctor.check import Check, bad, good
from local.doctor.identity import DEFENDER_APP, GRAPH_APP, apis, roles_of
from local.ops.target import Target
from shared.adapters.clock import SystemClock
from shared.adapters.http import Call, JsonApi, segment
from shared.errors import AppError, NotFound, UnexpectedResponse

_MOST_PAGES = 20


def look_at(target: Target, principal: str) -> Iterator[Check]:
    """Every check of the grants to the service principal with this object id."""
    settings = target.settings
    api = JsonApi(
        "graph", settings.endpoints.graph_url, settings.graph_token_scope, target.tokens, clock=SystemClock()
    )
    try:
        held = _granted(api, principal)
    except NotFound:
        yield bad(
            "grants",
            f"no service principal has the object id {principal}",
            "give the object id (output identityPrincipalId of infra/main.bicep), not the client id",
        )
        return
    except AppError as err:
        yield bad("grants", str(err), "sign in (az login) as somebody who may read the directory")
        return
    for wanted in apis(target):
        if not wanted.needed and not wanted.optional:
            continue
        roles = held.get(DEFENDER_APP if wanted.name == "Defender" else GRAPH_APP, [])
        yield good(f"grants on {wanted.name}", ", ".join(roles) or "none")
        yield from roles_of(wanted, roles)


def _granted(api: JsonApi, principal: str) -> dict[str, list[str]]:
    """Names of the granted roles by the application id of their API."""
    assigned: dict[str, set[str]] = {}
    for grant in _pages(api, f"/v1.0/servicePrincipals/{segment(principal)}/appRoleAssignments"):
        assigned.setdefault(str(grant.get("resourceId")), set()).add(str(grant.get("appRoleId")))
    named: dict[str, list[str]] = {}
    for resource, role_ids in assigned.items():
        path = f"/v1.0/servicePrincipals/{segment(resource)}"
        found = _object(api.send(Call(api="directory", path=path, query={"$select": "appId,appRoles"})).body)
        roles = [role for role in found.get("appRoles", ()) if isinstance(role, Mapping)]
        named[str(found.get("appId"))] = sorted(
            str(role.get("value")) for role in roles if str(role.get("id")) in role_ids
        )
    return named


def _pages(api: JsonApi, path: str) -> Iterator[Mapping[str, Any]]:
    """The items of a list, page by page; a link to another host is refused by the API's client."""
    link: str | None = path
    for _ in range(_MOST_PAGES):
        body = _object(api.send(Call(api="directory", path=str(link))).body)
        yield from (item for item in body.get("value", ()) if isinstance(item, Mapping))
        link = body.get("@odata.nextLink")
        if not link:
            return
    raise UnexpectedResponse("graph: directory: the list has no end", service="graph")


def _object(body: object) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise UnexpectedResponse("graph: directory: the answer is no object", service="graph")
    return body
