"""Who may call what: tokens and app roles, and the refusals of the two services.

Graph's 403 is a captured one (https://github.com/wazuh/wazuh-documentation/issues/7300, read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from local.identity import DEFENDER, GRAPH, TokenRefused, verify
from local.simulator.answers import Refused, Request


class Access:
    """Checks tokens with the public key of whoever signs them, read once. Where `tenants` are given, a token
    of any other tenant is refused: the services know a caller's tenant by nothing else."""

    def __init__(self, public_key: Path, tenants: Collection[str] = ()) -> None:
        self._key = public_key.read_bytes()
        self._tenants = frozenset(tenants)

    def defender(self, request: Request, roles: tuple[str, ...]) -> Mapping[str, Any]:
        """The claims of a token for Defender that has one of `roles`. Raises Refused with 401 or 403."""
        claims = self._claims(request, DEFENDER, "Unauthorized")
        if not _granted(claims, roles):
            wanted = ", ".join(roles)
            message = f"The application does not have any of the required application permissions ({wanted})"
            raise Refused(403, "Forbidden", f"{message} to access the resource.")
        return claims

    def graph(self, request: Request, roles: tuple[str, ...]) -> Mapping[str, Any]:
        """The claims of a token for Graph that has one of `roles`. Raises Refused with 401 or 403."""
        claims = self._claims(request, GRAPH, "InvalidAuthenticationToken")
        if not _granted(claims, roles):
            have = ",".join(sorted(claims.get("roles", ())))
            message = f"Missing application roles. API required roles: {','.join(roles)}, "
            raise Refused(403, "Forbidden", f"{message}application roles: {have}.")
        return claims

    def _claims(self, request: Request, audience: str, code: str) -> Mapping[str, Any]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, code, "Access token is empty.")
        try:
            claims = verify(token, public_key=self._key, audience=audience)
        except TokenRefused as reason:
            raise Refused(401, code, f"Access token validation failure. {reason}.") from None
        if self._tenants and str(claims["tid"]).lower() not in self._tenants:
            raise Refused(401, code, "Access token validation failure. Its tenant is not served here.")
        return claims


def _granted(claims: Mapping[str, Any], roles: tuple[str, ...]) -> bool:
    return not set(roles).isdisjoint(claims.get("roles", ()))
