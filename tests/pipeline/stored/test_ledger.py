"""The ledger's rows: what others wrote meanwhile is kept, and what is lost is lost for one reason only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.progress import admission
from shared.core.progress import ledger as rules
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.progress.versions import digests
from shared.errors import Unavailable
from shared.pipeline.policy import Policy
from shared.pipeline.stored import ledger
from tests.builders import alert
from tests.pipeline.world import START, World

POLICY = Policy().ledger


def opened(world: World, **changes: object) -> LedgerRow:
    about = alert(id="a")
    _, row = admission.admit(None, about, digests(about), "body", START, POLICY)
    assert row is not None
    [written] = world.ports().ledger.write([replace(row, **changes)])  # type: ignore[arg-type]
    return written


def meanwhile(world: World, do: Callable[[LedgerRow], LedgerRow], effect: str = "write open row") -> None:
    """Another instance changes the row right before that effect."""
    world.before_effect[effect] = [lambda: other(world, do)]


def other(world: World, do: Callable[[LedgerRow], LedgerRow]) -> list[LedgerRow]:
    return ledger.change(world.ports().ledger, [world.open["a"]], lambda row, _: do(row))


def hunted(row: LedgerRow, seen: LedgerRow) -> LedgerRow:
    return rules.hunted(row, "f", None, settled=False, late=False, publish_due=None)


def test_a_result_is_written_over_what_another_wrote_of_the_same_work() -> None:
    world = World()
    row = opened(world, hunt_due=START)
    meanwhile(world, lambda row: replace(row, sends=3))
    [written] = ledger.change(world.ports().ledger, [row], lambda row, _: rules.taken(row))
    assert (written.sends, written.attempts) == (3, 1)
    assert world.open["a"] == written


@pytest.mark.parametrize(
    "newer",
    [
        lambda row: replace(row, generation=2),
        lambda row: admission.replayed(row, START + timedelta(seconds=1)),
    ],
    ids=["a newer version", "a replay"],
)
def test_a_result_of_what_is_no_longer_the_work_is_lost(newer: Callable[[LedgerRow], LedgerRow]) -> None:
    world = World()
    row = opened(world, hunt_due=START, enrich_due=None)
    meanwhile(world, newer, "delete open row")
    assert ledger.change(world.ports().ledger, [row], hunted) == []
    assert world.open["a"].state is State.OPEN


def test_a_row_that_is_gone_is_lost_and_one_with_nothing_to_write_is_left_out() -> None:
    world = World()
    row = opened(world)
    world.open.clear()
    assert ledger.change(world.ports().ledger, [row], lambda row, _: rules.taken(row)) == []
    assert ledger.change(world.ports().ledger, [opened(world)], lambda row, _: None) == []


def test_a_finished_row_is_in_history_and_only_there() -> None:
    world = World()
    row = opened(world, enrich_due=None, hunt_due=START)
    [done] = ledger.change(world.ports().ledger, [row], hunted)
    assert (world.open, done.state) == ({}, State.DONE)
    assert world.effects[-3:] == ["write history", "delete open row", "write due index"]


def test_history_that_knows_more_is_not_written_over_by_who_comes_late() -> None:
    world = World()
    late = opened(world, enrich_due=None, hunt_due=START)
    other(world, lambda row: replace(row, generation=2))
    other(world, lambda row: hunted(row, row))
    assert world.open == {}
    ledger.change(world.ports().ledger, [late], hunted)
    [kept] = world.history.values()
    assert kept.generation == 2
    reopened = replace(kept, state=State.OPEN, etag="", generation=3)
    [row] = world.ports().ledger.write([reopened])
    ledger.change(world.ports().ledger, [row], hunted)
    assert [row.generation for row in world.history.values()] == [3]


def test_tries_that_run_out_end_as_unavailable() -> None:
    world = World()
    row = opened(world)
    world.before_effect["write open row"] = []

    def again() -> None:
        world.open["a"] = replace(world.open["a"], sends=9, etag=world.etag())

    world.before_effect["write open row"] = [again] * 30
    with pytest.raises(Unavailable):
        ledger.change(world.ports().ledger, [row], lambda row, _: rules.taken(row))


def test_look_ups_that_ended_while_it_was_hunted_are_still_published() -> None:
    seen = opened(World(), hunt_due=START, enrich_due=None)
    row = replace(seen, enrichment_ref="new")
    after = rules.published(row, seen, START)
    assert (after.publish_due, after.state) == (START, State.OPEN)
    assert rules.published(seen, seen, START).publish_due is None
    later = replace(seen, publish_due=START)
    assert rules.published(later, seen, START).publish_due == START, "due since, whatever for"
    assert rules.published(later, later, START).publish_due is None


def test_set_aside_is_told_once_it_is_so(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    row = opened(world)
    meanwhile(world, lambda row: replace(row, sends=3), "delete open row")
    ledger.change(world.ports().ledger, [row], lambda row, _: rules.set_aside(row, "why"))
    told = [record.getMessage() for record in caplog.records if "set aside" in record.getMessage()]
    assert len(told) == 1 and "why" in told[0]
