"""Rows received so far, and the same rows indexed by the process they speak of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.correlate.finding import Cell, Event, ProcessKey
from shared.core.correlate.identity import Identities
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Overflow, Ref, read
from shared.core.correlate.shared_parents import is_session_root, is_shared
from shared.core.correlate.span import Span

type EventKey = tuple[str, str, int, str]
type Proves = Callable[[Event], bool]
"""True for an event that a verdict would stand on."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Every row received, each once, and the overflows that were only counted."""

    observations: Mapping[EventKey, Observation] = field(default_factory=dict)
    overflows: frozenset[Overflow] = frozenset()

    def plus(self, rows: Iterable[Mapping[str, Cell]]) -> "Telemetry":
        """With these rows of an answer too."""
        observations, overflows = dict(self.observations), set(self.overflows)
        for found in read(rows):
            if isinstance(found, Overflow):
                overflows.add(found)
            else:
                observations.setdefault(found.event.key, found)
        return Telemetry(observations, frozenset(overflows))


def proves_nothing(event: Event) -> bool:
    """What is asked of events where no detections are at hand."""
    return False


class View:
    """Telemetry by process. `named` are the processes that alerts name; `proves` tells an event that a
    verdict would stand on, which is kept before all others where not all can be."""

    def __init__(
        self, telemetry: Telemetry, named: Iterable[Ref], policy: HuntPolicy, proves: Proves = proves_nothing
    ) -> None:
        self.telemetry = telemetry
        self.policy = policy
        self.proves = proves
        seen = sorted(telemetry.observations.values(), key=lambda one: one.event.order)
        self._identities = Identities([*seen, *_of_overflows(telemetry.overflows)], named, policy)
        self.own: dict[ProcessKey, list[Observation]] = defaultdict(list)
        self.acts: dict[ProcessKey, list[Observation]] = defaultdict(list)
        self.parent: dict[ProcessKey, ProcessKey] = {}
        self.children: dict[ProcessKey, list[ProcessKey]] = defaultdict(list)
        self.names: dict[ProcessKey, str] = {}
        self.overflows: dict[ProcessKey, dict[str, Overflow]] = defaultdict(dict)
        self.counts: dict[ProcessKey, dict[str, dict[Span, int]]] = defaultdict(dict)
        self._by_device: dict[str, list[Observation]] = defaultdict(list)
        self._place(seen)
        for overflow in telemetry.overflows:
            self._place_overflow(overflow)

    def key(self, ref: Ref) -> ProcessKey:
        """The process that `ref`, a reference of a row or an alert, means."""
        return self._identities.key(ref)

    def keys(self, ref: Ref) -> tuple[ProcessKey, ...]:
        """Every process that `ref`, a reference of an alert, may mean, the surest first."""
        return self._identities.keys(ref)

    def is_exact(self, ref: Ref) -> bool:
        """True where a row gives the process exactly this creation time."""
        return self._identities.is_exact(ref)

    def name(self, key: ProcessKey | None) -> str:
        """The process's file name in lower case, "" where no row tells."""
        return self.names.get(key, "") if key is not None else ""

    def of_device(self, device_id: str) -> Sequence[Observation]:
        """All rows of a device, in the order of time."""
        return self._by_device.get(device_id, ())

    def is_shared(self, key: ProcessKey) -> bool:
        """True where the process works for the whole machine: its other doings are no part of an alert."""
        return is_shared(key, self.name(key), self.name(self.parent.get(key)))

    def is_session_root(self, key: ProcessKey) -> bool:
        """True where the way up from a process ends."""
        return is_session_root(key, self.name(key))

    def is_known(self, key: ProcessKey) -> bool:
        """True where any row speaks of the process as created, as acting or as somebody's parent."""
        return any(key in rows for rows in (self.own, self.acts, self.overflows, self.children))

    def _place(self, seen: Iterable[Observation]) -> None:
        """Rows, names and parents, in one pass. A parent is whom the process's own creation row says, else
        whom its later rows say."""
        told: dict[ProcessKey, ProcessKey] = {}
        implied: dict[ProcessKey, ProcessKey] = {}
        for observation in seen:
            self._by_device[observation.event.device_id].append(observation)
            created, actor, starter = (
                self._named(ref) for ref in (observation.created, observation.actor, observation.starter)
            )
            if created is not None:
                self.own[created].append(observation)
                if actor is not None and actor != created:  # else exec: the same process got a new image
                    told.setdefault(created, actor)
            elif actor is not None:
                self.acts[actor].append(observation)
            if actor is not None and starter is not None and actor != starter:
                implied.setdefault(actor, starter)
        self.parent = implied | told
        for child, parent in self.parent.items():
            self.children[parent].append(child)

    def _named(self, ref: Ref | None) -> ProcessKey | None:
        """The process that a row's reference means, its name noted where it is the first."""
        if ref is None:
            return None
        key = self.key(ref)
        if ref.name:
            self.names.setdefault(key, ref.name)
        return key

    def _place_overflow(self, overflow: Overflow) -> None:
        if overflow.actor is None:
            return
        if overflow.asked is not None:
            of_table = self.counts[self.key(overflow.actor)].setdefault(overflow.table, {})
            of_table[overflow.asked] = overflow.rows
            return
        of_process = self.overflows[self.key(overflow.actor)]
        before = of_process.get(overflow.table)
        if before is None or before.rows < overflow.rows:
            of_process[overflow.table] = overflow


def _of_overflows(overflows: Iterable[Overflow]) -> list[Observation]:
    """What overflows say of processes: that their actors exist."""
    made = []
    for overflow in overflows:
        if overflow.actor is not None:
            event = Event(overflow.table, overflow.device_id, overflow.actor.created, "", "")
            made.append(Observation(event, actor=overflow.actor))
    return made
