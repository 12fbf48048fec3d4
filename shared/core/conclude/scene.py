"""What the rules look at: one alert's tree and events, indexed once."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.alert import Alert
from shared.core.correlate import Cell, Finding, ProcessKey, ProcessNode, TiedEvent
from shared.core.lookups import Enrichment, File, Outcome
from shared.core.values import Instant


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing the telemetry shows. `technique` is an ATT&CK id, "" where none is proven; `harmful` where
    the thing itself is harm and not only a hint."""

    time: Instant
    text: str
    technique: str = ""
    owner: ProcessKey | None = None
    harmful: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """`events` are in time order; `nodes` by key."""

    alert: Alert
    enrichment: Enrichment
    finding: Finding
    nodes: dict[ProcessKey, ProcessNode]
    events: tuple[TiedEvent, ...]

    def of_table(self, *tables: str) -> Iterator[TiedEvent]:
        """Events of the named hunting tables."""
        return (tied for tied in self.events if tied.event.table in tables)

    def name(self, key: ProcessKey | None) -> str:
        """A process's file name, for a sentence."""
        node = self.nodes.get(key) if key is not None else None
        return (node.file_name if node else None) or "a process"

    def told(self, sign: Sign) -> str:
        """A sign as a sentence of its own: one about a process's start is told with the process."""
        if sign.owner is not None and sign.time == sign.owner.created and sign.owner in self.nodes:
            return f"{self.name(sign.owner)} started {sign.text}"
        return sign.text

    def own_nodes(self) -> Iterator[ProcessNode]:
        """The alert's processes and what they started, without the ancestors."""
        return (node for node in self.nodes.values() if node.depth >= 0)

    def file(self, sha1: str | None) -> File | None:
        """What the look-ups said of a hash."""
        look = self.enrichment.files.get((sha1 or "").lower())
        return look.value if look is not None and look.outcome is Outcome.FOUND else None


def scene_of(alert: Alert, enrichment: Enrichment | None, finding: Finding) -> Scene:
    """The alert, its look-ups and its finding, indexed."""
    events = tuple(sorted(finding.events, key=lambda tied: (tied.event.time, tied.event.key)))
    nodes = {node.key: node for node in finding.nodes}
    return Scene(alert, enrichment or Enrichment(), finding, nodes, events)


def cell(tied: TiedEvent, column: str) -> str:
    """A cell as text, "" where it is absent."""
    value: Cell = tied.event.row.get(column)
    return "" if value is None else str(value)
