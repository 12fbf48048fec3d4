"""Tokens of another tenant without a secret: the managed identity stands for the multi-tenant app.

The app trusts the identity as a federated credential, and the other tenant's administrator has consented to
the app: https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
(read 2026-11-30).
"""

from collections.abc import Callable

import requests
from azure.core.credentials import TokenCredential

from shared import telemetry

_CONNECT, _READ = (5.0, 10.0)  # seconds; the library's own read timeout is five minutes (azure-core 1.41)


def tenant_credential(
    tenant_id: str, app_id: str, assertion: Callable[[], str], authority: str, session: requests.Session
) -> Callable[[], TokenCredential]:
    """Makes the credential of one tenant, over connections that all of them share.

    `assertion` gives the identity's token for the exchange, and may raise AppError. Each credential keeps its
    tokens for itself.
    """
    telemetry.silence_libraries()

    def make() -> TokenCredential:
        from azure import identity  # takes 0.2 s: not for a start that needs no token
        from azure.core.pipeline.transport import RequestsTransport

        transport = RequestsTransport(
            session=session, session_owner=False, connection_timeout=_CONNECT, read_timeout=_READ
        )
        return identity.ClientAssertionCredential(
            tenant_id,
            app_id,
            assertion,
            authority=authority,
            transport=transport,
            retry_total=1,
            retry_backoff_factor=0.5,
        )

    return make
