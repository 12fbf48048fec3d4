"""Access tokens of the local identity: how they are issued, and how whoever receives one checks it.

Claims as in Entra's v1.0 access tokens for an application
(https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference, read 2026-11-24).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DEFENDER = "https://api.securitycenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
STORAGE = "https://storage.azure.com"
EXCHANGE = "api://AzureADTokenExchange"  # the audience of what is exchanged for a token of another tenant
ISSUER_PREFIX = "https://sts.windows.net/"
_ALGORITHM = "RS256"


class TokenRefused(Exception):
    """The token is not one of ours, is not (or no longer) valid, or is meant for somebody else."""


class TokenOutOfTime(TokenRefused):
    """The token is one of ours, and not valid now."""


def assertion_issuer(tenant_id: str) -> str:
    """Who issues a managed identity's assertions: what a federated identity credential must name.

    https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
    (read 2026-11-29)
    """
    return f"https://login.microsoftonline.com/{tenant_id}/v2.0"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user-assigned managed identity: its client id, its tenant, and its object id in that tenant."""

    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tenant_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    object_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class TokenIssuer:
    """Signs tokens with an RSA key of its own, made at construction and never written down."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = uuid.uuid4().hex

    @property
    def public_key(self) -> bytes:
        """The PEM text that `verify` needs."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def write_public_key(self, path: Path) -> Path:
        """`path`, holding the public key for whoever checks tokens in another process."""
        path.write_bytes(self.public_key)
        return path

    def issue(
        self, identity: Identity, resource: str, *, roles: Iterable[str], lifetime_seconds: float
    ) -> tuple[str, int]:
        """A signed token for `resource` and the Unix second it expires; a negative lifetime is over."""
        now = int(time.time())
        expires = int(now + lifetime_seconds)
        issuer = f"{ISSUER_PREFIX}{identity.tenant_id}/"
        claims: dict[str, Any] = {
            "aud": resource,
            "iss": issuer,
            "iat": now - 300,  # Entra dates its tokens five minutes back, for clocks that differ
            "nbf": now - 300,
            "exp": expires,
            "appid": identity.client_id,
            "appidacr": "2",
            "idp": issuer,
            "idtyp": "app",
            "oid": identity.object_id,
            "sub": identity.object_id,
            "tid": identity.tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        if granted := sorted(roles):
            claims["roles"] = granted  # Entra leaves the claim out when there is none
        return self._signed(claims), expires

    def issue_assertion(
        self, identity: Identity, *, lifetime_seconds: float, audience: str = EXCHANGE
    ) -> tuple[str, int]:
        """A managed identity's token for the exchange, by which its app signs in elsewhere, and the Unix
        second it expires. It is of the second version, so the app's id has another name than above."""
        now = int(time.time())
        expires = int(now + lifetime_seconds)
        claims = {
            "aud": audience,
            "iss": assertion_issuer(identity.tenant_id),
            "iat": now - 300,
            "nbf": now - 300,
            "exp": expires,
            "azp": identity.client_id,
            "azpacr": "2",
            "idtyp": "app",
            "oid": identity.object_id,
            "sub": identity.object_id,
            "tid": identity.tenant_id,
            "uti": uuid.uuid4().hex,
            "ver": "2.0",
        }
        return self._signed(claims), expires

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._key_id})


def verify(token: str, *, public_key: bytes | Path, audience: str | Iterable[str]) -> dict[str, Any]:
    """The claims of a token that is genuine, in force, and meant for `audience`.

    `public_key` is PEM text or the file that holds it. An audience matches with or without a last slash.
    Raises TokenRefused with the reason; the token itself is never part of it.
    """
    pem = public_key.read_bytes() if isinstance(public_key, Path) else public_key
    accepted = [audience] if isinstance(audience, str) else list(audience)
    accepted = [form for name in accepted for form in (name.rstrip("/"), name.rstrip("/") + "/")]
    required = ["aud", "iss", "iat", "nbf", "exp", "tid", "appid"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token, pem, algorithms=[_ALGORITHM], audience=accepted, options={"require": required}
        )
    except jwt.InvalidTokenError as error:
        raise TokenRefused(str(error)) from error
    if not str(claims["iss"]).startswith(ISSUER_PREFIX):
        raise TokenRefused("the issuer is not the local tenant")
    return claims


def read_assertion(token: str, *, public_key: bytes) -> dict[str, Any]:
    """The claims of an assertion that is genuine and in force, whoever it is meant for.

    Raises TokenOutOfTime and, for all else, TokenRefused.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            public_key,
            algorithms=[_ALGORITHM],
            options={"require": ["aud", "iss", "sub", "exp"], "verify_aud": False},
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise TokenOutOfTime(str(error)) from error
    except jwt.InvalidTokenError as error:
        raise TokenRefused(str(error)) from error
    return claims
