"""The processes of a recording, told apart by Sysmon's ProcessGuid and never by pid and time.

Where a host has no Sysmon, its Security log tells of processes by pid alone; then a pid means the process
that was last created under it, and the truth is only as good as that.
"""

from __future__ import annotations

import hashlib
import ntpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from local.recordings.events import MILLISECOND, SECURITY, SYSMON, Event
from local.simulator import ticks

CREATED, ENDED = 1, 5  # Sysmon's numbers
CREATED_SECURITY = 4688
_GUID = re.compile(
    r"\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?", re.IGNORECASE
)
_OLDEST = 400 * 86_400 * ticks.PER_SECOND  # a process that is older than this at its first event is none
# Fields that name a process in an event: its GUID, pid, image, command line and user.
_ROLES = (
    (("ProcessGuid",), "ProcessId", "Image", "CommandLine", "User"),
    (("ParentProcessGuid",), "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"),
    (("SourceProcessGuid", "SourceProcessGUID"), "SourceProcessId", "SourceImage", "", "SourceUser"),
    (("TargetProcessGuid", "TargetProcessGUID"), "TargetProcessId", "TargetImage", "", "TargetUser"),
)


@dataclass(slots=True, eq=False)  # one is itself alone
class Process:
    """One process; what no event tells of it is empty. `created` is in ticks. `birth` is the event that
    created it, `guid` its identity, made up where `is_by_pid`."""

    guid: str
    host: str
    pid: int
    image: str = ""
    command: str = ""
    user: str = ""
    created: int = 0
    first_seen: int = 0
    parent: Process | None = None
    children: list[Process] = field(default_factory=list)
    birth: Event | None = None
    ended: int | None = None
    is_by_pid: bool = False

    @property
    def name(self) -> str:
        """The image's file name."""
        return ntpath.basename(self.image)

    def ancestors(self) -> Iterator[Process]:
        """From the parent up."""
        above, seen = self.parent, {self}
        while above is not None and above not in seen:
            yield above
            seen.add(above)
            above = above.parent

    def tree(self) -> list[Process]:
        """Itself and everything below it."""
        found, waiting = dict[Process, None](), [self]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = None
                waiting += one.children
        return list(found)


class Processes:
    """All processes that the events of one recording name; `shift` in ticks is by how much the events were
    moved, as the second within a GUID was not."""

    def __init__(self, events: Iterable[Event], shift: int = 0) -> None:
        events = list(events)
        self._known: dict[tuple[str, str], Process] = {}
        self._by_pid: dict[tuple[str, int], Process] = {}
        self._created_by: dict[int, Process] = {}
        self.hosts_with_guids = {event.host for event in events if event.channel == SYSMON}
        for event in events:
            if event.channel == SYSMON:
                self._read(event)
            elif self.is_birth(event):
                self._read_security(event)
        for process in self._known.values():
            process.created = process.created or _begun(process, shift)

    def __iter__(self) -> Iterator[Process]:
        return iter(self._known.values())

    def is_birth(self, event: Event) -> bool:
        """True for the creation of a process; of Windows' own log only where the host has no Sysmon, which
        would tell of the same process."""
        if event.channel == SYSMON:
            return event.number == CREATED
        is_created = (event.channel, event.number) == (SECURITY, CREATED_SECURITY)
        return is_created and event.host not in self.hosts_with_guids

    def of(self, event: Event, *fields: str) -> Process | None:
        """The process whose GUID stands in one of these fields."""
        guid = guid_of(event.text(*fields))
        return self._known.get((event.host, guid)) if guid else None

    def created_by(self, event: Event) -> Process | None:
        """The process that this event created."""
        return self._created_by.get(id(event))

    def _read(self, event: Event) -> None:
        named = [self._named(event, *role) for role in _ROLES]
        process, parent = named[0], named[1]
        if process is None:
            return
        if event.number == CREATED and process.birth is None:
            process.birth, process.created = event, event.time
            self._created_by[id(event)] = process
            _join(process, parent)
        elif event.number == ENDED:
            process.ended = event.time

    def _named(
        self, event: Event, guids: tuple[str, ...], pid: str, image: str, command: str, user: str
    ) -> Process | None:
        guid, number = guid_of(event.text(*guids)), event.number_of(pid)
        if not guid or number is None:
            return None
        process = self._known.setdefault(
            (event.host, guid), Process(guid, event.host, number, first_seen=event.time)
        )
        process.image = process.image or event.text(image)
        process.command = process.command or event.text(command)
        process.user = process.user or event.text(user)
        return process

    def _read_security(self, event: Event) -> None:
        pid, creator = event.number_of("NewProcessId"), event.number_of("ProcessId")
        if pid is None:
            return
        parent = None if creator is None else self._by_pid.get((event.host, creator))
        if parent is None and creator is not None:
            parent = self._made_up(event, creator)
            parent.image = event.text("ParentProcessName")
        process = self._made_up(event, pid)
        process.image, process.command = event.text("NewProcessName"), event.text("CommandLine")
        own = event.text("TargetUserName")
        names = ("TargetDomainName", "TargetUserName") if own else ("SubjectDomainName", "SubjectUserName")
        process.user = "\\".join(event.text(name) for name in names).strip("\\")
        process.birth, process.created = event, event.time
        self._created_by[id(event)] = process
        _join(process, parent)

    def _made_up(self, event: Event, pid: int) -> Process:
        guid = f"pid {pid} number {len(self._known)}"
        process = Process(guid, event.host, pid, first_seen=event.time, is_by_pid=True)
        self._known[event.host, guid] = self._by_pid[event.host, pid] = process
        return process


def _join(process: Process, parent: Process | None) -> None:
    if parent is not None:
        process.parent = parent
        parent.children.append(process)


def guid_of(text: str) -> str:
    """A ProcessGuid in small letters without braces; "" for none, and for the one of zeros."""
    match = _GUID.fullmatch(text.strip())
    if match is None:
        return ""
    guid = "-".join(match.groups()).lower()
    return guid if guid.strip("0-") else ""


def _begun(process: Process, shift: int) -> int:
    """When a process began whose creation was not recorded: the second that its GUID holds, else its first
    event. What is below a millisecond is made up, the same each time."""
    made_up = int(hashlib.sha256(process.guid.encode()).hexdigest()[:8], 16) % MILLISECOND
    parts = process.guid.split("-")
    if process.is_by_pid or len(parts) < 3:
        return process.first_seen - ticks.PER_SECOND
    begun = int(parts[2] + parts[1], 16) * ticks.PER_SECOND + made_up + shift
    is_credible = process.first_seen - _OLDEST < begun <= process.first_seen
    return begun if is_credible else process.first_seen - ticks.PER_SECOND
