"""One line on the calls of a run, for who watches the quotas."""

from shared import telemetry
from shared.pipeline.ports import Ports


def log_calls(ports: Ports, step: str) -> None:
    """Calls and answers 429 by API since the instance's last such line; nothing where it made none."""
    made = ports.calls.taken()
    if made["calls"]:
        telemetry.info("calls", step=step, **made)
