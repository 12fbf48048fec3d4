"""The deployments, made once."""

import pytest

from local.certs import Certificates
from local.simulator.gate import Gate
from tests.twins.deployments import Runs, truths_in


@pytest.fixture(scope="session")
def runs(gate: Gate, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(gate, certificates, truths_in(tmp_path_factory.mktemp("twins")))
