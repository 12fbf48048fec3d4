"""Hunts alerts of a recording: the core's own hunts over the local engine, in the batches of production."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from local.simulator.answers import encode
from local.simulator.engine import Engine, EngineError, TimedOut
from shared.adapters.detections import DetectionFiles
from shared.core.alert import Alert
from shared.core.conclude import proves
from shared.core.correlate import Finding, Reason
from shared.core.hunting import Answer, Case, HuntPolicy, Query, start
from shared.core.values import Instant
from shared.pipeline.hunt import grouped
from shared.pipeline.policy import Policy

SETTLED = timedelta(hours=3).total_seconds()  # after an alert, when all late telemetry counts as in
_OWN_TIME = timedelta(days=2).total_seconds()  # after an alert, when nothing more is looked for around it
_SPAN = timedelta(days=7).total_seconds()  # of one batch: its oldest alert stays within hunting's 30 days
_MOST_BYTES = 50 * 2**20  # of one answer
_MANY = 10_000  # rows from which on an answer may be too large

RULES = DetectionFiles(frozenset())


@dataclass(slots=True)
class Asked:
    """What hunts have cost so far; `rounds` are of questions asked together. `on_call` is told of each call
    before it is made."""

    on_call: Callable[[Asked], None] = lambda _: None
    calls: int = 0
    rows: int = 0
    rounds: int = 0
    texts: list[str] = field(default_factory=list)


def batches(alerts: Sequence[Alert], policy: Policy) -> Iterator[tuple[list[Case], Instant]]:
    """(the alerts that are hunted together, the time at which they are), oldest first.

    That time is late enough for all telemetry to be in: three hours after the recording's newest alert, or
    two days after the batch's, whichever comes first, so that a recording may span years.
    """
    ordered = sorted(alerts, key=lambda alert: (alert.created, alert.id))
    end = max(alert.created for alert in ordered).plus(SETTLED)
    batch: list[Case] = []
    for place, alert in enumerate(ordered):
        batch.append(Case(alert))
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        is_full = len(batch) == policy.batch_size
        if following is None or is_full or following.created > batch[0].alert.created.plus(_SPAN):
            now = min(end, alert.created.plus(_OWN_TIME))
            for group in grouped(batch, policy.group_size):
                yield group, now
            batch = []


def findings(
    engine: Engine, cases: Sequence[Case], now: Instant, policy: HuntPolicy, asked: Asked
) -> dict[str, Finding]:
    """What one hunt for these alerts finds, by alert id; alerts whose query was refused are hunted again in
    tenths, down to each by itself, as the app does."""
    found = _hunted(engine, cases, now, policy, asked)
    refused = [case for case in cases if found[case.alert.id].reason is Reason.QUERY_REJECTED]
    if refused and len(cases) > 1:
        size = max(1, len(cases) // 10)
        for first in range(0, len(refused), size):
            found |= findings(engine, refused[first : first + size], now, policy, asked)
    return found


def _hunted(
    engine: Engine, cases: Sequence[Case], now: Instant, policy: HuntPolicy, asked: Asked
) -> dict[str, Finding]:
    hunt = start(tuple(cases), now, policy, proves(RULES.rules()))
    while hunt.queries:
        asked.rounds += 1
        hunt = hunt.answered([_answer(engine, query, asked) for query in hunt.queries])
    return hunt.findings()


def _answer(engine: Engine, query: Query, asked: Asked) -> Answer:
    """The engine's answer, refused and cut where the service would do so."""
    asked.on_call(asked)
    asked.calls += 1
    asked.texts.append(query.kql)
    try:
        rows = engine.run(query.kql).rows
    except TimedOut as err:
        return Answer(query, too_large=True, failure=Reason.UNAVAILABLE, detail=str(err))
    except EngineError as err:
        return Answer(query, failure=Reason.QUERY_REJECTED, detail=str(err))
    asked.rows += len(rows)
    if len(rows) > _MANY and len(encode(rows)) > _MOST_BYTES:
        detail = "the answer is over 50 MB"
        return Answer(query, too_large=True, failure=Reason.QUERY_REJECTED, detail=detail)
    return Answer(query, rows=rows)
