"""The rows of writes to alerts: one run has one, whatever the other saw of it."""

from dataclasses import replace
from datetime import timedelta

from shared.core.write_back import WriteRow
from shared.core.write_back.queue import AGED, Step, taken
from shared.pipeline.stored import writes
from tests.core.write_back.test_write_back import row
from tests.pipeline.fake_writes import FakeWrites
from tests.pipeline.world import START, World


def _queued(world: World, **changes: object) -> WriteRow:
    [written] = FakeWrites(world).put([row(wanted_at=START, due=START, **changes)])
    return written


def test_a_row_that_another_run_took_meanwhile_is_not_ours() -> None:
    world = World()
    seen = _queued(world)
    theirs = writes.take(FakeWrites(world), seen, START)
    assert theirs is not None and theirs.step is Step.SENDING
    assert writes.take(FakeWrites(world), seen, START + timedelta(seconds=1)) is None
    assert writes.ready(FakeWrites(world), START + timedelta(seconds=1)) == []
    assert writes.ready(FakeWrites(world), START + timedelta(seconds=AGED)) == [theirs]


def test_a_row_is_ours_where_only_the_answer_to_taking_it_was_lost() -> None:
    world = World()
    seen = _queued(world)
    [standing] = FakeWrites(world).put([taken(seen, START)])

    class Deaf(FakeWrites):
        """The write was made, and its answer is that a race was lost."""

        def put(self, rows: object) -> list[WriteRow]:
            return []

    assert writes.take(Deaf(world), seen, START) == standing


def test_a_row_that_is_gone_is_nobodys() -> None:
    world = World()
    seen = _queued(world)
    world.writes.clear()
    assert writes.take(FakeWrites(world), seen, START) is None


def test_what_came_while_a_comment_was_sent_follows_it() -> None:
    world = World()
    mine = writes.take(FakeWrites(world), _queued(world), START)
    assert mine is not None
    graver = row(validation="Confirmed", digest="1", text="more", wanted_at=START, due=START)
    writes.want(FakeWrites(world), [graver])
    writes.end(FakeWrites(world), mine)
    [left] = world.writes.values()
    assert (left.step, left.text, left.attempts) == (Step.DUE, "more", 0)


def test_an_ended_row_that_another_run_has_taken_over_is_left_to_it() -> None:
    world = World()
    mine = writes.take(FakeWrites(world), _queued(world), START)
    assert mine is not None
    theirs = writes.take(FakeWrites(world), mine, START + timedelta(seconds=AGED))
    writes.end(FakeWrites(world), mine)
    assert list(world.writes.values()) == [theirs]
    assert theirs is not None
    writes.end(FakeWrites(world), theirs)
    assert world.writes == {}


def test_those_of_the_gravest_alerts_come_first() -> None:
    world = World()
    _queued(world, alert_id="late", severity_rank=0)
    world.writes["late"] = replace(world.writes["late"], wanted_at=START + timedelta(seconds=5))
    _queued(world, alert_id="low", severity_rank=1)
    _queued(world, alert_id="early", severity_rank=0)
    found = writes.ready(FakeWrites(world), START + timedelta(seconds=9))
    assert [one.alert_id for one in found] == ["early", "late", "low"]
