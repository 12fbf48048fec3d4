"""The real parts, started once, and a stage for each fault."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from local.certs import Certificates
from local.identity import IdentityEndpoint
from local.published import Published
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.gate import Gate
from local.simulator.simulator import Simulator
from local.stack import ROLES
from shared import wiring
from shared.adapters import LoadedDetections
from shared.adapters.storage.client import _OPTIONS
from shared.settings import Settings
from shared.wiring import App
from tests.faults.case import Case, Where
from tests.faults.judged import JudgedOnce
from tests.faults.stage import QuickClock, RowsInMemory, Stage, listening
from tests.faults.storage_door import StorageDoor
from tests.table_service import TableService


@pytest.fixture(scope="module")
def azurite(certificates: Certificates) -> Iterator[Azurite]:
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield running


@pytest.fixture(scope="module")
def identity() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint(roles=ROLES) as running:
        yield running


@pytest.fixture(scope="module")
def simulator(
    certificates: Certificates,
    identity: IdentityEndpoint,
    gate: Gate,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Simulator]:
    config = Config(
        public_key=identity.issuer.write_public_key(tmp_path_factory.mktemp("key") / "public.pem"),
        cert=certificates.cert,
        key=certificates.key,
        quotas=False,  # many stages share one tenant
        telemetry_lags=False,  # a fault lasts two minutes; what comes later than that is another matter
    )
    with Simulator(config, clock=Clock(), gate=JudgedOnce(gate)) as running:
        yield running


@pytest.fixture(scope="module")
def door(certificates: Certificates, azurite: Azurite) -> Iterator[StorageDoor]:
    made = StorageDoor(certificates, azurite.table_uri)
    with made.service:
        yield made


@pytest.fixture(scope="module")
def detections() -> LoadedDetections:
    """The files beside the code, read once for the apps of all stages."""
    return LoadedDetections()


@pytest.fixture(scope="module")
def published(azurite: Azurite, certificates: Certificates) -> Published:
    service = TableServiceClient.from_connection_string(
        azurite.connection_string, connection_verify=str(certificates.ca)
    )
    return Published(service)


@dataclass(frozen=True)
class Storage:
    """Where the app keeps its rows, and who reads them."""

    url: str
    published: Published
    door: StorageDoor | None = None
    tables: TableService | None = None


def _in_memory(monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Tables of the stage's own behind the product's client; they do what Azurite does, request by request
    (tests/adapters/test_table_service.py), at a tenth of its time."""
    tables = TableService()
    monkeypatch.setattr("shared.wiring._tables", lambda settings, tokens: tables.client())
    return Storage(tables.url, RowsInMemory(tables.client()), tables=tables)


@pytest.fixture
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Azurite behind a door where the case is about storage and who may call it, and where there is no fault.
    Faults of the other services are no other with tables in memory."""
    case = _case(request)
    if case is not None and case.where not in (Where.STORAGE, Where.IDENTITY):
        return _in_memory(monkeypatch)
    door: StorageDoor = request.getfixturevalue("door")
    return Storage(door.uri, request.getfixturevalue("published"), door=door)


def _case(request: pytest.FixtureRequest) -> Case | None:
    case = request.node.callspec.params.get("case") if hasattr(request.node, "callspec") else None
    return case if isinstance(case, Case) else None


@pytest.fixture
def stage(
    request: pytest.FixtureRequest,
    certificates: Certificates,
    identity: IdentityEndpoint,
    simulator: Simulator,
    storage: Storage,
    detections: LoadedDetections,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """A tenant of its own; its app asks its storage, the simulator and the identity endpoint."""
    clock = QuickClock()
    clock.sleep(simulator.clock.seconds() - clock.true_now.timestamp())  # earlier stages moved the service's
    monkeypatch.setattr("shared.wiring.SystemClock", lambda: clock)  # else hours would have to be waited
    quick = {"retry_total": 2, "retry_backoff_factor": 0.001, "connection_timeout": 5, "read_timeout": 30}
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", {**_OPTIONS, **quick})
    monkeypatch.setattr("shared.adapters.LoadedDetections", lambda: detections)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
    for name, value in identity.settings.items():
        monkeypatch.setenv(name, value)

    def make_app(**settings: str) -> App:
        named = {
            "AzureWebJobsStorage__tableServiceUri": storage.url,
            "AzureWebJobsStorage__credential": "managedidentity",
            "AzureWebJobsStorage__clientId": identity.identity.client_id,
            "DEFENDER_API_URL": simulator.defender_url,
            "GRAPH_API_URL": simulator.graph_url,
            "GRAPH_API_SCOPE": "https://graph.microsoft.com/.default",
            "SETTLE_AFTER": "0s",
            **settings,
        }
        return wiring.make(Settings.from_env({**os.environ, **named}))

    case = _case(request)
    made = Stage(
        simulator,
        identity,
        storage.published,
        clock,
        make_app,
        source=case.source if case else "defender",
        door=storage.door,
        tables=storage.tables,
    )
    yield from listening(made)
