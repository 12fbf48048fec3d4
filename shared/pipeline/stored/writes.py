"""The rows of what is to be written to alerts, whose owner this is: wanted, taken, and ended.

Each change is made on condition that nobody was first. A row in a run's hands stays its own until it is old
(`core.write_back.queue`), so that two runs never send one comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shared.core import write_back
from shared.core.progress import write_budget
from shared.pipeline.ports import Ports, Writes
from shared.pipeline.stored.change import is_same, settle

if TYPE_CHECKING:
    from shared.core.write_back import WriteRow

_TRIES = 8


def want(writes: Writes, wanted: Iterable[WriteRow]) -> None:
    """Queues them, unless the same or a graver comment waits already. Safe to repeat."""
    by_id = {row.alert_id: row for row in wanted}

    def attempt(left: Sequence[str]) -> list[str]:
        known = writes.find(left)
        rows = [
            row for each in left if (row := write_back.queue.queued(known.get(each), by_id[each])) is not None
        ]
        done = {row.alert_id for row in writes.put(rows)} if rows else set()
        return [row.alert_id for row in rows if row.alert_id not in done]

    settle(list(by_id), attempt)


def is_due(ports: Ports) -> bool:
    """True where a write may be made now: for who decides whether to wake a drain."""
    if ports.write_back is None:
        return False
    now = ports.clock.now()
    if not write_budget.writes_left(ports.leases.read(), now):
        return False
    return any(write_back.queue.is_ready(row, now) for row in ports.write_back.writes.all())


def ready(writes: Writes, now: datetime) -> list[WriteRow]:
    """The rows that a run may take, those of the gravest alerts first, the oldest first among these."""
    rows = [row for row in writes.all() if write_back.queue.is_ready(row, now)]
    return sorted(rows, key=lambda row: (row.severity_rank, row.wanted_at, row.alert_id))


def take(writes: Writes, row: WriteRow, now: datetime) -> WriteRow | None:
    """The row in this run's hands; None where another was first."""
    wanted = write_back.queue.taken(row, now)
    for written in writes.put([wanted]):
        return written
    standing = writes.find([row.alert_id]).get(row.alert_id)
    is_ours = standing is not None and is_same(standing, wanted)  # only the answer was lost
    return standing if is_ours else None


def give_back(writes: Writes, row: WriteRow) -> None:
    """Writes the row as due again; where another was first, its word stands."""
    writes.put([row])


def end(writes: Writes, row: WriteRow) -> None:
    """The row goes, or stays as what came meanwhile: its comment was sent, or never will be."""
    for _ in range(_TRIES):
        further = write_back.queue.after(row)
        done = writes.close([row]) if further is None else writes.put([further])
        if done:
            return
        standing = writes.find([row.alert_id]).get(row.alert_id)
        if standing is None or standing.since != row.since or standing.step is not row.step:
            return  # gone, or in others' hands
        row = standing
