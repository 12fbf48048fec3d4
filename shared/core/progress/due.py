"""Which open rows want work now, in which order, and how many of them together."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.core.progress.ledger_row import LedgerRow

_FEW = 10  # alerts that did not end together and are next tried one by one: it costs so many hunts at most
_BACKFILL = 9  # the rank of an alert that a person asked for, after every other


def waiting_for(row: LedgerRow, now: datetime) -> float:
    """Seconds that the row has waited: for its look-ups since it was first seen, else since it was due."""
    if row.sends:
        return (now - (row.generation_seen or row.first_seen)).total_seconds()
    return 0.0 if row.work_due is None else (now - row.work_due).total_seconds()


def to_send(rows: Iterable[LedgerRow], now: datetime) -> list[LedgerRow]:
    """Rows whose pointer must leave (again), oldest first."""
    late = [row for row in rows if row.enrich_due is not None and row.enrich_due <= now]
    return sorted(late, key=lambda row: (row.severity_rank, row.enrich_due or now, row.alert_id))


def coming(rows: Iterable[LedgerRow], now: datetime, within: float) -> int:
    """How many alerts are looked up for the first time and came no longer than `within` seconds ago."""
    return sum(
        row.sends > 0
        and row.enrich_due is not None
        and row.work_due is None
        and (now - (row.generation_seen or row.first_seen)).total_seconds() <= within
        for row in rows
    )


def due_work(rows: Iterable[LedgerRow], now: datetime, low_severity_max_wait: float) -> list[LedgerRow]:
    """Rows HuntCorrelate must take now: most severe first, oldest first within a severity.

    A row that has waited longer than `low_severity_max_wait` seconds goes before all others: no starvation.
    Alerts of a backfill come after all news.
    """
    ready = [row for row in rows if row.work_due is not None and row.work_due <= now]

    def order(row: LedgerRow) -> tuple[int, datetime, str]:
        due = row.work_due or now
        if row.backfill:
            return (_BACKFILL, due, row.alert_id)
        starved = (now - due).total_seconds() > low_severity_max_wait
        return (-1 if starved else row.severity_rank, due, row.alert_id)

    return sorted(ready, key=order)


def next_batch(rows: Sequence[LedgerRow], batch_size: int, max_attempts: int) -> list[LedgerRow]:
    """The next of the due rows to work on together: those that were begun least often, most urgent first.

    What was begun and did not end comes in batches of a tenth of the size before, the last time alone, and
    alone at once where there are few. So an alert that ends the process each time is found in a few steps,
    and a process that was merely stopped costs the alerts that it had in work some more hunts, not one for
    each.
    """
    begun = min(row.attempts for row in rows)
    alike = [row for row in rows if row.attempts == begun]
    return alike[: _together(len(alike), begun, batch_size, max_attempts)]


def attempts_below(count: int, batch_size: int, max_attempts: int) -> int:
    """How many attempts a row must have to be taken next with fewer than `count` others, or alone."""
    for begun in range(max_attempts):
        if _together(count, begun, batch_size, max_attempts) < count:
            return begun
    return max_attempts - 1


def _together(count: int, begun: int, batch_size: int, max_attempts: int) -> int:
    """How many of `count` alerts that were begun so often go together."""
    if begun >= max_attempts - 1 or (begun and count <= _FEW):
        return 1
    return max(1, batch_size // int(10**begun))
