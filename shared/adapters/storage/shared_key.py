"""The signature of a request by the account's key, for local development and the emulator.

In Azure the app signs in with its identity; a key comes with a connection string alone.
"""

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse


class SharedKeyPolicy(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Signs each try by the scheme Shared Key of the table service.

    The text is the method, Content-MD5, Content-Type, x-ms-date and the account with the path as it is sent,
    a line each; queries with `comp` would add to it, and are none of ours.
    https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key (read 2026-11-30).
    """

    def __init__(self, credential: AzureNamedKeyCredential) -> None:
        super().__init__()
        self._credential = credential

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Sets the header. Raises ClientAuthenticationError for a key that is none."""
        http, (account, key) = request.http_request, self._credential.named_key
        headers = http.headers
        lines = (
            http.method,
            headers.get("Content-MD5", ""),
            headers.get("Content-Type", ""),
            headers["x-ms-date"],
            f"/{account}{urlsplit(http.url).path}",
        )
        try:
            secret = base64.b64decode(key, validate=True)
        except binascii.Error as err:
            raise ClientAuthenticationError("the account's key is not base64") from err
        signature = hmac.digest(secret, "\n".join(lines).encode("utf-8"), "sha256")
        headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(signature).decode('ascii')}"
