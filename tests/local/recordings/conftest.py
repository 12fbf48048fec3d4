"""The recorded incident as an account: the simulated services over HTTPS, asked by the app's own adapters."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.certs import Certificates
from local.identity import DEFENDER, GRAPH, Identity, TokenIssuer
from local.incidents import make
from local.lent import lent
from local.recordings.gathering import Account
from local.score.hunting import RULES
from local.score.run import production
from local.simulator.config import Config
from local.simulator.gate import Gate
from local.simulator.simulator import Simulator
from shared.adapters.clock import SystemClock
from shared.adapters.defender import DefenderAlerts
from shared.adapters.graph import GraphAlerts
from shared.adapters.http import JsonApi
from shared.adapters.hunting import GraphHunter
from tests.local.simulator.running import ROLES

type AccountOf = Callable[..., Account]


class Tokens:
    """Tokens of the simulated identity with all roles."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer, self._identity = issuer, Identity()

    def token(self, scope: str, *, instead_of: str = "") -> str:
        resource = scope.removesuffix("/.default")
        return self._issuer.issue(self._identity, resource, roles=ROLES[resource], lifetime_seconds=3600)[0]


@pytest.fixture(scope="package")
def account_of(
    gate: Gate, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AccountOf]:
    """An account that holds a recording; the recorded incident where none is given."""
    issuer = TokenIssuer()
    key = issuer.write_public_key(tmp_path_factory.mktemp("keys") / "public.pem")
    with ExitStack() as running:
        running.enter_context(lent({"REQUESTS_CA_BUNDLE": str(certificates.ca), "NO_PROXY": "127.0.0.1"}))

        def starting(source: str = "defender", folder: Path = make.CONTOSO) -> Account:
            config = Config(
                public_key=key, cert=certificates.cert, key=certificates.key, data=folder, quotas=False
            )
            simulator = running.enter_context(Simulator(config, gate=gate))
            tokens, clock = Tokens(issuer), SystemClock()
            defender = JsonApi(
                "defender", simulator.defender_url, f"{DEFENDER}/.default", tokens, clock=clock
            )
            graph = JsonApi("graph", simulator.graph_url, f"{GRAPH}/.default", tokens, clock=clock)
            alerts = DefenderAlerts(defender) if source == "defender" else GraphAlerts(graph)
            return Account(alerts, defender, GraphHunter(graph, clock), RULES.rules(), production())

        yield starting


@pytest.fixture(scope="package")
def account(account_of: AccountOf) -> Account:
    """The recorded incident."""
    return account_of()


@pytest.fixture(scope="package")
def graph_account(account_of: AccountOf, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """The recorded incident as Graph's alert list has it."""
    folder = tmp_path_factory.mktemp("graph") / "contoso"
    shutil.copytree(make.CONTOSO, folder, ignore=shutil.ignore_patterns("alerts.json"))
    shutil.copy(make.CONTOSO / "graph_alerts.json", folder)
    return account_of("graph", folder)
