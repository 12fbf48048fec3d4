"""The whole simulator, in this process: two HTTPS hosts and the control address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from local.simulator.access import Access
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.control import Control
from local.simulator.faults import FaultBook
from local.simulator.gate import Gate
from local.simulator.kept_gate import KeptGate
from local.simulator.quotas import CallCounts, Quotas
from local.simulator.routes import Route
from local.simulator.served import Served
from local.simulator.service import CheckToken, Service
from local.simulator.web import WebServer


class Simulator:
    """Serves while the `with` block lasts. `tenant`, `faults`, `calls`, `hunting` and `clock` can be used as
    they are from the same process; from another one, by `control_url` with the settings' secret. Of several
    tenants, which all share the two hosts, `tenant` and `hunting` are those of the first; `served` has all.

    Raises RecordingError at construction when the recording cannot be used.
    """

    def __init__(self, config: Config, *, clock: Clock | None = None, gate: Gate | None = None) -> None:
        self.config = config
        self.clock = clock or Clock()
        self.faults = FaultBook()
        self.calls = CallCounts()
        self.quotas = Quotas(self.clock, scale=config.quota_scale) if config.quotas else None
        self._own_gate = KeptGate(packages=config.node_modules) if gate is None else None
        gate = gate or self._own_gate or KeptGate()
        self.served = {
            tenant_id: Served(own, self.clock, gate) for tenant_id, own in config.by_tenant().items()
        }
        first = next(iter(self.served.values()))
        self.tenant, self.hunting = first.tenant, first.hunting
        access = Access(config.public_key, config.by_tenant() if config.tenants else ())
        routes = {tenant_id: each.defender for tenant_id, each in self.served.items()}
        defender = self._service("defender", routes, access.defender)
        routes = {tenant_id: each.graph for tenant_id, each in self.served.items()}
        graph = self._service("graph", routes, access.graph)
        control = Control(
            config.control_secret,
            served=self.served,
            faults=self.faults,
            counts=self.calls,
            quotas=self.quotas,
        )
        tls = (config.cert, config.key)
        self._defender = WebServer(defender.answer, port=config.defender_port, tls=tls)
        self._graph = WebServer(graph.answer, port=config.graph_port, tls=tls)
        self._control = WebServer(control.answer, port=config.control_port)
        self.defender_url, self.graph_url = self._defender.url, self._graph.url
        self.control_url = self._control.url
        self._running = ExitStack()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was odd in the recordings, each once."""
        return tuple(
            dict.fromkeys(warning for each in self.served.values() for warning in each.tenant.warnings)
        )

    def _service(self, name: str, routes: Mapping[str, Sequence[Route]], check_token: CheckToken) -> Service:
        return Service(
            name,
            routes,
            check_token,
            clock=self.clock,
            quotas=self.quotas,
            counts=self.calls,
            faults=self.faults,
            hunting_retry_after=self.config.hunting_retry_after,
        )

    def start(self) -> Self:
        """Itself, serving, with the KQL parser at hand."""
        if self._own_gate is not None:
            self._running.enter_context(self._own_gate)
        for server in (self._defender, self._graph, self._control):
            self._running.callback(server.start().stop)
        return self

    def stop(self) -> None:
        """Ends it. Stopping twice is harmless."""
        self._running.close()
        for each in self.served.values():
            each.tenant.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
