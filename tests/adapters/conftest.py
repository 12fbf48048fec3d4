"""What the adapters' tests talk to: a scripted HTTPS service and a real Azurite, both trusted through the
local CA alone."""

import uuid
from collections.abc import Iterator

import pytest

from local.azurite import Azurite
from local.certs import Certificates
from shared.adapters.storage.client import StorageTables
from tests.adapters.service import FakeClock, Service


@pytest.fixture(autouse=True)
def trust_the_local_ca(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the worker's environment does: the local CA is the only one."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))


@pytest.fixture
def service(certificates: Certificates) -> Iterator[Service]:
    with Service(certificates) as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="package")
def azurite(certificates: Certificates) -> Iterator[Azurite]:
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield running


@pytest.fixture
def tables(azurite: Azurite) -> StorageTables:
    """Tables of the test's own, in the shared Azurite."""
    return StorageTables.by_connection(azurite.connection_string, prefix=f"T{uuid.uuid4().hex}")
