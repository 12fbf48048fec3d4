"""Defender and Graph as the local stack simulates them, for several tenants, in a time of the tests' own."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from local.identity import TokenIssuer
from local.simulator.access import Access
from local.simulator.alert_writes import AlertWriting
from local.simulator.answers import Answer, Request
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.defender import Defender
from local.simulator.faults import FaultBook
from local.simulator.gate import Gate
from local.simulator.graph import Graph
from local.simulator.hunting import Hunting
from local.simulator.quotas import CallCounts
from local.simulator.routes import Route
from local.simulator.service import CheckToken, Service
from local.simulator.tenant import Tenant
from tests.twins import network

START = datetime(2026, 11, 24, 8, 3, tzinfo=UTC)  # just before the first alert


class Present(Clock):
    """The simulated services' time: that of the stage."""

    def __init__(self) -> None:
        super().__init__(at=0)
        self.moment = START

    def now(self) -> int:
        return round(self.moment.timestamp() * 1_000_000) * 10

    def seconds(self) -> float:
        return self.moment.timestamp()


PRESENT = Present()  # one, since a tenant's telemetry is loaded once for all runs


@dataclass(frozen=True, eq=False)
class Truth:
    """A simulated tenant: its id, and its recording."""

    tenant_id: str
    config: Config

    @cache  # noqa: B019 - there are few, and each loads for a second
    def filled(self) -> Tenant:
        """With its telemetry loaded; a query that was run once is answered from memory."""
        tenant = Tenant(self.config, PRESENT)
        run, known = tenant.engine.run, {}

        def remembered(kql: str, **how: Any) -> Any:
            key = (kql, repr(how))
            if key not in known:
                known[key] = run(kql, **how)
            return known[key]

        setattr(tenant.engine, "run", remembered)  # noqa: B010
        return tenant

    def anew(self) -> Tenant:
        """As recorded, without what was written to its alerts."""
        tenant = self.filled()
        tenant.alerts.forget()
        for place, alert in enumerate(json.loads((self.folder / "alerts.json").read_text("utf-8"))["value"]):
            tenant.alerts.put(alert, place=str(place))
        return tenant

    @property
    def folder(self) -> Path:
        assert self.config.data is not None
        return self.config.data


def services(
    tenants: Mapping[str, Tenant], truths: Mapping[str, Truth], issuer: TokenIssuer, gate: Gate, folder: Path
) -> dict[str, Callable[[Request], Answer]]:
    """Defender and Graph, which know a caller's tenant by its token alone."""
    access = Access(issuer.write_public_key(folder / "twins.pem"), [one.tenant_id for one in truths.values()])
    defender: dict[str, list[Route]] = {}
    graph: dict[str, list[Route]] = {}
    for name, tenant in tenants.items():
        writing = AlertWriting(tenant, visible_after_s=0)
        hunting = Hunting(tenant, gate, truths[name].config)
        tenant_id = truths[name].tenant_id
        defender[tenant_id] = [*Defender(tenant, seed=1).routes, *writing.defender]
        graph[tenant_id] = [*Graph(tenant, hunting).routes, *writing.graph]
    counts, faults = CallCounts(), FaultBook()

    def service(
        name: str, routes: Mapping[str, list[Route]], check: CheckToken
    ) -> Callable[[Request], Answer]:
        return Service(name, routes, check, clock=PRESENT, quotas=None, counts=counts, faults=faults).answer

    return {
        network.DEFENDER: service("defender", defender, access.defender),
        network.GRAPH: service("graph", graph, access.graph),
    }
