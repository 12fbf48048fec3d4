"""The third step: drain what is due under the tenant's lease, most severe first, and publish it."""

from contextlib import closing
from dataclasses import replace

from shared import telemetry
from shared.core.progress import WakeUp
from shared.pipeline.hunt.draining import Drain, due_now
from shared.pipeline.hunt.known_sightings import KnownSightings
from shared.pipeline.messages import addressed, log_calls
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from shared.pipeline.stored import lease
from shared.pipeline.stored.lease import LeaseLost


def hunt_correlate(ports: Ports, policy: Policy, message: str, holder: str) -> Outbox:
    """A wake-up to send where work is left for a next run. `holder` names this run, as nobody else is named.

    The lease is given back whatever happens; the due work is looked at once more after that.
    """
    if addressed(policy, WakeUp.parse, message) is None:
        return Outbox()
    begun = ports.clock.now()
    while True:
        known = replace(ports, sightings=KnownSightings(ports.sightings))
        held = lease.take(known, policy, holder)
        if held is None:
            return Outbox()
        try:
            with closing(Drain(held, begun)) as drain:
                done = drain.run()
        except LeaseLost:
            telemetry.warning("lease lost", holder=holder)
            return Outbox()
        finally:
            held.release()
        log_calls(ports, "HuntCorrelate")
        if not due_now(ports, policy):
            return Outbox()
        if not done:
            return Outbox(wake_ups=lease.wake_up(ports, policy, "time is spent"))
