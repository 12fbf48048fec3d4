"""What a look at the due index finds, what it mends, and what a repair does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.progress.due_index import DueEntry, Span, entries
from shared.core.progress.ledger_row import LedgerRow
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.stored import due_index
from tests.core.progress.rows import row
from tests.pipeline.fakes import FakeLedger
from tests.pipeline.world import START, World

POLICY = Policy(batch_size=4)
HOUR = timedelta(hours=1)


def _due(name: str, **changes: object) -> LedgerRow:
    return row(
        **{
            "alert_id": name, "hunt_due": START, "publish_due": None, "enrich_due": None, "attempts": 0,
            "was_published": True, "first_seen": START,
        } | changes
    )  # fmt: skip


def _work(world: World) -> list[str]:
    return sorted(each.alert_id for each in due_index.work(FakeLedger(world), POLICY, world.now))


def test_what_is_due_is_found_and_what_is_due_later_is_not_read() -> None:
    world = World()
    world.stands(_due("now"))
    world.stands(_due("late", hunt_due=START + HOUR, was_published=False, first_seen=START - HOUR))
    for n in range(50):
        world.stands(_due(f"later{n}", hunt_due=START + HOUR))
    assert _work(world) == ["late", "now"]
    assert world.effects == ["read due index", "read open rows by id"]


def test_rows_that_were_begun_before_hide_none_that_was_not() -> None:
    world = World()
    for n in range(40):
        world.stands(_due(f"begun{n:02}", attempts=1, hunt_due=START - HOUR + timedelta(seconds=n)))
    world.stands(_due("fresh"))
    assert "fresh" in _work(world)


def test_no_severity_hides_another() -> None:
    world = World()
    for n in range(9):
        world.stands(_due(f"low{n}", severity_rank=2, hunt_due=START - HOUR))
    world.stands(_due("high", severity_rank=0))
    assert "high" in _work(world)


def test_alerts_under_way_hide_none_that_has_no_row() -> None:
    world = World()
    for n in range(4):
        world.stands(_without_row(f"grave{n}", severity_rank=0))
        world.stands(_without_row(f"low{n}", severity_rank=2))
    grave = {f"grave{n}" for n in range(4)}
    found = due_index.work(FakeLedger(world), POLICY, world.now, grave)
    assert {each.alert_id for each in found} == {f"low{n}" for n in range(4)}


def test_the_rows_of_no_more_are_read_than_go_together() -> None:
    world = World()
    for n in range(40):
        world.stands(_due(f"a{n:02}", severity_rank=n % 4, hunt_due=START - timedelta(seconds=n)))
        world.stands(_without_row(f"b{n:02}", severity_rank=n % 4))
    assert _work(world) == ["a24", "a28", "a32", "a36", "b00", "b04", "b08", "b12"]


def test_with_many_that_were_begun_in_one_severity_its_others_come_first_all_the_same() -> None:
    world = World()
    for n in range(12):
        world.stands(_due(f"begun{n:02}", severity_rank=0, attempts=1, hunt_due=START - timedelta(seconds=n)))
        world.stands(_due(f"low{n:02}", severity_rank=2))
    world.stands(_due("grave", severity_rank=0))
    assert "grave" in _work(world)


def _without_row(name: str, **changes: object) -> LedgerRow:
    return _due(
        name, **{"hunt_due": START + HOUR, "was_published": False, "first_seen": START - HOUR} | changes
    )


def test_an_entry_that_stands_for_nothing_goes_once_nobody_can_still_write_its_row() -> None:
    world = World()
    ours = DueEntry("work|0", START, "gone")
    FakeLedger(world).write_due([ours], ())
    world.pass_time(minutes=14)
    assert (_work(world), set(world.due)) == ([], {ours})
    world.pass_time(minutes=2)
    assert (_work(world), set(world.due)) == ([], set())


def test_an_entry_that_was_written_again_since_it_was_read_stays() -> None:
    world = World()
    ours = DueEntry("work|0", START, "a")
    FakeLedger(world).write_due([ours], ())
    [[read]] = FakeLedger(world).due_entries([Span("work|0", 9)])
    FakeLedger(world).write_due([ours], ())
    FakeLedger(world).write_due((), [read])
    assert set(world.due) == {ours}


def test_a_row_whose_entry_died_with_who_moved_it_has_it_again() -> None:
    world = World()
    standing = _due("a", enrich_due=START + HOUR, hunt_due=None)
    world.stands(standing)
    due_index.prepare(FakeLedger(world), [(standing, replace(standing, enrich_due=None, hunt_due=START))])
    world.pass_time(minutes=1)
    _work(world)
    assert entries(standing) <= set(world.due)


def test_a_repair_finds_what_lacks_and_removes_what_is_meant_by_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.stands(_due("a"))
    world.open["written by the version before"] = before = _due("written by the version before")
    FakeLedger(world).write_due([DueEntry("work|0", START, "gone")], ())
    world.pass_time(minutes=16)
    FakeLedger(world).write_due([DueEntry("work|0", START, "being written")], ())
    caplog.set_level("INFO", "alerts")
    due_index.repair(FakeLedger(world), world.now)
    assert '"added": 1, "removed": 1, "open": 2' in caplog.messages[-1]
    assert set(world.due) == entries(world.open["a"]) | entries(before) | {
        DueEntry("work|0", START, "being written")
    }


def test_rows_of_the_version_before_are_found_from_the_first_fetch_on_and_while_it_goes_on() -> None:
    world = World()
    world.open["a"] = _due("a")
    assert len(fetch_alerts(world.ports(), POLICY).wake_ups) == 1
    world.pass_time(minutes=2)
    world.open["b"] = _due("b")
    fetch_alerts(world.ports(), POLICY)
    assert _work(world) == ["a", "b"]


def test_a_repair_that_fails_or_ends_the_worker_holds_up_no_fetch() -> None:
    world = World()
    world.before_effect["read open rows"] = [lambda: 1 / 0]
    fetch_alerts(world.ports(), POLICY)
    assert world.calls == ["alerts"]
    world.pass_time(minutes=1)
    fetch_alerts(world.ports(), POLICY)
    assert world.effects.count("read open rows") == 0, "it comes again in an hour"
    world.pass_time(minutes=60)
    fetch_alerts(world.ports(), POLICY)
    assert world.effects.count("read open rows") == 1
