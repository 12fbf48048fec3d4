"""The due index, whose owner this is: by it what is due is found without reading all that is open.

Entries are written before the row that they stand for and removed after it, so one that is there and not
meant costs a look, and none that is meant is lacking. What lacks all the same (the version before writes rows
without entries) `repair` finds, once an hour.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import DueEntry, LedgerRow, Span, due
from shared.core.progress import due_index as rules
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ledger

type _IsFresh = Callable[[LedgerRow], bool]
type _First = Callable[[Sequence[DueEntry]], Sequence[DueEntry]]
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


@dataclass(frozen=True, slots=True)
class Kinds:
    """What is looked for: rows whose hunt or row is due, and rows of alerts that should have one by now."""

    work: bool = True
    late: bool = True


ALL = Kinds()


def work(
    ledger: Ledger, policy: Policy, now: datetime, but: Collection[str] = frozenset(), kinds: Kinds = ALL
) -> list[LedgerRow]:
    """Open rows that come first: those whose hunt or row is due, and the gravest of those that should have a
    row by now and have none; of each as many as go together, where there are so many, that were not begun
    before. The alerts in `but` are passed over."""
    spans = rules.work_spans(now, policy.batch_size) if kinds.work else []
    if kinds.late:
        spans.append(_late(policy, now))

    def first(found: Sequence[DueEntry]) -> Sequence[DueEntry]:
        return due.first_entries(found, now, policy.low_severity_max_wait, policy.batch_size)

    return _rows(ledger, spans, now, lambda row: not row.attempts, first, but)


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
    return _rows(ledger, spans, now, lambda row: not row.look_up_attempts, lambda found: found, ())


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


@dataclass(slots=True)
class _Lane:
    """A span as it is read: its entries that are not followed yet, how many were passed over, and whether
    there are others behind them."""

    span: Span
    waiting: list[DueEntry] = field(default_factory=list)
    passed_over: int = 0
    has_more: bool = True

    def take_in(self, page: Sequence[DueEntry], but: Collection[str]) -> None:
        """The next page of it."""
        self.waiting = [entry for entry in page if entry.alert_id not in but]
        self.passed_over = len(page) - len(self.waiting)
        self.has_more = len(page) >= self.span.most
        self.span = replace(self.span, beyond=page[-1]) if page else self.span

    def hides_others(self, followed: Collection[DueEntry], is_fresh: Callable[[DueEntry], bool]) -> bool:
        """True where it must be looked at further: most of what was followed was begun before. Where none of
        it was, others come first."""
        mine = [entry for entry in self.waiting if entry in followed]
        self.waiting = [entry for entry in self.waiting if entry not in followed]
        looked_at, self.passed_over = len(mine) + self.passed_over, 0
        if not (self.waiting or self.has_more) or (self.waiting and not mine):
            return False
        return 2 * sum(map(is_fresh, mine)) < looked_at


def _rows(
    ledger: Ledger,
    spans: Sequence[Span],
    now: datetime,
    is_fresh: _IsFresh,
    first: _First,
    but: Collection[str],
) -> list[LedgerRow]:
    """The rows to which those of the spans' entries lead that come `first`; more are read where those that
    were begun hide others."""
    rows: dict[str, LedgerRow] = {}

    def leads_to_fresh(entry: DueEntry) -> bool:
        row = rows.get(entry.alert_id)
        return row is not None and is_fresh(row)

    lanes = [_Lane(span) for span in spans]
    for _ in range(_MOST_PAGES):
        unread = [lane for lane in lanes if not lane.waiting]
        pages = ledger.due_entries([lane.span for lane in unread]) if unread else []
        for lane, page in zip(unread, pages, strict=True):
            lane.take_in(page, but)
        some = first([entry for lane in lanes for entry in lane.waiting])
        rows |= ledger.open_many({entry.alert_id for entry in some} - rows.keys())
        _mend(ledger, some, rows, now)
        followed = frozenset(some)
        lanes = [lane for lane in lanes if lane.hides_others(followed, leads_to_fresh)]
        if not lanes:
            break
    return list(rows.values())


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


def repair(ledger: Ledger, now: datetime) -> None:
    """Makes the index what the open rows mean; all of both is read."""
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
    telemetry.info("due index repaired", added=len(lacking), removed=len(stale), open=count)
