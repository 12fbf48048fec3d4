"""One hunting call outside the drain: taken from the same budget, without holding the lease."""

from shared.core.progress import budget
from shared.errors import Conflict
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Clock, Leases

_TRIES = 5


def may_hunt(leases: Leases, clock: Clock, policy: Policy) -> bool:
    """True where the budget allowed one call more, which is then spent; nothing is waited for."""
    for _ in range(_TRIES):
        lease = leases.read()
        now = clock.now()
        if budget.wait_for_call(lease, now, policy.budget, high=False) > 0:
            return False
        try:
            leases.write(budget.spent(lease, now))
        except Conflict:
            continue
        return True
    return False
