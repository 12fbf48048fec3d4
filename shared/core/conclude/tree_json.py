"""The process tree as JSON: a flat list, parents before children, for tables, tickets and the report page."""

import json
from collections import defaultdict
from collections.abc import Iterable

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.context import AlertContext, ProcessIds
from shared.core.correlate import ProcessKey, ProcessNode
from shared.core.detections import decoded

MAX_CHARACTERS = 30_000


def process_ids(context: AlertContext) -> dict[ProcessKey, str]:
    """The name of each process within this alert: p0, p1 … in the order of device, time and pid."""
    return {key: f"p{index}" for index, key in enumerate(sorted(context.nodes, key=_order))}


def process_tree(context: AlertContext, behaviours: Iterable[Behaviour], ids: ProcessIds) -> str:
    """The nodes, nearest to the alert's process first to be kept where the text would grow over 30,000
    characters; what was left out is counted in a last entry. A node on which behaviours stand names them."""
    seen: dict[ProcessKey, dict[str, None]] = defaultdict(dict)
    for one in behaviours:
        if one.owner is not None:
            seen[one.owner][one.title] = None
    shows = {key: list(titles) for key, titles in seen.items()}
    nearest = sorted(
        context.nodes.values(), key=lambda node: (node.key not in shows, abs(node.depth), node.key.created)
    )
    kept: list[tuple[ProcessNode, dict[str, object]]] = []
    size = 100
    for node in nearest:
        entry = _entry(context, node, ids, shows)
        size += len(json.dumps(entry)) + 1
        if size > MAX_CHARACTERS:
            break
        kept.append((node, entry))
    kept.sort(key=lambda one: (one[0].depth, one[0].key.created))
    entries = [entry for _, entry in kept]
    left_out = len(nearest) - len(kept)
    tail: list[dict[str, object]] = [{"left_out": left_out}] if left_out else []
    return json.dumps([*entries, *tail], ensure_ascii=True, separators=(",", ":"))


def _order(key: ProcessKey) -> tuple[str, int, int]:
    return (key.device_id, key.created.ticks, key.pid)


def _entry(
    context: AlertContext, node: ProcessNode, ids: ProcessIds, shows: dict[ProcessKey, list[str]]
) -> dict[str, object]:
    layers = decoded(node.command_line)
    entry: dict[str, object] = {
        "id": ids[node.key],
        "parent": ids.get(node.parent, "") if node.parent else "",
        "depth": node.depth,
        "pid": node.key.pid,
        "created": node.key.created.text(),
        "name": node.file_name or "",
        "path": node.folder_path or "",
        "command": (node.command_line or "")[:2_000],
        "account": (node.account.name or "") if node.account else "",
        "sha1": node.sha1 or "",
        "device": context.device(node.key.device_id),
        "device_id": node.key.device_id,
    }
    marks: dict[str, object] = {
        "alert": node.is_anchor,
        "root": node.is_session_root,
        "inferred": node.is_inferred,
        "images": list(node.images) if len(node.images) > 1 else None,
        "children_left_out": node.children_left_out,
        "behaviours": shows.get(node.key, [])[:20],
        "decoded": layers[-1].text[:2_000] if layers else None,
    }
    return entry | {name: value for name, value in marks.items() if value}
