"""Entra's token endpoint on this machine: a client assertion for a token of the tenant in the path.

`POST /TENANT/oauth2/v2.0/token`, as `ClientAssertionCredential` of azure-identity asks it
(https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential,
read 2026-11-30). The body of a refusal has the members of
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response, and the
texts are cut from captured ones:

- 90002: https://github.com/Azure-Samples/billing-dotnet-usage-api/issues/7 and, with the body,
  https://github.com/mvertopoulos/vue-msal/issues/24
- 500011: https://github.com/rootinc/laravel-azure-middleware/issues/51
- 700024: https://github.com/obikuro/Sato/issues/1
- 700211: https://github.com/Azure/azure-workload-identity/issues/1200
- 700213: https://github.com/Azure/login/issues/482
- 700236: https://sysadmin-central.com/2026/06/23/cross-tenant-azure-auth-with-no-secrets-and-the-aadsts700236-trap/
- 7000229: https://github.com/Azure/Commercial-Marketplace-SaaS-Accelerator/issues/830

(all read 2026-11-30). In which order Entra looks is not documented; here it is the order below.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from local.identity.directory import Customer, Directory
from local.identity.tokens import Identity, TokenIssuer, TokenOutOfTime, TokenRefused, read_assertion
from local.simulator.answers import Answer, Request
from local.simulator.web import WebServer

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CONFIGURATION = ("v2.0", ".well-known", "openid-configuration")
LIFETIME = 3599  # seconds, as Entra's usual hour


@dataclass(frozen=True, slots=True)
class Given:
    """A token that was given: for whom, for which API, and the second it ends."""

    tenant_id: str
    api: str
    expires: int


_CLIENT, _UNAUTHORIZED = (401, "invalid_client"), (400, "unauthorized_client")
_UNMATCHED = "No matching federated identity record found for presented assertion "
# By number: HTTP status, OAuth's word, and the text as far as it was seen.
_REFUSALS: Mapping[int, tuple[int, str, str]] = {
    70003: (400, "unsupported_grant_type", "The grant type is not supported."),
    90002: (400, "invalid_request", "Tenant '{0}' not found. Check that you have the correct tenant ID."),
    500011: (
        400,
        "invalid_resource",
        "The resource principal named {0} was not found in the tenant named {1}",
    ),
    700016: (*_UNAUTHORIZED, "Application with identifier '{0}' was not found in the directory '{1}'."),
    700024: (*_CLIENT, "Client assertion is not within its valid time range."),
    700027: (*_CLIENT, "Client assertion failed signature validation."),
    700211: (*_CLIENT, _UNMATCHED + "issuer '{0}'."),
    700212: (*_CLIENT, _UNMATCHED + "audience '{0}'."),
    700213: (*_CLIENT, _UNMATCHED + "subject '{0}'."),
    700236: (
        *_CLIENT,
        "Entra ID tokens issued by issuer '{0}' may not be used for federated identity credential flows for "
        "applications or managed identities registered in this tenant.",
    ),
    1002012: (400, "invalid_scope", "The provided value for scope {0} is not valid."),
    7000218: (*_CLIENT, "The request body must contain the parameter 'client_assertion'."),
    7000229: (*_UNAUTHORIZED, "The client application {0} is missing service principal in the tenant {1}."),
}


class _Refusal(Exception):
    def __init__(self, number: int, *presented: str) -> None:
        self.number = number
        self.status, self.error, text = _REFUSALS[number]
        super().__init__(text.format(*(part[:200] for part in presented)))


class TokenEndpoint:
    """Answers while the `with` block lasts, over TLS on a free port of 127.0.0.1. `issuer` signs both the
    assertions that are taken and the tokens that are given."""

    def __init__(
        self,
        directory: Directory,
        issuer: TokenIssuer,
        *,
        tls: tuple[Path, Path],
        lifetime_seconds: float = LIFETIME,
    ) -> None:
        self.directory = directory
        self._issuer, self._key = issuer, issuer.public_key
        self._lifetime = lifetime_seconds
        self._server = WebServer(self._answer, tls=tls)
        self._lock = Lock()
        self._given: list[Given] = []
        self._refused: Counter[int] = Counter()
        self._is_running = False

    @property
    def url(self) -> str:
        """The authority to ask, without a slash at the end."""
        return self._server.url

    @property
    def given(self) -> list[Given]:
        """Every token that was given, the oldest first."""
        with self._lock:
            return list(self._given)

    @property
    def refused(self) -> dict[int, int]:
        """How many requests were refused, by AADSTS number."""
        with self._lock:
            return dict(self._refused)

    def start(self) -> Self:
        """Itself, listening."""
        self._server.start()
        self._is_running = True
        return self

    def stop(self) -> None:
        """Stops listening. Stopping twice is harmless."""
        if self._is_running:
            self._is_running = False
            self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, tenant: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The HTTP status and body for a request in the name of `tenant`."""
        try:
            customer = self._customer(tenant)
            self._check_client(tenant, customer, form)
            self._check_assertion(form)
            api, roles = self._granted(tenant, customer, form)
        except _Refusal as refusal:
            with self._lock:
                self._refused[refusal.number] += 1
            return refusal.status, _refusal_body(refusal)
        time.sleep(customer.slow_s)
        app = Identity(self.directory.app_id, customer.tenant_id, customer.object_id)
        token, expires = self._issuer.issue(app, api, roles=roles, lifetime_seconds=self._lifetime)
        with self._lock:
            self._given.append(Given(customer.tenant_id, api, expires))
        seconds = int(self._lifetime)
        body = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds}
        return 200, {**body, "access_token": token}

    def _answer(self, request: Request) -> Answer:
        if request.method == "GET" and request.parts[1:] == _CONFIGURATION:
            return self._configuration(request.parts[0])
        if len(request.parts) != 4 or request.parts[1:] != ("oauth2", "v2.0", "token"):
            return Answer(404, b"", {"Content-Type": "text/html"})
        if request.method != "POST":
            return Answer(405, b"", {"Allow": "POST"})
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        status, body = self.answer(request.parts[0], form)
        headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache"}
        return Answer(status, json.dumps(body).encode(), headers)

    def _configuration(self, tenant: str) -> Answer:
        """What anybody may read of a tenant, as far as it is read here."""
        status, body = 200, {"issuer": f"https://login.microsoftonline.com/{tenant}/v2.0"}
        try:
            self._customer(tenant)
        except _Refusal as refusal:
            status, body = refusal.status, {**_refusal_body(refusal), "error": "invalid_tenant"}
        return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})

    def _customer(self, tenant: str) -> Customer:
        customer = self.directory.customer(tenant)
        if customer is None:
            raise _Refusal(90002, tenant)
        return customer

    def _check_client(self, tenant: str, customer: Customer, form: Mapping[str, str]) -> None:
        client = form.get("client_id", "")
        if client.lower() != self.directory.app_id.lower():
            raise _Refusal(700016, client, tenant)
        if not customer.is_consented:
            raise _Refusal(7000229, client, tenant)
        if form.get("grant_type") != "client_credentials":
            raise _Refusal(70003)

    def _check_assertion(self, form: Mapping[str, str]) -> None:
        assertion = form.get("client_assertion", "")
        if not assertion or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise _Refusal(7000218)
        try:
            claims = read_assertion(assertion, public_key=self._key)
        except TokenOutOfTime:
            raise _Refusal(700024) from None
        except TokenRefused:
            raise _Refusal(700027) from None
        issuer, subject, audience = (str(claims[name]) for name in ("iss", "sub", "aud"))
        if claims.get("tid") != self.directory.app_tenant_id:
            raise _Refusal(700236, issuer)
        trusts = [trust for trust in self.directory.trusts if trust.issuer == issuer]
        if not trusts:
            raise _Refusal(700211, issuer)
        trusts = [trust for trust in trusts if trust.subject == subject]
        if not trusts:
            raise _Refusal(700213, subject)
        if not any(trust.audience == audience for trust in trusts):
            raise _Refusal(700212, audience)

    def _granted(
        self, tenant: str, customer: Customer, form: Mapping[str, str]
    ) -> tuple[str, tuple[str, ...]]:
        scope = form.get("scope", "")
        api = scope.removesuffix("/.default")
        if api == scope or " " in scope:
            raise _Refusal(1002012, scope)
        roles = customer.roles.get(api.rstrip("/"))
        if roles is None:
            raise _Refusal(500011, api, tenant)
        return api, roles


def _refusal_body(refusal: _Refusal) -> dict[str, Any]:
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    said = (
        f"AADSTS{refusal.number}: {refusal} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
    )
    return {
        "error": refusal.error,
        "error_description": said,
        "error_codes": [refusal.number],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={refusal.number}",
    }
