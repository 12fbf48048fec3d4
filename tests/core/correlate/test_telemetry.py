"""Rows by process: whose they are, who started whom, and what was only counted."""

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.rows import Observation, Overflow, Ref, read
from shared.core.correlate.telemetry import Telemetry
from tests.core.correlate.seen import counted, view
from tests.core.hunting.builders import DEVICE, START, by, row, started

PARENT = (30, START.plus(-60), "cmd.exe")
OWN = (4711, START, "Powershell.exe")
STARTER = (20, START.plus(-600), "Explorer.exe")


def _key(pid: int, after: float) -> ProcessKey:
    return ProcessKey(DEVICE, pid, START.plus(after))


PARENT_KEY, OWN_KEY, STARTER_KEY = _key(30, -60), _key(4711, 0), _key(20, -600)


def test_a_creation_row_is_the_new_process_own_and_nobodys_doing() -> None:
    seen = view([started(*OWN, PARENT)])
    assert {key: len(rows) for key, rows in seen.own.items()} == {OWN_KEY: 1}
    assert not seen.acts
    assert seen.parent == {OWN_KEY: PARENT_KEY}
    assert seen.children == {PARENT_KEY: [OWN_KEY]}
    assert seen.names == {OWN_KEY: "powershell.exe", PARENT_KEY: "cmd.exe"}


def test_any_other_row_is_the_actors_doing_and_tells_who_started_it() -> None:
    seen = view([row("DeviceFileEvents", START) | by(PARENT, STARTER)])
    assert {key: len(rows) for key, rows in seen.acts.items()} == {PARENT_KEY: 1}
    assert not seen.own
    assert seen.parent == {PARENT_KEY: STARTER_KEY}
    assert (seen.name(STARTER_KEY), seen.name(None), seen.name(_key(1, 0))) == ("explorer.exe", "", "")


def test_a_creation_row_tells_the_parent_better_than_later_rows() -> None:
    later = row("DeviceFileEvents", START.plus(1)) | by(OWN, STARTER)
    assert view([later, started(*OWN, PARENT)]).parent[OWN_KEY] == PARENT_KEY


def test_the_first_row_tells_the_parent() -> None:
    rows = [row("DeviceFileEvents", START.plus(n)) | by(OWN, one) for n, one in enumerate((PARENT, STARTER))]
    assert view(rows[::-1]).parent[OWN_KEY] == PARENT_KEY


def test_no_process_is_its_own_parent() -> None:
    assert not view([started(4711, START.plus(0.01), "b", OWN), started(*OWN)]).parent
    assert not view([row("DeviceFileEvents", START) | by(OWN, OWN)]).parent


def test_a_process_is_known_by_any_row_that_speaks_of_it() -> None:
    seen = view([started(*OWN, PARENT), row("DeviceFileEvents", START) | by(STARTER)])
    counts = view([counted("DeviceFileEvents", 5, **by(OWN))])
    assert [seen.is_known(key) for key in (OWN_KEY, PARENT_KEY, STARTER_KEY, _key(1, 0))] == [
        True,
        True,
        True,
        False,
    ]
    assert counts.is_known(OWN_KEY)


def test_the_greatest_count_of_a_process_and_table_stands() -> None:
    rows = [counted("DeviceFileEvents", count, **by(OWN)) for count in (5, 9, 7)]
    other = counted("DeviceNetworkEvents", 3, **by(OWN))
    found = view([*rows, other, counted("DeviceFileEvents", 99, Match="x")]).overflows
    assert {(key, table): each.rows for key, of in found.items() for table, each in of.items()} == {
        (OWN_KEY, "DeviceFileEvents"): 9,
        (OWN_KEY, "DeviceNetworkEvents"): 3,
    }
    # Counts come in no order: that each of many processes has its greatest last is no chance.
    many = [(pid, START, "x.exe") for pid in range(100, 108)]
    rows = [counted("DeviceFileEvents", count, **by(one)) for one in many for count in range(1, 6)]
    assert [of["DeviceFileEvents"].rows for of in view(rows).overflows.values()] == [5] * 8


def test_each_row_is_kept_once_and_the_first_one_stays() -> None:
    one = row("DeviceFileEvents", START, FileName="first")
    twice = (
        Telemetry()
        .plus([one])
        .plus([one | {"FileName": "second"}, counted("DeviceFileEvents", 5, Match="x")])
    )
    assert [each.event.row["FileName"] for each in twice.observations.values()] == ["first"]
    assert twice.plus([]).overflows == {Overflow("DeviceFileEvents", DEVICE, 5, None, "x")}


def test_a_service_is_shared_and_its_copy_for_one_session_is_not() -> None:
    daemon, session = (12, START.plus(-9), "SSHD"), (400, START, "sshd")
    seen = view([started(*session, daemon)])
    assert [seen.is_shared(_key(12, -9)), seen.is_shared(_key(400, 0))] == [True, False]
    assert seen.is_session_root(_key(400, 0))
    assert not view([started(*OWN)]).is_shared(OWN_KEY)


def test_a_row_is_read_whole_and_ours_is_no_part_of_it() -> None:
    cells = {"FileName": "a", "Empty": "", "None": None, "Zero": 0}
    cells |= {"Generation": 1, "Match": "x", "Rows": "no number", "First": "x", "Last": "x"}
    (one,) = read([row("DeviceFileEvents", START, ReportId=7, ActionType="Did", **cells) | by(OWN)])
    assert isinstance(one, Observation)
    event = one.event
    assert (event.table, event.device_id, event.time, event.report_id, event.action) == (
        "DeviceFileEvents", DEVICE, START, "7", "Did",
    )  # fmt: skip
    expected = {"FileName", "Zero", "Timestamp", "DeviceId", "ReportId", "ActionType", *by(OWN)}
    assert set(event.row) == expected
    assert event.key == ("DeviceFileEvents", DEVICE, START.ticks, "7")


def test_a_count_keeps_its_table_device_actor_and_match() -> None:
    (one,) = read([counted("DeviceFileEvents", 5, Match="x", **by(OWN))])
    assert one == Overflow("DeviceFileEvents", DEVICE, 5, Ref(DEVICE, 4711, START, "powershell.exe"), "x")


def test_a_row_without_device_time_or_credible_process_says_less() -> None:
    plain = row("DeviceFileEvents", START) | by(OWN)
    assert (
        list(read([plain | {"DeviceId": ""}, plain | {"Timestamp": None}, plain | {"Timestamp": "soon"}]))
        == []
    )
    good = row("DeviceFileEvents", START) | by(PARENT)
    assert len(list(read([plain | {"DeviceId": None}, good]))) == 1, "one bad row hides no good one"
    for bad in ({"InitiatingProcessId": None}, {"InitiatingProcessCreationTime": ""}):
        (one,) = read([plain | bad])
        assert isinstance(one, Observation) and one.actor is None
    for year, is_credible in (("1601-01-01T00:00:00Z", False), ("1990-01-01T00:00:00Z", True)):
        (one,) = read([plain | {"InitiatingProcessCreationTime": year}])
        assert isinstance(one, Observation) and (one.actor is not None) is is_credible
