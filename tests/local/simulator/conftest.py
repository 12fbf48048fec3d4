"""The running simulator. The parser is shared by all tests, since it takes a second to start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from local.certs import Certificates
from local.identity import TokenIssuer
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.engine import Engine
from local.simulator.gate import Gate
from local.simulator.simulator import Simulator
from tests.local.simulator.running import NOW, Client, Start, write_recording


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine with empty tables."""
    made = Engine()
    yield made
    made.close()


@pytest.fixture(scope="session")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="session")
def public_key(issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return issuer.write_public_key(tmp_path_factory.mktemp("keys") / "public.pem")


@pytest.fixture
def start(
    gate: Gate, certificates: Certificates, issuer: TokenIssuer, public_key: Path, tmp_path: Path
) -> Iterator[Start]:
    """Starts a simulator over recorded bodies, at NOW by a clock that stands still; returns a client of it.

    Its times are left as recorded unless `shift` is given; other names are settings.
    """
    with ExitStack() as running:

        def starting(
            *,
            hunting: Mapping[str, list[Mapping[str, Any]]] | None = None,
            bodies: Mapping[str, list[Any]] | None = None,
            clock: Clock | None = None,
            **settings: Any,
        ) -> Client:
            folder = write_recording(tmp_path / "recording", hunting=hunting, **(bodies or {}))
            settings.setdefault("shift", False)
            config = Config(
                public_key=public_key, cert=certificates.cert, key=certificates.key, data=folder, **settings
            )
            simulator = running.enter_context(Simulator(config, clock=clock or Clock(NOW), gate=gate))
            client = Client(simulator, issuer, certificates.ca)
            running.callback(client.session.close)
            return client

        yield starting
