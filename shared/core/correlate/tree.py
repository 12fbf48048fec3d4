"""Trees of processes that nothing in the telemetry can hang: each process once, loops and all."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from shared.core.correlate.finding import ProcessKey, ProcessNode


def depths[K: Hashable](
    anchors: Sequence[K],
    children: Callable[[K], Iterable[K]],
    parent: Callable[[K], K | None],
    max_depth: int,
) -> dict[K, int]:
    """Each process's distance from the nearest anchor: 0 an anchor, above below, ancestors negative.

    Descendants are placed first: what an anchor started is never an ancestor, not even in a loop.
    `parent` gives None where the way up ends, `children` nothing where the way down does.
    """
    found: dict[K, int] = dict.fromkeys(anchors, 0)
    waiting = deque(found)
    while waiting:
        key = waiting.popleft()
        if found[key] >= max_depth:
            continue
        for child in children(key):
            if child not in found:
                found[child] = found[key] + 1
                waiting.append(child)
    for anchor in anchors:
        above, depth = parent(anchor), -1
        while above is not None and above not in found and depth >= -max_depth:
            found[above] = depth
            above, depth = parent(above), depth - 1
    return found


def walk(nodes: Iterable[ProcessNode]) -> list[tuple[int, ProcessNode]]:
    """The nodes as a printed tree, each with its indent (0 a root): parents first, children by age."""
    by_key = {node.key: node for node in nodes}
    below: dict[ProcessKey | None, list[ProcessNode]] = {}
    for node in by_key.values():
        parent = node.parent if node.parent in by_key and node.parent != node.key else None
        below.setdefault(parent, []).append(node)
    for siblings in below.values():
        siblings.sort(key=_age)
    placed: dict[ProcessKey, int] = {}
    _descend(below.get(None, []), below, placed)
    while len(placed) < len(by_key):  # a loop has no root: it begins at its oldest process
        left = [node for node in by_key.values() if node.key not in placed]
        _descend([min(left, key=_age)], below, placed)
    return [(indent, by_key[key]) for key, indent in placed.items()]


def _descend(
    roots: Sequence[ProcessNode],
    below: Mapping[ProcessKey | None, list[ProcessNode]],
    placed: dict[ProcessKey, int],
) -> None:
    waiting = [(0, node) for node in reversed(roots)]
    while waiting:
        indent, node = waiting.pop()
        if node.key in placed:
            continue
        placed[node.key] = indent
        waiting += [(indent + 1, child) for child in reversed(below.get(node.key, []))]


def _age(node: ProcessNode) -> tuple[int, str, int]:
    return (node.key.created.ticks, node.key.device_id, node.key.pid)
