"""runHuntingQuery: the body, the time span, the gate, the engine, the limits, and the errors in their words.

https://learn.microsoft.com/en-us/graph/api/security-security-runhuntingquery and, for limits and error texts,
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-limits and advanced-hunting-errors beside it
(read 2026-11-24).
"""

from __future__ import annotations

import json
import math
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.simulator import ingestion, ticks
from local.simulator.answers import Refused, Request, encode
from local.simulator.config import Config
from local.simulator.engine import EngineError, Result, TimedOut
from local.simulator.gate import Gate, Verdict
from local.simulator.tenant import Tenant
from local.simulator.unkind import as_some_answers_are

DAYS_OF_DATA = 30
_QUARTER_HOUR = 900
_NET_TYPES = {
    "string": "String",
    "datetime": "DateTime",
    "bool": "SByte",
    "int": "Int32",
    "long": "Int64",
    "real": "Double",
    "decimal": "Decimal",
    "guid": "Guid",
    "timespan": "TimeSpan",
    "dynamic": "Object",
}
_DURATION = re.compile(
    r"P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII
)

_UNKNOWN = re.compile(r"^(KS204|KS142): The name '([^']+)' does not refer to any known")


@dataclass(frozen=True, slots=True)
class Hunt:
    """A hunt that was asked for: its text and span, how it ended, the rows it gave and seconds it took."""

    query: str
    timespan: str | None
    status: int
    message: str
    rows: int
    seconds: float


class Hunting:
    """Runs queries for one tenant, and remembers them."""

    def __init__(
        self, tenant: Tenant, gate: Gate, config: Config, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._tenant = tenant
        self._gate = gate
        self._config = config
        self._sleep = sleep
        self._random = random.Random(config.seed)  # noqa: S311 - a repeatable latency, not a secret
        self._lock = threading.Lock()
        self._hunts: list[Hunt] = []
        self._cpu = (0, 0.0)  # quarter of an hour, seconds spent in it
        self._answers = 0

    def answer(self, request: Request, context: str) -> bytes:
        """The body of the answer to a hunt. Raises Refused."""
        started = time.monotonic()
        query, span = _read(request)
        if not self._config.hunting_licensed:
            raise Refused(403, "Forbidden", "The tenant has no licence for advanced hunting.")
        try:
            self._wait()
            self._check_cpu()
            body, rows = self._run(query, span, context)
            self._remember(Hunt(query, span, 200, "", rows, time.monotonic() - started))
            return body
        except Refused as refused:
            took = time.monotonic() - started
            self._remember(Hunt(query, span, refused.status, refused.message, 0, took))
            raise
        finally:
            self._spend(time.monotonic() - started)

    def hunts(self) -> list[Hunt]:
        """Every hunt so far, in the order of their ends."""
        with self._lock:
            return list(self._hunts)

    def forget(self) -> None:
        """No hunt was ever asked for, and no CPU spent."""
        with self._lock:
            self._hunts.clear()
            self._cpu = (0, 0.0)

    def _run(self, query: str, span: str | None, context: str) -> tuple[bytes, int]:
        now = self._tenant.clock.now()
        first, last = _interval(span, now)
        verdict = self._gate.judge(query, self._config.hunting_lacks)
        if not verdict.ok:
            raise Refused(400, "BadRequest", refusal_of(verdict))
        if verdict.runnable is None:
            raise Refused(400, "NotSimulated", "FileProfile can be run once in a query here.")
        oldest = now - DAYS_OF_DATA * 86_400 * ticks.PER_SECOND
        seconds = self._config.hunting_timeout_s
        try:
            result = self._tenant.engine.run(
                ingestion.spelled_out(verdict.runnable),
                now=now,
                between=(max(first, oldest), min(last, now)),
                types=verdict.columns,
                seconds=seconds,
            )
        except TimedOut:
            # Seen with an empty message: github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1446
            raise Refused(504, "UnknownError", "") from None
        except EngineError as error:
            raise Refused(400, "NotSimulated", f"The engine cannot run this: {error}") from None
        heaviest = self._config.hunting_heaviest_rows
        if heaviest is not None and len(result.rows) > heaviest:
            raise Refused(self._config.hunting_heavy_status, "UnknownError", "")
        return self._encoded(result, context), len(result.rows)

    def _encoded(self, result: Result, context: str) -> bytes:
        name, kind = ("Name", "Type") if self._config.pascal_case_schema else ("name", "type")
        schema = [{name: column, kind: _NET_TYPES.get(of, "String")} for column, of in result.schema]
        with self._lock:
            self._answers += 1
            is_unkind = self._config.hunting_unkind and self._answers % 2 == 0
        rows = as_some_answers_are(result.schema, result.rows) if is_unkind else result.rows
        body = encode({"@odata.context": context, "schema": schema, "results": rows})
        if len(body) > self._config.max_result_bytes:
            hint = 'Use "summarize" to group results, "project" to drop uninteresting columns, or "take".'
            raise Refused(400, "BadRequest", f"Result size limit exceeded. {hint}")
        return body

    def _wait(self) -> None:
        median = self._config.hunting_latency_median_s
        if median > 0:
            with self._lock:
                # Log-normal: half of the hunts take less than the median, one in a hundred five times it.
                seconds = median * math.exp(self._random.gauss(0, 0.7))
            self._sleep(min(seconds, self._config.hunting_latency_tail_s))

    def _check_cpu(self) -> None:
        share = self._config.hunting_cpu_s
        quarter, left = self._quarter()
        with self._lock:
            spent = self._cpu[1] if self._cpu[0] == quarter else 0.0
        if share is not None and spent >= share:
            again = str(timedelta(seconds=left)).rjust(8, "0")
            message = "You have exceeded processing resources allocated to this tenant."
            wait = left if self._config.hunting_retry_after else None
            raise Refused(429, "429", f"{message} You can run queries again in {again}.", wait)

    def _spend(self, seconds: float) -> None:
        quarter, _ = self._quarter()
        with self._lock:
            before = self._cpu[1] if self._cpu[0] == quarter else 0.0
            self._cpu = (quarter, before + seconds)

    def _quarter(self) -> tuple[int, int]:
        now = int(self._tenant.clock.seconds())
        return now // _QUARTER_HOUR, _QUARTER_HOUR - now % _QUARTER_HOUR

    def _remember(self, hunt: Hunt) -> None:
        with self._lock:
            self._hunts.append(hunt)


def _read(request: Request) -> tuple[str, str | None]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "BadRequest", "A Content-Type of application/json is required.")
    try:
        body: Any = json.loads(request.body)
    except ValueError:
        raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(body, dict):
        raise Refused(400, "BadRequest", "Unable to read JSON request payload.")
    values: dict[str, str | None] = {}
    for name, value in body.items():
        plain = name[:1].lower() + name[1:]
        if plain not in ("query", "timespan") or plain in values:
            operation = "is not a valid parameter for the operation 'runHuntingQuery'."
            raise Refused(
                400, "BadRequest", f"The parameter '{name[:60]}' in the request payload {operation}"
            )
        if not isinstance(value, str) and not (value is None and plain == "timespan"):
            raise Refused(400, "BadRequest", f"The parameter '{name}' must be a string.")
        values[plain] = value
    query = values.get("query")
    if not query or not query.strip():
        raise Refused(400, "BadRequest", "The query is missing.")
    return query, values.get("timespan")


