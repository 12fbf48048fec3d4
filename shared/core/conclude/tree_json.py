"""The process tree as JSON: a flat list, parents before children, for tables, tickets and the report page."""

import json

from shared.core.conclude.decode import decoded
from shared.core.conclude.scene import Scene
from shared.core.correlate import ProcessKey, ProcessNode

MAX_CHARACTERS = 30_000


def process_tree(scene: Scene) -> str:
    """The nodes, nearest to the alert's process first to be kept where the text would grow over 30,000
    characters; what was left out is counted in a last entry."""
    ids = {key: f"p{index}" for index, key in enumerate(sorted(scene.nodes, key=_order))}
    nearest = sorted(scene.nodes.values(), key=lambda node: (abs(node.depth), node.key.created))
    kept: list[ProcessNode] = []
    size = 100
    for node in nearest:
        size += len(json.dumps(_entry(node, ids))) + 1
        if size > MAX_CHARACTERS:
            break
        kept.append(node)
    entries = [_entry(node, ids) for node in sorted(kept, key=lambda node: (node.depth, node.key.created))]
    left_out = len(nearest) - len(kept)
    tail: list[dict[str, object]] = [{"left_out": left_out}] if left_out else []
    return json.dumps([*entries, *tail], ensure_ascii=True, separators=(",", ":"))


def _order(key: ProcessKey) -> tuple[str, int, int]:
    return (key.device_id, key.created.ticks, key.pid)


def _entry(node: ProcessNode, ids: dict[ProcessKey, str]) -> dict[str, object]:
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
    }
    marks: dict[str, object] = {
        "alert": node.is_anchor,
        "root": node.is_session_root,
        "inferred": node.is_inferred,
        "images": list(node.images) if len(node.images) > 1 else None,
        "children_left_out": node.children_left_out,
        "decoded": layers[-1].text[:2_000] if layers else None,
    }
    return entry | {name: value for name, value in marks.items() if value}
