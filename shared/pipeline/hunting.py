"""Runs one hunt: asks what the core plans, within the budget, until it has nothing more to ask."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from shared import telemetry
from shared.core.finding import Finding, Reason
from shared.core.hunting import Answer, Case, Query, start
from shared.core.instant import Instant
from shared.errors import AccessDenied, AppError, QueryRejected, ResultTooLarge, Throttled
from shared.pipeline.holding import Holding
from shared.pipeline.ports import Hunter

_TIMED_OUT = 504
_LONGEST_WAIT = 30.0  # seconds to wait for the budget within a run; beyond, the alerts are put off


@dataclass(frozen=True, slots=True)
class Hunted:
    """What the hunt found, by alert id. `out_of_quota` where it ended because no call was left."""

    findings: Mapping[str, Finding]
    calls: int
    out_of_quota: bool


def run_hunt(holding: Holding, cases: Sequence[Case], urgent: bool, seconds_left: float) -> Hunted:
    """Hunts all cases together. A refused query marks only its own alerts; what is known so far is kept."""
    ports = holding.ports
    begun = ports.clock.now()
    hunt = start(tuple(cases), Instant.of(begun), holding.policy.hunt)
    calls = 0
    out_of_quota = False
    while hunt.queries:
        left = seconds_left - (ports.clock.now() - begun).total_seconds()
        answers, asked, refused = _ask(holding, hunt.queries, urgent, left, stop=out_of_quota)
        calls += asked
        out_of_quota = out_of_quota or refused
        hunt = hunt.answered(answers)
    findings = hunt.findings()
    telemetry.info(
        "hunted",
        alerts=len(cases),
        calls=calls,
        out_of_quota=out_of_quota,
        seconds=round((ports.clock.now() - begun).total_seconds(), 1),
    )
    return Hunted(findings, calls, out_of_quota)


def _ask(
    holding: Holding, queries: Sequence[Query], urgent: bool, seconds_left: float, *, stop: bool
) -> tuple[list[Answer], int, bool]:
    """(an answer for each query, calls made, whether quota ran out), a few queries side by side."""
    answers: list[Answer] = []
    asked = 0
    left = list(queries)
    while left and not stop:
        wait = holding.wait_for_call(high=urgent)
        if wait > min(_LONGEST_WAIT, seconds_left):
            stop = True
            break
        if wait:
            holding.ports.clock.sleep(wait)
        group = [left.pop(0)]
        while left and len(group) < holding.policy.hunts_at_once and not holding.wait_for_call(high=urgent):
            group.append(left.pop(0))
        holding.spend(len(group))
        asked += len(group)
        results = _run_side_by_side(holding.ports.hunter, group)
        answers += [answer for answer, _ in results]
        retry_after = max((seconds for _, seconds in results), default=0.0)
        if retry_after:
            holding.block(retry_after)
            stop = retry_after > min(_LONGEST_WAIT, seconds_left)
    why = "the time of this run is spent" if seconds_left <= 0 else "the hunting quota is spent"
    unasked = [Answer(query, failure=Reason.THROTTLED, detail=why) for query in left]
    return answers + unasked, asked, stop


def _run_side_by_side(hunter: Hunter, group: Sequence[Query]) -> list[tuple[Answer, float]]:
    if len(group) == 1:
        return [_run(hunter, group[0])]
    with ThreadPoolExecutor(max_workers=len(group)) as pool:
        return list(pool.map(lambda query: _run(hunter, query), group))


def _run(hunter: Hunter, query: Query) -> tuple[Answer, float]:
    """The answer, and the seconds the service wants to be left alone for."""
    try:
        return Answer(query, rows=hunter.run(query.name, query.kql, query.timespan)), 0.0
    except Throttled as err:
        telemetry.warning("hunt throttled", query=query.name, quota=err.quota, retry_after=err.retry_after)
        return Answer(query, failure=Reason.THROTTLED, detail=str(err)), err.retry_after
    except ResultTooLarge as err:
        return Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail=str(err)), 0.0
    except QueryRejected as err:
        telemetry.error("query rejected", query=query.name, reason=str(err), alerts=query.alert_ids[:20])
        return Answer(query, failure=Reason.QUERY_REJECTED, detail=str(err)), 0.0
    except AccessDenied as err:
        telemetry.error("hunting denied", roles=err.roles, audience=err.audience, status=err.status)
        return Answer(query, failure=Reason.ROLE_MISSING, detail=str(err)), 0.0
    except AppError as err:
        # A query that ran out of time may end in time for fewer alerts; alone, it is tried again later.
        heavy = err.status == _TIMED_OUT
        telemetry.warning("hunt failed", query=query.name, kind=type(err).__name__, reason=str(err))
        return Answer(query, too_large=heavy, failure=Reason.UNAVAILABLE, detail=str(err)), 0.0
