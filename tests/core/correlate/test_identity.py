from hypothesis import given
from hypothesis import strategies as st

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.identity import Identities
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Ref, read
from tests.core.hunting.builders import DEVICE, OTHER_DEVICE, START, Row, by, row, started

NO_REFS: list[Ref] = []


def observations(*rows: Row) -> list[Observation]:
    return [one for one in read(rows) if isinstance(one, Observation)]


def ref(pid: int, after: float = 0.0, name: str = "a.exe", device: str = DEVICE) -> Ref:
    return Ref(device, pid, START.plus(after), name)


def meant(rows: list[Observation], wanted: Ref, tolerance: float = 2.0) -> ProcessKey:
    return Identities(rows, [wanted], HuntPolicy(tolerance_s=tolerance)).key(wanted)


def test_an_exact_time_beats_a_nearer_name() -> None:
    rows = observations(started(7, START, "other.exe"), started(7, START.plus(0.5), "a.exe"))
    assert meant(rows, ref(7)).created == START


def test_within_the_tolerance_the_nearest_process_of_the_same_name_is_meant() -> None:
    rows = observations(
        started(7, START.plus(-1.5), "a.exe"),
        started(7, START.plus(1.0), "a.exe"),
        started(7, START.plus(-0.5), "b.exe"),
    )
    assert meant(rows, ref(7)).created == START.plus(1.0)


def test_a_name_that_disagrees_is_another_process() -> None:
    rows = observations(started(7, START.plus(1.0), "b.exe"))
    assert meant(rows, ref(7)).created == START


def test_a_missing_name_agrees_with_any() -> None:
    rows = observations(started(7, START.plus(1.0), "b.exe"))
    assert meant(rows, ref(7, name="")).created == START.plus(1.0)


def test_beyond_the_tolerance_the_same_pid_is_another_process() -> None:
    rows = observations(started(7, START.plus(2.1), "a.exe"))
    assert meant(rows, ref(7)).created == START
    assert meant(rows, ref(7), tolerance=3.0).created == START.plus(2.1)


def test_the_same_pid_on_another_device_is_another_process() -> None:
    rows = observations(started(7, START, "a.exe"))
    assert meant(rows, ref(7, device=OTHER_DEVICE)).device_id == OTHER_DEVICE


def test_exec_keeps_the_process_however_its_clock_is_printed() -> None:
    created, cut = START, START.plus(-0.0034567)
    rows = observations(
        started(7, created, "sh", (1, START.plus(-50), "launchd")),
        started(7, created.plus(0.0000312), "bash", (7, cut, "sh")),
        started(7, created.plus(0.0000519), "python3", (7, cut, "bash")),
    )
    identities = Identities(rows, NO_REFS, HuntPolicy())
    keys = {identities.key(one.created) for one in rows if one.created}
    keys |= {identities.key(one.actor) for one in rows if one.actor and one.actor.pid == 7}
    assert len(keys) == 1


def test_a_clock_cut_to_two_digits_names_the_same_process() -> None:
    rows = observations(
        started(7, START, "sh"), row("DeviceFileEvents", START, **by((7, START.plus(-0.0034567), "sh")))
    )
    identities = Identities(rows, NO_REFS, HuntPolicy())
    assert rows[1].actor is not None
    assert identities.key(rows[1].actor).created == START


def test_exactness_means_a_row_with_all_seven_digits() -> None:
    rows = observations(started(7, START, "a.exe"))
    near = ref(7, 0.0000001)
    identities = Identities(rows, [ref(7), near], HuntPolicy())
    assert identities.is_exact(ref(7))
    assert not identities.is_exact(near)
    assert identities.key(near) == identities.key(ref(7))


def test_an_alert_alone_makes_no_time_exact() -> None:
    assert not Identities([], [ref(7)], HuntPolicy()).is_exact(ref(7))


@given(st.permutations(range(6)))
def test_the_order_of_rows_decides_nothing(order: list[int]) -> None:
    rows = [
        started(7, START, "a.exe", (9, START.plus(-90), "p.exe")),
        started(7, START.plus(1.2), "b.exe", (9, START.plus(-90), "p.exe")),
        started(8, START.plus(3), "c.exe", (7, START.plus(0.9), "b.exe")),
        started(8, START.plus(4.1), "d.exe", (7, START.plus(0.3), "")),
        row("DeviceFileEvents", START, **by((7, START.plus(0.6), "a.exe"))),
        row("DeviceFileEvents", START, **by((7, START.plus(-30), "a.exe"))),
    ]
    found = observations(*rows)
    straight = Identities(found, NO_REFS, HuntPolicy())
    mixed = Identities([found[index] for index in order], NO_REFS, HuntPolicy())
    refs = [one for seen in found for one in (seen.created, seen.actor) if one]
    assert [mixed.key(one) for one in refs] == [straight.key(one) for one in refs]


def test_exec_joins_creation_times_that_lie_within_the_tolerance() -> None:
    rows = observations(
        started(7, START, "sh", (1, START.plus(-50), "launchd")),
        started(7, START.plus(0.6), "bash", (7, START, "sh")),
    )
    identities = Identities(rows, NO_REFS, HuntPolicy())
    assert len({identities.key(one.created) for one in rows if one.created}) == 1


def test_a_parent_whose_pid_the_child_took_over_later_is_not_exec() -> None:
    rows = observations(
        started(7, START, "sh", (1, START.plus(-50), "launchd")),
        started(7, START.plus(60), "bash", (7, START, "sh")),
    )
    identities = Identities(rows, NO_REFS, HuntPolicy())
    assert len({identities.key(one.created) for one in rows if one.created}) == 2
