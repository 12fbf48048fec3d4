"""The third step: drain what is due under the tenant's lease, most severe first, and publish it."""

from datetime import datetime

from shared import telemetry
from shared.core.progress import LedgerRow, WakeUp, due
from shared.errors import BadMessage
from shared.pipeline.counting import log_calls
from shared.pipeline.hunt.batch import work
from shared.pipeline.hunt.building import build_due
from shared.pipeline.hunt.gathering import Gathering
from shared.pipeline.hunt.publishing import publish_waiting
from shared.pipeline.hunt.write_back import send_some
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from shared.pipeline.stored import lease
from shared.pipeline.stored.lease import HeldLease, LeaseLost


def hunt_correlate(ports: Ports, policy: Policy, message: str, holder: str) -> Outbox:
    """A wake-up to send where work is left for a next run. `holder` names this run, as nobody else is named.

    The lease is given back whatever happens; the due work is looked at once more after that.
    """
    if not _is_wake_up(policy, message):
        return Outbox()
    begun = ports.clock.now()
    gathering = Gathering(ports, policy, policy.gather_for)
    while True:
        held = lease.take(ports, policy, holder)
        if held is None:
            return Outbox()
        try:
            done = _drain(held, gathering, begun)
        except LeaseLost:
            telemetry.warning("lease lost", holder=holder)
            return Outbox()
        finally:
            held.release()
        log_calls(ports, "HuntCorrelate")
        if not gathering.due():
            return Outbox()
        if not done:
            return Outbox(wake_ups=lease.wake_up(ports, policy, "time is spent"))


def _is_wake_up(policy: Policy, message: str) -> bool:
    try:
        wake_up = WakeUp.parse(message)
    except BadMessage as err:
        telemetry.error("message set aside", reason=str(err), message=message[:200])
        return False
    if wake_up.tenant != policy.tenant:
        telemetry.error("message of another tenant set aside", tenant=wake_up.tenant)
        return False
    return True


def _drain(held: HeldLease, gathering: Gathering, begun: datetime) -> bool:
    """True once what was due is done; False where the time is spent.

    Publishing what has waited too long and hunting take turns, a batch each: in a storm that goes on longer
    than `notify_after` neither keeps the other from its work. Comments are sent when nothing else is due.
    """
    ports, policy = held.ports, held.policy
    has_published = False
    while True:
        rows = gathering.joined()
        left = policy.drain_for - (ports.clock.now() - begun).total_seconds()
        if not rows:
            if left > 0:
                build_due(held, left)
                if send_some(held):
                    continue
            return True
        if left <= 0:
            return False
        held.renew()
        has_published = not has_published and publish_waiting(held, rows)
        if has_published:
            continue
        ready = [row for row in rows if _is_work(row, ports.clock.now(), policy)]
        batch = due.next_batch(ready, policy.batch_size, policy.ledger.max_attempts) if ready else []
        is_over = bool(batch) and not work(held, batch, left)
        build_due(held, left)
        if is_over or len(batch) == len(rows):
            return True  # what came meanwhile is seen by the look that follows the lease


def _is_work(row: LedgerRow, now: datetime, policy: Policy) -> bool:
    """False for what is only late: its row is written, and its look-ups go on. What ended the process each
    time that its row was to be written is given up like any other."""
    return due.is_ready(row, now) or row.attempts >= policy.ledger.max_attempts
