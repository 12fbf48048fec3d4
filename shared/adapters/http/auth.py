"""Access tokens of the app's own identity, for the scopes it was built with and no other."""

import base64
import binascii
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared import telemetry
from shared.core.values import json_from_outside
from shared.errors import AccessDenied, AppError, ConfigError, ForeignToken, Unavailable

_RENEW_BEFORE = 300.0  # seconds of life below which a new token is asked for
_STILL_GOOD = 30.0  # seconds of life that an old token needs to be used where a new one cannot be had


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of itself. Read without verification: for an operator, never for a decision."""

    roles: tuple[str, ...] = ()
    audience: str = ""
    tenant: str = ""
    expires: int = 0


def claims(token: str) -> Claims:
    """The token's claims; empty ones where it cannot be read."""
    try:
        part = token.split(".")[1]
        read: Any = json_from_outside(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        roles = read.get("roles")
        return Claims(
            tuple(str(role) for role in roles) if isinstance(roles, list) else (),
            str(read.get("aud", "")),
            str(read.get("tid", "")),
            int(read.get("exp", 0)),
        )
    except (IndexError, ValueError, TypeError, AttributeError, binascii.Error):
        return Claims()


def own_credential(
    env: Mapping[str, str], client_id: str | None, authority: str
) -> Callable[[], TokenCredential]:
    """Makes the credential: the managed identity where the app runs with one, else whoever is signed in on
    this machine.

    The client id is passed on explicitly: on App Service `ManagedIdentityCredential` does not read
    AZURE_CLIENT_ID (seen in azure-identity 1.27).
    """
    telemetry.silence_libraries()

    def make() -> TokenCredential:
        from azure import identity  # takes 0.2 s: not for a start that needs no token

        if "IDENTITY_ENDPOINT" in env:
            return identity.ManagedIdentityCredential(client_id=client_id)
        return identity.DefaultAzureCredential(managed_identity_client_id=client_id, authority=authority)

    return make


class Tokens:
    """Tokens by scope, each kept until shortly before it expires; safe to share between threads. With
    `tenant_id` they are tokens of that tenant, and one of another is never given out.

    It is a `TokenCredential` itself, so that the storage SDK asks here too.
    """

    def __init__(
        self,
        make_credential: Callable[[], TokenCredential],
        scopes: Iterable[str],
        *,
        tenant_id: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._make_credential = make_credential
        self._tenant_id = tenant_id
        self._credential: TokenCredential | None = None
        self._held: dict[str, AccessToken | None] = dict.fromkeys(scopes)
        self._locks = {scope: threading.Lock() for scope in self._held}
        self._making = threading.Lock()
        self._now = now

    def token(self, scope: str, *, instead_of: str = "") -> str:
        """A token for `scope`. With `instead_of`, one that is not that token (a service refused it).

        Raises ConfigError for a scope it was not built with, ForeignToken, AccessDenied and Unavailable.
        """
        return self._token(scope, instead_of).token

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """As azure.core's TokenCredential: one scope, as above.

        A claims challenge is answered with the token there is: a managed identity has no other.
        """
        if len(scopes) != 1:
            raise ConfigError("a token is asked for one scope at a time")
        return self._token(scopes[0], "")

    def _token(self, scope: str, instead_of: str) -> AccessToken:
        if scope not in self._locks:
            raise ConfigError(f"this app has no use for a token of scope {scope!r}")
        with self._locks[scope]:
            held = self._held[scope]
            refused = held is not None and held.token == instead_of
            if held is not None and not refused and held.expires_on - self._now() > _RENEW_BEFORE:
                return held
            try:
                fresh = self._ask(scope, anew=refused)
            except AppError as err:
                if held is None or refused or held.expires_on - self._now() < _STILL_GOOD:
                    raise
                telemetry.warning("token not renewed", scope=scope, reason=str(err))
                return held
            self._held[scope] = fresh
            return fresh

    def _ask(self, scope: str, *, anew: bool) -> AccessToken:
        with self._making:
            if self._credential is None or anew:
                # A credential keeps its tokens for itself; only a new one asks the platform again.
                self._credential = self._make_credential()
            credential = self._credential
        try:
            return self._own(credential.get_token(scope), scope)
        except (AzureError, ValueError) as err:
            # azure-identity lets a body that is no JSON rise as it is (seen in 1.27).
            raise _as_ours(err, scope) from err

    def _own(self, fresh: AccessToken, scope: str) -> AccessToken:
        """The token, if it is the tenant's. Nobody checks its signature here: the service does. This is
        against a fault of ours or of a host for tokens, which would put one tenant's alerts among another's.
        """
        said = claims(fresh.token).tenant
        if self._tenant_id and said.casefold() != self._tenant_id.casefold():
            raise ForeignToken(
                f"a token for {scope} was asked for tenant {self._tenant_id} and is of tenant "
                f"{said[:80] or '(none)'}: not used",
                service="identity",
            )
        return fresh


def _as_ours(err: AzureError | ValueError, scope: str) -> AppError:
    """AccessDenied where a person must act on the identity, Unavailable where asking again may help."""
    message = f"no token for {scope}: {telemetry.redacted(str(err))[:500]}"
    status = err.response.status_code if isinstance(err, HttpResponseError) and err.response else None
    passing = status is not None and (status == 429 or status >= 500)
    if isinstance(err, ClientAuthenticationError) and not passing:
        return AccessDenied(message, service="identity", status=status, audience=scope)
    return Unavailable(message, service="identity", status=status)
