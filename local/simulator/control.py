"""The simulator's own address, for tests and the bench: what goes wrong, what happens next, what was asked.

Plain HTTP on this machine, for who knows the secret:
POST /faults, /alerts, /graph_alerts, /entities, /telemetry, /clock, /forget;
GET /faults, /calls, /gaps, /hunts, /state. Of several tenants, `?tenant=ID` says whose; without it, the
first's, and the calls of all.
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
from local.simulator.quotas import CallCounts, Quotas
from local.simulator.served import Served

SECRET_HEADER = "X-Control-Secret"  # noqa: S105 - the header's name
_Act = Callable[[Served, Any], object]


class Control:
    """Answers the control address."""

    def __init__(
        self,
        secret: str,
        *,
        served: Mapping[str, Served],
        faults: FaultBook,
        counts: CallCounts,
        quotas: Quotas | None,
    ) -> None:
        self._secret = secret
        self._served, self._faults, self._counts = served, faults, counts
        self._quotas = quotas
        self._acts: Mapping[tuple[str, str], _Act] = {
            ("POST", "faults"): lambda _, body: self._faults.add(Fault(**body)),
            ("POST", "alerts"): lambda of, body: _put_all(of.tenant.alerts, body),
            ("POST", "graph_alerts"): lambda of, body: _put_all(of.tenant.graph_alerts, body),
            ("POST", "entities"): _put_entities,
            ("POST", "telemetry"): lambda of, body: of.tenant.add_rows(body["table"], body["rows"]),
            ("POST", "clock"): lambda of, body: of.tenant.clock.advance(float(body["advance_s"])),
            ("POST", "forget"): self._forget,
            ("GET", "faults"): lambda _, __: {"value": self._faults.left()},
            ("GET", "gaps"): lambda _, __: {"value": self._counts.gaps()},
            ("GET", "hunts"): lambda of, _: {"value": [dataclasses.asdict(h) for h in of.hunting.hunts()]},
            ("GET", "state"): _state,
        }

    def answer(self, request: Request) -> Answer:
        """200 with what was asked for, or 4xx with a word why not."""
        given = request.headers.get(SECRET_HEADER.lower(), "")
        if not secrets.compare_digest(given.encode(), self._secret.encode()):
            return _said(401, {"error": "the secret is missing or wrong"})
        what, whose = request.path.strip("/"), dict(request.query).get("tenant")
        if whose is not None and whose.lower() not in self._served:
            return _said(404, {"error": f"no tenant {whose[:100]}"})
        if (request.method, what) == ("GET", "calls"):
            return _said(200, self._counts.all() if whose is None else self._counts.of(whose.lower()))
        act = self._acts.get((request.method, what))
        if act is None:
            return _said(404, {"error": f"no {request.method} {request.path[:100]}"})
        of = next(iter(self._served.values())) if whose is None else self._served[whose.lower()]
        try:
            return _said(200, act(of, json.loads(request.body or b"{}")))
        except (ValueError, KeyError, TypeError, EngineError, re.PatternError) as error:
            return _said(400, {"error": f"{type(error).__name__}: {error}"})

    def _forget(self, of: Served, body: Any) -> None:
        """`what` is a list of: calls, hunts, faults, quotas, tenant."""
        acts: Mapping[str, Callable[[], None]] = {
            "calls": self._counts.forget,
            "hunts": of.hunting.forget,
            "faults": self._faults.forget,
            "quotas": self._quotas.forget if self._quotas else lambda: None,
            "tenant": of.tenant.forget,
        }
        for word in body["what"]:
            acts[word]()


def _put_entities(of: Served, body: Any) -> None:
    for kind, entities in body.items():
        of.tenant.put_entities(kind, entities)


def _state(of: Served, _: Any) -> object:
    tenant = of.tenant
    now = tenant.clock.now()
    return {
        "now_s": tenant.clock.seconds(),
        "shift_s": tenant.shift / 10_000_000,
        "warnings": list(tenant.warnings),
        "listed": len(tenant.alerts.listed(now)),
        "graph_listed": len(tenant.graph_alerts.listed(now)),
    }


def _put_all(book: AlertBook, body: Any) -> None:
    for alert in body["value"]:
        book.put(alert)


def _said(status: int, body: object) -> Answer:
    return Answer(status, encode(body), {"Content-Type": "application/json"})
