"""The simulated services in this process, with a client that may call everything."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.certs import make_certificates
from local.identity import DEFENDER, GRAPH, Identity, TokenIssuer
from local.simulator.config import Config
from local.simulator.simulator import Simulator
from local.stack import ROLES

HUNTING = "/v1.0/security/runHuntingQuery"


@dataclass(frozen=True, slots=True)
class Client:
    """Calls the simulator with tokens that last the whole run."""

    simulator: Simulator
    session: requests.Session
    tokens: Mapping[str, str]

    def get(self, path: str) -> Any:
        """The body of Defender's answer; None where it knows nothing of the thing asked for."""
        answer = self.session.get(
            self.simulator.defender_url + path,
            headers={"Authorization": f"Bearer {self.tokens[DEFENDER]}"},
            timeout=60,
        )
        if answer.status_code in (400, 404):
            return None
        answer.raise_for_status()
        return answer.json()

    def hunt(self, query: str, timespan: str | None = None) -> dict[str, Any]:
        """The body of the answer: `schema` and `results`."""
        body = {"Query": query} if timespan is None else {"Query": query, "Timespan": timespan}
        answer = self.session.post(
            self.simulator.graph_url + HUNTING,
            json=body,
            headers={"Authorization": f"Bearer {self.tokens[GRAPH]}"},
            timeout=200,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def simulated(data: Path, **settings: Any) -> Iterator[Client]:
    """A client of a simulator over the recording, for as long as the block lasts."""
    issuer, identity = TokenIssuer(), Identity()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        certificates = make_certificates(folder / "tls")
        config = Config(
            public_key=issuer.write_public_key(folder / "tokens.pem"),
            cert=certificates.cert,
            key=certificates.key,
            data=data,
            **settings,
        )
        session = requests.Session()
        session.trust_env = False  # the machine's own bundle of CAs would win over ours
        session.verify = str(certificates.ca)
        tokens = {
            resource: issuer.issue(identity, resource, roles=roles, lifetime_seconds=7_200)[0]
            for resource, roles in ROLES.items()
        }
        with Simulator(config) as simulator, session:
            yield Client(simulator, session, tokens)


def thread_seconds() -> float:
    """CPU that this thread alone has spent, in seconds."""
    return time.thread_time()
