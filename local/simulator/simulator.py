"""The whole simulator, in this process: two HTTPS hosts and the control address."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from local.simulator.access import Access
from local.simulator.alert_writes import AlertWriting
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.control import Control
from local.simulator.defender import Defender
from local.simulator.faults import FaultBook
from local.simulator.gate import Gate
from local.simulator.graph import Graph
from local.simulator.hunting import Hunting
from local.simulator.quotas import CallCounts, Quotas
from local.simulator.routes import Route
from local.simulator.service import CheckToken, Service
from local.simulator.tenant import Tenant
from local.simulator.web import WebServer


class Simulator:
    """Serves while the `with` block lasts. `tenant`, `faults`, `calls`, `hunting` and `clock` can be used as
    they are from the same process; from another one, by `control_url` with the settings' secret.

    Raises RecordingError at construction when the recording cannot be used.
    """

    def __init__(self, config: Config, *, clock: Clock | None = None, gate: Gate | None = None) -> None:
        self.config = config
        self.clock = clock or Clock()
        self.tenant = Tenant(config, self.clock)
        self.faults = FaultBook()
        self.calls = CallCounts()
        self.quotas = Quotas(self.clock, scale=config.quota_scale) if config.quotas else None
        self._own_gate = Gate(packages=config.node_modules) if gate is None else None
        self.hunting = Hunting(self.tenant, gate or self._own_gate or Gate(), config)
        access = Access(config.public_key)
        writing = AlertWriting(self.tenant, visible_after_s=config.comment_visible_after_s)
        routes = [*Defender(self.tenant, seed=config.seed).routes, *writing.defender]
        defender = self._service("defender", routes, access.defender)
        routes = [*Graph(self.tenant, self.hunting).routes, *writing.graph]
        graph = self._service("graph", routes, access.graph)
        control = Control(
            config.control_secret,
            tenant=self.tenant,
            faults=self.faults,
            counts=self.calls,
            quotas=self.quotas,
            hunting=self.hunting,
        )
        tls = (config.cert, config.key)
        self._defender = WebServer(defender.answer, port=config.defender_port, tls=tls)
        self._graph = WebServer(graph.answer, port=config.graph_port, tls=tls)
        self._control = WebServer(control.answer, port=config.control_port)
        self.defender_url, self.graph_url = self._defender.url, self._graph.url
        self.control_url = self._control.url
        self._running = ExitStack()

    def _service(self, name: str, routes: Sequence[Route], check_token: CheckToken) -> Service:
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
        """Itself, serving, with the KQL parser ready."""
        if self._own_gate is not None:
            self._running.enter_context(self._own_gate)
        for server in (self._defender, self._graph, self._control):
            self._running.callback(server.start().stop)
        return self

    def stop(self) -> None:
        """Ends it. Stopping twice is harmless."""
        self._running.close()
        self.tenant.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
