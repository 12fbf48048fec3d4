"""Writes to alerts in both APIs: fields, and comments that show some time after they were made.

https://learn.microsoft.com/en-us/defender-endpoint/api/update-alert,
https://learn.microsoft.com/en-us/graph/api/security-alert-update and
https://learn.microsoft.com/en-us/graph/api/security-alert-post-comments (read 2026-11-30). An answer that is
cut after the change was made is the fault `cut`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.simulator import odata, ticks
from local.simulator.alerts import AlertBook
from local.simulator.answers import Answer, Refused, Request, defender_answer, graph_answer
from local.simulator.quotas import Limit
from local.simulator.routes import HOUR, MINUTE, Route
from local.simulator.tenant import Tenant

_ALERTS = "/v1.0/security/alerts_v2"
_MOST_COMMENT = 32_768
_STATUS = ("New", "InProgress", "Resolved")
# What the update page allows for each classification; some of these words are shown in another way.
_DETERMINATIONS: Mapping[str, tuple[str, ...]] = {
    "TruePositive": (
        "MultiStagedAttack", "MaliciousUserActivity", "CompromisedUser", "Malware", "Phishing",
        "UnwantedSoftware", "Other",
    ),
    "InformationalExpectedActivity": (
        "SecurityTesting", "LineOfBusinessApplication", "ConfirmedActivity", "Other",
    ),
    "FalsePositive": ("NotMalicious", "InsufficientData", "Other"),
}  # fmt: skip
_SHOWN = {"NotMalicious": "Clean", "ConfirmedActivity": "ConfirmedUserActivity"}
_GRAPH_WORDS: Mapping[str, tuple[str, ...]] = {
    "status": ("new", "inProgress", "resolved"),
    "classification": ("unknown", "truePositive", "falsePositive", "informationalExpectedActivity"),
    "determination": (
        "unknown", "malware", "securityTesting", "unwantedSoftware", "multiStagedAttack", "phishing",
        "compromisedAccount", "maliciousUserActivity", "notMalicious", "notEnoughDataToValidate",
        "confirmedActivity", "lineOfBusinessApplication", "other",
    ),
}  # fmt: skip


class AlertWriting:
    """The routes of both APIs that change alerts of the tenant; comments show `visible_after_s` later."""

    def __init__(self, tenant: Tenant, *, visible_after_s: float = 0) -> None:
        self._tenant = tenant
        self._delay = ticks.from_seconds(visible_after_s)
        minute, hour = Limit(100, MINUTE), Limit(1500, HOUR)
        writers, graph_writers = ("Alert.ReadWrite.All",), ("SecurityAlert.ReadWrite.All",)
        graph_limit = (Limit(150, MINUTE),)
        self.defender: Sequence[Route] = [
            Route("PATCH", "/api/alerts/{id}", writers, (minute, hour), self._update)
        ]
        self.graph: Sequence[Route] = [
            Route("PATCH", _ALERTS + "/{id}", graph_writers, graph_limit, self._graph_update),
            Route("POST", _ALERTS + "/{id}/comments", graph_writers, graph_limit, self._graph_comment),
        ]

    def _update(self, request: Request, values: tuple[str, ...]) -> Answer:
        body = _body(request, ("status", "assignedTo", "classification", "determination", "comment"))
        _check_defender(body)
        comment = body.pop("comment", None)
        changes = {name: _SHOWN.get(value, value) for name, value in body.items()}
        said = {"comment": comment, "createdBy": request_app(request)} if comment else None
        alert = self._change(self._tenant.alerts, values[0], changes, said, "createdTime")
        context = f"{request.origin}/api/$metadata#Alerts/$entity"
        return defender_answer({"@odata.context": context, **alert})

    def _graph_update(self, request: Request, values: tuple[str, ...]) -> Answer:
        body = _body(request, ("status", "assignedTo", "classification", "determination"))
        for name, words in _GRAPH_WORDS.items():
            if name in body and body[name] not in words:
                raise Refused(400, "BadRequest", f"The value of {name} is not one of its members.")
        alert = self._change(self._tenant.graph_alerts, values[0], body, None, "createdDateTime")
        return graph_answer(alert, request)

    def _graph_comment(self, request: Request, values: tuple[str, ...]) -> Answer:
        body = _body(request, ("@odata.type", "comment"))
        if body.get("@odata.type") != "microsoft.graph.security.alertComment" or not body.get("comment"):
            raise Refused(400, "BadRequest", "The body is not an alertComment.")
        said = {"comment": body["comment"], "createdByDisplayName": request_app(request)}
        alert = self._change(self._tenant.graph_alerts, values[0], {}, said, "createdDateTime")
        return graph_answer({"value": alert.get("comments") or []}, request)

    def _change(
        self,
        book: AlertBook,
        alert_id: str,
        changes: Mapping[str, Any],
        comment: Mapping[str, Any] | None,
        time_name: str,
    ) -> dict[str, Any]:
        """The alert after the change. Fields show at once, the comment after the delay."""
        now = self._tenant.clock.now()
        if changes and not book.change(alert_id, changes, now=now, shown_at=now):
            raise Refused(404, "ResourceNotFound", f"Alert {alert_id[:100]} was not found.")
        if comment is not None:
            said = {**comment, time_name: ticks.text(now)}
            if not book.change(alert_id, {}, comment=said, now=now, shown_at=now + self._delay):
                raise Refused(404, "ResourceNotFound", f"Alert {alert_id[:100]} was not found.")
        return book.one(alert_id, now) or {}


def request_app(request: Request) -> str:
    """Who is named as the author: an app has no name in a comment but its id, which tests do not look at."""
    return "an application" if request.headers.get("authorization") else "nobody"


def _body(request: Request, known: tuple[str, ...]) -> dict[str, Any]:
    odata.options(request.query, ())
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "InvalidRequestBody", "The request body is not JSON.") from None
    if not isinstance(body, dict) or not body:
        raise Refused(400, "InvalidRequestBody", "The request body is empty or no object.")
    if unknown := sorted(body.keys() - set(known)):
        raise Refused(400, "InvalidRequestBody", f"Unknown property {unknown[0][:60]}.")
    for name, value in body.items():
        if not isinstance(value, str) or len(value) > _MOST_COMMENT:
            raise Refused(400, "InvalidRequestBody", f"{name} is not a text that fits.")
    return body


def _check_defender(body: Mapping[str, str]) -> None:
    if "status" in body and body["status"] not in _STATUS:
        raise Refused(400, "InvalidInput", "status is not one of its values.")
    classification = body.get("classification")
    if classification is not None and classification not in _DETERMINATIONS:
        raise Refused(400, "InvalidInput", "classification is not one of its values.")
    determination = body.get("determination")
    if determination is not None and determination not in _DETERMINATIONS.get(classification or "", ()):
        raise Refused(400, "InvalidInput", "determination does not go with the classification.")
