"""The processes around an alert's own, what they did, and what of it is shown."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from shared.core.correlate import asked
from shared.core.correlate.finding import ProcessKey, TiedEvent
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.correlate.tree import depths
from shared.core.tables import PROCESSES


@dataclass(frozen=True, slots=True)
class Chain:
    """The alert's trees: the depth of every process, 0 for anchors.

    `shared` are the processes of which nothing is followed: those that work for the whole machine and that
    evidence led to, not the alert itself. `kept` are those that hold what proves harm, with the way up from
    there; `left_out` counts the processes beyond the most that an alert may have.
    """

    depth: Mapping[ProcessKey, int]
    anchors: tuple[ProcessKey, ...] = ()
    shared: Set[ProcessKey] = frozenset()
    kept: Set[ProcessKey] = frozenset()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """The events of a chain that are kept. `counted` is how many there are in truth."""

    events: tuple[TiedEvent, ...]
    counted: int
    left_out: tuple[str, ...] = ()


def chain_of(view: View, subject: Subject, anchors: Sequence[ProcessKey], named: Set[ProcessKey]) -> Chain:
    """The trees around `anchors`, as far as the telemetry seen so far reaches.

    A name alone never makes a process of the tree one of the whole machine: not where the alert names it, nor
    where it was started inside the tree. Where evidence led to one, it is shown and nothing is followed. Of
    very many children of a process with such a name, those nearest to the alert are followed.
    """
    shared = frozenset(key for key in anchors if key not in named and view.is_shared(key))

    climb = _Climb(view, frozenset(anchors))

    def children(key: ProcessKey) -> Iterable[ProcessKey]:
        if key in shared:
            return ()
        started = _started(view, subject, key)
        if len(started) <= view.policy.shared_children or not view.is_shared(key):
            return started
        started.sort(key=lambda child: (not _began_with_proof(view, child), _away(child, subject), child.pid))
        return started[: view.policy.shared_children]

    found = depths(anchors, children, climb.parent, view.policy.max_depth)
    proofs = _with_way_up(view, subject, found) if len(found) > view.policy.max_nodes else frozenset()
    order = sorted(
        found.items(),
        key=lambda item: (item[0] not in proofs, abs(item[1]), item[1] > 0, item[0].created, item[0].pid),
    )
    kept = dict(order[: view.policy.max_nodes])
    return Chain(kept, tuple(anchors), shared, proofs & kept.keys(), len(found) - len(kept))


class _Climb:
    """The way up from the anchors. Of a process above them that has no creation row only that is believed
    which the row of the process below says: the rest of what is known of it others have asked for."""

    def __init__(self, view: View, anchors: Set[ProcessKey]) -> None:
        self._view = view
        self._anchors = anchors
        self._below: dict[ProcessKey, ProcessKey] = {}

    def parent(self, key: ProcessKey) -> ProcessKey | None:
        """The next one up; None where the way ends."""
        view, below = self._view, self._below.get(key)
        if view.is_session_root(key) and key not in self._anchors:
            return None
        if below is None or key in self._anchors or asked.own(view, key, -1):
            above = view.parent.get(key)
        else:
            told = asked.started(view, key, {below: 0})
            starter = next((one.starter for one in told if one.starter is not None), None)
            above = view.key(starter) if starter is not None else None
        if above is not None:
            self._below[above] = key
        return above


def _started(view: View, subject: Subject, key: ProcessKey) -> list[ProcessKey]:
    """What the process started in the alert's time; where it is very much, those nearest to the alert."""
    children = [child for child in view.children.get(key, ()) if child.created in subject.span]
    if not asked.count(view, subject, key, PROCESSES):
        return children
    rows = (one for child in children for one in asked.started(view, key, {child: 1}))
    near = asked.nearest(
        (one for one in rows if one.event.time in subject.span), subject.near, view.policy.process_rows
    )
    kept = {view.key(one.created) for one in near if one.created is not None}
    return [child for child in children if child in kept]


def _began_with_proof(view: View, key: ProcessKey) -> bool:
    """True where the process's own creation is a thing that a verdict would stand on. What it did is asked
    for after it was chosen, so that it has no part in the choice."""
    return any(view.proves(one.event) for one in view.own.get(key, ()))


def _away(key: ProcessKey, subject: Subject) -> int:
    return abs(key.created.ticks - subject.near.ticks)


def _proves(view: View, subject: Subject, key: ProcessKey) -> bool:
    """True where a row of the process, or of what it did, is one that a verdict would stand on."""
    acts = (one for table in asked.acts(view, subject, key).values() for one in table.rows)
    return any(view.proves(one.event) for one in (*view.own.get(key, ()), *acts))


def way_to_proofs(view: View, subject: Subject, chain: Chain) -> Set[ProcessKey]:
    """Processes of the chain that prove something, and those between them and the alert's own."""
    return chain.kept or _with_way_up(view, subject, chain.depth)


def _with_way_up(view: View, subject: Subject, found: Mapping[ProcessKey, int]) -> frozenset[ProcessKey]:
    """Processes of the tree that prove something, and those between them and the alert's own."""
    kept: set[ProcessKey] = set()
    for key, depth in found.items():
        above: ProcessKey | None = key if depth >= 0 and _proves(view, subject, key) else None
        while above is not None and above not in kept and found.get(above, -1) >= 0:
            kept.add(above)
            above = view.parent.get(above)
    return frozenset(kept)


def follows(chain: Chain, key: ProcessKey) -> bool:
    """True where what the process did belongs to the alert, not only that it was started."""
    return chain.depth[key] >= 0 and key not in chain.shared


def shown_events(view: View, subject: Subject, chain: Chain) -> Shown:
    """Every event of the chain, of each process and table at most so many, the nearest to the alert first."""
    events: list[TiedEvent] = []
    counted, left_out = 0, []
    for key, depth in chain.depth.items():
        own = asked.own(view, key, depth)
        events += [TiedEvent(one.event, tie_of(depth), depth, key) for one in own]
        counted += len(own)
        if not follows(chain, key):
            continue
        for table, acts in asked.acts(view, subject, key).items():
            counted += acts.count
            if len(acts.rows) < acts.count:
                left_out.append(f"{acts.count - len(acts.rows)} rows of {table} by one process")
            events += [TiedEvent(one.event, tie_of(depth), depth, key) for one in acts.rows]
        started = asked.count(view, subject, key, PROCESSES)
        missing = started - len(_started(view, subject, key)) if started else 0
        if missing > 0:
            counted += missing
            left_out.append(f"{missing} processes that one process started")
    return Shown(tuple(events), counted, tuple(left_out))


def tie_of(depth: int) -> str:
    """The word for how a process at this depth is tied to the alert."""
    if depth == 0:
        return "own"
    if depth > 0:
        return "child" if depth == 1 else "descendant"
    return "parent" if depth == -1 else "ancestor"
