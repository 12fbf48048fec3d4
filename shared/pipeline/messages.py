"""What every run does with its message, and with the calls it made."""

from collections.abc import Callable

from shared import telemetry
from shared.core.progress import Pointer, WakeUp
from shared.errors import BadMessage
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports


def addressed[T: (Pointer, WakeUp)](policy: Policy, parse: Callable[[str], T], message: str) -> T | None:
    """What the message says; None where it is set aside: unreadable, or another tenant's."""
    try:
        found = parse(message)
    except BadMessage as err:
        telemetry.error("message set aside", reason=str(err), message=message[:200])
        return None
    if found.tenant != policy.tenant:
        telemetry.error("message of another tenant set aside", tenant=found.tenant)
        return None
    return found


def log_calls(ports: Ports, step: str) -> None:
    """One line for who watches the quotas: calls and answers 429 by API since the instance's last such line;
    nothing where it made none."""
    made = ports.calls.taken()
    if made["calls"]:
        telemetry.info("calls", step=step, **made)
