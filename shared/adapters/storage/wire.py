"""The way to one account's table service: azure-core's pipeline for what is read and written all the time,
the tables SDK for what is rare.

The SDK's own way costs twice the CPU for a single read and ten times as much for a page; both ways share one
transport, so they keep the same connections, trust the same CA and pass the same proxy.
"""

from collections.abc import Mapping
from time import time
from typing import Any, Self
from wsgiref.handlers import format_date_time

import requests
from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential, TokenCredential
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import (
    AzureSasCredentialPolicy,
    BearerTokenCredentialPolicy,
    RetryPolicy,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.data.tables import TableServiceClient

from shared.adapters.storage.shared_key import SharedKeyPolicy

STORAGE_SCOPE = "https://storage.azure.com/.default"
_HEADERS = {"x-ms-version": "2019-02-02", "DataServiceVersion": "3.0"}  # as the SDK asks
_READS = frozenset({"GET"})
_WRITES = frozenset({"POST"})


class Wire:
    """Requests to the table service at `url`; `sdk` is the tables SDK's client of the same account.

    No redirect is followed: what is written, and the token, go to the account's own address alone.
    """

    def __init__(
        self, sdk: TableServiceClient, transport: RequestsTransport, options: Mapping[str, Any]
    ) -> None:
        self.sdk = sdk
        self.url = sdk.url
        # The pipeline has no RedirectPolicy, and the transport follows nothing by itself.
        policies = [_BoundedRetries(**options), _authorization(sdk.credential)]
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            self.url, transport=transport, policies=policies
        )

    @classmethod
    def by_connection(cls, connection: str, options: Mapping[str, Any]) -> Self:
        """The account of a connection string; `options` are azure-core's for retries and timeouts.

        For local development and the emulator: the app itself signs in with its identity.
        """
        transport = _transport(options)
        sdk = TableServiceClient.from_connection_string(connection, transport=transport, **options)
        _as_the_environment_says(transport, sdk.url)
        return cls(sdk, transport, options)

    @classmethod
    def by_identity(cls, url: str, tokens: TokenCredential, options: Mapping[str, Any]) -> Self:
        """The account at `url`, with tokens of `STORAGE_SCOPE`."""
        transport = _transport(options)
        sdk = TableServiceClient(endpoint=url, credential=tokens, transport=transport, **options)
        _as_the_environment_says(transport, sdk.url)
        return cls(sdk, transport, options)

    def get(self, path: str) -> HttpResponse:
        """The whole answer to a read of `path`, which is quoted already, whatever its status.

        Raises AzureError where there was none after all tries, AppError where there is no token.
        """
        headers = {"Accept": "application/json;odata=minimalmetadata"}
        return self._client.send_request(self._request("GET", path, headers), retry_on_methods=_READS)

    def post(self, path: str, content_type: str, body: bytes) -> HttpResponse:
        """The whole answer to a write, as above.

        A write that went out and was not answered is sent again, for a kept connection may have been closed
        meanwhile. If the first was carried out after all, conditional operations count as lost.
        """
        headers = {
            "Accept": "application/json",
            "Content-Type": content_type,
            "MaxDataServiceVersion": "3.0;NetFx",
        }
        request = self._request("POST", path, headers, body)
        return self._client.send_request(request, retry_on_methods=_WRITES, retry_read=1)

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpRequest:
        # The service takes a date of the last 15 minutes; all tries together are through long before.
        whole = {**_HEADERS, "x-ms-date": format_date_time(time()), **headers}
        return HttpRequest(method, f"{self.url}/{path}", headers=whole, content=body)


class _BoundedRetries(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retries; a wait that the service asks for is cut to our own longest pause."""

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        try:
            asked = super().get_retry_after(response)
        except (ValueError, OverflowError):
            return None  # neither seconds nor a date
        return None if asked is None else min(asked, self.backoff_max)


def _authorization(credential: object) -> Any:
    """The policy that shows who we are.

    azure-data-tables does not offer its policy for keys, hence one of our own, by the service's description.
    """
    if isinstance(credential, AzureNamedKeyCredential):
        return SharedKeyPolicy(credential)
    if isinstance(credential, AzureSasCredential):
        return AzureSasCredentialPolicy(credential)
    if isinstance(credential, TokenCredential):
        return BearerTokenCredentialPolicy(credential, STORAGE_SCOPE)
    raise TypeError(f"no way to sign in with {type(credential).__name__}")


def _transport(options: Mapping[str, Any]) -> RequestsTransport:
    return RequestsTransport(use_env_settings=False, **options)


def _as_the_environment_says(transport: RequestsTransport, url: str) -> None:
    """Takes the CA and the proxy from the environment, once; `requests` would look for them at every call,
    and for a .netrc file, whose entry would replace our token."""
    found = requests.Session().merge_environment_settings(url, {}, None, None, None)
    transport.open()
    transport.session.proxies.update(found["proxies"])
    transport.connection_config.verify = found["verify"]
