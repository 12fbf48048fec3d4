"""What the consumers' tests run against: a real Azurite over HTTPS, the local identity, and a service that
stands where a chat or a ticket system would."""

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from requests import Session

from local.azurite import Azurite
from local.certs import Certificates
from local.identity import IdentityEndpoint
from tests.adapters.service import Service
from tests.consumers.samples import Consumers
from tests.consumers.web import Web, new_session


@pytest.fixture(scope="package")
def azurite(certificates: Certificates) -> Iterator[Azurite]:
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield running


@pytest.fixture(scope="package")
def identity() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as running:
        yield running


@pytest.fixture(scope="package")
def kept() -> Iterator[Session]:
    """Connections to the storage that all tests share."""
    with new_session() as session:
        yield session


@pytest.fixture
def consumers(
    azurite: Azurite,
    kept: Session,
    identity: IdentityEndpoint,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Consumers]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))  # for the SDK

    def token(audience: str) -> str:
        query = {
            "api-version": "2019-08-01",
            "resource": audience,
            "client_id": identity.identity.client_id,
        }
        url = f"{identity.settings['IDENTITY_ENDPOINT']}?{urlencode(query)}"
        asked = Request(url, headers={"X-IDENTITY-HEADER": identity.settings["IDENTITY_HEADER"]})  # noqa: S310  # http is the platform's own way
        with urlopen(asked) as answer:  # noqa: S310  # the same
            return str(json.load(answer)["access_token"])

    with Service(certificates) as service:
        web = Web(certificates.ca, token, storage=(azurite.table_uri, azurite.blob_uri), kept=kept)
        yield Consumers(azurite, web, service, f"T{uuid.uuid4().hex}")
