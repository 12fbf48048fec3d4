"""Runs hunts: asks what the core plans, within the budget, until it has nothing more to ask."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.alert import Alert
from shared.core.conclude import proves
from shared.core.correlate import Cell, Event, Finding, Reason
from shared.core.hunting import Answer, Case, Hunt, HuntPolicy, Query, gaps_in, start
from shared.core.values import Instant
from shared.errors import (
    AccessDenied,
    AppError,
    Denied,
    Lacking,
    QueryRejected,
    ResultTooLarge,
    Throttled,
    error_text,
)
from shared.pipeline.ports import TenantHunter
from shared.pipeline.stored.lease import HeldLease, LeaseLost
from shared.threads import Threads

type Rows = tuple[Mapping[str, Cell], ...]

# How hunting answers a query that is too heavy: 504, and seen too: 500, which may be an outage as well.
# https://github.com/microsoftgraph/microsoft-graph-docs/issues/19084 (read 2026-11)
_HEAVY, _HEAVY_OR_DOWN = 504, 500
_TRIES = 3  # of a query that the service throttles for a short while
_MOST_GAPS = 25  # tries of a query of which each told something more that the tenant lacks
_LONGEST_WAIT = 30.0  # seconds to wait for the budget within a run; beyond, the alerts are put off
_ROUNDS = 3  # of questions that a hunt takes as a rule


@dataclass(frozen=True, slots=True)
class Hunted:
    """What one hunt of several found, by alert id. `calls` and `out_of_quota` are those of all hunts so far:
    how many calls were made, and whether there is none left. `beside` are the rows of the optional query;
    none where it was not asked or failed."""

    findings: Mapping[str, Finding]
    calls: int
    out_of_quota: bool
    beside: Rows = ()


def run_hunts(
    held: HeldLease,
    cases: Sequence[Case],
    *,
    urgent: bool,
    seconds_left: float,
    beside: Query | None = None,
) -> Iterator[Hunted]:
    """Hunts all cases, in several hunts side by side, and gives each as it ends: no alert waits for the
    slowest query of all. How many calls are under way at once is bounded for all of them. A refused query
    marks only its own alerts; what is known so far is kept.

    `beside` is a query that no finding depends on. It is asked together with the first questions, and only
    where the budget is ample; it is never waited for to be allowed, nor asked again.
    """
    begun = held.ports.clock.now()
    now = Instant.of(begun)
    proof = proves(held.ports.rules())
    groups = grouped(cases, held.policy.group_size)
    hunts = [
        hunt for group in groups if (hunt := _started(tuple(group), now, held.policy.hunt, proof)) is not None
    ]
    calls = Calls(held, urgent, begun + timedelta(seconds=seconds_left))
    optional = beside if beside and calls.may_ask_beside(hunts) else None
    for found, rows in _as_they_end(calls, hunts, optional):
        yield Hunted(found, calls.made, calls.is_over, rows)
    telemetry.info(
        "hunted",
        alerts=len(cases),
        hunts=len(hunts),
        calls=calls.made,
        out_of_quota=calls.is_over,
        seconds=round((held.ports.clock.now() - begun).total_seconds(), 1),
    )


def _as_they_end(
    calls: "Calls", hunts: Sequence[Hunt], optional: Query | None
) -> Iterator[tuple[Mapping[str, Finding], Rows]]:
    """The findings of each hunt, with the rows of the optional query. One after another, in their order,
    where no two calls may be under way at once. Nothing of a hunt that a fault of ours ended."""
    if not hunts:
        return
    if len(hunts) + bool(optional) == 1 or calls.held.policy.hunts_at_once == 1:
        rows = calls.ask_beside(optional) if optional else ()
        yield from ((_hunt(calls, hunt), rows) for hunt in hunts)
        return
    with Threads(max_workers=len(hunts) + 1) as pool:
        running = [pool.submit(_hunt, calls, hunt) for hunt in hunts]
        aside = pool.submit(calls.ask_beside, optional) if optional else None
        for one in as_completed(running):
            yield one.result(), aside.result() if aside else ()


def grouped(cases: Sequence[Case], size: int) -> list[list[Case]]:
    """The cases in groups of about `size` that are hunted apart: those whose alert names a process need one
    question or two, the others more. Those of one device stay together, as they share their queries."""
    groups: list[list[Case]] = []
    for by_process in (True, False):
        by_device: dict[str, list[Case]] = {}
        for case in cases:
            if _names_a_process(case.alert) == by_process:
                by_device.setdefault(case.alert.device_id or "", []).append(case)
        group: list[Case] = []
        for theirs in by_device.values():
            if group and len(group) + len(theirs) > size:
                groups.append(group)
                group = []
            group = group + theirs
        groups += [group] if group else []
    return groups


def _names_a_process(alert: Alert) -> bool:
    return any(item.process_id is not None and item.process_created is not None for item in alert.evidence)


def _started(
    cases: tuple[Case, ...], now: Instant, policy: HuntPolicy, proof: Callable[[Event], bool]
) -> Hunt | None:
    """The hunt; None where a fault of ours ended it, and its alerts stay due with their attempt counted."""
    try:
        return start(cases, now, policy, proof)
    except Exception as err:
        _failed(err, [case.alert.id for case in cases])
        return None


def _hunt(calls: "Calls", hunt: Hunt) -> Mapping[str, Finding]:
    """The findings; none where a fault of ours ended the hunt."""
    asked: set[str] = set()
    try:
        while hunt.queries:
            asked.update(alert_id for query in hunt.queries for alert_id in query.alert_ids)
            hunt = hunt.answered(calls.ask(hunt.queries))
        return hunt.findings()
    except (AppError, LeaseLost):
        raise
    except Exception as err:
        _failed(err, sorted(asked))
        return {}


def _failed(err: Exception, alert_ids: Sequence[str]) -> None:
    said = error_text(err)[:300]
    telemetry.error("hunt left for another try", alerts=alert_ids[:20], count=len(alert_ids), reason=said)


class Calls:
    """The hunting calls of one drain: within the budget, so many at once, and over when quota or time is."""

    def __init__(self, held: HeldLease, urgent: bool, until: datetime) -> None:
        self.held = held
        self.made = 0
        self.is_over = False
        self._urgent = urgent
        self._until = until
        self._under_way = threading.Semaphore(held.policy.hunts_at_once)
        self._counting = threading.Lock()

    def ask(self, queries: Sequence[Query]) -> list[Answer]:
        """An answer for each query; those that no call is left for end as throttled."""
        left = [(query, 1) for query in queries]
        answers: list[Answer] = []
        while left and not self.is_over:
            granted = self._granted(min(len(left), self.held.policy.hunts_at_once))
            group, left = left[:granted], left[granted:]
            for (query, tries), ended in zip(
                group, self._run_all([query for query, _ in group]), strict=True
            ):
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
        while True:
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

    def _run_all(self, group: Sequence[Query]) -> list["_Ended"]:
        if len(group) < 2:
            return [self._run(query) for query in group]
        with Threads(max_workers=len(group)) as pool:
            return list(pool.map(self._run, group))

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
