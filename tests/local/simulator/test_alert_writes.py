"""Writes to alerts, as strict as the services: roles, words, quotas, delayed comments, cut answers."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.identity import DEFENDER, GRAPH
from local.simulator.clock import Clock
from local.simulator.faults import Fault
from tests.local.simulator.running import NOW, Client, Start, alert, graph_alert

ID = alert(1)["id"]
GRAPH_PATH = f"/v1.0/security/alerts_v2/{ID}"


def _writer(start: Start, clock: Clock | None = None, **settings: Any) -> Client:
    bodies = {"alerts": [alert(1)], "graph_alerts": [graph_alert(1)]}
    client = start(bodies=bodies, clock=clock, **settings)
    client.roles[DEFENDER] = (*client.roles[DEFENDER], "Alert.ReadWrite.All")
    client.roles[GRAPH] = (*client.roles[GRAPH], "SecurityAlert.ReadWrite.All")
    return client


def _send(client: Client, method: str, path: str, body: object) -> requests.Response:
    is_graph = path.startswith("/v1.0")
    host, resource = (
        (client.simulator.graph_url, GRAPH) if is_graph else (client.simulator.defender_url, DEFENDER)
    )
    headers = {"Authorization": f"Bearer {client.token(resource)}"}
    return client.session.request(method, host + path, json=body, headers=headers, timeout=60)


def _patch(client: Client, **body: object) -> requests.Response:
    return _send(client, "PATCH", f"/api/alerts/{ID}", body)


def test_reading_alone_may_not_write(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)], "graph_alerts": [graph_alert(1)]})
    assert _patch(client, comment="x").status_code == 403
    assert _send(client, "PATCH", GRAPH_PATH, {"status": "resolved"}).status_code == 403
    assert _send(client, "POST", f"{GRAPH_PATH}/comments", {"comment": "x"}).status_code == 403


def test_defender_takes_fields_and_a_comment_and_the_alert_is_newer(start: Start) -> None:
    client = _writer(start)
    words = {"classification": "FalsePositive", "determination": "NotMalicious", "status": "Resolved"}
    answer = _patch(client, **words, assignedTo="soc", comment="looked at")
    assert answer.status_code == 200
    shown = client.defender(f"/api/alerts/{ID}").json()
    assert (shown["classification"], shown["determination"]) == ("FalsePositive", "Clean")
    assert (shown["status"], shown["assignedTo"]) == ("Resolved", "soc")
    assert [one["comment"] for one in shown["comments"]] == ["looked at"]
    assert shown["lastUpdateTime"] > alert(1)["lastUpdateTime"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Comment": "case counts"},
        {"severity": "Low"},
        {"classification": "truePositive"},
        {"classification": "FalsePositive", "determination": "Clean"},
        {"determination": "Malware"},
        {"status": "Closed"},
        {"comment": 5},
    ],
)
def test_defender_refuses_what_it_does_not_know(start: Start, body: dict[str, object]) -> None:
    assert _patch(_writer(start), **body).status_code == 400


def test_graph_takes_fields_and_comments_apart(start: Start) -> None:
    client = _writer(start)
    assert _send(client, "PATCH", GRAPH_PATH, {"classification": "truePositive"}).status_code == 200
    assert _send(client, "PATCH", GRAPH_PATH, {"comment": "x"}).status_code == 400
    assert _send(client, "PATCH", GRAPH_PATH, {"classification": "benignPositive"}).status_code == 400
    said = {"@odata.type": "microsoft.graph.security.alertComment", "comment": "looked at"}
    assert _send(client, "POST", f"{GRAPH_PATH}/comments", {"comment": "no type"}).status_code == 400
    assert _send(client, "POST", f"{GRAPH_PATH}/comments", said).status_code == 200
    shown = client.graph(GRAPH_PATH).json()
    assert (shown["classification"], [one["comment"] for one in shown["comments"]]) == (
        "truePositive",
        ["looked at"],
    )
    assert _send(client, "POST", "/v1.0/security/alerts_v2/nobody/comments", said).status_code == 404


def test_a_comment_shows_late_and_none_is_lost_meanwhile(start: Start) -> None:
    clock = Clock(NOW)
    client = _writer(start, clock=clock, comment_visible_after_s=60)
    assert _patch(client, comment="one").status_code == 200
    assert _patch(client, comment="two").status_code == 200
    assert client.defender(f"/api/alerts/{ID}").json().get("comments") is None
    clock.advance(61)
    shown = client.defender(f"/api/alerts/{ID}").json()["comments"]
    assert [one["comment"] for one in shown] == ["one", "two"]


def test_an_answer_can_be_cut_after_the_change_was_made(start: Start) -> None:
    client = _writer(start)
    client.simulator.faults.add(Fault(kind="cut", method="PATCH"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _patch(client, comment="one")
    assert len(client.defender(f"/api/alerts/{ID}").json()["comments"]) == 1


def test_the_documented_quota_of_updates_is_counted(start: Start) -> None:
    client = _writer(start)
    answers = [_patch(client, comment="x").status_code for _ in range(101)]
    assert (answers.count(200), answers[-1]) == (100, 429)
