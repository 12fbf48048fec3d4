"""The processes around an alert's own, what they did, and what of it is shown."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from shared.core.correlate.finding import ProcessKey, TiedEvent
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation
from shared.core.correlate.subject import Span, Subject
from shared.core.correlate.telemetry import View
from shared.core.correlate.tree import depths
from shared.core.tables import PROCESSES


@dataclass(frozen=True, slots=True)
class Chain:
    """The alert's trees: the depth of every process, 0 for anchors.

    `named` are the anchors that the alert itself names; `left_out` counts the processes beyond the most
    that an alert may have.
    """

    depth: Mapping[ProcessKey, int]
    anchors: tuple[ProcessKey, ...] = ()
    named: Set[ProcessKey] = frozenset()
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

    Processes that serve the whole machine are shown, but nothing is followed from them.
    """

    def parent(key: ProcessKey) -> ProcessKey | None:
        is_end = view.is_session_root(key) and key not in anchors
        return None if is_end else view.parent.get(key)

    def children(key: ProcessKey) -> Iterable[ProcessKey]:
        if view.is_shared(key):
            return ()
        return (child for child in view.children.get(key, ()) if _was_created_in(view, child, subject.span))

    found = depths(anchors, children, parent, policy.max_depth)
    kept = sorted(found.items(), key=lambda item: (abs(item[1]), item[1] > 0, item[0].created, item[0].pid))
    kept = kept[: policy.max_nodes]
    return Chain(dict(kept), tuple(anchors), named, len(found) - len(kept))


def follows(view: View, chain: Chain, key: ProcessKey) -> bool:
    """True where what the process did belongs to the alert, not only that it was started."""
    if chain.depth[key] < 0:
        return False
    return key in chain.named or not view.is_shared(key)


def shown_events(view: View, subject: Subject, chain: Chain, policy: HuntPolicy) -> Shown:
    """Every event of the chain, of each process and table at most so many, the nearest to the alert first."""
    events: list[TiedEvent] = []
    counted, left_out = 0, []
    for key, depth in chain.depth.items():
        own = view.own.get(key, ())
        events += [TiedEvent(one.event, tie_of(depth), depth, key) for one in own]
        counted += len(own)
        if not follows(view, chain, key):
            continue
        span = subject.mention_span if view.is_shared(key) else subject.span
        for table, observations in _by_table(view.acts.get(key, ())).items():
            inside = [one for one in observations if one.event.time in span]
            kept = nearest(inside, subject, policy.process_rows)
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


def nearest(observations: Iterable[Observation], subject: Subject, most: int) -> list[Observation]:
    """At most `most` of them, those nearest to the alert in time, in time order."""
    kept = list(observations)
    if len(kept) > most:
        kept.sort(key=lambda one: (abs(one.event.time.ticks - subject.near.ticks), one.event.key))
        kept = kept[:most]
    return sorted(kept, key=lambda one: (one.event.time, one.event.key))


def _was_created_in(view: View, key: ProcessKey, span: Span) -> bool:
    own = view.own.get(key)
    return own is None or any(one.event.time in span for one in own)


def _by_table(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    tables: dict[str, list[Observation]] = {}
    for one in observations:
        tables.setdefault(one.event.table, []).append(one)
    return tables
