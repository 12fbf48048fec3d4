"""The deployments, made once."""

from collections.abc import Iterator

import pytest

from local.certs import Certificates
from local.simulator.kept_gate import KeptGate
from tests.twins.deployments import Runs, truths_in


@pytest.fixture(scope="package")
def runs(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with KeptGate() as gate:
        yield Runs(gate, certificates, truths_in(tmp_path_factory.mktemp("twins")))
