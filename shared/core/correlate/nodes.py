"""What the rows tell of each process of a tree."""

from collections.abc import Mapping

from shared.core.alert import Account
from shared.core.correlate.chain import Chain
from shared.core.correlate.finding import Cell, ProcessKey, ProcessNode
from shared.core.correlate.rows import Observation
from shared.core.correlate.telemetry import View
from shared.core.tables import ACTOR, CREATED, PROCESSES


def nodes_of(view: View, chain: Chain) -> tuple[ProcessNode, ...]:
    """One node a process of the chain, ancestors first, then by depth and age."""
    order = sorted(chain.depth.items(), key=lambda item: (item[1], item[0].created, item[0].pid))
    return tuple(_node(view, chain, key, depth) for key, depth in order)


def _node(view: View, chain: Chain, key: ProcessKey, depth: int) -> ProcessNode:
    own = view.own.get(key, [])
    row = own[-1].event.row if own else {}
    columns, parent = (CREATED if own else ACTOR), view.parent.get(key)
    if not own and (acts := view.acts.get(key) or _started(view, key)):
        row = acts[0].event.row
    return ProcessNode(
        key=key,
        depth=depth,
        parent=parent if parent in chain.depth else None,
        file_name=_text(row, columns.name) or (view.name(key) or None),
        folder_path=_text(row, columns.folder),
        command_line=_text(row, columns.command_line),
        sha1=_text(row, columns.sha1),
        sha256=_text(row, columns.sha256),
        account=_account(row, columns.account),
        is_anchor=key in chain.anchors,
        is_session_root=view.is_session_root(key),
        is_inferred=not own,
        images=tuple(name for one in own if (name := _text(one.event.row, CREATED.name))),
        children_left_out=_children_left_out(view, chain, key),
    )


def _started(view: View, key: ProcessKey) -> list[Observation]:
    """Creation rows of the process's children: they describe it too, as the one who acted."""
    return [one for child in view.children.get(key, ()) for one in view.own.get(child, ()) if one.actor]


def _children_left_out(view: View, chain: Chain, key: ProcessKey) -> int:
    if chain.depth[key] < 0 or key in chain.shared:
        return 0
    overflow = view.overflows.get(key, {}).get(PROCESSES)
    known = view.children.get(key, ())
    shown = sum(child in chain.depth for child in known)
    is_cut = view.is_shared(key) and shown and shown < len(known)
    return max(0, overflow.rows - shown) if overflow is not None else len(known) - shown if is_cut else 0


def _account(row: Mapping[str, Cell], prefix: str) -> Account | None:
    account = Account(
        name=_text(row, prefix + "Name"),
        domain=_text(row, prefix + "Domain"),
        sid=_text(row, prefix + "Sid"),
        object_id=_text(row, prefix + "ObjectId"),
        upn=_text(row, prefix + "Upn"),
    )
    return account if account != Account() else None


def _text(row: Mapping[str, Cell], column: str) -> str | None:
    cell = row.get(column)
    return str(cell) if cell is not None and cell != "" else None
