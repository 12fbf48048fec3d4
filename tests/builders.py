"""Small makers of alerts, trees and events for tests; every argument not given is plain and valid."""

from dataclasses import replace

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Alert, Evidence, Severity
from shared.core.conclude import NO_RULES, Conclusion, conclude
from shared.core.correlate.finding import (
    Cell,
    Event,
    Finding,
    Method,
    ProcessKey,
    ProcessNode,
    Status,
    TiedEvent,
)
from shared.core.lookups.entities import Enrichment, File, Lookup, Outcome
from shared.core.values.instant import Instant

DEVICE = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"
T0 = Instant.parse("2026-11-24T10:02:11.1234567Z")


def alert(**changes: object) -> Alert:
    """A High alert on one device, two minutes after T0."""
    plain = Alert(
        id="da639000000000000000_1234567890",
        source="defender",
        created=T0.plus(120),
        last_update=T0.plus(125),
        severity=Severity.HIGH,
        severity_text="High",
        title="Suspicious PowerShell command line",
        status="New",
        category="Execution",
        device_id=DEVICE,
        device_name="ws-0042.contoso.example",
        first_event=T0,
        last_event=T0.plus(30),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names fields of Alert


def key(pid: int = 3276, after: float = 0.0) -> ProcessKey:
    """A process on the device, created `after` seconds from T0."""
    return ProcessKey(DEVICE, pid, T0.plus(after))


def node(
    name: str, command: str = "", *, pid: int = 3276, after: float = 0.0, depth: int = 0, **changes: object
) -> ProcessNode:
    """A process of the tree; depth 0 is the alert's own."""
    plain = ProcessNode(
        key(pid, after),
        depth,
        file_name=name,
        folder_path=f"C:\\Windows\\System32\\{name}",
        command_line=command or name,
        account=Account(name="alice", domain="CONTOSO"),
        is_anchor=depth == 0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def tied(
    table: str,
    action: str,
    *,
    after: float = 1.0,
    owner: ProcessKey | None = None,
    depth: int | None = 0,
    tie: str = "own",
    number: int = 1,
    **row: Cell,
) -> TiedEvent:
    """An event of the alert's process (or of `owner`), `after` seconds from T0."""
    event = Event(table, DEVICE, T0.plus(after), str(number), action, row)
    return TiedEvent(event, tie, depth, owner or key())


def finding(
    *, nodes: tuple[ProcessNode, ...] = (), events: tuple[TiedEvent, ...] = (), **changes: object
) -> Finding:
    """A Correlated finding, tied by the exact process."""
    plain = Finding(
        alert_id=alert().id,
        status=Status.CORRELATED,
        method=Method.EXACT_PROCESS,
        confidence=100,
        anchors=tuple(each.key for each in nodes if each.is_anchor),
        nodes=nodes,
        events=events,
        event_count=len(events),
        query="DeviceProcessEvents | take 1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def evidence(kind: str = "process", **changes: object) -> Evidence:
    """One item of evidence."""
    return replace(Evidence(EvidenceKind(kind), kind.title()), **changes)  # type: ignore[arg-type]


def concluded(found: Finding | None = None) -> Conclusion:
    """What is concluded of a plain alert without any detections."""
    return conclude(alert(), None, found or finding(), NO_RULES)


def enrichment_of_file(sha1: str, **fields: object) -> Enrichment:
    """An enrichment that knows one file."""
    return Enrichment(files={sha1: Lookup(Outcome.FOUND, File(sha1, sha1=sha1, **fields))})  # type: ignore[arg-type]
