"""The due index: for each open row the keys by which those who look for due work find it.

A row has an entry for its next work (`work`), one for a pointer that is on its way (`sent`) or has yet to
leave (`send`), and one as long as its alert has no row for consumers (`late`). Entries are a function of the
row alone. They lie by lane and time, work by severity too, so that a look reads what is due and no more. An
entry only says where to look: what is due is read from the row itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values import Checkpoint

BACKFILL = 9  # the rank of an alert that a person asked for, after every other
RANKS = (0, 1, 2, 3, BACKFILL)
_OFTEN = 60.0  # seconds
SENT, SEND = "sent", "send"
WORK_LANES = tuple(f"work|{rank}" for rank in RANKS)
LATE = "late"


@dataclass(frozen=True, slots=True)
class DueEntry:
    """One entry. `at` is when the row is due; in the late lane, when its alert was first seen.

    `rank` is the row's when the entry was written; `since` is when the version was first seen whose pointer
    is on its way. `written` and `etag` are the storage's, of an entry that was read.
    """

    lane: str
    at: datetime
    alert_id: str
    rank: int = field(default=0, compare=False)
    since: datetime | None = field(default=None, compare=False)
    written: datetime | None = field(default=None, compare=False)
    etag: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """The first `most` entries of a lane from `start` up to `end`, both included, behind `beyond`."""

    lane: str
    most: int
    start: datetime | None = None
    end: datetime | None = None
    beyond: DueEntry | None = None


def rank_of(row: LedgerRow) -> int:
    """The row's place among severities: 0 comes first, a backfill last."""
    return BACKFILL if row.backfill else min(max(row.severity_rank, 0), RANKS[-2])


def rank_of_lane(lane: str) -> int:
    """The rank whose work lies in the lane."""
    return RANKS[WORK_LANES.index(lane)]


def entries(row: LedgerRow | None) -> frozenset[DueEntry]:
    """Where the row must be found; nowhere once it is no longer open."""
    if row is None or row.state is not State.OPEN:
        return frozenset()
    rank, alert_id = rank_of(row), row.alert_id
    found = [] if row.was_published else [DueEntry(LATE, row.first_seen, alert_id, rank)]
    if row.work_due is not None:
        found.append(DueEntry(f"work|{rank}", row.work_due, alert_id, rank))
    if row.enrich_due is not None and row.sends:
        since = row.generation_seen or row.first_seen
        found.append(DueEntry(SENT, row.enrich_due, alert_id, rank, since))
    elif row.enrich_due is not None:
        found.append(DueEntry(SEND, row.enrich_due, alert_id, rank))
    return frozenset(found)


def before(standing: LedgerRow | None, coming: LedgerRow) -> tuple[frozenset[DueEntry], frozenset[DueEntry]]:
    """(entries to write, entries to remove) before `coming` takes the place of `standing`.

    Whatever is removed here is due no earlier than something that is written here. So should `coming` never
    be written, whoever finds that entry meets the row, and writes its entries anew.
    """
    old, new = entries(standing), entries(coming)
    if old == new:
        return frozenset(), frozenset()
    soonest = min((each.at for each in new - old if each.lane != LATE), default=None)
    early = {each for each in old - new if soonest is not None and each.lane != LATE and soonest <= each.at}
    return new, frozenset(early)


def after(standing: LedgerRow | None, coming: LedgerRow) -> frozenset[DueEntry]:
    """Entries to remove once `coming` has taken the place of `standing`."""
    return entries(standing) - entries(coming) - before(standing, coming)[1]


def is_stale(entry: DueEntry, row: LedgerRow | None) -> bool:
    """True where the row is not due as the entry says."""
    return entry not in entries(row)


def work_spans(now: datetime, most: int) -> list[Span]:
    """Where to look for hunts and rows that are due by `now`, so many of each severity."""
    return [Span(lane, most, end=now) for lane in WORK_LANES]


def gravest(found: Iterable[DueEntry], most: int) -> list[DueEntry]:
    """The entries by severity, then by time, so many of them."""
    return sorted(found, key=lambda each: (each.rank, each.at, each.alert_id))[:most]


def is_repair_due(known: Checkpoint, now: datetime, every: float, often_for: float) -> bool:
    """True once in `every` seconds, and each minute in the first `often_for`: instances of the version before
    may go on for some minutes, and write rows without entries. One that did not end comes after `every`."""
    if known.repair_begun is None or known.repaired_since is None:
        return True
    ended = known.repair_ended is not None and known.repair_ended >= known.repair_begun
    is_new = (now - known.repaired_since).total_seconds() < often_for
    wait = _OFTEN if ended and is_new else every
    return (now - known.repair_begun).total_seconds() >= wait
