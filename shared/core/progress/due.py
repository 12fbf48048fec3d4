"""Which open rows want work now, in which order, and how many of them together."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from shared.core.progress.due_index import BACKFILL, LATE, DueEntry, gravest, rank_of, rank_of_lane
from shared.core.progress.ledger_row import LedgerRow

_FEW = 10  # alerts that did not end together and are next tried one by one: it costs so many hunts at most
_USUAL = 3  # rows in the order of severity, then one that has waited too long


def to_send(rows: Iterable[LedgerRow], now: datetime, run_ended: datetime | None = None) -> list[LedgerRow]:
    """Rows whose pointer must leave (again), oldest first.

    `run_ended` is when the last run that sent pointers came to its end: those of versions that were seen
    later died with their run.
    """
    late = [
        row
        for row in rows
        if row.enrich_due is not None and (row.enrich_due <= now or is_orphan(row, run_ended))
    ]
    return sorted(late, key=lambda row: (row.severity_rank, row.enrich_due or now, row.alert_id))


def is_orphan(row: LedgerRow, run_ended: datetime | None) -> bool:
    """True where the row's first pointer died with the run that was to send it."""
    seen = row.generation_seen or row.first_seen
    first = row.enrich_due is not None and row.sends == 1 and not row.look_ups
    return first and run_ended is not None and seen > run_ended


def due_work(
    rows: Iterable[LedgerRow], now: datetime, low_severity_max_wait: float, row_after: float
) -> list[LedgerRow]:
    """Rows HuntCorrelate must take now: most severe first, oldest first within a severity.

    Those that have waited longer than `low_severity_max_wait` seconds, the oldest first, have every fourth
    place: so none starves, and however many they are, the most severe have three places of four. Alerts of a
    backfill come after all news. What has no row after `row_after` seconds is due, whatever it waits for.
    """
    ready = [row for row in rows if is_due(row, now, row_after)]

    def since(row: LedgerRow) -> datetime:
        return row.work_due or now

    starved: list[LedgerRow] = []
    usual: list[LedgerRow] = []
    for row in sorted(ready, key=lambda row: (rank_of(row), since(row), row.alert_id)):
        waited = (now - since(row)).total_seconds()
        (starved if rank_of(row) and not row.backfill and waited > low_severity_max_wait else usual).append(
            row
        )
    starved.sort(key=lambda row: (since(row), row.alert_id))
    return _shared_out(usual, starved)


def first_entries(
    found: Iterable[DueEntry], now: datetime, low_severity_max_wait: float, most: int
) -> list[DueEntry]:
    """The entries whose rows `due_work` would put first, so many; and as many of alerts that have no row, the
    gravest of them. So the rows of no more than these are read."""
    work: list[DueEntry] = []
    starved: list[DueEntry] = []
    late: list[DueEntry] = []
    for entry in found:
        if entry.lane == LATE:
            late.append(entry)
            continue
        waited = (now - entry.at).total_seconds()
        has_starved = 0 < rank_of_lane(entry.lane) < BACKFILL and waited > low_severity_max_wait
        (starved if has_starved else work).append(entry)
    work.sort(key=lambda entry: (rank_of_lane(entry.lane), entry.at, entry.alert_id))
    starved.sort(key=lambda entry: (entry.at, entry.alert_id))
    return [*_shared_out(work, starved)[:most], *gravest(late, most)]


def _shared_out[T](usual: list[T], starved: list[T]) -> list[T]:
    """Three of the usual ones, then a starved one, and so on; what is left over follows."""
    order: list[T] = []
    turns = min(-(-len(usual) // _USUAL), len(starved))
    for turn in range(turns):
        order += usual[turn * _USUAL : (turn + 1) * _USUAL]
        order.append(starved[turn])
    return [*order, *usual[turns * _USUAL :], *starved[turns:]]


def is_due(row: LedgerRow, now: datetime, row_after: float) -> bool:
    """True where HuntCorrelate must take the row now, if only to give the alert its row."""
    return is_ready(row, now) or is_late(row, now, row_after)


def is_ready(row: LedgerRow, now: datetime) -> bool:
    """True where the row's hunt or publication is due."""
    return row.work_due is not None and row.work_due <= now


def is_late(row: LedgerRow, now: datetime, row_after: float) -> bool:
    """True where the alert has no row yet, and should have had one by now whatever else goes on. What a
    service has refused waits for its next try."""
    if row.attempts and row.work_due is not None and row.work_due > now:
        return False
    return not row.was_published and (now - row.first_seen).total_seconds() > row_after


def next_batch(
    rows: Sequence[LedgerRow],
    batch_size: int,
    max_attempts: int,
    attempts: Callable[[LedgerRow], int] = lambda row: row.attempts,
) -> list[LedgerRow]:
    """The next of the due rows to work on together: those that were begun least often, most urgent first.

    What was begun and did not end comes in batches of a tenth of the size before, in the end alone, and
    alone at once where there are few. So an alert that ends the process each time is found in a few steps,
    and a process that was merely stopped costs the alerts that it had in work some more hunts, not one for
    each. That holds while such a batch has the process for itself (`startable`). `attempts` is the count that
    is meant.
    """
    begun = min(map(attempts, rows))
    alike = [row for row in rows if attempts(row) == begun]
    return alike[: _together(len(alike), begun, batch_size, max_attempts)]


def startable(ready: Sequence[LedgerRow], *, is_busy: bool, is_their_turn: bool) -> list[LedgerRow]:
    """Those of the due rows that may be begun now, in a process that has other work under way or has none:
    those that were begun least often.

    What did not end goes apart from everything else: its batch is begun where nothing is under way, and while
    it is, nothing else is. So whatever ends the process, its company is one batch at the most, and an alert
    that died alone was alone. `is_their_turn` where it has waited long enough for a process that is never
    idle: nothing is begun then until it can be.
    """
    begun = [row for row in ready if row.attempts]
    if len(begun) < len(ready) and not (begun and is_their_turn):
        return [row for row in ready if not row.attempts]
    least = min((row.attempts for row in begun), default=0)
    return [] if is_busy else [row for row in begun if row.attempts == least]


def is_apart(batch: Sequence[LedgerRow]) -> bool:
    """True where the batch has the process for itself: it was begun before and did not end."""
    return any(row.attempts for row in batch)


def is_alone(batch: Sequence[LedgerRow]) -> bool:
    """True where the batch is one alert that has the process for itself, so that it dies of nothing else."""
    return len(batch) == 1 and is_apart(batch)


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
