"""What is told of each process of a tree, and from which row."""

from dataclasses import replace

import pytest

from shared.core.alert.model import Account
from shared.core.correlate.chain import chain_of
from shared.core.correlate.finding import Cell, ProcessKey, ProcessNode, TiedEvent
from shared.core.correlate.nodes import nodes_of
from shared.core.correlate.policy import HuntPolicy
from tests.core.correlate.seen import counted, subject, view
from tests.core.hunting.builders import DEVICE, POLICY, START, Row, by, process, row, started

PARENT = (30, START.plus(-60), "cmd.exe")
OWN = (4711, START, "powershell.exe")
CHILD = (40, START.plus(1), "a.exe")
SUBJECT = subject(process())


def _key(pid: int, after: float) -> ProcessKey:
    return ProcessKey(DEVICE, pid, START.plus(after))


def _cells(prefix: str, command: str) -> dict[str, Cell]:
    who = {f"{prefix}Account{part}": part.lower() for part in ("Name", "Domain", "Sid", "ObjectId", "Upn")}
    return {
        **who,
        f"{prefix}FolderPath": "C:\\Temp",
        command: "said",
        f"{prefix}SHA1": "1" * 40,
        f"{prefix}SHA256": "2" * 64,
    }


TOLD: dict[str, object] = {
    "folder_path": "C:\\Temp",
    "command_line": "said",
    "sha1": "1" * 40,
    "sha256": "2" * 64,
    "account": Account("name", "domain", "sid", "objectid", "upn"),
}


def _nodes(rows: list[Row], policy: HuntPolicy = POLICY) -> dict[int, ProcessNode]:
    seen = view(rows, SUBJECT, policy)
    anchor = (_key(4711, 0),)
    chain = chain_of(seen, SUBJECT, anchor, frozenset(anchor))
    return {node.key.pid: node for node in nodes_of(seen, SUBJECT, chain, ())}


def test_a_process_is_told_by_its_own_creation_row() -> None:
    found = _nodes([started(*OWN, PARENT) | _cells("", "ProcessCommandLine")])
    assert found[4711] == ProcessNode(
        key=_key(4711, 0),
        depth=0,
        parent=_key(30, -60),
        file_name="powershell.exe",
        is_anchor=True,
        images=("powershell.exe",),
        **TOLD,  # type: ignore[arg-type]
    )


def test_a_process_without_creation_row_is_told_by_what_it_did() -> None:
    acts = row(
        "DeviceFileEvents", START.plus(1), **_cells("InitiatingProcess", "InitiatingProcessCommandLine")
    )
    found = _nodes([acts | by(OWN, PARENT)])
    assert found[4711] == ProcessNode(
        key=_key(4711, 0),
        depth=0,
        parent=_key(30, -60),
        file_name="powershell.exe",
        is_anchor=True,
        is_inferred=True,
        **TOLD,  # type: ignore[arg-type]
    )
    assert found[30] == ProcessNode(key=_key(30, -60), depth=-1, file_name="cmd.exe", is_inferred=True)


def test_a_process_that_did_nothing_else_is_told_by_what_it_started() -> None:
    cells = _cells("InitiatingProcess", "InitiatingProcessCommandLine")
    found = _nodes([started(*CHILD, OWN) | cells])
    assert found[4711] == ProcessNode(
        key=_key(4711, 0), depth=0, file_name="powershell.exe", is_anchor=True, is_inferred=True, **TOLD  # type: ignore[arg-type]
    )  # fmt: skip
    assert (found[40].parent, found[40].is_anchor, found[40].account) == (_key(4711, 0), False, None)


def test_a_process_of_which_nothing_else_is_asked_for_is_told_by_the_first_row_of_the_evidence() -> None:
    own = (4711, START, "svchost.exe")
    rows = [
        row("DeviceFileEvents", START.plus(at), InitiatingProcessCommandLine=f"at {at}") | by(own)
        for at in (3, 1, 2)
    ]
    seen, key = view(rows, SUBJECT), _key(4711, 0)
    chain = chain_of(seen, SUBJECT, (key,), frozenset())
    named = [TiedEvent(one.event, "evidence-hash", None, key) for one in seen.acts[key]]
    (node,) = nodes_of(seen, SUBJECT, chain, named[::-1])
    assert (node.command_line, node.is_inferred) == ("at 1", True)
    assert nodes_of(seen, SUBJECT, chain, ())[0].command_line is None


