from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from shared.core.correlate.tree import depths

LINKS = st.dictionaries(st.integers(0, 12), st.integers(0, 12), max_size=13)
ANCHORS = st.lists(st.integers(0, 12), min_size=1, max_size=4, unique=True)


def placed(parents: dict[int, int], anchors: list[int], max_depth: int = 99) -> dict[int, int]:
    children = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    return depths(anchors, lambda key: children[key], parents.get, max_depth)


def test_depth_counts_from_the_nearest_anchor() -> None:
    chain = {2: 1, 3: 2, 4: 3, 5: 4}
    assert placed(chain, [3]) == {3: 0, 4: 1, 5: 2, 2: -1, 1: -2}
    assert placed(chain, [2, 4]) == {2: 0, 4: 0, 3: 1, 5: 1, 1: -1}


def test_depth_ends_where_it_is_told_to() -> None:
    chain = {n + 1: n for n in range(20)}
    found = placed(chain, [10], max_depth=3)
    assert set(found) == {7, 8, 9, 10, 11, 12, 13}


@given(LINKS, ANCHORS)
def test_no_loop_can_hang_a_tree_and_everything_related_is_in_it(
    parents: dict[int, int], anchors: list[int]
) -> None:
    found = placed(parents, anchors)
    assert all(found[anchor] == 0 for anchor in anchors)
    below = set(anchors)
    for _ in parents:
        below |= {child for child, parent in parents.items() if parent in below}
    assert {key for key, depth in found.items() if depth >= 0} == below
    above = set()
    for anchor in anchors:
        at = anchor
        for _ in range(15):
            at = parents.get(at, at)
            if at in below:
                break
            above.add(at)
    assert {key for key, depth in found.items() if depth < 0} >= above
