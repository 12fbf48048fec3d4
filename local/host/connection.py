"""How the host reaches storage: a connection string, or service addresses with a managed identity.

The settings are the platform's
(https://learn.microsoft.com/azure/azure-functions/functions-reference#connections, read 2026-11-24): `<name>`
is a connection string and wins; else `<name>__queueServiceUri`, and for `AzureWebJobsStorage` alone
`__accountName`; with `__credential=managedidentity` and, for a user-assigned identity, `__clientId`. The
identity is azure-identity's own `ManagedIdentityCredential`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ManagedIdentityCredential
from azure.storage.queue import LinearRetry, QueueServiceClient

from local.host.app_settings import AppSettings
from local.lent import lent

_IDENTITY = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
# Any of these sends azure-identity elsewhere: to Service Fabric, to another endpoint, or through a proxy.
_STRAY = (
    "IDENTITY_SERVER_THUMBPRINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
)
_environment_lock = threading.Lock()


class ConnectionFailed(Exception):
    """The settings of a storage connection do not say how to reach it."""


def queue_service(name: str, settings: AppSettings, *, ca_bundle: Path | None = None) -> QueueServiceClient:
    """The queue service of the connection `name`; raises ConnectionFailed naming what is missing.

    `ca_bundle` is the only trust for HTTPS, if given. Nothing is tried twice here: `queues` does that, with
    the platform's waits.
    """
    options: dict[str, Any] = {
        "retry_policy": LinearRetry(retry_total=0),
        # The host's own trust and no proxy, whatever the environment of this machine says.
        "transport": RequestsTransport(
            use_env_settings=False, connection_verify=str(ca_bundle) if ca_bundle else True
        ),
    }
    if connection_string := settings.get(name):
        return QueueServiceClient.from_connection_string(connection_string, **options)
    uri, account = settings.get(f"{name}__queueServiceUri"), settings.get(f"{name}__accountName")
    if not uri and account and name == "AzureWebJobsStorage":
        uri = f"https://{account}.queue.core.windows.net"
    if not uri:
        raise ConnectionFailed(
            f"the connection {name} has neither a connection string nor a {name}__queueServiceUri"
        )
    return QueueServiceClient(uri, credential=_credential(name, settings), **options)


def _credential(name: str, settings: AppSettings) -> _IdentityCredential:
    kind, client_id = settings.get(f"{name}__credential"), settings.get(f"{name}__clientId")
    if kind is not None and kind.lower() != "managedidentity":
        raise ConnectionFailed(f"{name}__credential can only be managedidentity")
    if client_id and kind is None:
        raise ConnectionFailed(f"{name}__clientId needs {name}__credential=managedidentity")
    endpoint = {variable: value for variable in _IDENTITY if (value := settings.get(variable)) is not None}
    if len(endpoint) < len(_IDENTITY):
        raise ConnectionFailed(
            f"the connection {name} needs a managed identity, and the app has no identity endpoint"
        )
    return _IdentityCredential(client_id, endpoint)


class _IdentityCredential:
    """azure-identity's credential, asked with the app's identity endpoint in the environment."""

    def __init__(self, client_id: str | None, endpoint: Mapping[str, str]) -> None:
        self._endpoint = endpoint
        with _lent(endpoint):
            self._credential = ManagedIdentityCredential(client_id=client_id)

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        with _lent(self._endpoint):
            token: AccessToken = self._credential.get_token(*scopes, **options)
            return token


@contextmanager
def _lent(endpoint: Mapping[str, str]) -> Iterator[None]:
    """The environment of an app with this identity, for as long as one token call takes.

    azure-identity reads the endpoint from this process's environment alone, when it is made and at each call.
    On the platform host and app have one environment; here the host shares it with whoever started the host.
    """
    with _environment_lock, lent(endpoint, without=_STRAY):
        yield
