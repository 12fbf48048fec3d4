"""The due index, whose owner this is: by it what is due is found without reading all that is open.

Entries are written before the row that they stand for and removed after it, so one that is there and not
meant costs a look, and none that is meant is lacking. What lacks all the same (the version before writes rows
without entries) `repair` finds, once an hour.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import DueEntry, LedgerRow, Span
from shared.core.progress import due_index as rules
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ledger

type _IsFresh = Callable[[LedgerRow], bool]
type Pair = tuple[LedgerRow | None, LedgerRow]  # an open row as it stands, if there is one; the one to come

_UNDER_WAY = timedelta(seconds=30)  # within which whoever wrote an entry usually writes its row …
_LONGEST_RUN = timedelta(minutes=15)  # … and after which none that wrote it still runs
_MOST_PAGES = 20
_COUNTED = 1_000  # entries of a lane
_LATE_BATCHES = 5
_MOST_LATE = 10_000


def prepare(ledger: Ledger, pairs: Iterable[Pair]) -> None:
    """The index ready for rows that are about to be written."""
    changes = [rules.before(standing, coming) for standing, coming in pairs]
    put = [entry for entries, _ in changes for entry in entries]
    if put:
        ledger.write_due(put, [entry for _, entries in changes for entry in entries])


def settle(ledger: Ledger, pairs: Iterable[Pair], written: Collection[str]) -> None:
    """Removes what no longer stands for the rows whose ids were written."""
    gone = [
        entry
        for standing, coming in pairs
        if coming.alert_id in written
        for entry in rules.after(standing, coming)
    ]
    if gone:
        ledger.write_due((), gone)


def work(
    ledger: Ledger, policy: Policy, now: datetime, but: Collection[str] = frozenset()
) -> list[LedgerRow]:
    """Open rows whose hunt or row is due, by severity those that are due longest: of each at least as many as
    go together, where there are so many, that were not begun before. The alerts in `but` are passed over."""
    spans = rules.work_spans(now, policy.batch_size)
    return _rows(ledger, [*spans, _late(policy, now)], now, lambda row: not row.attempts, but)


def _late(policy: Policy, now: datetime) -> Span:
    """Of alerts that should have a row by now and have none, many more than go together: the gravest of them
    are taken."""
    since = now - timedelta(seconds=policy.row_after)
    return Span(rules.LATE, _LATE_BATCHES * policy.batch_size, end=since)


def to_send(ledger: Ledger, policy: Policy, now: datetime, run_ended: datetime | None) -> list[LedgerRow]:
    """Open rows whose pointer may have to leave (again): those that are due, and those whose first pointer
    left, or did not, after `run_ended`."""
    most = policy.max_pointers
    spans = [Span(rules.SENT, most, end=now), Span(rules.SEND, most, end=now)]
    if run_ended is not None:
        orphans = run_ended + timedelta(seconds=policy.ledger.resend_after)
        spans.append(Span(rules.SENT, most, start=orphans))
    return _rows(ledger, spans, now, lambda row: not row.look_up_attempts)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the app. `is_due` is True where there is work for HuntCorrelate; now and then also where
    a run died before it took an entry back. `more` where only the first of a lane were counted."""

    is_due: bool
    alerts: int
    waiting_enrichment: int
    oldest_s: float
    more: bool


def backlog(ledger: Ledger, policy: Policy, now: datetime) -> Backlog:
    """What waits now, as far as the index tells; a hunt planned for later is no backlog."""
    spans = [
        *rules.work_spans(now, _COUNTED),
        Span(rules.SENT, _COUNTED),
        replace(_late(policy, now), most=1),
    ]
    *due, sent, late = ledger.due_entries(spans)
    work = [entry for page in due for entry in page]
    since = [entry.at for entry in work] + [entry.since or entry.at for entry in sent]
    return Backlog(
        is_due=bool(work or late),
        alerts=len({entry.alert_id for entry in (*work, *sent)}),
        waiting_enrichment=len(sent),
        oldest_s=max((now - min(since)).total_seconds(), 0.0) if since else 0.0,
        more=any(len(page) >= _COUNTED for page in (*due, sent)),
    )


