"""Two findings of one version of an alert as one: events only grow in number, and ties only get better."""

from collections.abc import Iterable

from shared.core.correlate.finding import Finding, Method, ProcessKey, ProcessNode, Status, TiedEvent

_TRUST = list(Method)


def merge(known: Finding | None, new: Finding) -> Finding:
    """`new` with everything that `known`, an earlier finding of the same version, had more or better.

    The query is left empty where both have a part in it: it must be written anew.
    """
    if known is None or known.status is not Status.CORRELATED:
        return new
    if new.status is not Status.CORRELATED:
        return known
    better, other = (known, new) if _TRUST.index(known.method) < _TRUST.index(new.method) else (new, known)
    events = _events(better.events, other.events)
    count = max(known.event_count, new.event_count, len(events))
    return Finding(
        alert_id=new.alert_id,
        status=Status.CORRELATED,
        method=better.method,
        confidence=max(better.confidence, other.confidence),
        reason=new.reason,
        detail=new.detail,
        anchors=_once((*better.anchors, *other.anchors)),
        nodes=_nodes(better.nodes, other.nodes),
        events=events,
        event_count=count,
        truncated=count > len(events),
        left_out=new.left_out,
        query="",
    )


def _events(better: Iterable[TiedEvent], other: Iterable[TiedEvent]) -> tuple[TiedEvent, ...]:
    found = {one.event.key: one for one in other}
    found |= {one.event.key: one for one in better}
    return tuple(sorted(found.values(), key=lambda one: one.event.order))


def _nodes(better: Iterable[ProcessNode], other: Iterable[ProcessNode]) -> tuple[ProcessNode, ...]:
    found = {node.key: node for node in other}
    for node in better:
        before = found.get(node.key)
        # A node whose creation row was seen says more than one known only from other rows.
        if before is None or before.is_inferred or not node.is_inferred:
            found[node.key] = node
    return tuple(sorted(found.values(), key=lambda node: (node.depth, node.key.created, node.key.pid)))


def _once(keys: Iterable[ProcessKey]) -> tuple[ProcessKey, ...]:
    return tuple(dict.fromkeys(keys))
