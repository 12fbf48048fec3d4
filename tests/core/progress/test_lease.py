from datetime import UTC, datetime, timedelta

from shared.core.progress.lease import Lease, held, is_free, may_take, released, wants_wake_up, woken

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_lease_is_free_until_held_and_again_once_expired() -> None:
    assert is_free(Lease(), NOW)
    mine = held(Lease(), "me", NOW, 300)
    assert not is_free(mine, NOW + timedelta(seconds=299))
    assert is_free(mine, NOW + timedelta(seconds=300))
    assert is_free(released(mine), NOW)


def test_no_wake_up_is_wanted_while_somebody_drains_or_one_is_on_its_way() -> None:
    assert wants_wake_up(Lease(), NOW, 60)
    assert not wants_wake_up(held(Lease(), "me", NOW, 300), NOW, 60)
    assert not wants_wake_up(woken(Lease(), NOW), NOW + timedelta(seconds=59), 60)
    assert wants_wake_up(woken(Lease(), NOW), NOW + timedelta(seconds=61), 60)


def test_taking_the_lease_answers_the_wake_up_and_keeps_the_budget() -> None:
    lease = held(woken(Lease(calls=(NOW,)), NOW), "me", NOW, 300)
    assert lease.woken_at is None
    assert released(lease).calls == (NOW,)


def test_a_delivery_takes_over_what_an_earlier_one_of_the_same_message_holds() -> None:
    dead = held(Lease(), "message#9", NOW, 300)
    assert may_take(dead, "message#10", NOW) and may_take(dead, "message#9", NOW)
    for other in ("message#8", "other#10", "#10", "me", ""):
        assert not may_take(dead, other, NOW), other
    assert not may_take(held(Lease(), "#9", NOW, 300), "#10", NOW), "no message is no message of one's own"
    assert may_take(dead, "other#1", NOW + timedelta(seconds=300))