def _interval(span: str | None, now: int) -> tuple[int, int]:
    """The first and last tick of an ISO 8601 time span; without one, the last 30 days."""
    if not span:
        return now - DAYS_OF_DATA * 86_400 * ticks.PER_SECOND, now
    start, slash, end = span.partition("/")
    try:
        if not slash:
            return (now - _length(start), now) if start.startswith("P") else (_point(start), now)
        if start.startswith("P"):
            return _point(end) - _length(start), _point(end)
        return _point(start), (_point(start) + _length(end) if end.startswith("P") else _point(end))
    except ValueError:
        raise Refused(400, "BadRequest", f"The timespan '{span[:100]}' is not valid.") from None


def _length(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    whole = (weeks * 7 + days) * 86_400 + hours * 3_600 + minutes * 60 + seconds
    return ticks.from_seconds(whole)


def _point(text: str) -> int:
    return ticks.parse(text if "T" in text else f"{text.removesuffix('Z')}T00:00:00Z")


def refusal_of(verdict: Verdict) -> str:
    """Why the service would refuse the query, in its words."""
    if (unknown := _UNKNOWN.search(verdict.messages[0])) is not None:
        # The service's words for both, as reported: MicrosoftDocs/microsoft-365-docs 7787 on GitHub.
        kind = "table or column" if unknown[1] == "KS204" else "scalar"
        said = f"'where' operator: Failed to resolve {kind} expression named '{unknown[2]}'."
        return f"{said} Fix semantic errors in your query."
    said = " ".join(verdict.messages)[:1000]
    return f"A recognition error occurred. {said}" if said.startswith("KS00") else said
