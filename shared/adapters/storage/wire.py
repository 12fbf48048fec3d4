"""The way to one account's table service: azure-core's public pipeline, with its retries and sign-in.

The tables SDK's own calls cost twice the CPU for a single read and six times as much for a page or a
transaction (12.7.0), and wait as long as the service asks.
"""

from collections.abc import Mapping
from time import monotonic, time
from typing import Any, Self
from wsgiref.handlers import format_date_time

import requests
from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential, TokenCredential
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import AzureSasCredentialPolicy, BearerTokenCredentialPolicy, RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from requests.adapters import HTTPAdapter

from shared.adapters.http.addresses import origin
from shared.adapters.http.bounded import TooLarge, content_of
from shared.adapters.storage.shared_key import SharedKeyPolicy
from shared.errors import ConfigError

STORAGE_SCOPE = "https://storage.azure.com/.default"
_HEADERS = {  # as the SDK sends
    "x-ms-version": "2019-02-02",
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0;NetFx",
}
_READS = frozenset({"GET"})
_WRITES = frozenset({"POST"})
_READ_TIMEOUT = 30.0  # seconds, unless the options say another
_CONNECTIONS = 10  # kept open, as `requests` does by itself
# A page holds at most 1,000 rows, and those of `Alerts` have some 60 KB; one row may have 1 MB.
_MOST_BYTES = 256 * 2**20


class Wire:
    """Requests to the table service at `url`, signed by the policy `authorization`.

    No redirect is followed: what is written, and the token, go to the account's own address alone. `options`
    are azure-core's own for retries and time-outs.
    """

    def __init__(self, url: str, authorization: Any, options: Mapping[str, Any]) -> None:
        self.url = url.rstrip("/")
        # The pipeline has no RedirectPolicy, and the transport follows nothing by itself.
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            self.url, transport=_transport(url, options), policies=[_Retries(**options), authorization]
        )

    @classmethod
    def by_connection(cls, connection: str, options: Mapping[str, Any]) -> Self:
        """The account of a connection string, as the SDK reads it.

        For local development and the emulator alone: in Azure the app signs in with its identity. Raises
        ConfigError for one that cannot be read, or that has neither a key nor a signature.
        """
        # Imported here: in Azure nobody needs it, and it takes a tenth of a function's start.
        from azure.data.tables import TableServiceClient

        try:
            sdk = TableServiceClient.from_connection_string(connection)
        except ValueError as err:
            raise ConfigError(f"the storage connection string cannot be used: {err}") from err
        if isinstance(sdk.credential, AzureNamedKeyCredential):
            return cls(sdk.url, SharedKeyPolicy(sdk.credential), options)
        if isinstance(sdk.credential, AzureSasCredential):
            return cls(sdk.url, AzureSasCredentialPolicy(sdk.credential), options)
        raise ConfigError("the storage connection string has neither a key nor a signature")

    @classmethod
    def by_identity(cls, url: str, tokens: TokenCredential, options: Mapping[str, Any]) -> Self:
        """The account at `url`, with tokens of `STORAGE_SCOPE`. Raises ConfigError unless that is https."""
        if origin(url) is None:
            raise ConfigError("the address of the table storage is not an https address")
        return cls(url, BearerTokenCredentialPolicy(tokens, STORAGE_SCOPE), options)

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
        headers = {"Accept": "application/json;odata=minimalmetadata", "Content-Type": content_type}
        request = self._request("POST", path, headers, body)
        return self._client.send_request(request, retry_on_methods=_WRITES, retry_read=1)

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpRequest:
        # The service takes a date of the last 15 minutes; all tries together are through long before.
        whole = {**_HEADERS, "x-ms-date": format_date_time(time()), **headers}
        return HttpRequest(method, f"{self.url}/{path}", headers=whole, content=body)


class _Retries(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retries; a wait that the service asks for is cut to our own longest pause."""

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """The seconds to wait; None where the service names neither seconds nor a date."""
        try:
            asked = super().get_retry_after(response)
        except (ValueError, OverflowError):
            return None
        return None if asked is None else min(asked, self.backoff_max)


class _Bounded(HTTPAdapter):
    """Reads each answer to its end within bounds; what is over them counts as a connection that broke."""

    def __init__(self, most_bytes: int, seconds: float) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        super().__init__(pool_maxsize=_CONNECTIONS)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """The answer, with its whole body."""
        response = super().send(request, *args, **more)
        try:
            body = content_of(
                response, most_bytes=self._most_bytes, seconds=self._seconds, monotonic=monotonic
            )
        except TooLarge as err:
            response.close()
            raise requests.ConnectionError(f"the answer is over {self._most_bytes} bytes") from err
        except requests.RequestException:
            response.close()
            raise
        # As `requests` itself keeps a body that it has read.
        response._content, response._content_consumed = body, True  # type: ignore[attr-defined]
        return response


def _transport(url: str, options: Mapping[str, Any]) -> RequestsTransport:
    """Connections that trust the CA and pass the proxy that the environment names now.

    `requests` would look for them at every call, and for a .netrc file, whose entry would replace our token.
    """
    found = requests.Session().merge_environment_settings(url, {}, None, None, None)
    made = RequestsTransport(use_env_settings=False, connection_verify=found["verify"], **options)
    made.open()
    made.session.proxies.update(found["proxies"])
    made.session.mount(url, _Bounded(_MOST_BYTES, 2 * float(options.get("read_timeout", _READ_TIMEOUT))))
    return made
