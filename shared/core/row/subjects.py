"""What an alert is about: the device, user, process, file, address … that its flat columns show.

Which of several comes first is said by `ranking`; where the alert names none, the process serves that
telemetry tied it to. Each has its origin, as the columns `…From` show it.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from shared.core.alert import Account, Alert, Evidence, EvidenceKind, cleaning, ranking
from shared.core.correlate import Finding, Method, ProcessNode
from shared.core.lookups import Device, File, outside_address
from shared.core.row.facts import Facts
from shared.core.row.names import hashes_of
from shared.core.row.users import Origin, user_of, users_on


@dataclass(frozen=True, slots=True)
class Subjects:
    """The first of each kind by the table of `ranking`; None where nothing names one."""

    device_id: str | None
    device_name: str | None
    device: Device | None
    device_from: str
    user: Account | None
    user_from: Origin
    process: Evidence | None
    process_from: Origin
    file: Evidence | None
    file_from: Origin
    known_file: File | None
    address: Evidence | None
    url: str | None
    registry: Evidence | None


def subjects_of(alert: Alert, facts: Facts, finding: Finding | None = None) -> Subjects:
    """What the flat columns show of `alert`."""
    nodes = finding.nodes if finding and finding.method is not Method.DEVICE_ONLY else ()
    anchor = next((node for node in nodes if node.is_anchor), None)
    items = alert.evidence
    own = device_of(alert, anchor)
    device, device_from = facts.device(own)
    if own.device_id and own.device_id.lower() not in devices_of(alert):
        device_from = " and ".join(filter(None, (Origin.TELEMETRY.value, device_from)))
    processes = _ranked(_of(items, EvidenceKind.PROCESS), _process_rank)
    process, process_from = _first(processes, anchor, nodes)
    files = _ranked(filter(_is_file, items), _file_rank)
    file, file_from = _first(files, anchor, nodes)
    user, user_from = user_of(alert, processes, anchor, users_on(alert, facts.enrichment, own.device_id))
    url = next((item.url for item in ranking.gravest(item for item in items if item.url)), None)
    return Subjects(
        device_id=own.device_id,
        device_name=own.device_name,
        device=device,
        device_from=device_from,
        user=user,
        user_from=user_from,
        process=process,
        process_from=process_from,
        file=file,
        file_from=file_from,
        known_file=facts.file(file)[0] if file else None,
        address=next(iter(_ranked((item for item in items if item.ip_address), _address_rank)), None),
        url=url or next(iter(alert.domains), None),
        registry=next(iter(_ranked(_of(items, EvidenceKind.REGISTRY), _registry_rank)), None),
    )


def _ranked(items: Iterable[Evidence], key: Callable[[Evidence], tuple[int, ...]]) -> list[Evidence]:
    """The items by their rank, which nobody needs of one alone."""
    listed = list(items)
    return sorted(listed, key=key) if len(listed) > 1 else listed


def _of(items: Iterable[Evidence], kind: EvidenceKind) -> Iterator[Evidence]:
    return (item for item in items if item.kind is kind)


def _first(
    ranked: list[Evidence], anchor: ProcessNode | None, nodes: tuple[ProcessNode, ...]
) -> tuple[Evidence | None, Origin]:
    """The first of the evidence, else the tied process."""
    if ranked:
        return ranked[0], Origin.EVIDENCE
    return (None, Origin.NONE) if anchor is None else (_as_evidence(anchor, nodes), Origin.TELEMETRY)


def _as_evidence(node: ProcessNode, nodes: tuple[ProcessNode, ...]) -> Evidence:
    """A process of the tree as evidence would name it."""
    parent = next((each for each in nodes if each.key == node.parent), None)
    name, folder = cleaning.file_and_folder(node.file_name, node.folder_path, is_hashed=False)
    return Evidence(
        EvidenceKind.PROCESS,
        sha1=node.sha1,
        sha256=node.sha256,
        file_name=name,
        folder_path=folder,
        process_id=node.key.pid,
        process_created=node.key.created,
        command_line=node.command_line,
        parent_process_id=node.parent.pid if node.parent else None,
        parent_file_name=parent.file_name if parent else None,
        account=node.account,
        device_id=node.key.device_id,
    )


def _process_rank(item: Evidence) -> tuple[int, bool, int]:
    verdict, state = ranking.rank(item)
    return verdict, item.process_id is None, state


def _is_file(item: Evidence) -> bool:
    if item.kind not in (EvidenceKind.FILE, EvidenceKind.PROCESS):
        return False
    return item.kind is EvidenceKind.FILE or bool(item.file_name or hashes_of(item))


def _file_rank(item: Evidence) -> tuple[bool, int, bool, int]:
    verdict, state = ranking.rank(item)
    return not (item.file_name or hashes_of(item)), verdict, item.kind is not EvidenceKind.FILE, state


def _registry_rank(item: Evidence) -> tuple[int, bool, int]:
    verdict, state = ranking.rank(item)
    return verdict, not item.registry_value_name, state


def _address_rank(item: Evidence) -> tuple[int, int]:
    return ranking.verdict_rank(item), _reach(item.ip_address or "")


def _reach(text: str) -> int:
    """0 for an address of the outside, 1 for a private one, 2 for one that leads nowhere."""
    if outside_address(text):
        return 0
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return 2
    nowhere = parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or parsed.is_multicast
    return 2 if nowhere else 1


def device_of(alert: Alert, anchor: ProcessNode | None = None) -> Evidence:
    """The device shown, as evidence: the alert's own, but that of the tied process where an alert of Graph's
    names several and no role tells them apart."""
    items = list(_of(alert.evidence, EvidenceKind.DEVICE))
    own = alert.device_id or next((item.device_id for item in alert.evidence if item.device_id), None)
    if anchor is not None:
        here = anchor.key.device_id
        if not own or (here != own and _undecided(alert, items) and here in devices_of(alert)):
            own = here
    found = next((item for item in items if _is_device(item, own, alert)), None)
    found = found or Evidence(EvidenceKind.DEVICE, device_id=own)
    if own != (alert.device_id or own) or alert.device_name in (None, found.device_name):
        return found
    return replace(found, device_name=alert.device_name)


def _undecided(alert: Alert, devices: list[Evidence]) -> bool:
    """True where Graph names several devices and no role tells them apart."""
    return alert.source == "graph" and len({ranking.device_rank(item) for item in devices}) == 1


def _is_device(item: Evidence, own: str | None, alert: Alert) -> bool:
    if own is None:
        return item.device_name == alert.device_name
    return item.device_id is not None and item.device_id.lower() == own.lower()


def group_of(alert: Alert, device_id: str | None) -> str | None:
    """The group of the device shown, where the alert itself says it."""
    return alert.device_group if device_id == (alert.device_id or device_id) else None


def devices_of(alert: Alert) -> list[str]:
    """Ids of the devices that the alert names, each once, its own first."""
    named: Iterable[str | None] = (alert.device_id, *(item.device_id for item in alert.evidence))
    return list(dict.fromkeys(device.lower() for device in named if device))


def device_count(alert: Alert) -> int:
    """How many devices the alert names, those too that have a name alone."""
    with_id = {item.device_name.lower() for item in alert.evidence if item.device_id and item.device_name}
    alone = (item for item in _of(alert.evidence, EvidenceKind.DEVICE) if not item.device_id)
    names = {item.device_name.lower() for item in alone if item.device_name}
    own = (alert.device_name or "").lower()
    if own and not alert.device_id:
        names.add(own)
    return len(devices_of(alert)) + len(names - with_id - ({own} if alert.device_id else set()))


def threat_of(alert: Alert) -> str | None:
    """The threat's name: the alert's own, else that of the gravest malware among the evidence."""
    if alert.threat_name:
        return alert.threat_name
    malware = ranking.gravest(item for item in alert.evidence if "malware" in item.kind_text.lower())
    named = (item.extra.get("name") for item in malware)
    return next((name for name in named if isinstance(name, str) and name), None)