def test_after_an_exec_the_last_image_is_told_and_all_are_named() -> None:
    rows = [started(*OWN), started(4711, START.plus(0.01), "python3", OWN)]
    found = _nodes(rows)[4711]
    assert (found.file_name, found.images) == ("python3", ("powershell.exe", "python3"))
    assert found.command_line == "python3 -x"


def test_a_session_root_is_marked_and_its_parent_is_not_shown() -> None:
    root = (20, START.plus(-600), "explorer.exe")
    found = _nodes(
        [started(*root, (2, START.plus(-900), "x")), started(*PARENT, root), started(*OWN, PARENT)]
    )
    assert [(pid, node.depth, node.is_session_root) for pid, node in found.items()] == [
        (20, -2, True), (30, -1, False), (4711, 0, False),
    ]  # fmt: skip
    assert found[20].parent is None


def test_nodes_come_by_depth_then_age_then_pid() -> None:
    rows = [started(pid, START.plus(after), "a.exe", OWN) for pid, after in ((9, 2), (8, 2), (7, 1))]
    assert list(_nodes([started(*CHILD, (7, START.plus(1), "a.exe")), started(*OWN), *rows])) == [
        4711,
        7,
        8,
        9,
        40,
    ]


def test_children_that_were_only_counted_are_said_to_be_left_out() -> None:
    rows = [started(*PARENT), started(*OWN, PARENT), started(*CHILD, OWN)]
    rows += [counted("DeviceProcessEvents", 9, **by(one)) for one in (PARENT, OWN)]
    found = _nodes(rows)
    assert [found[pid].children_left_out for pid in (4711, 30, 40)] == [8, 0, 0]
    fewer = _nodes([*rows[:3], counted("DeviceProcessEvents", 0, **by(OWN))])
    assert fewer[4711].children_left_out == 0
    files = _nodes([*rows[:3], counted("DeviceFileEvents", 9, **by(OWN))])
    assert files[4711].children_left_out == 0


def test_children_are_left_out_as_they_were_counted_in_the_alerts_own_time() -> None:
    few = replace(POLICY, process_rows=5)
    span = SUBJECT.activity_span(START, POLICY.tolerance_s)
    own = {"First": span.first.text(), "Last": span.last.text()}
    rows = [started(*OWN), started(*CHILD, OWN), counted("DeviceProcessEvents", 90, **by(OWN))]
    assert _nodes(rows, few)[4711].children_left_out == 89
    for count, left_out in ((7, 6), (6, 5), (5, 0)):  # where five or fewer are there, they are sent
        in_time = counted("DeviceProcessEvents", count, **by(OWN), **own)
        assert _nodes([*rows, in_time], few)[4711].children_left_out == left_out


@pytest.mark.parametrize(
    ("name", "followed", "left_out"),
    [("svchost.exe", 2, 3), ("svchost.exe", 4, 1), ("svchost.exe", 5, 0), ("powershell.exe", 2, 0)],
)
def test_children_that_are_not_followed_are_left_out_of_a_process_of_the_whole_machine(
    name: str, followed: int, left_out: int
) -> None:
    own = (4711, START, name)
    rows = [started(*own), *(started(100 + n, START.plus(n), "x.exe", own) for n in range(5))]
    found = _nodes(rows, replace(POLICY, shared_children=followed))
    assert (found[4711].children_left_out, found[100].children_left_out) == (left_out, 0)


def test_children_beyond_the_most_of_a_tree_are_counted_for_the_tree_alone() -> None:
    rows = [started(*OWN), *(started(100 + n, START.plus(n), "x.exe", OWN) for n in range(5))]
    assert _nodes(rows, replace(POLICY, max_nodes=3))[4711].children_left_out == 0
    root = [one | {"FileName": "svchost.exe"} for one in rows[:1]] + rows[1:]
    left_out = [_nodes(root, replace(POLICY, max_nodes=n))[4711].children_left_out for n in (1, 2, 6)]
    assert left_out == [0, 4, 0], "none, where none of them is shown"


def test_numbers_are_told_as_text_and_empty_cells_not_at_all() -> None:
    found = _nodes([started(*OWN, FolderPath="", SHA1=None, SHA256=5)])[4711]
    assert (found.folder_path, found.sha1, found.sha256, found.account) == (None, None, "5", None)
