"""Once an hour: how many alerts of other services the source holds, which the app does not take.

Graph lists the alerts of every Defender; the app takes those of Defender for Endpoint. What it leaves aside
is counted in the log and for `ops status`, so that nobody takes the rows for all there is.
"""

from datetime import datetime

from shared import telemetry
from shared.core.progress import Window
from shared.core.values import Instant, OtherAlerts
from shared.errors import AppError
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import checkpoint

_MOST_NAMED = 10
_LONGEST_NAME = 60


def count_others(ports: Ports, policy: Policy, last: datetime | None) -> None:
    """Counts those created since the `last` count, back to an audit's first; a failure is only logged."""
    end = Instant.of(ports.clock.now() - policy.poll.overlap)
    start = Instant.of(last - policy.poll.overlap) if last else end.plus(-policy.audit_every)
    window = Window(max(start, end.plus(-policy.audit_lookback)), end)
    try:
        found = ports.source.others_in(window)
    except AppError as err:
        telemetry.warning("other services not counted", source=ports.source.name, reason=str(err))
        return
    if found is None:
        return
    said = _in_words(found)
    telemetry.info(
        "alerts of other services",
        source=ports.source.name,
        total=sum(found.counts.values()),
        is_whole=found.is_whole,
        services=said,
    )
    hours = window.end.seconds_since(window.start) / 3_600
    checkpoint.others_counted(ports, f"{said} in {hours:.0f} h" if hours >= 1.5 else f"{said} in an hour")


def _in_words(found: OtherAlerts) -> str:
    """`3: microsoftDefenderForIdentity 2, microsoftSentinel 1`; the most first."""
    ranked = sorted(found.counts.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{''.join(filter(str.isprintable, name[:_LONGEST_NAME]))} {count}" for name, count in ranked]
    more = [f"{len(named) - _MOST_NAMED} more services"] if len(named) > _MOST_NAMED else []
    at_least = "" if found.is_whole else "at least "
    total = f"{at_least}{sum(found.counts.values())}"
    return f"{total}: {', '.join([*named[:_MOST_NAMED], *more])}" if named else f"{at_least}none"
