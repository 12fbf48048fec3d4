"""The lease while others write in between, and while answers to our own writes get lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.core.progress.budget import BudgetPolicy
from shared.core.progress.lease import Lease
from shared.errors import Conflict, Unavailable
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import lease
from shared.pipeline.stored.lease import HeldLease, LeaseLost
from tests.pipeline.world import World

POLICY = Policy(budget=BudgetPolicy(per_minute=5, kept_for_high=1))


def taken(world: World, holder: str = "me") -> HeldLease:
    held = lease.take(world.ports(), POLICY, holder)
    assert held is not None
    return held


def may_hunt(world: World) -> bool:
    ports = world.ports()
    return lease.may_hunt(ports.leases, ports.clock, POLICY)


def wake_up(world: World) -> int:
    return len(lease.wake_up(world.ports(), POLICY, "test"))


def test_a_budget_write_of_another_instance_does_not_keep_the_lease_from_being_released() -> None:
    """Field report: it was held for 300 s more, and a High alert waited."""
    world = World()
    held = taken(world)
    world.before_effect["write lease"] = [lambda: may_hunt(world)]
    held.release()
    assert (world.lease.holder, len(world.lease.calls)) == ("", 1)


@pytest.mark.parametrize("between", [may_hunt, wake_up])
def test_whatever_the_holder_writes_keeps_what_others_wrote(between: Callable[[World], object]) -> None:
    world = World(tick=timedelta(microseconds=1))
    held = taken(world)
    for write in (held.renew, lambda: held.grant(1, high=False), lambda: held.block(5)):
        world.before_effect["write lease"] = [lambda: between(world)]
        write()
    assert world.lease.holder == "me" and world.lease.blocked_until is not None
    assert len(world.lease.calls) == 1 + (3 if between is may_hunt else 0)


def test_calls_of_both_count_before_any_is_granted() -> None:
    world = World()
    held = taken(world)

    def three_calls() -> None:
        assert [may_hunt(world) for _ in range(3)] == [True] * 3

    world.before_effect["write lease"] = [three_calls]
    assert held.grant(4, high=False) == (1, 0.0), "four of the five are for all"
    assert not may_hunt(world)
    assert held.grant(4, high=True) == (1, 0.0)


def test_who_was_overtaken_is_told_and_gives_nothing_back() -> None:
    world = World()
    late = taken(world, "late")
    world.pass_time(seconds=POLICY.lease_for + 1)
    taken(world, "next")
    late_writes = (late.renew, lambda: late.grant(1, high=True), lambda: late.grant_spare(0))
    for write in (*late_writes, lambda: late.block(1)):
        with pytest.raises(LeaseLost):
            write()
    late.release()
    assert world.lease.holder == "next"
    assert lease.take(world.ports(), POLICY, "third") is None


def loses_an_answer(world: World) -> Ports:
    """Ports whose next write of the lease is carried out, told as lost, and followed by another's write."""
    ports = world.ports()
    write = ports.leases.write

    def once(wanted: Lease) -> Lease:
        write(wanted)
        ports.leases.write = write  # type: ignore[method-assign]
        may_hunt(world)
        raise Conflict("the answer is lost")

    ports.leases.write = once  # type: ignore[method-assign,assignment]
    return ports


def test_a_lease_that_was_taken_and_told_as_lost_is_ours_all_the_same() -> None:
    """Else nobody would hold it, and nobody could take it, for five minutes."""
    world = World()
    held = lease.take(loses_an_answer(world), POLICY, "me")
    assert held is not None
    held.release()
    assert world.lease.holder == ""


def test_a_wake_up_whose_mark_was_told_as_lost_leaves_all_the_same() -> None:
    """Else nobody would send one for a minute: the mark says that one is on its way."""
    world = World()
    assert len(lease.wake_up(loses_an_answer(world), POLICY, "test")) == 1


def test_a_wake_up_leaves_although_another_wrote_the_row() -> None:
    world = World()
    world.before_effect["write lease"] = [lambda: may_hunt(world)]
    assert wake_up(world) == 1
    assert wake_up(world) == 0, "one is on its way"
    world.pass_time(seconds=POLICY.wake_up_lifetime + 1)
    world.before_effect["write lease"] = [lambda: taken(world).release()]
    assert wake_up(world) == 1, "the holder that came in between has gone again"


def test_no_wake_up_leaves_where_somebody_takes_the_lease_at_that_moment() -> None:
    world = World()
    world.before_effect["write lease"] = [lambda: taken(world)]
    assert wake_up(world) == 0


def test_a_release_that_storage_refuses_stops_nobody() -> None:
    world = World()
    held = taken(world)
    world.failures["write lease"] = [Unavailable("no answer")]
    held.release()
    assert world.lease.until == world.now + timedelta(seconds=POLICY.lease_for), "it ends by itself"
