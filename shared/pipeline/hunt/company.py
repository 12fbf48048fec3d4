"""What one drain may begin beside what it has under way: alerts that did not end go apart from all others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.core.progress import LedgerRow, due
from shared.core.progress import ledger as rules
from shared.pipeline.stored import ledger
from shared.pipeline.stored.lease import HeldLease

_TURN_AFTER = 5.0  # seconds that alerts which did not end wait for others in one run
_OVERDUE = timedelta(minutes=5)  # after which they come first in a run


def begun(held: HeldLease, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The rows of a batch with an attempt counted, which comes before any work on it."""
    policy, alone = held.policy.ledger, due.is_alone(rows)

    def taken(row: LedgerRow, _: LedgerRow) -> LedgerRow:
        return rules.taken_alone(row, policy) if alone else rules.taken(row)

    return ledger.change(held.ports.ledger, rows, taken)


class Company:
    """Of one drain, which begins new work for `begin_for` seconds.

    What was never begun goes first, and together. What did not end waits until nothing is under way, and its
    batch has the process for itself until it has ended. In a drain that is never idle it has a turn after a
    while: nothing is begun until all has ended, and then its batch is.
    """

    def __init__(self, begin_for: float) -> None:
        self._turn_after = timedelta(seconds=min(_TURN_AFTER, begin_for / 2))
        self._waits_since: datetime | None = None
        self._had_a_turn = False
        self._is_apart = False  # what was begun last

    def is_closed(self, now: datetime, *, is_busy: bool) -> bool:
        """True where nothing may be begun before all has ended."""
        return is_busy and (self._is_apart or self._is_their_turn(now))

    def startable(
        self, rows: Sequence[LedgerRow], now: datetime, *, is_busy: bool, of_work: bool
    ) -> list[LedgerRow]:
        """Those of the due rows that may be begun now; `of_work` where hunts were looked for as well."""
        since = [row.work_due or row.first_seen for row in rows if row.attempts]
        if since and self._waits_since is None:
            comes_first = not self._had_a_turn and now - min(since) > _OVERDUE
            self._waits_since = now - self._turn_after if comes_first else now
        elif of_work and not since:
            self._waits_since = None
        return due.startable(rows, is_busy=is_busy, is_their_turn=self._is_their_turn(now))

    def begins(self, batch: Sequence[LedgerRow], *, is_hunt: bool) -> None:
        """Says that the batch is about to be begun. With one of hunts their turn has been."""
        self._is_apart = due.is_apart(batch)
        if self._is_apart and is_hunt:
            self._waits_since, self._had_a_turn = None, True

    def _is_their_turn(self, now: datetime) -> bool:
        return self._waits_since is not None and now - self._waits_since >= self._turn_after
