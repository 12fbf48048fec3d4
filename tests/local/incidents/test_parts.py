"""The generator's own parts: moments, pids and the truth's idea of a chain."""

from local.incidents.chance import Chance
from local.incidents.clock import SECOND, at, cut, show
from local.incidents.estate import DEVICES
from local.incidents.pids import MARGIN, Pids
from local.incidents.programs import program
from local.incidents.recorder import Recorder
from local.incidents.truth import chain, direct
from local.incidents.world import SYSTEM, Process


def test_moments_keep_seven_digits_and_drop_trailing_zeros() -> None:
    for text in ("2026-11-24T07:41:09.6162564Z", "2026-11-24T07:41:09.2Z", "2026-11-24T07:41:09Z"):
        assert show(at(text)) == text
    assert show(cut(at("2026-11-24T06:48:44.594155"), 2)) == "2026-11-24T06:48:44.59Z"


def test_a_pid_is_free_again_only_a_margin_after_its_end() -> None:
    pids, device = Pids(), DEVICES[0]
    assert pids.claim(device, 400, 100 * SECOND, 200 * SECOND)
    assert not pids.claim(device, 400, 150 * SECOND, 160 * SECOND)
    assert not pids.claim(device, 400, 200 * SECOND + MARGIN - 1, 300 * SECOND)
    assert pids.claim(device, 400, 200 * SECOND + MARGIN, 300 * SECOND)
    assert pids.claim(DEVICES[1], 400, 150 * SECOND, 160 * SECOND)


def test_the_chain_goes_up_to_the_sessions_root_and_down_with_all_events() -> None:
    record, top, root, middle, anchor, child = _family()
    rows = chain([anchor])
    assert [row for row in rows if row.owner is root] == root.births
    assert [row for row in rows if row.owner is middle] == middle.births
    assert middle.events and not set(map(id, middle.events)) & set(map(id, rows))
    assert {id(row) for row in anchor.births + anchor.events + child.births + child.events} <= set(
        map(id, rows)
    )
    assert not any(row.owner is top for row in rows)
    assert len(rows) == len(record.rows) - len(middle.events) - 2  # nor the sibling of the anchor, nor top


def test_direct_rows_are_one_step_around_the_process() -> None:
    _, _, _, middle, anchor, child = _family()
    rows = direct([anchor])
    assert {id(row) for row in rows} == {
        id(row) for row in (*middle.births, *anchor.births, *anchor.events, *child.births)
    }


def test_exec_keeps_the_process_and_adds_a_creation() -> None:
    record, *_, anchor, _ = _family()
    before = anchor.created
    record.exec(anchor, program("windows", "reg.exe"), "reg.exe", at=before + SECOND, digits=2)
    first, second = anchor.births
    assert second.columns["ProcessId"] == second.columns["InitiatingProcessId"] == first.columns["ProcessId"]
    assert second.columns["ProcessCreationTime"] != first.columns["ProcessCreationTime"]
    assert abs(at(str(second.columns["ProcessCreationTime"])) - before) < SECOND // 1_000


def _family() -> tuple[Recorder, Process, Process, Process, Process, Process]:
    """A root's parent, the root, a shell with an event, the anchor, its child; the anchor has a sibling."""
    record = Recorder(Chance(1))
    shell, start = program("windows", "cmd.exe"), at("2026-11-24T08:00:00.1234567")
    none = record.start(None, shell, "none", at=start, device=DEVICES[0], account=SYSTEM)
    top = record.start(none, shell, "top", at=start + SECOND)
    root = record.start(top, shell, "root", at=start + 2 * SECOND, is_root=True)
    middle = record.start(root, shell, "middle", at=start + 3 * SECOND)
    record.image_load(middle, start + 4 * SECOND, program("windows", "amsi.dll"))
    anchor = record.start(middle, shell, "anchor", at=start + 5 * SECOND)
    record.network(anchor, start + 6 * SECOND, ip="192.0.2.1")
    child = record.start(anchor, shell, "child", at=start + 7 * SECOND)
    record.network(child, start + 8 * SECOND, ip="192.0.2.1")
    record.start(middle, shell, "sibling", at=start + 9 * SECOND)
    return record, top, root, middle, anchor, child
