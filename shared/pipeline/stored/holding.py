"""The lease while we hold it: renewed before each call, with the hunting budget in it."""

import threading
from datetime import timedelta

from shared import telemetry
from shared.core.progress import Lease, budget
from shared.core.progress import lease as leases
from shared.errors import Conflict, Retryable
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports


class LeaseLost(Exception):
    """Somebody else holds the lease: stop. What was written stays right: every write is conditional."""


class Holding:
    """The tenant's lease in our hands; safe to share between the threads of one drain."""

    def __init__(self, ports: Ports, policy: Policy, holder: str, lease: Lease) -> None:
        self.ports = ports
        self.policy = policy
        self.holder = holder
        self._lease = lease
        self._one_at_a_time = threading.Lock()

    def renew(self) -> None:
        """Holds it for the full time from now. Raises LeaseLost."""
        with self._one_at_a_time:
            self._write(self._lease)

    def grant(self, wanted: int, *, high: bool) -> tuple[int, float]:
        """(hunting calls that may be made now, up to `wanted`; seconds to wait where there are none).

        They are written into the budget before they are made. Raises LeaseLost.
        """
        with self._one_at_a_time:
            now, lease = self.ports.clock.now(), self._lease
            granted = 0
            while granted < wanted:
                wait = budget.wait_for_call(lease, now, self.policy.budget, high=high)
                if wait > 0:
                    break
                lease = budget.spent(lease, now)
                granted += 1
            if not granted:
                return 0, wait
            self._write(lease)
            return granted, 0.0

    def grant_spare(self, keep: int) -> bool:
        """True where one call was taken and `keep` more may still be made at once. Raises LeaseLost."""
        with self._one_at_a_time:
            now = self.ports.clock.now()
            if budget.calls_left(self._lease, now, self.policy.budget) <= keep:
                return False
            self._write(budget.spent(self._lease, now))
            return True

    def block(self, seconds: float) -> None:
        """Remembers for every later holder that the service answers no sooner than in `seconds`."""
        until = self.ports.clock.now() + timedelta(seconds=seconds)
        with self._one_at_a_time:
            self._write(budget.blocked(self._lease, until))

    def release(self) -> None:
        """Lets go; a lease that cannot be released now ends by itself."""
        try:
            self._lease = self.ports.leases.write(leases.released(self._lease))
        except Retryable as err:
            telemetry.warning("lease not released", holder=self.holder, reason=str(err))

    def _write(self, lease: Lease) -> None:
        now = self.ports.clock.now()
        wanted = leases.held(lease, self.holder, now, self.policy.lease_for)
        try:
            self._lease = self.ports.leases.write(wanted)
        except Conflict as err:
            found = self.ports.leases.read()
            if found.holder != self.holder:
                raise LeaseLost from err
            # A ringer marked the row between our writes; the lease itself is still ours.
            self._lease = self.ports.leases.write(
                leases.held(_with_budget(found, wanted), self.holder, now, self.policy.lease_for)
            )


def _with_budget(found: Lease, ours: Lease) -> Lease:
    """The lease as found, with the calls of both sides."""
    calls = tuple(sorted({*found.calls, *ours.calls}))
    blocks = [until for until in (found.blocked_until, ours.blocked_until) if until is not None]
    until = max(blocks, default=None)
    return Lease(found.holder, found.until, found.rung_at, calls, until, found.etag)
