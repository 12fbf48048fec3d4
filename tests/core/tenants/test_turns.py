"""Whose turn it is, and what a turn leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.core.tenants import TenantRow, states, turns
from shared.core.tenants.turns import Lane, Running, Standing, TurnPolicy

NOW = datetime(2026, 11, 24, 10, 7, tzinfo=UTC)
POLICY = TurnPolicy()
ROW = TenantRow("acme", "id", is_further=True, last_success=NOW, etag="e")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_the_oldest_success_comes_first_and_who_backs_off_not_at_all() -> None:
    rows = {
        "new": Standing(replace(ROW, name="new", last_success=None)),
        "old": Standing(replace(ROW, name="old"), last=ago(30)),
        "by row": Standing(replace(ROW, name="by row", last_success=ago(20))),
        "young": Standing(replace(ROW, name="young"), last=ago(10)),
        "off": Standing(replace(ROW, name="off", next_fetch=NOW + timedelta(seconds=1))),
        "on": Standing(replace(ROW, name="on", next_fetch=NOW), last=ago(5)),
    }
    order = [each.row.name for each in turns.in_order(rows.values(), NOW)]
    assert order == ["new", "old", "by row", "young", "on"]


def test_those_that_failed_are_new_or_were_slow_take_no_thread_of_the_others() -> None:
    assert turns.lane_of(Standing(ROW)) is Lane.WELL
    for suspect in (
        Standing(replace(ROW, failures=1)),
        Standing(replace(ROW, state="pending")),
        Standing(ROW, was_slow=True),
    ):
        assert turns.lane_of(suspect) is Lane.SUSPECT
    suspects = [Running(Lane.SUSPECT, NOW)] * POLICY.suspect_threads
    assert not turns.may_begin(Lane.SUSPECT, suspects, NOW, POLICY)
    assert turns.may_begin(Lane.WELL, suspects, NOW, POLICY)
    well = [Running(Lane.WELL, NOW)] * POLICY.threads
    assert not turns.may_begin(Lane.WELL, well, NOW, POLICY)
    assert turns.may_begin(Lane.SUSPECT, well, NOW, POLICY)


def test_a_turn_that_became_slow_makes_room_up_to_a_bound() -> None:
    slow = [Running(Lane.WELL, ago(POLICY.slow_after))] * POLICY.threads
    assert turns.may_begin(Lane.WELL, slow, NOW, POLICY)
    every = [Running(Lane.WELL, ago(60))] * POLICY.threads_at_most
    assert not turns.may_begin(Lane.WELL, every, NOW, POLICY)
    assert not turns.may_begin(Lane.SUSPECT, every, NOW, POLICY)


def test_suspects_that_hang_keep_no_new_tenant_waiting_and_take_no_thread_of_those_that_are_well() -> None:
    hanging = [Running(Lane.SUSPECT, ago(POLICY.slow_after))] * POLICY.suspect_threads
    assert turns.may_begin(Lane.SUSPECT, hanging, NOW, POLICY)
    most = [Running(Lane.SUSPECT, ago(60))] * (POLICY.threads_at_most - POLICY.threads)
    assert not turns.may_begin(Lane.SUSPECT, most, NOW, POLICY)
    well = [Running(Lane.WELL, NOW)] * (POLICY.threads - 1)
    assert turns.may_begin(Lane.WELL, [*most, *well], NOW, POLICY)


def test_a_failure_waits_from_one_minute_to_thirty_and_as_long_as_the_service_asks() -> None:
    row, waits = ROW, []
    for _ in range(8):
        row = turns.failed(row, "x" * 900, NOW, POLICY)
        assert row.next_fetch is not None
        waits.append((row.next_fetch - NOW).total_seconds())
    assert waits == [60, 120, 240, 480, 960, 1_800, 1_800, 1_800]
    assert (row.failures, len(row.last_error)) == (8, 300)
    asked = turns.failed(ROW, "429", NOW, POLICY, wait=300).next_fetch
    assert asked == NOW + timedelta(seconds=300)
    assert turns.failed(ROW, "429", NOW, POLICY, wait=10**9).next_fetch == NOW + timedelta(seconds=1_800)


def test_a_success_is_written_where_it_changes_something_and_else_once_an_hour() -> None:
    assert turns.succeeded(ROW, NOW) is None
    for changed in (replace(ROW, failures=3), replace(ROW, state="pending"), replace(ROW, last_error="x")):
        row = turns.succeeded(changed, NOW)
        assert row is not None
        assert (row.state, row.failures, row.last_error, row.last_success) == ("active", 0, "", NOW)
    assert turns.succeeded(replace(ROW, last_success=None), NOW) is not None
    assert turns.succeeded(replace(ROW, last_success=ago(3_601)), NOW) is not None


def test_a_look_is_asked_for_until_it_was_taken() -> None:
    assert not turns.wants_check(ROW)
    asked = replace(ROW, check_asked=NOW)
    assert turns.wants_check(asked)
    done = turns.checked(asked, ("graph:licence",), NOW)
    assert (done.checked, turns.wants_check(done)) == (("graph:licence",), False)
    assert turns.wants_check(replace(done, check_asked=NOW + timedelta(seconds=1)))


@given(st.text(max_size=40), st.integers(0, 7_200))
def test_every_tenant_has_its_slot_once_an_hour(name: str, offset: int) -> None:
    start = NOW + timedelta(seconds=offset)
    runs = [start + timedelta(seconds=15 * n) for n in range(241)]
    had = [turns.had_slot(name, before, now) for before, now in pairwise(runs)]
    assert sum(had) == 1


def test_no_turn_can_write_any_more_when_its_tenant_may_be_purged() -> None:
    """Its last call may take a minute with all its tries, and what it brought some to be written."""
    assert POLICY.turn_for + 300 <= states.PURGE_AFTER.total_seconds()


def test_slots_are_spread_over_the_hour() -> None:
    slots = [turns.slot_of(f"tenant-{n}") for n in range(200)]
    assert set(slots) <= set(range(240))
    assert max(slots.count(slot) for slot in slots) <= 6


BOXES = st.dictionaries(st.text(max_size=3), st.integers(0, 600), max_size=8).map(
    lambda counts: {name: tuple(f"{name}/{n}" for n in range(count)) for name, count in counts.items()}
)


@given(BOXES)
def test_pointers_are_dealt_in_turn_none_lost_none_twice(boxes: dict[str, tuple[str, ...]]) -> None:
    out, left = turns.dealt(boxes, POLICY)
    assert len(out) <= POLICY.most_pointers
    for name, box in boxes.items():
        mine = [text for text in out if text.rpartition("/")[0] == name]
        assert (*mine, *left.get(name, ())) == box
        assert len(mine) <= POLICY.most_of_one
    for name, box in boxes.items():
        if box and len(boxes) <= POLICY.most_pointers:
            assert out.index(box[0]) < len(boxes), f"the first of {name} waits for no other's second"
