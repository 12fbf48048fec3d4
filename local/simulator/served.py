"""One tenant as the two services serve it: what is in it, and the calls that answer over it."""

from __future__ import annotations

from collections.abc import Sequence

from local.simulator.alert_writes import AlertWriting
from local.simulator.clock import Clock
from local.simulator.config import Config
from local.simulator.defender import Defender
from local.simulator.gate import Gate
from local.simulator.graph import Graph
from local.simulator.hunting import Hunting
from local.simulator.routes import Route
from local.simulator.tenant import Tenant


class Served:
    """The tenant that `config` describes. Raises RecordingError when its recording cannot be used."""

    def __init__(self, config: Config, clock: Clock, gate: Gate) -> None:
        self.tenant = Tenant(config, clock)
        self.hunting = Hunting(self.tenant, gate, config)
        writing = AlertWriting(self.tenant, visible_after_s=config.comment_visible_after_s)
        self.defender: Sequence[Route] = [*Defender(self.tenant, seed=config.seed).routes, *writing.defender]
        self.graph: Sequence[Route] = [*Graph(self.tenant, self.hunting).routes, *writing.graph]
