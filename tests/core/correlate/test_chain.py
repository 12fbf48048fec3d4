"""The trees around an alert's processes: how far they reach, and which events of them are shown."""

from dataclasses import replace

import pytest

from shared.core.correlate.chain import Chain, chain_of, shown_events, tie_of, way_to_proofs
from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.values.instant import Instant
from tests.core.correlate.seen import counted, subject, view
from tests.core.hunting.builders import DEVICE, POLICY, START, Row, by, process, row, started

INIT = (2, START.plus(-900), "systemd")
ROOT = (20, START.plus(-600), "explorer.exe")
PARENT = (30, START.plus(-60), "cmd.exe")
OWN = (4711, START, "powershell.exe")
CHILD = (40, START.plus(1), "a.exe")
GRANDCHILD = (50, START.plus(2), "b.exe")
ROWS: list[Row] = [
    started(*ROOT, INIT),
    started(*PARENT, ROOT),
    started(*OWN, PARENT),
    started(*CHILD, OWN),
    started(*GRANDCHILD, CHILD),
    started(41, START.plus(3), "c.exe", OWN),
    started(31, START.plus(3), "other.exe", PARENT),
]
SUBJECT = subject(process())


def _key(one: tuple[int, Instant, str]) -> ProcessKey:
    return ProcessKey(DEVICE, one[0], one[1])


def _chain(
    seen: View,
    *anchors: ProcessKey,
    of: Subject = SUBJECT,
    is_named: bool = True,
) -> Chain:
    keys = anchors or (_key(OWN),)
    return chain_of(seen, of, keys, frozenset(keys if is_named else ()))


def _depths(chain: Chain) -> dict[int, int]:
    return {key.pid: depth for key, depth in chain.depth.items()}


def test_the_tree_goes_up_to_the_session_and_down_to_the_last_child() -> None:
    chain = _chain(view(ROWS, SUBJECT))
    assert _depths(chain) == {4711: 0, 30: -1, 20: -2, 40: 1, 41: 1, 50: 2}
    assert (chain.anchors, chain.shared, chain.left_out) == ((_key(OWN),), frozenset(), 0)


def test_a_session_root_that_is_the_alerts_own_is_followed_up() -> None:
    found = _depths(_chain(view(ROWS, SUBJECT), _key(ROOT)))
    assert {pid: depth for pid, depth in found.items() if depth <= 0} == {20: 0, 2: -1}
    assert {pid for pid, depth in found.items() if depth == 1} == {30}, "and down, since the alert names it"


def test_of_a_parent_without_creation_row_only_the_row_of_its_child_says_who_started_it() -> None:
    others = row("DeviceFileEvents", START) | by(PARENT, ROOT)  # which another alert asked for
    assert _depths(_chain(view([started(*OWN, PARENT), others], SUBJECT))) == {4711: 0, 30: -1}
    own = started(*OWN) | by(PARENT, ROOT)
    assert _depths(_chain(view([own], SUBJECT))) == {4711: 0, 30: -1, 20: -2}
    told = [started(*OWN, PARENT), started(*PARENT, ROOT)]
    assert _depths(_chain(view(told, SUBJECT))) == {4711: 0, 30: -1, 20: -2}


def test_the_trunk_is_kept_first_then_what_is_near_it_then_what_is_older() -> None:
    pids = [4711, 30, 40, 41, 20, 50]
    for most in range(1, 7):
        chain = _chain(view(ROWS, SUBJECT, replace(POLICY, max_nodes=most)))
        assert list(_depths(chain)) == pids[:most]
        assert chain.left_out == 6 - most


def test_the_tree_is_as_deep_as_it_may_be() -> None:
    shallow = _chain(view(ROWS, SUBJECT, replace(POLICY, max_depth=1)))
    assert _depths(shallow) == {4711: 0, 30: -1, 40: 1, 41: 1}


def test_a_child_of_another_day_is_not_the_alerts() -> None:
    late = started(60, START.plus(5 + 86_401), "late.exe", OWN)
    in_time = started(61, START.plus(86_400), "in-time.exe", OWN)
    no_row = row("DeviceFileEvents", START.plus(9)) | by((62, START.plus(8), "d.exe"), OWN)
    assert _depths(_chain(view([*ROWS[:3], late, in_time, no_row], SUBJECT))).keys() == {4711, 30, 20, 61, 62}


@pytest.mark.parametrize(
    ("depth", "word"),
    [(0, "own"), (1, "child"), (2, "descendant"), (3, "descendant"), (-1, "parent"), (-2, "ancestor")],
)
def test_each_depth_has_its_word(depth: int, word: str) -> None:
    assert tie_of(depth) == word


def test_what_a_parent_did_is_not_shown_and_what_started_it_is() -> None:
    acts = [row("DeviceFileEvents", START.plus(4), FileName=one[2]) | by(one) for one in (PARENT, OWN, CHILD)]
    seen = view([*ROWS, *acts], SUBJECT)
    shown = shown_events(seen, SUBJECT, _chain(seen))
    told = [(one.event.table[6:10], one.event.row["FileName"], one.tie, one.depth) for one in shown.events]
    assert sorted(told, key=str) == sorted(
        [
            ("File", "a.exe", "child", 1),
            ("File", "powershell.exe", "own", 0),
            ("Proc", "a.exe", "child", 1),
            ("Proc", "b.exe", "descendant", 2),
            ("Proc", "c.exe", "child", 1),
            ("Proc", "cmd.exe", "parent", -1),
            ("Proc", "explorer.exe", "ancestor", -2),
            ("Proc", "powershell.exe", "own", 0),
        ],
        key=str,
    )
    assert {one.owner.pid for one in shown.events if one.owner} == {4711, 30, 20, 40, 41, 50}
    assert (shown.counted, shown.left_out) == (8, ())


