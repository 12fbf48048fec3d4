"""The lease as the steps use it: over a table in memory, with others that write in between."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.core.progress import BudgetPolicy, Lease, WakeUp
from shared.errors import Unavailable
from shared.pipeline.policy import Policy
from shared.pipeline.stored import lease
from tests.core.progress.rows import NOW, at
from tests.pipeline.world import World

POLICY = Policy(
    tenant="contoso",
    budget=BudgetPolicy(per_minute=5, kept_for_high=2),
    lease_for=300,
    wake_up_lifetime=60,
)


def _world(**changes: object) -> World:
    plain = Lease("", None, at(-600), (at(-30),), None, etag="")
    return World(now=NOW, lease=replace(plain, **changes))  # type: ignore[arg-type]  # fields of Lease


def _unmarked(world: World) -> Lease:
    return replace(world.lease, etag="")


def _written(world: World) -> int:
    return world.effects.count("write lease")


def _held(world: World, holder: str = "me#1") -> lease.HeldLease:
    held = lease.take(world.ports(), POLICY, holder)
    assert held is not None
    return held


def _taken_by_another(world: World) -> None:
    world.lease = replace(world.lease, holder="other#1", until=at(900), etag=world.etag())


def test_a_wake_up_is_sent_once_and_marked_before_it_leaves() -> None:
    world = _world()
    assert lease.wake_up(world.ports(), POLICY, "enriched") == (WakeUp("contoso", "enriched").to_text(),)
    assert _unmarked(world) == Lease(woken_at=NOW, calls=(at(-30),))
    assert lease.wake_up(world.ports(), POLICY, "enriched") == ()
    assert _written(world) == 1


def test_a_wake_up_that_nobody_answered_is_sent_again_after_its_lifetime() -> None:
    assert lease.wake_up(_world(woken_at=at(-60)).ports(), POLICY, "sweep") == ()
    assert lease.wake_up(_world(woken_at=at(-61)).ports(), POLICY, "sweep") != ()


def test_no_wake_up_is_sent_or_marked_while_somebody_drains() -> None:
    world = _world(holder="other#1", until=at(1))
    before = world.lease
    assert lease.wake_up(world.ports(), POLICY, "enriched") == ()
    assert world.lease == before


def test_of_two_that_made_work_due_at_once_one_sends_the_wake_up() -> None:
    world = _world()
    other: list[tuple[str, ...]] = []

    def just_before() -> None:
        world.pass_time(seconds=0.001)
        other.append(lease.wake_up(world.ports(), POLICY, "the other"))

    world.before_effect["write lease"] = [just_before]
    assert lease.wake_up(world.ports(), POLICY, "the first") == ()
    assert len(other[0]) == 1


def test_a_call_outside_the_drain_is_spent_from_what_all_may_use() -> None:
    world = _world(holder="other#1", until=at(1))
    ports = world.ports()
    assert [lease.may_hunt(ports.leases, ports.clock, POLICY) for _ in range(3)] == [True, True, False]
    assert world.lease.calls == (at(-30), NOW, NOW)
    assert (world.lease.holder, world.lease.until) == ("other#1", at(1)), "the holder keeps it"
    assert _written(world) == 2


def test_taking_the_lease_holds_it_for_its_time_and_answers_the_wake_up() -> None:
    world = _world()
    _held(world)
    assert _unmarked(world) == Lease("me#1", at(300), None, (at(-30),))


def test_a_lease_that_another_holds_is_left_alone_and_the_log_names_the_holder(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = _world(holder="other#1", until=at(1))
    before = world.lease
    with caplog.at_level("INFO"):
        assert lease.take(world.ports(), POLICY, "me#1") is None
    assert world.lease == before
    assert '"somebody drains already", "holder": "other#1"' in caplog.text


def test_of_two_that_take_it_at_once_one_gets_it() -> None:
    world = _world()
    world.before_effect["write lease"] = [lambda: _taken_by_another(world)]
    assert lease.take(world.ports(), POLICY, "me#1") is None
    assert world.lease.holder == "other#1"


def test_renewing_counts_the_time_from_now() -> None:
    world = _world()
    held = _held(world)
    world.pass_time(seconds=250)
    held.renew()
    assert _unmarked(world) == Lease("me#1", at(550), None, (at(-30),))


def test_granted_calls_are_written_with_the_holder_and_the_time_it_has() -> None:
    world = _world()
    held = _held(world)
    world.pass_time(seconds=10)
    assert held.grant(9, high=False) == (2, 0.0)
    assert _unmarked(world) == Lease("me#1", at(310), None, (at(-30), at(10), at(10)))
    written = _written(world)
    assert held.grant(9, high=False) == (0, 20.0)
    assert _written(world) == written, "nothing was granted, nothing is written"
    assert held.grant(9, high=True) == (2, 0.0)


def test_a_spare_call_is_taken_only_where_more_than_the_kept_ones_are_left() -> None:
    world = _world()
    held = _held(world)
    assert not held.grant_spare(keep=2)
    before = world.lease
    assert before.calls == (at(-30),)
    assert held.grant_spare(keep=1)
    after = world.lease
    assert after.calls == (at(-30), NOW)
    assert not held.grant_spare(keep=1)


def test_a_block_is_remembered_for_every_later_holder() -> None:
    world = _world()
    held = _held(world)
    world.pass_time(seconds=10)
    held.block(90)
    assert _unmarked(world) == Lease("me#1", at(310), None, (at(-30),), at(100))
    held.release()
    assert _held(world, "next#1").grant(1, high=True) == (0, 90.0)


def test_a_wake_up_that_was_marked_meanwhile_is_answered_by_who_still_drains() -> None:
    world = _world()
    held = _held(world)
    world.lease = replace(world.lease, woken_at=NOW, calls=(at(-20),), etag=world.etag())
    held.renew()
    assert _unmarked(world) == Lease("me#1", at(300), None, (at(-20),)), "what another wrote is not undone"


@pytest.mark.parametrize(
    "use",
    [
        lambda held: held.renew(),
        lambda held: held.grant(1, high=False),
        lambda held: held.grant_spare(0),
        lambda held: held.block(9),
        lambda held: held.grant_writes(1),
        lambda held: held.block_writes(9),
    ],
)
def test_a_lease_that_another_took_is_lost_and_stays_the_others(
    use: Callable[[lease.HeldLease], object],
) -> None:
    world = _world()
    held = _held(world)
    _taken_by_another(world)
    before = world.lease
    with pytest.raises(lease.LeaseLost):
        use(held)
    held.release()
    assert world.lease == before


def test_writes_to_alerts_are_spent_before_they_are_made_and_no_more_than_ten_at_once() -> None:
    world = _world()
    held = _held(world)
    assert held.grant_writes(4) == 4
    assert (world.lease.writes, world.lease.writes_at) == (4.0, NOW)
    assert held.grant_writes(20) == 6
    written = _written(world)
    assert held.grant_writes(1) == 0
    assert _written(world) == written, "nothing was spent"
    held.release()
    world.pass_time(seconds=13)
    assert _held(world, "next#1").grant_writes(20) == 2, "ten a minute come back"


def test_a_refused_write_holds_back_every_later_holder_and_no_hunting() -> None:
    world = _world(writes_blocked_until=at(20))
    held = _held(world)
    held.block_writes(30)
    assert world.lease.writes_blocked_until == at(30)
    held.block_writes(5)
    assert world.lease.writes_blocked_until == at(30), "a shorter wait does not shorten it"
    assert held.grant(1, high=False) == (1, 0.0)
    held.release()
    world.pass_time(seconds=29.9)
    following = _held(world, "next#1")
    assert following.grant_writes(1) == 0
    world.pass_time(seconds=0.1)
    assert following.grant_writes(1) == 1


def test_releasing_keeps_the_budget_and_lets_the_next_one_in() -> None:
    world = _world()
    held = _held(world)
    held.grant(1, high=False)
    held.release()
    assert _unmarked(world) == Lease("", None, None, (at(-30), NOW))
    assert _held(world, "next#1").holder == "next#1"


def test_the_holder_goes_by_the_lease_as_last_written_and_reads_nothing() -> None:
    world = _world()
    held = _held(world)
    held.renew()
    held.grant(1, high=False)
    held.release()
    assert [each for each in world.effects if each.endswith("lease")] == ["read lease", *["write lease"] * 4]
    assert world.lease.holder == ""


def test_a_lease_that_cannot_be_released_is_told_and_ends_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    world = _world()
    held = _held(world)
    world.failures["write lease"] = [Unavailable("storage is away", service="tables")]
    held.release()
    assert '"lease not released", "holder": "me#1", "reason": "storage is away"' in caplog.text
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    world.pass_time(seconds=300)
    assert _held(world, "next#1").holder == "next#1"
