"""The processes around an alert's own, what they did, and what of it is shown."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from shared.core.correlate.finding import ProcessKey, TiedEvent
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation
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


def chain_of(
    view: View, subject: Subject, anchors: Sequence[ProcessKey], named: Set[ProcessKey], policy: HuntPolicy
) -> Chain:
    """The trees around `anchors`, as far as the telemetry seen so far reaches.

    A name alone never makes a process of the tree one of the whole machine: not where the alert names it, nor
    where it was started inside the tree. Where evidence led to one, it is shown and nothing is followed. Of
    very many children of a process with such a name, those nearest to the alert are followed.
    """
    shared = frozenset(key for key in anchors if key not in named and view.is_shared(key))

    def parent(key: ProcessKey) -> ProcessKey | None:
        is_end = view.is_session_root(key) and key not in anchors
        return None if is_end else view.parent.get(key)

    def children(key: ProcessKey) -> Iterable[ProcessKey]:
        if key in shared:
            return ()
        started = [child for child in view.children.get(key, ()) if child.created in subject.span]
        if len(started) <= policy.shared_children or not view.is_shared(key):
            return started
        started.sort(key=lambda child: (not _proves(view, child), _away(child, subject), child.pid))
        return started[: policy.shared_children]

    found = depths(anchors, children, parent, policy.max_depth)
    proofs = _with_way_up(view, found) if len(found) > policy.max_nodes else frozenset()
    order = sorted(
        found.items(),
        key=lambda item: (item[0] not in proofs, abs(item[1]), item[1] > 0, item[0].created, item[0].pid),
    )
    kept = dict(order[: policy.max_nodes])
    return Chain(kept, tuple(anchors), shared, proofs & kept.keys(), len(found) - len(kept))


def _away(key: ProcessKey, subject: Subject) -> int:
    return abs(key.created.ticks - subject.near.ticks)


def _proves(view: View, key: ProcessKey) -> bool:
    """True where a row of the process, or of what it did, is one that a verdict would stand on."""
    rows = (*view.own.get(key, ()), *view.acts.get(key, ()))
    return any(view.proves(one.event) for one in rows)


def way_to_proofs(view: View, chain: Chain) -> Set[ProcessKey]:
    """Processes of the chain that prove something, and those between them and the alert's own."""
    return chain.kept or _with_way_up(view, chain.depth)


def _with_way_up(view: View, found: Mapping[ProcessKey, int]) -> frozenset[ProcessKey]:
    """Processes of the tree that prove something, and those between them and the alert's own."""
    kept: set[ProcessKey] = set()
    for key, depth in found.items():
        above: ProcessKey | None = key if depth >= 0 and _proves(view, key) else None
        while above is not None and above not in kept and found.get(above, -1) >= 0:
            kept.add(above)
            above = view.parent.get(above)
    return frozenset(kept)


def follows(chain: Chain, key: ProcessKey) -> bool:
    """True where what the process did belongs to the alert, not only that it was started."""
    return chain.depth[key] >= 0 and key not in chain.shared


def shown_events(view: View, subject: Subject, chain: Chain, policy: HuntPolicy) -> Shown:
    """Every event of the chain, of each process and table at most so many, the nearest to the alert first."""
    events: list[TiedEvent] = []
    counted, left_out = 0, []
    for key, depth in chain.depth.items():
        own = view.own.get(key, ())
        events += [TiedEvent(one.event, tie_of(depth), depth, key) for one in own]
        counted += len(own)
        if not follows(chain, key):
            continue
        span = subject.span
        for table, observations in _by_table(view.acts.get(key, ())).items():
            inside = [one for one in observations if one.event.time in span]
            kept = nearest(view, inside, subject, policy.process_rows)
            overflow = view.overflows.get(key, {}).get(table)
            true_count = max(len(inside), overflow.rows if overflow else 0)
            counted += true_count
            if len(kept) < true_count:
                left_out.append(f"{true_count - len(kept)} rows of {table} by one process")
            events += [TiedEvent(one.event, tie_of(depth), depth, key) for one in kept]
        started = view.overflows.get(key, {}).get(PROCESSES)
        missing = started.rows - len(view.children.get(key, ())) if started else 0
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


def nearest(
    view: View, observations: Iterable[Observation], subject: Subject, most: int
) -> list[Observation]:
    """At most `most` of them in time order: what proves harm, then those nearest to the alert in time."""
    kept = list(observations)
    if len(kept) > most:
        kept.sort(
            key=lambda one: (
                not view.proves(one.event),
                abs(one.event.time.ticks - subject.near.ticks),
                one.event.key,
            )
        )
        kept = kept[:most]
    return sorted(kept, key=lambda one: (one.event.time, one.event.key))


def _by_table(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    tables: dict[str, list[Observation]] = {}
    for one in observations:
        tables.setdefault(one.event.table, []).append(one)
    return tables
