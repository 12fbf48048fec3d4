"""What each change of the lease leaves as it was, and the edges of its times."""

from dataclasses import replace

import pytest

from shared.core.progress.lease import Lease, held, is_free, may_take, released, wants_wake_up, woken
from tests.core.progress.rows import NOW, at

LEASE = Lease("message#1", at(5), at(-6), (at(-7),), at(8), etag="mark")


def test_each_change_leaves_the_budget_and_the_storage_mark() -> None:
    assert woken(LEASE, NOW) == replace(LEASE, woken_at=NOW)
    assert held(LEASE, "me", NOW, 300) == replace(LEASE, holder="me", until=at(300), woken_at=None)
    assert released(LEASE) == replace(LEASE, holder="", until=None)


def test_a_lease_without_holder_or_without_end_is_free() -> None:
    assert is_free(replace(LEASE, holder=""), NOW)
    assert is_free(replace(LEASE, until=None), NOW)
    assert not is_free(LEASE, NOW)


@pytest.mark.parametrize(
    ("held_by", "asks", "may"),
    [
        ("message#1", "message#2", True),
        ("message#2", "message#1", False),
        ("message#2", "message#2", True),  # its own: only the answer to the write was lost
        ("message#9", "message#10", True),
        ("message#10", "message#9", False),
        ("a#b#1", "a#b#2", True),
        ("a#1", "a#b#2", False),
        ("message", "message#2", False),
        ("#1", "#2", False),
    ],
)
def test_only_a_later_delivery_of_the_same_message_takes_over_or_who_holds_it(
    held_by: str, asks: str, may: bool
) -> None:
    assert may_take(replace(LEASE, holder=held_by), asks, NOW) is may


def test_a_wake_up_counts_as_lost_after_its_lifetime_and_not_at_its_end() -> None:
    free = released(LEASE)
    assert not wants_wake_up(replace(free, woken_at=at(-60)), NOW, 60)
    assert wants_wake_up(replace(free, woken_at=at(-60.5)), NOW, 60)
    assert wants_wake_up(replace(free, woken_at=None), NOW, 60)
    assert not wants_wake_up(replace(LEASE, woken_at=None), NOW, 60), "somebody drains"


def test_a_lease_that_was_never_held_says_nothing() -> None:
    assert Lease() == Lease(holder="", until=None, woken_at=None, calls=(), blocked_until=None, etag="")
