"""The simulator's own address, for tests and the bench: what goes wrong, what happens next, what was asked.

Plain HTTP on this machine, for who knows the secret:
POST /faults, /alerts, /graph_alerts, /entities, /telemetry, /clock, /forget;
GET /faults, /calls, /hunts, /state.
"""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from local.simulator.alerts import AlertBook
from local.simulator.answers import Answer, Request, encode
from local.simulator.engine import EngineError
from local.simulator.faults import Fault, FaultBook
from local.simulator.hunting import Hunting
from local.simulator.quotas import CallCounts, Quotas
from local.simulator.tenant import Tenant

SECRET_HEADER = "X-Control-Secret"  # noqa: S105 - the header's name
_Act = Callable[[Any], object]


class Control:
    """Answers the control address."""

    def __init__(
        self,
        secret: str,
        *,
        tenant: Tenant,
        faults: FaultBook,
        counts: CallCounts,
        quotas: Quotas | None,
        hunting: Hunting,
    ) -> None:
        self._secret = secret
        self._tenant, self._faults, self._counts = tenant, faults, counts
        self._quotas, self._hunting = quotas, hunting
        self._acts: Mapping[tuple[str, str], _Act] = {
            ("POST", "faults"): lambda body: self._faults.add(Fault(**body)),
            ("POST", "alerts"): lambda body: _put_all(self._tenant.alerts, body),
            ("POST", "graph_alerts"): lambda body: _put_all(self._tenant.graph_alerts, body),
            ("POST", "entities"): self._put_entities,
            ("POST", "telemetry"): lambda body: self._tenant.add_rows(body["table"], body["rows"]),
            ("POST", "clock"): lambda body: self._tenant.clock.advance(float(body["advance_s"])),
            ("POST", "forget"): self._forget,
            ("GET", "faults"): lambda _: {"value": self._faults.left()},
            ("GET", "calls"): lambda _: self._counts.all(),
            ("GET", "hunts"): lambda _: {"value": [dataclasses.asdict(h) for h in self._hunting.hunts()]},
            ("GET", "state"): self._state,
        }

    def answer(self, request: Request) -> Answer:
        """200 with what was asked for, or 4xx with a word why not."""
        given = request.headers.get(SECRET_HEADER.lower(), "")
        if not secrets.compare_digest(given.encode(), self._secret.encode()):
            return _said(401, {"error": "the secret is missing or wrong"})
        act = self._acts.get((request.method, request.path.strip("/")))
        if act is None:
            return _said(404, {"error": f"no {request.method} {request.path[:100]}"})
        try:
            return _said(200, act(json.loads(request.body or b"{}")))
        except (ValueError, KeyError, TypeError, EngineError, re.PatternError) as error:
            return _said(400, {"error": f"{type(error).__name__}: {error}"})

    def _put_entities(self, body: Any) -> None:
        for kind, entities in body.items():
            self._tenant.put_entities(kind, entities)

    def _forget(self, body: Any) -> None:
        """`what` is a list of: calls, hunts, faults, quotas, tenant."""
        acts: Mapping[str, Callable[[], None]] = {
            "calls": self._counts.forget,
            "hunts": self._hunting.forget,
            "faults": self._faults.forget,
            "quotas": self._quotas.forget if self._quotas else lambda: None,
            "tenant": self._tenant.forget,
        }
        for word in body["what"]:
            acts[word]()

    def _state(self, _: Any) -> object:
        now = self._tenant.clock.now()
        return {
            "now_s": self._tenant.clock.seconds(),
            "shift_s": self._tenant.shift / 10_000_000,
            "warnings": list(self._tenant.warnings),
            "listed": len(self._tenant.alerts.listed(now)),
            "graph_listed": len(self._tenant.graph_alerts.listed(now)),
        }


def _put_all(book: AlertBook, body: Any) -> None:
    for alert in body["value"]:
        book.put(alert)


def _said(status: int, body: object) -> Answer:
    return Answer(status, encode(body), {"Content-Type": "application/json"})
