"""Trees of processes that nothing in the telemetry can hang: each process once, loops and all."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence


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
