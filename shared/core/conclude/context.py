"""What the verdict looks at: one alert's tree and events, indexed once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.core.alert import Alert, EvidenceKind
from shared.core.correlate import Cell, Finding, ProcessKey, ProcessNode, TiedEvent, instant_of
from shared.core.lookups import Enrichment, File, said, value_in
from shared.core.tables import DEVICE_EVENTS, PROCESSES
from shared.core.values import Instant, json_from_outside

_ANTIVIRUS = frozenset(
    "AntivirusDetection AntivirusDetectionActionType AntivirusReport AntivirusMalwareActionTaken".split()
)

_YES = frozenset(("true", "1"))
_REMEDIES = frozenset(
    ("quarantine", "quarantined", "remove", "removed", "block", "blocked", "clean", "cleaned")
)
_LONGEST_REPORT = 131_072


type ProcessIds = Mapping[ProcessKey, str]
"""How the row names each process of the alert's tree: p0, p1 …"""


@dataclass(frozen=True, slots=True)
class AlertContext:
    """`events` are in time order; `nodes` by key; `devices` are names by id in lower case."""

    alert: Alert
    enrichment: Enrichment
    finding: Finding
    nodes: dict[ProcessKey, ProcessNode]
    events: tuple[TiedEvent, ...]
    devices: Mapping[str, str]

    def device(self, device_id: str) -> str:
        """A device's name; its id where no name is known."""
        return self.devices.get(device_id.lower()) or device_id

    def of_table(self, *tables: str) -> Iterator[TiedEvent]:
        """Events of the named hunting tables that the alert's own processes caused."""
        return (tied for tied in self.own_events() if tied.event.table in tables)

    def own_events(self) -> Iterator[TiedEvent]:
        """Events with a place in the tree at or below the alert's processes: never of ancestors."""
        return (tied for tied in self.events if tied.depth is not None and tied.depth >= 0)

    def name(self, key: ProcessKey | None) -> str:
        """A process's file name, for a sentence."""
        node = self.nodes.get(key) if key is not None else None
        return (node.file_name if node else None) or "a process"

    def own_nodes(self) -> Iterator[ProcessNode]:
        """The alert's processes and what they started, without the ancestors."""
        return (node for node in self.nodes.values() if node.depth >= 0)

    def file(self, sha1: str | None) -> File | None:
        """What the look-ups said of a hash."""
        return value_in(self.enrichment.files, sha1)

    def system(self) -> str | None:
        """windows, linux or macos by the look-up of the alert's device, else by the alert; None where neither
        says it."""
        device = value_in(self.enrichment.devices, self.alert.device_id)
        named = ((device and device.os) or self._os()).lower()
        if named.startswith("windows"):
            return "windows"
        if named.startswith("mac"):
            return "macos"
        return "linux" if named else None

    def _os(self) -> str:
        device, own = EvidenceKind.DEVICE, self.alert.device_id
        items = (item for item in self.alert.evidence if item.kind is device and item.device_id == own)
        return next((os for item in items if (os := said.device_said(item).os)), "")


def context_of(alert: Alert, enrichment: Enrichment | None, finding: Finding) -> AlertContext:
    """The alert, its look-ups and its finding, indexed."""
    events = tuple(sorted(finding.events, key=lambda tied: (moment(tied), tied.event.key)))
    nodes = {node.key: node for node in finding.nodes}
    return AlertContext(alert, enrichment or Enrichment(), finding, nodes, events, _devices(alert, events))


def _devices(alert: Alert, events: tuple[TiedEvent, ...]) -> dict[str, str]:
    """Names by id in lower case: the alert's own word for its device first, then telemetry's."""
    named = {alert.device_id.lower(): alert.device_name} if alert.device_id and alert.device_name else {}
    for tied in events:
        device_id = tied.event.device_id.lower()
        if device_id not in named and (name := cell(tied, "DeviceName")):
            named[device_id] = name
    return named


def cell(tied: TiedEvent, column: str) -> str:
    """A cell as text, "" where it is absent."""
    value: Cell = tied.event.row.get(column)
    return "" if value is None else str(value)


def is_remedy(tied: TiedEvent) -> bool:
    """True for the antivirus' report, from the alert's own tree, of something that it stopped.

    Only what the antivirus itself says counts: the report also holds names of archives and registry values,
    which an attacker chooses. Fields: the hunting schema's reference in the portal, of `AntivirusDetection`.
    """
    if tied.event.table != DEVICE_EVENTS or tied.event.action not in _ANTIVIRUS or (tied.depth or 0) < 0:
        return False
    try:
        fields = json_from_outside(cell(tied, "AdditionalFields")[:_LONGEST_REPORT])
    except ValueError:
        return False
    if not isinstance(fields, dict) or _says(fields, "WasExecutingWhileDetected") == "true":
        return False
    remediated = _says(fields, "WasRemediated")
    return remediated in _YES if remediated else _says(fields, "Action") in _REMEDIES


def _says(fields: Mapping[str, object], name: str) -> str:
    """A flag or word of the report in lower case, "" where there is none."""
    value = fields.get(name)
    return str(value).strip().lower() if isinstance(value, (str, bool, int)) else ""


def moment(tied: TiedEvent) -> Instant:
    """When it happened: a process is judged by its creation time, since its row is recorded later (0.08 s in
    the median and over a second in one of forty, measured on a public export of one machine's rows)."""
    if tied.event.table == PROCESSES:
        return instant_of(tied.event.row.get("ProcessCreationTime")) or tied.event.time
    return tied.event.time
