"""The local managed identity: an App Service identity endpoint whose tokens are real signed JWTs."""

from local.identity.endpoint import IdentityEndpoint
from local.identity.tokens import (
    DEFENDER,
    GRAPH,
    STORAGE,
    Identity,
    TokenIssuer,
    TokenRefused,
    verify,
)

__all__ = [
    "DEFENDER",
    "GRAPH",
    "STORAGE",
    "Identity",
    "IdentityEndpoint",
    "TokenIssuer",
    "TokenRefused",
    "verify",
]
