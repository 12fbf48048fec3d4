"""Who rings for HuntCorrelate, and when: only while nobody drains and no ring is on its way."""

from shared.core.progress import Ring
from shared.core.progress import lease as leases
from shared.errors import Conflict
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports


def ring(ports: Ports, policy: Policy, reason: str) -> tuple[str, ...]:
    """The ring to send, or nothing where somebody drains already or a ring is on its way.

    Call it after the work was made due. The mark is written before the ring leaves: should this run die in
    between, the mark ages and FetchAlerts' sweep rings instead.
    """
    now = ports.clock.now()
    lease = ports.leases.read()
    if not leases.wants_ring(lease, now, policy.ring_lifetime):
        return ()
    try:
        ports.leases.write(leases.rung(lease, now))
    except Conflict:
        # Somebody rang or took the lease this very moment; either of them looks at the due work after us.
        return ()
    return (Ring(policy.tenant, reason).to_text(),)
