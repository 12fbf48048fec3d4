"""The two calls of Microsoft Graph's security API: alerts_v2 and runHuntingQuery.

https://learn.microsoft.com/en-us/graph/api/security-list-alerts_v2 and, for the limits of paging,
https://learn.microsoft.com/en-us/graph/api/resources/security-error-codes (read 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from local.simulator import odata
from local.simulator.alerts import Alert
from local.simulator.answers import GRAPH_TYPE, Answer, Refused, Request, graph_answer
from local.simulator.hunting import Hunting
from local.simulator.quotas import Limit
from local.simulator.routes import MINUTE, Route
from local.simulator.tenant import Tenant

MAX_PAGE, DEFAULT_PAGE, MAX_REACH = 1000, 100, 6000
HUNTING = "/v1.0/security/runHuntingQuery"
_ALERTS = "/v1.0/security/alerts_v2"
_READ_ALERTS = ("SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All")
_FIELDS = odata.fields(
    createdDateTime="time",
    lastUpdateDateTime="time",
    **dict.fromkeys(
        ("assignedTo", "classification", "determination", "severity", "serviceSource", "status"), "text"
    ),
)
_ORDERS = {
    f"{name} {way}".strip()
    for name in ("createdDateTime", "lastUpdateDateTime")
    for way in ("asc", "desc", "")
}
# Members that came after `unknownFutureValue`: hidden from who does not ask for them.
_LATER: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "schema" / "graph_enums.json").read_text("utf-8")
)["later_members"]


class Graph:
    """The routes of the API over a tenant."""

    def __init__(self, tenant: Tenant, hunting: Hunting) -> None:
        self._tenant = tenant
        self._hunting = hunting
        alerts_limit, hunting_limit = (Limit(150, MINUTE),), (Limit(45, MINUTE),)
        self.routes: Sequence[Route] = [
            Route("GET", _ALERTS, _READ_ALERTS, alerts_limit, self._alerts),
            Route("GET", _ALERTS + "/{id}", _READ_ALERTS, alerts_limit, self._alert),
            Route("POST", HUNTING, ("ThreatHunting.Read.All",), hunting_limit, self._hunt),
        ]

    def _alerts(self, request: Request, _: tuple[str, ...]) -> Answer:
        query = odata.options(request.query, ("$filter", "$top", "$skip", "$orderby", "$count"))
        top = min(odata.number(query, "$top", default=DEFAULT_PAGE, most=2**31), MAX_PAGE)
        skip = odata.number(query, "$skip", default=0, most=2**31)
        if top + skip > MAX_REACH:
            raise Refused(400, "BadRequest", f"The sum of $top and $skip must not exceed {MAX_REACH}.")
        items = self._tenant.graph_alerts.listed(self._tenant.clock.now())
        if "$filter" in query:
            test = odata.compiled(query["$filter"], _FIELDS)
            items = [item for item in items if test(item)]
        items = _sorted(items, query.get("$orderby", "createdDateTime desc"))
        body: dict[str, Any] = {"@odata.context": f"{request.origin}/v1.0/$metadata#security/alerts_v2"}
        if query.get("$count", "").lower() == "true":
            body["@odata.count"] = len(items)
        if skip + top < len(items):
            rest = {**query, "$top": str(top), "$skip": str(skip + top)}
            body["@odata.nextLink"] = f"{request.origin}{_ALERTS}?{urlencode(rest)}"
        body["value"] = [_told(item, request) for item in items[skip : skip + top]]
        return graph_answer(body, request)

    def _alert(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        alert = self._tenant.graph_alerts.one(values[0], self._tenant.clock.now())
        if alert is None:
            raise Refused(404, "NotFound", "The alert was not found.")
        context = f"{request.origin}/v1.0/$metadata#security/alerts_v2/$entity"
        return graph_answer({"@odata.context": context, **_told(alert, request)}, request)

    def _hunt(self, request: Request, _: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        context = f"{request.origin}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"
        body = self._hunting.answer(request, context)
        return Answer(200, body, {"Content-Type": GRAPH_TYPE, "request-id": request.request_id})


def _sorted(items: list[Alert], order: str) -> list[Alert]:
    if order not in _ORDERS:
        raise Refused(400, "BadRequest", f"The $orderby expression '{order[:60]}' is not supported.")
    name, _, way = order.partition(" ")
    field = _FIELDS[name.lower()]
    return sorted(items, key=lambda item: odata.value_of(field, item) or 0, reverse=way == "desc")


def _told(alert: Alert, request: Request) -> Alert:
    if "include-unknown-enum-members" in request.headers.get("prefer", ""):
        return alert
    hidden = {name: "unknownFutureValue" for name, later in _LATER.items() if alert.get(name) in later}
    return {**alert, **hidden} if hidden else alert
