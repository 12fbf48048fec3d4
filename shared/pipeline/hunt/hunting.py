"""Runs hunts: asks what the core plans, within the budget, until it has nothing more to ask."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from shared import telemetry
from shared.core.alert import Alert
from shared.core.conclude import proves
from shared.core.correlate import Event, Finding
from shared.core.hunting import Case, Hunt, HuntPolicy, Query, start
from shared.core.values import Instant
from shared.errors import AppError, error_text
from shared.pipeline.hunt.calls import Calls
from shared.pipeline.ports import Rows
from shared.pipeline.stored.lease import HeldLease, LeaseLost
from shared.threads import AtOnce, Threads

_SIDE_BY_SIDE = 16  # hunts of one drain, most of which wait for an answer or for their turn to ask


@dataclass(frozen=True, slots=True)
class Hunted:
    """What one hunt of several found, by alert id. `calls` and `out_of_quota` are those of its batch so far:
    how many calls were made, and whether there is none left. `beside` are the rows of the optional query;
    none where it was not asked or failed."""

    findings: Mapping[str, Finding]
    calls: int
    out_of_quota: bool
    beside: Rows = ()


class Hunts:
    """The hunts of one drain, side by side, until it is closed: no alert waits for the slowest
    query of all, nor a batch for the one before it. How many calls are under way at once is bounded for all
    of them. Where no two may be, each hunt has ended when `begin` gives it, one after another."""

    def __init__(self, held: HeldLease) -> None:
        at_once = held.policy.hunts_at_once
        self._held = held
        self._under_way = threading.Semaphore(at_once)
        self._in_turn = at_once == 1
        self._pool = AtOnce() if self._in_turn else Threads(_SIDE_BY_SIDE, thread_name_prefix="hunt")
        self._beside = AtOnce() if self._in_turn else Threads(1, thread_name_prefix="beside")
        self._batches: list[Calls] = []

    def close(self) -> None:
        """Waits for what is under way, of which nothing more is asked."""
        for calls in self._batches:  # what is still asked when the drain ends by an error has nobody to hear
            calls.is_over = True
        self._beside.shutdown(wait=True)  # hunts wait for what it was given
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(
        self, cases: Sequence[Case], *, urgent: bool, seconds_left: float, beside: Query | None = None
    ) -> Iterator[tuple[frozenset[str], Future[Hunted]]]:
        """All cases in several hunts, each of which ends by itself: of each its alerts' ids, and what it will
        have found. A refused query marks only its own alerts; what is known so far is kept.

        `beside` is a query that no finding depends on. It is asked together with the first questions, and
        only where the budget is ample; it is never waited for to be allowed, nor asked again.
        """
        held, begun = self._held, self._held.ports.clock.now()
        proof = proves(held.ports.rules())
        hunts = [
            hunt
            for group in grouped(cases, held.policy.group_size)
            if (hunt := _started(tuple(group), Instant.of(begun), held.policy.hunt, proof)) is not None
        ]
        calls = Calls(held, urgent, begun + timedelta(seconds=seconds_left), self._under_way)
        self._batches.append(calls)
        batch = _Batch(calls, begun, len(cases), len(hunts))
        optional = beside if beside and hunts and calls.may_ask_beside(hunts) else None
        if optional is None or self._in_turn:
            rows = self._beside.submit(calls.ask_beside, optional) if optional else None
            yield from ((_ids(hunt), self._pool.submit(batch.hunted, hunt, rows)) for hunt in hunts)
            return
        promised: Future[Rows] = Future()
        begun_all = [(_ids(hunt), self._pool.submit(batch.hunted, hunt, promised)) for hunt in hunts]
        self._beside.submit(_keep, promised, partial(calls.ask_beside, optional))
        yield from begun_all


def _ids(hunt: Hunt) -> frozenset[str]:
    return frozenset(case.alert.id for case in hunt.cases)


def _keep(promised: Future[Rows], ask: Callable[[], Rows]) -> None:
    """Asked last, so that what it is refused for keeps none of the hunts from their first question."""
    try:
        promised.set_result(ask())
    except BaseException as err:
        promised.set_exception(err)
        raise


class _Batch:
    """Hunts that were begun together."""

    def __init__(self, calls: Calls, begun: datetime, alerts: int, hunts: int) -> None:
        self._calls = calls
        self._begun = begun
        self._alerts = alerts
        self._hunts = self._left = hunts
        self._counting = threading.Lock()

    def hunted(self, hunt: Hunt, aside: Future[Rows] | None) -> Hunted:
        """Runs one hunt to its end; the last of the batch logs what all came to."""
        calls = self._calls
        found = _hunt(calls, hunt)
        rows = aside.result() if aside else ()
        with self._counting:
            self._left -= 1
            is_last = not self._left
        if is_last:
            seconds = (calls.held.ports.clock.now() - self._begun).total_seconds()
            telemetry.info(
                "hunted",
                alerts=self._alerts,
                hunts=self._hunts,
                calls=calls.made,
                out_of_quota=calls.is_over,
                seconds=round(seconds, 1),
            )
        return Hunted(found, calls.made, calls.is_over, rows)


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