SERVICE = (70, START.plus(-9_000), "taskhostw.exe")


@pytest.mark.parametrize(
    ("is_named", "at", "is_shown"),
    [(True, 9, True), (True, 3_700, True), (False, 9, False)],
)
def test_what_a_service_did_is_the_alerts_only_where_the_alert_names_it(
    is_named: bool, at: float, is_shown: bool
) -> None:
    seen = view([row("DeviceFileEvents", START.plus(at)) | by(SERVICE)])
    chain = _chain(seen, _key(SERVICE), is_named=is_named)
    assert bool(shown_events(seen, SUBJECT, chain).events) is is_shown


def test_a_service_is_followed_only_where_the_alert_names_it_or_its_own_tree_started_it() -> None:
    seen = view([started(71, START, "x.exe", SERVICE)])
    assert _depths(_chain(seen, _key(SERVICE))) == {70: 0, 71: 1}
    assert _depths(_chain(seen, _key(SERVICE), is_named=False)) == {70: 0}
    below = (72, START.plus(1), "svchost.exe")
    seen = view([*ROWS, started(*below, OWN), started(73, START.plus(2), "y.exe", below)], SUBJECT)
    assert _depths(_chain(seen)).items() >= {(72, 1), (73, 2)}


def test_of_very_many_children_of_a_service_the_nearest_and_what_proves_harm_are_followed() -> None:
    rows = [started(100 + n, START.plus(n), "x.exe", SERVICE) for n in range(6)]
    few = replace(POLICY, shared_children=2)
    assert _depths(_chain(view(rows, policy=few), _key(SERVICE))).keys() == {70, 100, 101}
    seen = view(rows, policy=few)
    seen.proves = lambda event: event.row.get("ProcessId") == 105
    assert _depths(_chain(seen, _key(SERVICE))).keys() == {70, 100, 105}


def test_what_proves_harm_and_the_way_to_it_outlast_any_number_of_siblings() -> None:
    chain_of_shells = [(200 + n, START.plus(n), "cmd.exe") for n in range(40)]
    nested = [
        started(*own, above) for above, own in zip([OWN, *chain_of_shells], chain_of_shells, strict=False)
    ]
    junk = [started(1_000 + n, START.plus(1), "junk.exe", OWN) for n in range(60)]
    seen = view([*ROWS, *nested, *junk], SUBJECT, replace(POLICY, max_nodes=50))
    seen.proves = lambda event: event.row.get("ProcessId") == 239
    found = _depths(_chain(seen))
    assert found[239] == 40
    assert set(range(200, 240)) <= found.keys()


def test_the_way_from_a_proof_ends_where_the_tree_does() -> None:
    for depth, pids in ((0, {4711}), (1, {4711, 40, 41}), (2, {4711, 40, 41, 50})):
        seen = view(ROWS, SUBJECT, replace(POLICY, max_depth=depth))
        seen.proves = lambda event: True
        assert {key.pid for key in way_to_proofs(seen, SUBJECT, _chain(seen))} == pids


def test_rows_too_many_are_counted_by_table_and_the_nearest_kept() -> None:
    files = [row("DeviceFileEvents", START.plus(n), FileName=str(n)) | by(OWN) for n in range(5)]
    others = [row("DeviceNetworkEvents", START.plus(n)) | by(OWN) for n in range(2)]
    early = row("DeviceFileEvents", START.plus(-86_401)) | by(OWN)
    seen = view([*ROWS[2:3], *files, *others, early], SUBJECT, replace(POLICY, process_rows=2))
    shown = shown_events(seen, SUBJECT, _chain(seen))
    assert [one.event.row["FileName"] for one in shown.events if one.event.table == "DeviceFileEvents"] == [
        "0",
        "1",
    ]
    assert (shown.counted, shown.left_out) == (8, ("3 rows of DeviceFileEvents by one process",))


def test_rows_that_were_only_counted_count() -> None:
    seen = view([*ROWS[2:3], counted("DeviceFileEvents", 900, **by(OWN))], SUBJECT)
    shown = shown_events(seen, SUBJECT, _chain(seen))
    assert shown.counted == 1, "no row of the table is there, so nothing of it is shown or counted"
    near = row("DeviceFileEvents", START) | by(OWN)
    seen = view([*ROWS[2:3], near, counted("DeviceFileEvents", 900, **by(OWN))], SUBJECT)
    shown = shown_events(seen, SUBJECT, _chain(seen))
    assert (shown.counted, shown.left_out) == (901, ("899 rows of DeviceFileEvents by one process",))


@pytest.mark.parametrize(("rows", "counts", "words"), [(2, 5, ()), (3, 6, (1,)), (9, 12, (7,))])
def test_children_that_were_only_counted_count(rows: int, counts: int, words: tuple[int, ...]) -> None:
    seen = view([*ROWS[2:6], counted("DeviceProcessEvents", rows, **by(OWN))], SUBJECT)
    shown = shown_events(seen, SUBJECT, _chain(seen))
    assert shown.counted == counts - 1
    assert shown.left_out == tuple(f"{each} processes that one process started" for each in words)
