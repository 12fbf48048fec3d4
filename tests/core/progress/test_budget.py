from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress.budget import BudgetPolicy, blocked, spent, wait_for_call
from shared.core.progress.lease import Lease

START = datetime(2026, 11, 24, 10, tzinfo=UTC)


@given(
    per_minute=st.integers(1, 45),
    kept=st.integers(0, 45),
    asks=st.lists(st.tuples(st.floats(0, 40), st.booleans()), min_size=1, max_size=120),
)
def test_no_minute_ever_holds_more_calls_than_allowed(
    per_minute: int, kept: int, asks: list[tuple[float, bool]]
) -> None:
    policy = BudgetPolicy(per_minute, kept)
    lease, now, made = Lease(), START, []
    for pause, high in asks:
        now += timedelta(seconds=pause)
        now += timedelta(seconds=wait_for_call(lease, now, policy, high=high))
        lease = spent(lease, now)
        made.append(now)
    for moment in made:
        assert sum(moment <= other < moment + timedelta(seconds=60) for other in made) <= per_minute


def test_the_last_calls_of_a_minute_are_kept_for_high_severity() -> None:
    policy = BudgetPolicy(per_minute=10, kept_for_high=3)
    lease = Lease()
    for _ in range(7):
        assert wait_for_call(lease, START, policy, high=False) == 0
        lease = spent(lease, START)
    assert wait_for_call(lease, START, policy, high=False) == 60
    assert wait_for_call(lease, START, policy, high=True) == 0


def test_a_block_holds_for_everybody_until_it_ends() -> None:
    lease = blocked(Lease(), START + timedelta(seconds=90))
    assert wait_for_call(lease, START, BudgetPolicy(), high=True) == 90
    assert wait_for_call(lease, START + timedelta(seconds=90), BudgetPolicy(), high=True) == 0
    assert blocked(lease, START).blocked_until == START + timedelta(seconds=90)
