from datetime import UTC, datetime, timedelta

from shared.core.progress.lease import Lease, held, is_free, released, rung, wants_ring

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_lease_is_free_until_held_and_again_once_expired() -> None:
    assert is_free(Lease(), NOW)
    mine = held(Lease(), "me", NOW, 300)
    assert not is_free(mine, NOW + timedelta(seconds=299))
    assert is_free(mine, NOW + timedelta(seconds=300))
    assert is_free(released(mine), NOW)


def test_nobody_rings_while_somebody_drains_or_a_ring_is_on_its_way() -> None:
    assert wants_ring(Lease(), NOW, 60)
    assert not wants_ring(held(Lease(), "me", NOW, 300), NOW, 60)
    assert not wants_ring(rung(Lease(), NOW), NOW + timedelta(seconds=59), 60)
    assert wants_ring(rung(Lease(), NOW), NOW + timedelta(seconds=61), 60)


def test_taking_the_lease_answers_the_ring_and_keeps_the_budget() -> None:
    lease = held(rung(Lease(calls=(NOW,)), NOW), "me", NOW, 300)
    assert lease.rung_at is None
    assert released(lease).calls == (NOW,)
