"""One process forest over all devices: the trees of an incident's alerts, each process once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.incidents.member import Member
from shared.core.row import text as row_text
from shared.core.values import number_of, text_of

MOST_CHARACTERS = 31_000
_MOST_COMMAND = 1_000
_MOST_BEHAVIOURS = 20
_ONCE = ("name", "path", "command", "account", "sha1", "decoded")

type ProcessId = tuple[str, str, int]  # device id, creation time, pid
type TreeKeys = Sequence[Mapping[str, ProcessId]]  # of each alert, by the ids of its own tree


@dataclass(slots=True)
class Process:
    """One process as all alerts tell it."""

    key: ProcessId
    device: str
    said: dict[str, str] = field(default_factory=dict)
    parent: ProcessId | None = None
    alerts: dict[str, None] = field(default_factory=dict)
    behaviours: dict[str, None] = field(default_factory=dict)
    is_root: bool = False
    children_left_out: int = 0

    @property
    def is_marked(self) -> bool:
        """True for an alert's process, and where a behaviour stands."""
        return bool(self.alerts or self.behaviours)


@dataclass(frozen=True, slots=True)
class Forest:
    """The processes, and the name of each: f0, f1 … in the order of device, time and pid."""

    processes: Mapping[ProcessId, Process]
    ids: Mapping[ProcessId, str]

    def id_of(self, key: ProcessId | None) -> str:
        """The name of a process; "" where it is none of these."""
        return self.ids.get(key, "") if key is not None else ""


def keys_of(member: Member) -> dict[str, ProcessId]:
    """The processes of one alert's tree, by their id there."""
    own = member.text("DvcId").lower()
    return {
        text_of(entry, "id"): (
            text_of(entry, "device_id").lower() or own,
            text_of(entry, "created"),
            number_of(entry, "pid"),
        )
        for entry in member.listed("ProcessTree")
        if text_of(entry, "id")
    }


def forest_of(members: Sequence[Member], keys: TreeKeys) -> Forest:
    """The forest of the alerts, gravest first; of what two tell otherwise, the graver one's word stands.

    `keys` are each alert's processes, as `keys_of` gives them.
    """
    found: dict[ProcessId, Process] = {}
    for member, known in zip(members, keys, strict=True):
        for entry in member.listed("ProcessTree"):
            if (key := known.get(text_of(entry, "id"))) is not None:
                device = text_of(entry, "device") or member.text("DvcHostname") or key[0]
                _take(found.setdefault(key, Process(key, device)), entry, member, known)
    for key in found:
        _cut_circle(found, key)
    return Forest(found, {key: f"f{place}" for place, key in enumerate(sorted(found))})


def _take(
    process: Process, entry: Mapping[str, object], member: Member, known: Mapping[str, ProcessId]
) -> None:
    for name in _ONCE:
        if not process.said.get(name):
            process.said[name] = text_of(entry, name)
    process.parent = process.parent or known.get(text_of(entry, "parent"))
    process.is_root = process.is_root or entry.get("root") is True
    process.children_left_out = max(process.children_left_out, number_of(entry, "children_left_out"))
    if entry.get("alert") is True:
        process.alerts[member.key[1]] = None
    seen = entry.get("behaviours")
    for title in seen if isinstance(seen, list) else ():
        process.behaviours[str(title)] = None


def _cut_circle(found: Mapping[ProcessId, Process], start: ProcessId) -> None:
    """Takes the parent from a process that would be below itself: of what alerts tell, no two trees may
    disagree so, yet a page that draws a circle would never end."""
    for key in _ancestors(found, start):
        if key == start:
            found[start].parent = None


def _ancestors(found: Mapping[ProcessId, Process], start: ProcessId) -> Iterator[ProcessId]:
    """The processes above, nearest first; each once, the start too where they lead back to it."""
    seen: set[ProcessId] = set()
    above = found[start].parent
    while above is not None and above in found and above not in seen:
        seen.add(above)
        yield above
        above = found[above].parent


def shown(forest: Forest) -> tuple[list[dict[str, object]], bool]:
    """(a list of devices with their processes, whether any were left out).

    Those that alerts and behaviours stand on come first, each with its ancestors, as long as there is room.
    """
    found = forest.processes
    order = sorted(found.values(), key=lambda one: not one.is_marked)  # else as found: gravest alert first
    entries = {one.key: _entry(one, forest) for one in order}
    kept: set[ProcessId] = set()
    room = MOST_CHARACTERS
    for one in order:
        new = [key for key in (one.key, *_ancestors(found, one.key)) if key not in kept]
        size = sum(len(row_text.dumps(entries[key])) + 1 for key in new) + 120
        if size <= room:
            room -= size
            kept.update(new)
    devices: list[dict[str, object]] = []
    for device_id in _devices(found, kept):
        theirs = sorted((key for key in kept if key[0] == device_id), key=lambda key: (key[1], key[2]))
        devices.append(
            {
                "device": found[theirs[0]].device,
                "device_id": device_id,
                "processes": [entries[key] for key in theirs],
            }
        )
    left_out = len(found) - len(kept)
    tail: list[dict[str, object]] = [{row_text.LEFT_OUT: left_out}] if left_out else []
    return [*devices, *tail], left_out > 0


def _devices(found: Mapping[ProcessId, Process], kept: Iterable[ProcessId]) -> list[str]:
    """Ids of devices, in the order of their first process."""
    first: dict[str, str] = {}
    for device_id, created, _ in kept:
        first[device_id] = min(created, first.get(device_id, created))
    return sorted(first, key=lambda device_id: (first[device_id], device_id))


def _entry(process: Process, forest: Forest) -> dict[str, object]:
    said = process.said
    return row_text.without_empty(
        id=forest.id_of(process.key),
        parent=forest.id_of(process.parent),
        pid=process.key[2],
        created=process.key[1],
        name=said.get("name", ""),
        path=said.get("path", ""),
        command=row_text.cut(said.get("command", ""), _MOST_COMMAND),
        decoded=row_text.cut(said.get("decoded", ""), _MOST_COMMAND),
        account=said.get("account", ""),
        sha1=said.get("sha1", ""),
        alerts=sorted(process.alerts),
        behaviours=list(process.behaviours)[:_MOST_BEHAVIOURS],
        root=process.is_root or None,
        children_left_out=process.children_left_out or None,
    )
