"""What `ops status` advises where the work stands still and the tables themselves show why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from local.ops.waits import Waits
from shared.core.progress import Lease
from shared.core.progress import lease as leases
from shared.core.values import Checkpoint

_LATE = dt.timedelta(minutes=15)  # as the alert rules no-successful-fetch and backlog-growing
_HUNTS = (Waits.DUE, Waits.HISTORIC, Waits.ROW, Waits.HUNTING)
RESTART = "az functionapp restart; the local stack: Ctrl-C, then start it again"


def advice(
    checkpoints: Iterable[Checkpoint],
    lease: Lease,
    oldest: tuple[dt.datetime, Waits, str] | None,
    now: dt.datetime,
) -> Iterator[str]:
    """A line for each part that seems to have stopped; none while it is at work or says its error."""
    fetched = [each for each in checkpoints if each.last_success is not None]
    if fetched and all(_is_silent(each, now) for each in fetched):
        yield (
            "FetchAlerts neither fetches nor fails: restart the app "
            f"({RESTART}); docs/runbook.md#no-successful-fetch"
        )
    blocked = lease.blocked_until is not None and lease.blocked_until > now
    if oldest is not None and oldest[1] in _HUNTS and now - oldest[0] > _LATE:
        if leases.is_free(lease, now) and not blocked:
            yield (
                "alerts are due and nobody drains: see that HuntCorrelate is not disabled, then restart the "
                f"app ({RESTART}); docs/runbook.md#backlog-growing"
            )


def _is_silent(checkpoint: Checkpoint, now: dt.datetime) -> bool:
    """True where neither a success nor an error is young."""
    told = [each for each in (checkpoint.last_success, checkpoint.last_error_at) if each is not None]
    return all(now - each > _LATE for each in told)
