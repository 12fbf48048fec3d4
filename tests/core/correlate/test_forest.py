"""Random process forests against a plain reference that knows who started whom."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.correlate.finding import ProcessKey
from shared.core.hunting import Case
from shared.core.values.instant import Instant
from tests.core.hunting.builders import DEVICE, START, Row, alert, by, hunted, process, row, started

PIDS = (11, 12, 13, 14)
SPACING = 7  # seconds between creations: a pid is never given out again within the tolerance


@dataclass
class Born:
    """One process of a forest."""

    pid: int
    at: Instant
    parent: int | None
    name: str
    has_row: bool
    execs: int
    acts: bool
    cut: int  # sub-second digits that other rows print of its creation time
    children: list[int] = field(default_factory=list)

    @property
    def printed(self) -> Instant:
        unit = 10 ** (7 - self.cut)
        return Instant(self.at.ticks // unit * unit)

    @property
    def named(self) -> tuple[int, Instant, str]:
        return (self.pid, self.printed, self.name)


@st.composite
def forests(draw: st.DrawFn) -> list[Born]:
    made: list[Born] = []
    for number in range(draw(st.integers(1, 14))):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        made.append(
            Born(
                pid=draw(st.sampled_from(PIDS)),
                at=START.plus(number * SPACING + draw(st.integers(0, 1_999_999)) / 1e6),
                parent=parent,
                name=f"p{number}.exe",
                has_row=draw(st.integers(0, 9)) > 1,
                execs=draw(st.sampled_from((0, 0, 0, 1, 2))),
                acts=draw(st.booleans()),
                cut=draw(st.sampled_from((7, 7, 3, 2))),
            )
        )
        if parent is not None:
            made[parent].children.append(number)
    return made


def rows_of(forest: list[Born]) -> list[Row]:
    rows = []
    for one in forest:
        parent = forest[one.parent] if one.parent is not None else None
        above = forest[parent.parent] if parent is not None and parent.parent is not None else None
        who = by(parent.named if parent else None, above.named if above else None)
        if one.has_row:
            rows.append(started(one.pid, one.at, one.name) | who)
            for count in range(one.execs):
                again = one.at.plus((count + 1) * 0.00003)
                own = by(one.named, parent.named if parent else None)
                rows.append(started(one.pid, again, f"exec{count}.exe") | own)
        if one.acts:
            rows.append(
                row("DeviceFileEvents", one.at.plus(1), **by(one.named, parent.named if parent else None))
            )
    return rows


def tells_parent(forest: list[Born], number: int) -> bool:
    """True where some row says who started the process: its own, its activities', or its children's."""
    one = forest[number]
    return one.has_row or one.acts or any(forest[child].has_row for child in one.children)


def is_spoken_of(forest: list[Born], number: int) -> bool:
    one = forest[number]
    return tells_parent(forest, number) or any(tells_parent(forest, child) for child in one.children)


def reference(forest: list[Born], anchor: int) -> dict[int, int]:
    """Depths by plain recursion over what the generator knows and the rows tell."""
    found: dict[int, int] = {}

    def down(number: int, depth: int) -> None:
        found[number] = depth
        for child in forest[number].children:
            if tells_parent(forest, child):
                down(child, depth + 1)

    if not is_spoken_of(forest, anchor):
        return found
    down(anchor, 0)
    depth, at = -1, anchor
    while tells_parent(forest, at):
        above = forest[at].parent
        if above is None:
            break
        found[above] = depth
        depth, at = depth - 1, above
    return found


def number_of(forest: list[Born], key: ProcessKey) -> int:
    """Which process of the forest the key can only mean."""
    near = [
        number
        for number, one in enumerate(forest)
        if one.pid == key.pid and abs(one.at.ticks - key.created.ticks) < 1_000_000
    ]
    assert len(near) == 1
    return near[0]


@settings(max_examples=80, deadline=None)
@given(forests(), st.data())
def test_the_tree_is_the_one_that_the_processes_made(forest: list[Born], data: st.DataObject) -> None:
    anchor = data.draw(st.integers(0, len(forest) - 1))
    one = forest[anchor]
    exact = one.at if one.has_row else one.printed
    case = Case(alert(process(one.pid, exact, one.name)))
    finding = hunted([case], rows_of(forest))["da1_1"]

    found = {number_of(forest, node.key): node.depth for node in finding.nodes}
    assert len(found) == len(finding.nodes)
    assert found == reference(forest, anchor)
    for node in finding.nodes:
        created = forest[number_of(forest, node.key)]
        assert node.is_inferred == (not created.has_row)
        if node.parent is not None:
            assert number_of(forest, node.parent) == created.parent
        if created.has_row:
            assert len(node.images) == 1 + created.execs


@settings(max_examples=80, deadline=None)
@given(forests(), st.data())
def test_every_event_shown_is_the_doing_of_the_tree(forest: list[Born], data: st.DataObject) -> None:
    anchor = data.draw(st.integers(0, len(forest) - 1))
    one = forest[anchor]
    case = Case(alert(process(one.pid, one.at if one.has_row else one.printed, one.name)))
    finding = hunted([case], rows_of(forest))["da1_1"]
    depths = reference(forest, anchor)
    expected = sorted(
        [forest[number].name for number, depth in depths.items() if depth >= 0 and forest[number].acts]
    )
    assert (
        sorted(
            str(tied.event.row["InitiatingProcessFileName"])
            for tied in finding.events
            if tied.event.table == "DeviceFileEvents"
        )
        == expected
    )
    creations = sum(1 + forest[number].execs for number in depths if forest[number].has_row)
    assert sum(tied.event.table == "DeviceProcessEvents" for tied in finding.events) == creations
    assert finding.event_count == len(finding.events)


def test_a_process_that_claims_its_own_grandchild_as_parent_hangs_nothing() -> None:
    first, second, third = ((pid, START.plus(pid), f"p{pid}.exe") for pid in (11, 12, 13))
    rows = [
        started(*first[:2], first[2], third),
        started(*second[:2], second[2], first),
        started(*third[:2], third[2], second),
    ]
    finding = hunted([Case(alert(process(12, second[1], second[2])))], rows)["da1_1"]
    assert {node.key.pid: node.depth for node in finding.nodes} == {12: 0, 13: 1, 11: 2}


def test_a_process_on_another_device_is_no_part_of_the_tree() -> None:
    rows = [
        started(11, START, "a.exe"),
        started(12, START.plus(1), "b.exe", (11, START, "a.exe"), DeviceId="b" * 40),
    ]
    finding = hunted([Case(alert(process(11, START, "a.exe")))], rows)["da1_1"]
    assert [node.key for node in finding.nodes] == [ProcessKey(DEVICE, 11, START)]
