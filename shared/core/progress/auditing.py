"""What the hourly audit makes of its lists: which alerts the ledger lacks, or knows too old a version of, and
which of them to fetch now.

An id that did not help when it was fetched (the alert API does not know it, or answers what is known) is
asked for again after an hour, then after two, four, at most a day: so however many such ids there are, one
that is truly missing has its turn.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from shared.core.alert import Severity
from shared.core.progress.ledger_row import LedgerRow
from shared.core.values import Instant

MOST_REMEMBERED = 1_200  # tries, of about 20 characters each in the checkpoint's row
AHEAD = 120.0  # seconds by which an alert may be dated after our clock before that is said
_OTHER_SOURCE = 2.0  # seconds by which the times of two APIs may differ for one version
_MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of an alert; `last_update` None and `incident_id` "" where it does not tell."""

    day: str
    created: Instant
    severity_rank: int = Severity.UNKNOWN.rank
    last_update: Instant | None = None
    incident_id: str = ""


def merged(lists: Iterable[Mapping[str, Listed]]) -> dict[str, Listed]:
    """One answer for each alert: the first list's, with the latest update that any of them tells."""
    found: dict[str, Listed] = {}
    for listed in lists:
        for alert_id, one in listed.items():
            known = found.setdefault(alert_id, one)
            if one.last_update and (known.last_update is None or known.last_update < one.last_update):
                found[alert_id] = replace(known, last_update=one.last_update)
    return found


def is_behind(row: LedgerRow, listed: Listed, source: str, until: Instant) -> bool:
    """True where the list tells a later update than the ledger knows, from before `until`: what is newer is
    the next fetch's to bring."""
    told = listed.last_update
    if told is None or told >= until:
        return False
    return told.seconds_since(row.last_update) > (0.0 if row.source == source else _OTHER_SOURCE)


def is_moved(row: LedgerRow, listed: Listed, published: str, now: datetime) -> bool:
    """True where the list tells another incident than the published row does, and nothing of the alert is
    about to be published: a move need not change the alert's update time."""
    is_at_rest = row.work_due is None or row.work_due > now
    return is_at_rest and listed.incident_id not in ("", published)


@dataclass(frozen=True, slots=True)
class Try:
    """How often an id was fetched without use, and in which hour (since 1970) it is asked for again;
    `is_settled` where the answer was that it is unknown, or nothing new."""

    count: int
    again: int
    is_settled: bool


_NEVER = Try(0, 0, is_settled=False)


@dataclass(frozen=True, slots=True)
class Tries:
    """What was fetched for an audit without use, by a short digest of the id."""

    known: Mapping[str, Try]

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Tries":
        """From the checkpoint's row; what cannot be read is forgotten."""
        found = (re.fullmatch(r"([0-9a-f]{10}):([0-9]{1,6}):([0-9]{1,9})(s?)", text) for text in texts)
        return cls({one[1]: Try(int(one[2]), int(one[3]), bool(one[4])) for one in found if one})

    def texts(self) -> tuple[str, ...]:
        """For the checkpoint's row: those tried most often, where there are too many."""
        most = sorted(self.known.items(), key=lambda each: (-each[1].count, each[0]))[:MOST_REMEMBERED]
        return tuple(f"{key}:{one.count}:{one.again}{'s' if one.is_settled else ''}" for key, one in most)

    def of(self, alert_id: str) -> Try:
        """What is remembered of the id."""
        return self.known.get(_key(alert_id), _NEVER)

    def in_turn(self, listed: Mapping[str, Listed], alert_ids: Iterable[str], now: datetime) -> list[str]:
        """Those whose turn it is: tried least often first, then the worst, then the oldest."""
        due = [(self.of(each), listed[each], each) for each in alert_ids if self.of(each).again <= _hour(now)]
        due.sort(key=lambda turn: (turn[0].count, turn[1].severity_rank, turn[1].created, turn[2]))
        return [each for _, _, each in due]

    def after(
        self, lacking: Iterable[str], settled: Collection[str], failed: Collection[str], now: datetime
    ) -> "Tries":
        """The tries after a round: those of ids that are still lacking, and one more of each that was
        fetched without use: its answer told nothing new, or there was none."""
        kept = {_key(each): self.of(each) for each in lacking if self.of(each) is not _NEVER}
        for each in (*settled, *failed):
            count = self.of(each).count + 1
            again = _hour(now) + min(2 ** min(count, 10) // 2, _MOST_HOURS)
            kept[_key(each)] = Try(count, again, each in settled)
        return Tries(kept)


def _key(alert_id: str) -> str:
    return blake2b(alert_id.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // 3_600
