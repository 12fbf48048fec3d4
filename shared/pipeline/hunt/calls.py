"""The hunting calls of a drain: within the budget, so many at once, and over when quota or time is."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared import telemetry
from shared.core.correlate import Reason
from shared.core.hunting import Answer, Hunt, Query, gaps_in
from shared.errors import AccessDenied, AppError, Denied, Lacking, QueryRejected, ResultTooLarge, Throttled
from shared.pipeline.ports import Rows, TenantHunter
from shared.pipeline.stored.lease import HeldLease
from shared.threads import side_by_side

# How hunting answers a query that is too heavy: 504, and seen too: 500, which may be an outage as well.
# https://github.com/microsoftgraph/microsoft-graph-docs/issues/19084 (read 2026-11)
_HEAVY, _HEAVY_OR_DOWN = 504, 500
_TRIES = 3  # of a query that the service throttles for a short while
_MOST_GAPS = 25  # tries of a query of which each told something more that the tenant lacks
_LONGEST_WAIT = 30.0  # seconds to wait for the budget within a run; beyond, the alerts are put off
_ROUNDS = 3  # of questions that a hunt takes as a rule


class Calls:
    """Those of one batch. `under_way` bounds how many of all batches of the drain are made at once."""

    def __init__(
        self, held: HeldLease, urgent: bool, until: datetime, under_way: threading.Semaphore
    ) -> None:
        self.held = held
        self.made = 0
        self.is_over = False
        self._urgent = urgent
        self._until = until
        self._under_way = under_way
        self._counting = threading.Lock()

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        """An answer for each query; those that no call is left for end as throttled."""
        left = [(query, 1) for query in queries]
        answers: list[Answer] = []
        while left and not self.is_over:
            granted = self._granted(min(len(left), self.held.policy.hunts_at_once))
            group, left = left[:granted], left[granted:]
            asked = side_by_side(self._run, [query for query, _ in group], len(group))
            for (query, tries), ended in zip(group, asked, strict=True):
                if tries < ended.tries:  # where it was throttled, the budget now says until when to wait
                    left.append((query, tries + 1))
                else:
                    answers.append(ended.answer)
        is_late = self.held.ports.clock.now() >= self._until
        why = "the time of this run is spent" if is_late else "the hunting quota is spent"
        return answers + [Answer(query, failure=Reason.THROTTLED, detail=why) for query, _ in left]

    def may_ask_beside(self, hunts: Sequence[Hunt]) -> bool:
        """True where one call was taken for an optional query: only where the hunts, for all the questions
        they are likely to ask, and half of the minute's budget are left untouched."""
        likely = _ROUNDS * sum(len(hunt.queries) for hunt in hunts)
        is_ample = self.held.grant_spare(max(likely, self.held.policy.budget.per_minute // 2))
        self.made += is_ample
        return is_ample

    def ask_beside(self, query: Query) -> Rows:
        """The rows of an optional query; none where it failed."""
        try:
            with self._under_way:
                return self.held.ports.hunter.run(query.name, query.kql, query.timespan)
        except AppError as err:
            telemetry.warning(
                "optional query failed", query=query.name, kind=type(err).__name__, reason=str(err)
            )
            if isinstance(err, Throttled) and err.retry_after:
                self.held.block(err.retry_after)
            return ()

    def _granted(self, wanted: int) -> int:
        """How many calls may be made now; waits for the next where that is worth it."""
        clock = self.held.ports.clock
        while not self.is_over:
            left = (self._until - clock.now()).total_seconds()
            granted, wait = self.held.grant(wanted, high=self._urgent) if left > 0 else (0, 0.0)
            if granted:
                with self._counting:
                    self.made += granted
                return granted
            if wait > _LONGEST_WAIT or wait >= left:
                self.is_over = True
                return 0
            clock.sleep(wait)
        return 0

    def _run(self, query: Query) -> "_Ended":
        with self._under_way:
            ended = _run(self.held.ports.hunter, query)
        if ended.retry_after:
            self.held.block(ended.retry_after)
        return ended


_DENIED = {
    Denied.ROLE: Reason.ROLE_MISSING,
    Denied.AUDIENCE: Reason.TOKEN_REFUSED,
    Denied.LICENCE: Reason.LICENCE_MISSING,
}


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one call ended: the answer, the seconds that the service wants to be left alone for, and how often
    a question that ends so is asked in all."""

    answer: Answer
    retry_after: float = 0.0
    tries: int = 1


def _run(hunter: TenantHunter, query: Query) -> _Ended:
    try:
        rows = hunter.run(query.name, query.kql, query.timespan)
        return _Ended(Answer(query, rows=rows, lacking=gaps_in(query.kql, hunter.gaps())))
    except Throttled as err:
        telemetry.warning("hunt throttled", query=query.name, quota=err.quota, retry_after=err.retry_after)
        throttled = Answer(query, failure=Reason.THROTTLED, detail=str(err))
        return _Ended(throttled, err.retry_after, tries=_TRIES)
    except ResultTooLarge as err:
        return _Ended(Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail=str(err)))
    except Lacking as err:
        lacks = Answer(query, failure=Reason.QUERY_REJECTED, detail=str(err))
        return _Ended(lacks, tries=_MOST_GAPS)
    except QueryRejected as err:
        telemetry.error("query rejected", query=query.name, reason=str(err), alerts=query.alert_ids[:20])
        return _Ended(Answer(query, failure=Reason.QUERY_REJECTED, detail=str(err)))
    except AccessDenied as err:
        return _Ended(Answer(query, failure=_DENIED[err.lacks], detail=str(err)))
    except AppError as err:
        # A query that ran out of time may end in time for fewer alerts; alone, it is tried again later.
        heavy = err.status in (_HEAVY, _HEAVY_OR_DOWN)
        telemetry.warning("hunt failed", query=query.name, kind=type(err).__name__, reason=str(err))
        down = err.status == _HEAVY_OR_DOWN
        failed = Answer(query, too_large=heavy, failure=Reason.UNAVAILABLE, detail=str(err), may_be_down=down)
        return _Ended(failed)
