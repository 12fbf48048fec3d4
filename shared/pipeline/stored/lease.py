"""The lease row, whose owner this is: who drains, the hunting budget, and the mark of a wake-up.

EnrichAlert makes an alert due and then looks at the lease; HuntCorrelate releases it and then looks at the
due work once more. So one of the two always sees the other: no alert is left lying, and few wake-ups do.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import Lease, WakeUp, budget, write_budget
from shared.core.progress import lease as rules
from shared.errors import AppError
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Clock, Leases, Ports
from shared.pipeline.stored.change import change


class LeaseLost(Exception):
    """Somebody else holds the lease: stop. What was written stays right: every write is conditional."""


def wake_up(ports: Ports, policy: Policy, reason: str) -> tuple[str, ...]:
    """The wake-up to send, or nothing where somebody drains already or a wake-up is on its way.

    Call it after the work was made due. The mark is written before the message leaves: should this run die in
    between, the mark ages and FetchAlerts' sweep sends one instead.
    """
    now, is_wanted = ports.clock.now(), False

    def decide(lease: Lease) -> tuple[Lease | None, bool]:
        nonlocal is_wanted
        if is_wanted and lease.woken_at == now:
            return None, True  # our mark stands: only the answer to its write was lost
        is_wanted = rules.wants_wake_up(lease, now, policy.wake_up_lifetime)
        return (rules.woken(lease, now) if is_wanted else None), is_wanted

    change(ports.leases.read, decide, ports.leases.write)
    return (WakeUp(policy.tenant, reason).to_text(),) if is_wanted else ()


def may_hunt(leases: Leases, clock: Clock, policy: Policy) -> bool:
    """True where the budget allowed one call more outside the drain, which is then spent; nothing waits."""

    def decide(lease: Lease) -> tuple[Lease | None, int]:
        after, granted, _ = budget.granted(lease, clock.now(), policy.budget, 1, high=False)
        return (after if granted else None), granted

    _, granted = change(leases.read, decide, leases.write)
    return granted > 0


def take(ports: Ports, policy: Policy, holder: str) -> "HeldLease | None":
    """The lease in our hands; None where somebody else holds it."""
    now = ports.clock.now()

    def decide(lease: Lease) -> tuple[Lease | None, bool]:
        may = rules.may_take(lease, holder, now)
        return (rules.held(lease, holder, now, policy.lease_for) if may else None), may

    lease, is_ours = change(ports.leases.read, decide, ports.leases.write)
    if is_ours:
        return HeldLease(ports, policy, holder, lease)
    telemetry.info("somebody drains already", holder=lease.holder)
    return None


class HeldLease:
    """The tenant's lease in our hands; safe to share between the threads of one drain."""

    def __init__(self, ports: Ports, policy: Policy, holder: str, lease: Lease) -> None:
        self.ports = ports
        self.policy = policy
        self.holder = holder
        self._lease = lease
        self._one_at_a_time = threading.Lock()

    def renew(self) -> None:
        """Holds it for the full time from now. Raises LeaseLost."""
        self._change(lambda lease, _: (lease, None))

    def grant(self, wanted: int, *, high: bool) -> tuple[int, float]:
        """(hunting calls that may be made now, up to `wanted`; seconds to wait where there are none).

        They are written into the budget before they are made. Raises LeaseLost.
        """

        def decide(lease: Lease, now: datetime) -> tuple[Lease | None, tuple[int, float]]:
            after, granted, wait = budget.granted(lease, now, self.policy.budget, wanted, high=high)
            return (after if granted else None), (granted, wait)

        return self._change(decide)

    def wait_for_call(self, *, high: bool) -> float:
        """Seconds until the next hunting call may be made, as far as this holder knows; nothing is read."""
        return budget.wait_for_call(self._lease, self.ports.clock.now(), self.policy.budget, high=high)

    def grant_spare(self, keep: int) -> bool:
        """True where one call was taken and `keep` more may still be made at once. Raises LeaseLost."""

        def decide(lease: Lease, now: datetime) -> tuple[Lease | None, bool]:
            is_spare = budget.calls_left(lease, now, self.policy.budget) > keep
            return (budget.spent(lease, now) if is_spare else None), is_spare

        return self._change(decide)

    def block(self, seconds: float) -> None:
        """Remembers for every later holder that the service answers no sooner than in `seconds`."""
        self._change(lambda lease, now: (budget.blocked(lease, now + timedelta(seconds=seconds)), None))

    def grant_writes(self, wanted: int) -> int:
        """How many writes to alerts may be made now; they are written into the budget before they are made.
        Raises LeaseLost."""

        def decide(lease: Lease, now: datetime) -> tuple[Lease | None, int]:
            after, granted = write_budget.granted(lease, now, wanted)
            return (after if granted else None), granted

        return self._change(decide)

    def block_writes(self, seconds: float) -> None:
        """Remembers for every later holder that no write is to be tried within `seconds`."""
        self._change(lambda lease, now: (write_budget.blocked(lease, now + timedelta(seconds=seconds)), None))

    def release(self) -> None:
        """Lets go, where it is still ours; a lease that cannot be released now ends by itself."""
        leases = self.ports.leases
        try:
            change(
                leases.read,
                lambda lease: (rules.released(lease) if lease.holder == self.holder else None, None),
                leases.write,
                known=self._lease,
            )
        except AppError as err:
            telemetry.warning("lease not released", holder=self.holder, reason=str(err))

    def _change[R](self, decide: Callable[[Lease, datetime], tuple[Lease | None, R]]) -> R:
        """What `decide` said beside the lease to write, which is held for the full time from now."""

        def ours(lease: Lease) -> tuple[Lease | None, R]:
            if lease.holder != self.holder:
                raise LeaseLost
            after, result = decide(lease, now)
            return after and rules.held(after, self.holder, now, self.policy.lease_for), result

        with self._one_at_a_time:
            now, leases = self.ports.clock.now(), self.ports.leases
            self._lease, result = change(leases.read, ours, leases.write, known=self._lease)
            return result
