"""One simulated host, from a request to its answer: fault, route, token, quota, call, in this order."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jwt

from local.simulator import ticks
from local.simulator.answers import Answer, Refused, Request, defender_error, graph_error
from local.simulator.clock import Clock
from local.simulator.faults import Fault, FaultBook
from local.simulator.graph import HUNTING
from local.simulator.quotas import CallCounts, Quotas
from local.simulator.routes import Route, found

type CheckToken = Callable[[Request, tuple[str, ...]], Mapping[str, Any]]


class Service:
    """Answers requests of one API family, `defender` or `graph`. `routes` are those of each tenant by its
    id, the same for each; those of "" are for every token."""

    def __init__(
        self,
        name: str,
        routes: Mapping[str, Sequence[Route]],
        check_token: CheckToken,
        *,
        clock: Clock,
        quotas: Quotas | None,
        counts: CallCounts,
        faults: FaultBook,
        hunting_retry_after: bool = True,
    ) -> None:
        self.name = name
        self._routes = routes
        self._any = next(iter(routes.values()))
        self._check_token = check_token
        self._clock = clock
        self._quotas = quotas
        self._counts = counts
        self._faults = faults
        self._hunting_retry_after = hunting_retry_after

    def answer(self, request: Request) -> Answer:
        """The answer to a request; whatever happens, there is one."""
        api = f"{request.method} (unknown)"
        tenant = tenant_of(request)
        fault = self._faults.take(self.name, request.method, request.path, tenant)
        try:
            route, values = found(self._any, request.method, _plain(request.parts))
            api = route.api
            _strike(fault)
            claims = self._check_token(request, route.roles)
            self._charge(route, claims)
            own = self._any if "" in self._routes else self._routes[str(claims["tid"]).lower()]
            route, values = found(own, request.method, _plain(request.parts))
            answer = route.run(request, values)
        except Refused as refused:
            answer = self._error(refused, request)
        except Exception:
            # A mistake of the simulator itself must be seen, and must not look like a cut connection.
            traceback.print_exc()
            answer = self._error(Refused(500, "InternalServerError", "The simulator failed."), request)
        answer = self._faults.spoiled(fault, request.path, answer, tenant)
        self._counts.count(api, 0 if answer.cut else answer.status, tenant)
        return answer

    def _charge(self, route: Route, claims: Mapping[str, Any]) -> None:
        if self._quotas is None:
            return
        # Hunting is counted per tenant; of the others the pages say "for this API", taken as per app.
        is_hunt = route.template == HUNTING
        who = claims["tid"] if is_hunt else f"{claims['tid']} {claims['appid']}"
        # Graph counts every operation on alerts together.
        what = route.template if self.name == "defender" or is_hunt else "alerts"
        spent = self._quotas.take(f"{who} {what}", route.limits)
        if spent is None:
            return
        wait = spent.retry_after if self._hunting_retry_after or not is_hunt else None
        code = "429" if self.name == "defender" or is_hunt else "TooManyRequests"
        raise Refused(429, code, f"API calls quota exceeded! maximum allowed {spent.limit.said}", wait)

    def _error(self, refused: Refused, request: Request) -> Answer:
        if self.name == "defender":
            return defender_error(refused, request)
        return graph_error(refused, request, ticks.text(self._clock.now()))


def tenant_of(request: Request) -> str:
    """The tenant that a call's token says it is of, unchecked; "" where there is none to read."""
    return _tenant_in(request.headers.get("authorization", "").rpartition(" ")[2])


@lru_cache(maxsize=256)  # a token comes with some thousand calls
def _tenant_in(token: str) -> str:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return str(claims.get("tid", "")).lower()
    except jwt.InvalidTokenError:
        return ""


def _plain(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The path without Defender's optional version: /api/v1.0/alerts is /api/alerts."""
    return ("api", *parts[2:]) if parts[:2] == ("api", "v1.0") else parts


def _strike(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.delay_s:
        time.sleep(fault.delay_s)
    if fault.kind == "status":
        raise Refused(fault.status, fault.code, fault.message, fault.retry_after)