def oldest(ledger: Ledger, now: datetime) -> list[LedgerRow]:
    """Those that have waited longest: of the work of each severity, and of what is being looked up."""
    found = ledger.due_entries([*rules.work_spans(now, 1), Span(rules.SENT, 1)])
    return list(ledger.open_many({entry.alert_id for page in found for entry in page}).values())


def waiting_backfill(ledger: Ledger, most: int) -> int:
    """How many alerts of a backfill have no row yet, counted up to `most`; so many, too, where more alerts
    than can be looked through have none."""
    [found] = ledger.due_entries([Span(rules.LATE, _MOST_LATE)])
    waiting = sum(entry.rank == rules.BACKFILL for entry in found)
    return most if len(found) >= _MOST_LATE else min(waiting, most)


def _rows(
    ledger: Ledger,
    spans: Sequence[Span],
    now: datetime,
    is_fresh: _IsFresh,
    but: Collection[str] = frozenset(),
) -> list[LedgerRow]:
    """The rows to which the spans' entries lead; more are read where those that were begun hide others."""
    rows: dict[str, LedgerRow] = {}
    for _ in range(_MOST_PAGES):
        pages = ledger.due_entries(spans)
        entries = [entry for span, page in zip(spans, pages, strict=True) for entry in _taken(span, page)]
        found = [entry for entry in entries if entry.alert_id not in but]
        rows |= ledger.open_many({entry.alert_id for entry in found} - rows.keys())
        _mend(ledger, found, rows, now)
        spans = [
            replace(span, beyond=page[-1])
            for span, page in zip(spans, pages, strict=True)
            if len(page) >= span.most
            and 2 * _fresh(_taken(span, page), rows, is_fresh) < len(_taken(span, page))
        ]
        if not spans:
            break
    return list(rows.values())


def _taken(span: Span, page: Sequence[DueEntry]) -> Sequence[DueEntry]:
    """The entries that are followed: of the late lane, which knows no severities, the gravest."""
    return rules.gravest(page, span.most // _LATE_BATCHES) if span.lane == rules.LATE else page


def _fresh(page: Iterable[DueEntry], rows: Mapping[str, LedgerRow], is_fresh: _IsFresh) -> int:
    known = (rows.get(entry.alert_id) for entry in page)
    return sum(row is not None and is_fresh(row) for row in known)


def _mend(ledger: Ledger, found: Iterable[DueEntry], rows: Mapping[str, LedgerRow], now: datetime) -> None:
    """Where entries lead to rows that are not due as they say, those rows' entries are written anew: whoever
    wrote the entry may have removed one of them and died. The entry itself goes once nobody can still be
    about to write its row."""
    stale = [
        entry
        for entry in found
        if rules.is_stale(entry, rows.get(entry.alert_id)) and _is_older(entry, now, _UNDER_WAY)
    ]
    if not stale:
        return
    meant = {each for entry in stale for each in rules.entries(rows.get(entry.alert_id))}
    ledger.write_due(meant, [entry for entry in stale if _is_older(entry, now, _LONGEST_RUN)])


def _is_older(entry: DueEntry, now: datetime, age: timedelta) -> bool:
    return entry.written is not None and now - entry.written > age


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair came to: entries that were lacking, entries that stood for nothing, and rows in all."""

    added: int
    removed: int
    open: int


def repair(ledger: Ledger, now: datetime) -> Repaired:
    """The index as the open rows mean it; all of both is read."""
    count, lacking = 0, set[DueEntry]()
    for row in ledger.open_rows():
        count += 1
        lacking |= rules.entries(row)
    meant, stale = frozenset(lacking), list[DueEntry]()
    for entry in ledger.all_due_entries():
        lacking.discard(entry)
        if entry not in meant and _is_older(entry, now, _LONGEST_RUN):
            stale.append(entry)
    if lacking or stale:
        ledger.write_due(lacking, stale)
    done = Repaired(len(lacking), len(stale), count)
    telemetry.info("due index repaired", added=done.added, removed=done.removed, open=done.open)
    return done
