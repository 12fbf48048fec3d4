"""Writes to alerts: a comment, and the few fields that people fill, by the API that lists the alerts.

Shapes, roles and limits: https://learn.microsoft.com/en-us/defender-endpoint/api/update-alert,
https://learn.microsoft.com/en-us/graph/api/security-alert-update and
https://learn.microsoft.com/en-us/graph/api/security-alert-post-comments (read 2026-11). Neither API knows a
condition on what stands there: who reads first and writes then can lose a race to a person.
"""

from collections.abc import Mapping

from shared.adapters.http import Call, JsonApi, segment

_GRAPH = "/v1.0/security/alerts_v2"


class DefenderWrites:
    """`PATCH /api/alerts/{id}`, which takes a comment as it takes fields."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    def comment(self, alert_id: str, text: str) -> None:
        """Adds a comment. Raises Unanswered where nobody knows whether it was added."""
        self._patch(alert_id, {"comment": text})

    def set_fields(self, alert_id: str, fields: Mapping[str, str]) -> None:
        """Sets fields, named and valued in Defender's words."""
        self._patch(alert_id, fields)

    def _patch(self, alert_id: str, body: Mapping[str, str]) -> None:
        path = f"/api/alerts/{segment(alert_id)}"
        call = Call(api="defender alert update", path=path, body=dict(body), method="PATCH", writes=True)
        self._api.send(call)


class GraphWrites:
    """`PATCH /security/alerts_v2/{id}`, and `POST …/comments`."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    def comment(self, alert_id: str, text: str) -> None:
        """Adds a comment. Raises Unanswered where nobody knows whether it was added."""
        body = {"@odata.type": "microsoft.graph.security.alertComment", "comment": text}
        path = f"{_GRAPH}/{segment(alert_id)}/comments"
        self._api.send(Call(api="graph alert comment", path=path, body=body, method="POST", writes=True))

    def set_fields(self, alert_id: str, fields: Mapping[str, str]) -> None:
        """Sets fields, named and valued in Defender's words."""
        body = {name: _as_graph(name, value) for name, value in fields.items()}
        path = f"{_GRAPH}/{segment(alert_id)}"
        self._api.send(Call(api="graph alert update", path=path, body=body, method="PATCH", writes=True))


_GRAPHS_OWN = {"CompromisedUser": "compromisedAccount", "InsufficientData": "notEnoughDataToValidate"}


def _as_graph(name: str, value: str) -> str:
    """An enum member as Graph spells it; a person's name as it is."""
    if name == "assignedTo":
        return value
    return _GRAPHS_OWN.get(value, value[:1].lower() + value[1:])
