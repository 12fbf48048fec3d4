"""Rows received so far, and the same rows indexed by the process they speak of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.core.correlate.finding import Cell, Event, ProcessKey
from shared.core.correlate.identity import Identities
from shared.core.correlate.rows import Crowd, Ref, Sighting, read
from shared.core.correlate.shared_parents import is_session_root, is_shared

type EventKey = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Every row received, each once, and the crowds that were only counted."""

    sightings: Mapping[EventKey, Sighting] = field(default_factory=dict)
    crowds: frozenset[Crowd] = frozenset()

    def plus(self, rows: Iterable[Mapping[str, Cell]]) -> "Telemetry":
        """With these rows of an answer too."""
        sightings, crowds = dict(self.sightings), set(self.crowds)
        for found in read(rows):
            if isinstance(found, Crowd):
                crowds.add(found)
            else:
                sightings.setdefault(found.event.key, found)
        return Telemetry(sightings, frozenset(crowds))


class View:
    """Telemetry by process. `named` are the processes that alerts name."""

    def __init__(self, telemetry: Telemetry, named: Iterable[Ref], tolerance_s: float) -> None:
        self.telemetry = telemetry
        seen = sorted(telemetry.sightings.values(), key=lambda one: (one.event.time, one.event.key))
        self._identities = Identities([*seen, *_of_crowds(telemetry.crowds)], named, tolerance_s)
        self.own: dict[ProcessKey, list[Sighting]] = defaultdict(list)
        self.acts: dict[ProcessKey, list[Sighting]] = defaultdict(list)
        self.parent: dict[ProcessKey, ProcessKey] = {}
        self.children: dict[ProcessKey, list[ProcessKey]] = defaultdict(list)
        self.names: dict[ProcessKey, str] = {}
        self.crowds: dict[ProcessKey, dict[str, Crowd]] = defaultdict(dict)
        for sighting in seen:
            self._place(sighting)
        for child, parent in self._parents(seen).items():
            self.parent[child] = parent
            self.children[parent].append(child)
        for crowd in telemetry.crowds:
            self._place_crowd(crowd)

    def key(self, ref: Ref) -> ProcessKey:
        """The process that `ref`, a reference of a row or an alert, means."""
        return self._identities.key(ref)

    def is_exact(self, ref: Ref) -> bool:
        """True where a row gives the process exactly this creation time."""
        return self._identities.is_exact(ref)

    def name(self, key: ProcessKey | None) -> str:
        """The process's file name in lower case, "" where no row tells."""
        return self.names.get(key, "") if key is not None else ""

    def is_shared(self, key: ProcessKey) -> bool:
        """True where the process works for the whole machine: its other doings are no part of an alert."""
        return is_shared(key, self.name(key), self.name(self.parent.get(key)))

    def is_session_root(self, key: ProcessKey) -> bool:
        """True where the way up from a process ends."""
        return is_session_root(key, self.name(key))

    def is_known(self, key: ProcessKey) -> bool:
        """True where any row speaks of the process as created, as acting or as somebody's parent."""
        return any(key in rows for rows in (self.own, self.acts, self.crowds, self.children))

    def _place(self, sighting: Sighting) -> None:
        created = self.key(sighting.created) if sighting.created else None
        actor = self.key(sighting.actor) if sighting.actor else None
        if created is not None:
            self.own[created].append(sighting)
        elif actor is not None:
            self.acts[actor].append(sighting)
        for ref in (sighting.created, sighting.actor, sighting.starter):
            if ref is not None and ref.name:
                self.names.setdefault(self.key(ref), ref.name)

    def _parents(self, seen: Iterable[Sighting]) -> dict[ProcessKey, ProcessKey]:
        """Each process's parent: from its own creation row, else from what its later rows say."""
        told: dict[ProcessKey, ProcessKey] = {}
        implied: dict[ProcessKey, ProcessKey] = {}
        for sighting in seen:
            actor = self.key(sighting.actor) if sighting.actor else None
            starter = self.key(sighting.starter) if sighting.starter else None
            if sighting.created and actor is not None:
                created = self.key(sighting.created)
                if actor != created:  # else exec: the same process got a new image
                    told.setdefault(created, actor)
            if actor is not None and starter is not None and actor != starter:
                implied.setdefault(actor, starter)
        return implied | told

    def _place_crowd(self, crowd: Crowd) -> None:
        if crowd.actor is None:
            return
        of_process = self.crowds[self.key(crowd.actor)]
        before = of_process.get(crowd.table)
        if before is None or before.rows < crowd.rows:
            of_process[crowd.table] = crowd


def _of_crowds(crowds: Iterable[Crowd]) -> list[Sighting]:
    """What crowds say of processes: that their actors exist."""
    made = []
    for crowd in crowds:
        if crowd.actor is not None:
            event = Event(crowd.table, crowd.device_id, crowd.actor.created, "", "")
            made.append(Sighting(event, actor=crowd.actor))
    return made
