"""The local managed identity and Entra's token endpoint; all tokens are real signed JWTs."""

from __future__ import annotations

from local.identity.directory import Customer, Directory, Trust, trust_in
from local.identity.endpoint import IdentityEndpoint
from local.identity.tokens import (
    DEFENDER,
    EXCHANGE,
    GRAPH,
    STORAGE,
    Identity,
    TokenIssuer,
    TokenRefused,
    verify,
)

__all__ = [
    "DEFENDER",
    "EXCHANGE",
    "GRAPH",
    "STORAGE",
    "Customer",
    "Directory",
    "Identity",
    "IdentityEndpoint",
    "TokenIssuer",
    "TokenRefused",
    "Trust",
    "trust_in",
    "verify",
]
