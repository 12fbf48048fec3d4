"""The simulated services with the recorded incident, to be probed and to be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from requests import Session

from local.certs import Certificates
from local.doctor.probe.asking import Asker
from local.identity import DEFENDER, GRAPH, Identity, TokenIssuer
from local.incidents import make
from local.lent import lent
from local.simulator.config import Config
from local.simulator.gate import Gate
from local.simulator.simulator import Simulator
from shared.adapters.clock import SystemClock
from shared.adapters.http import JsonApi, new_session
from tests.local.simulator.running import ROLES


@dataclass
class Tokens:
    """Tokens of the simulated identity; `roles` may be changed."""

    issuer: TokenIssuer
    roles: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(ROLES))
    identity: Identity = field(default_factory=Identity)
    kept: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def token(self, scope: str, *, instead_of: str = "") -> str:
        resource = scope.removesuffix("/.default")
        held = self.roles[resource]
        if (resource, held) not in self.kept:
            made = self.issuer.issue(self.identity, resource, roles=held, lifetime_seconds=3600)[0]
            self.kept[resource, held] = made
        return self.kept[resource, held]


@dataclass
class Probed:
    """The simulator, and what asks it."""

    simulator: Simulator
    tokens: Tokens
    connections: Session = field(default_factory=new_session)

    def asker(self) -> Asker:
        """One that has not asked yet."""
        clock = SystemClock()

        def api(url: str, resource: str) -> JsonApi:
            scope, session = f"{resource}/.default", self.connections
            return JsonApi("probe", url, scope, self.tokens, clock=clock, session=session)

        defender, graph = self.simulator.defender_url, self.simulator.graph_url
        roles = {"defender": DEFENDER, "graph": GRAPH}
        return Asker(
            api(defender, DEFENDER),
            api(graph, GRAPH),
            api(defender, GRAPH),
            api(graph, DEFENDER),
            {name: frozenset(self.tokens.roles[resource]) for name, resource in roles.items()},
        )


type Start = Callable[..., Probed]


@pytest.fixture(scope="package")
def start(
    gate: Gate, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    """Starts simulated services with the recorded incident; names are settings."""
    issuer = TokenIssuer()
    key = issuer.write_public_key(tmp_path_factory.mktemp("keys") / "public.pem")
    with ExitStack() as running:
        running.enter_context(lent({"REQUESTS_CA_BUNDLE": str(certificates.ca), "NO_PROXY": "127.0.0.1"}))

        def starting(**settings: object) -> Probed:
            config = Config(
                public_key=key,
                cert=certificates.cert,
                key=certificates.key,
                data=make.CONTOSO,
                quotas=False,
                telemetry_lags=True,
                **settings,  # type: ignore[arg-type]  # fields of Config
            )
            return Probed(running.enter_context(Simulator(config, gate=gate)), Tokens(issuer))

        yield starting


@pytest.fixture(scope="package")
def probed(start: Start) -> Probed:
    """The services as they are."""
    return start()
