"""The third step: drain what is due under the tenant's lease, most severe first, and publish it.

EnrichAlert makes an alert due and then reads the lease; this step releases the lease and then looks at the
due work once more. One of the two always sees the other: no alert is left lying, and few rings are needed.
"""

from datetime import datetime

from shared import telemetry
from shared.core.progress import Ring, due
from shared.core.progress import lease as leases
from shared.errors import AppError, BadMessage, Conflict
from shared.pipeline.counting import log_calls
from shared.pipeline.hunt.batch import work
from shared.pipeline.hunt.gathering import Gathering
from shared.pipeline.hunt.publishing import publish_waiting
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from shared.pipeline.stored import Holding, LeaseLost


def hunt_correlate(ports: Ports, policy: Policy, message: str, holder: str) -> Outbox:
    """A ring to send where work is left for a next run. `holder` names this run, as nobody else is named."""
    if not _is_ring(policy, message):
        return Outbox()
    begun = ports.clock.now()
    gathering = Gathering(ports, policy, policy.gather_for)
    while True:
        holding = _take(ports, policy, holder)
        if holding is None:
            return Outbox()
        try:
            done = _drain(holding, gathering, begun)
        except LeaseLost:
            telemetry.warning("lease lost", holder=holder)
            return Outbox()
        except AppError:
            holding.release()
            raise
        holding.release()
        log_calls(ports, "HuntCorrelate")
        if not gathering.due():
            return Outbox()
        if not done:
            return Outbox(rings=_ring_once(ports, policy))


def _ring_once(ports: Ports, policy: Policy) -> tuple[str, ...]:
    """A ring for the work that is left, marked in the lease so that nobody else rings too."""
    try:
        ports.leases.write(leases.rung(ports.leases.read(), ports.clock.now()))
    except Conflict:
        return ()
    return (Ring(policy.tenant, "time is spent").to_text(),)


def _is_ring(policy: Policy, message: str) -> bool:
    try:
        ring = Ring.parse(message)
    except BadMessage as err:
        telemetry.error("message set aside", reason=str(err), message=message[:200])
        return False
    if ring.tenant != policy.tenant:
        telemetry.error("message of another tenant set aside", tenant=ring.tenant)
        return False
    return True


def _take(ports: Ports, policy: Policy, holder: str) -> Holding | None:
    """The lease in our hands; None where somebody else holds or just took it."""
    now = ports.clock.now()
    lease = ports.leases.read()
    if not leases.is_free(lease, now):
        telemetry.info("somebody drains already", holder=lease.holder)
        return None
    try:
        mine = ports.leases.write(leases.held(lease, holder, now, policy.lease_for))
    except Conflict:
        return None
    return Holding(ports, policy, holder, mine)


def _drain(holding: Holding, gathering: Gathering, begun: datetime) -> bool:
    """True once nothing is due; False where the time is spent or no quota is left to wait for."""
    ports, policy = holding.ports, holding.policy
    while True:
        rows = gathering.joined()
        if not rows:
            return True
        left = policy.drain_for - (ports.clock.now() - begun).total_seconds()
        if left <= 0:
            return False
        holding.renew()
        if publish_waiting(ports, policy, rows):
            continue
        batch = due.next_batch(rows, policy.batch_size, policy.ledger.max_attempts)
        if not work(holding, batch, left):
            return True
