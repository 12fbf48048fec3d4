"""CPU of the pure core for each alert: read, plan, correlate, conclude, write down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.bench.progress import Say
from local.bench.simulated import Client, simulated, thread_seconds
from shared.adapters.detections import DetectionFiles
from shared.core.alert import Alert, normalize
from shared.core.conclude import conclude
from shared.core.correlate import Cell, Finding
from shared.core.hunting import Answer, Case, HuntPolicy, Query, start
from shared.core.progress import codec, digests
from shared.core.row import content, event_rows
from shared.core.values import Instant, Portal, table_keys
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents
from shared.settings import Settings

_PORTAL = Portal()
_REPEATS = 3  # the least of them counts: what else the machine does only adds

type _Asked = dict[str, tuple[Mapping[str, Cell], ...]]


class _Stopwatch:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the CPU of the block to the step."""
        began = thread_seconds()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + thread_seconds() - began


def measure(folder: Path, *, say: Say) -> dict[str, Any]:
    """Milliseconds of CPU an alert, by step, for the recorded alerts, batched as HuntCorrelate does."""
    with simulated(folder, quotas=False, newest_alert_age_s=300) as client:
        raw = client.get("/api/alerts?$expand=evidence")["value"]
        asked: _Asked = {}
        runs = []
        now = Instant.of(datetime.now(UTC))
        for number in range(_REPEATS):
            say(f"core: round {number + 1} of {_REPEATS}")
            watch = _Stopwatch()
            events = _one_round(raw, client, asked, now, watch)
            runs.append(watch.seconds)
    best = {step: min(run[step] for run in runs) for step in runs[0]}
    each = {step: round(1000 * seconds / len(raw), 3) for step, seconds in best.items()}
    return {
        "alerts": len(raw),
        "events": events,
        "ms_an_alert": each,
        "ms_an_alert_total": round(sum(each.values()), 3),
    }


def _one_round(
    raw: Sequence[Any],
    client: Client,
    asked: _Asked,
    now: Instant,
    watch: _Stopwatch,
) -> int:
    with watch.step("normalise"):
        alerts = [_read(one, now) for one in raw]
    with watch.step("encode"):
        for one in raw:
            documents.packed(one)
    size = Policy().group_size
    events = 0
    for first in range(0, len(alerts), size):
        batch = alerts[first : first + size]
        findings = _hunt(batch, now, client, asked, watch)
        events += sum(len(finding.events) for finding in findings.values())
        with watch.step("write down"):
            _write_down(batch, findings)
    return events


def _read(raw: Any, now: Instant) -> Alert:
    alert = normalize(raw, "defender", fallback=now)
    digests(alert)
    return alert


def _hunt(
    alerts: Sequence[Alert],
    now: Instant,
    client: Client,
    asked: _Asked,
    watch: _Stopwatch,
) -> dict[str, Finding]:
    cases = tuple(Case(alert) for alert in alerts)
    with watch.step("plan"):
        hunt = start(cases, now, HuntPolicy(batch_size=Settings().hunt_batch_size))
    while hunt.queries:
        answers = [Answer(query, rows=_rows(query, client, asked)) for query in hunt.queries]
        with watch.step("plan"):
            hunt = hunt.answered(answers)
    with watch.step("correlate"):
        return hunt.findings()


def _rows(query: Query, client: Client, asked: _Asked) -> tuple[Mapping[str, Cell], ...]:
    """The answer's rows; the same question is asked once in all rounds."""
    if query.kql not in asked:
        asked[query.kql] = tuple(client.hunt(query.kql, query.timespan)["results"])
    return asked[query.kql]


def _write_down(alerts: Sequence[Alert], findings: Mapping[str, Finding]) -> None:
    rules = DetectionFiles(frozenset()).rules()
    for alert in alerts:
        finding = findings[alert.id]
        conclusion = conclude(alert, None, finding, rules)
        content(alert, None, finding, conclusion, "", portal=_PORTAL)
        event_rows(table_keys.alert_keys(alert)[1], alert, finding, conclusion, 1)
        codec.encode(finding)
