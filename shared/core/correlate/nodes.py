"""What the rows tell of each process of a tree."""

from collections.abc import Sequence

from shared.core.correlate import asked
from shared.core.correlate.chain import Chain, follows
from shared.core.correlate.finding import Event, ProcessKey, ProcessNode, TiedEvent
from shared.core.correlate.rows import account_of, text_or_none
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.tables import ACTOR, CREATED, PROCESSES


def nodes_of(
    view: View, subject: Subject, chain: Chain, named: Sequence[TiedEvent]
) -> tuple[ProcessNode, ...]:
    """One node a process of the chain, ancestors first, then by depth and age; `named` are the rows that name
    what the alert names."""
    order = sorted(chain.depth.items(), key=lambda item: (item[1], item[0].created, item[0].pid))
    doings: dict[ProcessKey, Event] = {}
    for one in sorted(named, key=lambda one: one.event.time.ticks):
        if one.owner is not None and one.event.table != PROCESSES:
            doings.setdefault(one.owner, one.event)
    return tuple(_node(view, subject, chain, key, doings.get(key)) for key, _ in order)


def _node(view: View, subject: Subject, chain: Chain, key: ProcessKey, doing: Event | None) -> ProcessNode:
    depth = chain.depth[key]
    own = asked.own(view, key, depth)
    event = own[-1].event if own else _first_act(view, subject, chain, key) or doing
    row = event.row if event is not None else {}
    columns, parent = (CREATED if own else ACTOR), view.parent.get(key)
    return ProcessNode(
        key=key,
        depth=depth,
        parent=parent if parent in chain.depth else None,
        file_name=text_or_none(row, columns.name) or (view.name(key) or None),
        folder_path=text_or_none(row, columns.folder),
        command_line=text_or_none(row, columns.command_line),
        sha1=text_or_none(row, columns.sha1),
        sha256=text_or_none(row, columns.sha256),
        account=account_of(row, columns.account),
        is_anchor=key in chain.anchors,
        is_session_root=view.is_session_root(key),
        is_inferred=not own,
        images=tuple(name for one in own if (name := text_or_none(one.event.row, CREATED.name))),
        children_left_out=_children_left_out(view, subject, chain, key),
    )


def _first_act(view: View, subject: Subject, chain: Chain, key: ProcessKey) -> Event | None:
    """The first row that describes the process as the one who acted, of those that the alert asked for: where
    it is followed what it did, else what it started of the alert's own tree."""
    acts = asked.acts(view, subject, key).values() if follows(chain, key) else ()
    rows = [one for table in acts for one in table.rows] or asked.started(view, key, chain.depth)
    return min((one.event for one in rows), key=lambda event: event.order, default=None)


def _children_left_out(view: View, subject: Subject, chain: Chain, key: ProcessKey) -> int:
    if chain.depth[key] < 0 or key in chain.shared:
        return 0
    known = [child for child in view.children.get(key, ()) if child.created in subject.span]
    shown = sum(child in chain.depth for child in known)
    if counted := asked.count(view, subject, key, PROCESSES):
        return max(0, counted - shown)
    return len(known) - shown if view.is_shared(key) and shown and shown < len(known) else 0
