from __future__ import annotations

import json
import time

import pytest
import requests

from local.simulator.control import SECRET_HEADER
from local.simulator.faults import Fault
from tests.local.simulator.running import Client, Start, alert


@pytest.fixture
def client(start: Start) -> Client:
    return start(bodies={"alerts": [alert(1)]})


def test_the_next_calls_that_match_answer_as_told(client: Client) -> None:
    fault = Fault(kind="status", service="defender", path="/api/alerts", times=2, status=503, retry_after=7)
    client.simulator.faults.add(fault)
    assert client.defender("/api/machines").status_code == 404
    answers = [client.defender("/api/alerts") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"


def test_a_fault_can_wait_for_its_turn(client: Client) -> None:
    client.simulator.faults.add(Fault(kind="status", status=429, skip=1))
    answers = [client.defender("/api/alerts") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert "Retry-After" not in answers[1].headers


def test_a_delay_makes_a_good_answer_late(client: Client) -> None:
    client.simulator.faults.add(Fault(kind="delay", delay_s=0.2))
    began = time.monotonic()
    assert client.defender("/api/alerts").status_code == 200
    assert time.monotonic() - began >= 0.2


def test_a_cut_connection_breaks_within_the_body(client: Client) -> None:
    client.simulator.faults.add(Fault(kind="cut"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.defender("/api/alerts")
    assert client.defender("/api/alerts").status_code == 200
    assert client.simulator.calls.all()["GET /api/alerts"] == {"0": 1, "200": 1}


def test_bodies_can_be_no_json_at_all(client: Client) -> None:
    client.simulator.faults.add(Fault(kind="malformed"))
    client.simulator.faults.add(Fault(kind="html"))
    for _ in range(2):
        answer = client.defender("/api/alerts")
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()


def test_pages_can_be_empty_repeated_or_link_elsewhere(client: Client) -> None:
    first = client.defender("/api/alerts").json()
    for kind in ("empty_page", "repeated_page", "foreign_next_link"):
        client.simulator.faults.add(Fault(kind=kind))
    assert client.defender("/api/alerts").json()["value"] == []
    client.simulator.tenant.alerts.forget()
    assert client.defender("/api/alerts").json() == first
    assert client.defender("/api/alerts").json()["@odata.nextLink"].startswith("https://pages.example/")
    assert client.defender("/api/alerts").json()["value"] == []


def control(client: Client, method: str, path: str, body: object = None) -> requests.Response:
    headers = {SECRET_HEADER: client.simulator.config.control_secret}
    url = f"{client.simulator.control_url}/{path}"
    return requests.request(method, url, json=body, headers=headers, timeout=60)


def test_the_control_address_adds_faults_alerts_entities_and_rows(client: Client) -> None:
    assert control(client, "POST", "faults", {"kind": "status", "status": 500}).status_code == 200
    assert control(client, "GET", "faults").json()["value"][0]["status"] == 500
    assert client.defender("/api/alerts").status_code == 500
    control(client, "POST", "alerts", {"value": [alert(1, status="Resolved"), alert(2)]})
    found = {item["id"]: item["status"] for item in client.defender("/api/alerts").json()["value"]}
    assert found == {alert(1)["id"]: "Resolved", alert(2)["id"]: "New"}
    control(client, "POST", "entities", {"machines": [{"id": "m1"}]})
    assert client.defender("/api/machines/m1").status_code == 200
    rows = [{"Timestamp": "2026-11-24T11:00:00Z", "DeviceId": "d9"}]
    control(client, "POST", "telemetry", {"table": "DeviceInfo", "rows": rows})
    assert client.hunt("DeviceInfo | project DeviceId").json()["results"] == [{"DeviceId": "d9"}]
    hunts = control(client, "GET", "hunts").json()["value"]
    assert [hunt["query"] for hunt in hunts] == ["DeviceInfo | project DeviceId"]


def test_the_control_address_counts_moves_time_and_forgets(client: Client) -> None:
    client.defender("/api/alerts")
    assert control(client, "GET", "calls").json() == {"GET /api/alerts": {"200": 1}}
    before = control(client, "GET", "state").json()
    control(client, "POST", "clock", {"advance_s": 60})
    after = control(client, "GET", "state").json()
    assert after["now_s"] - before["now_s"] == 60
    assert (before["listed"], before["graph_listed"]) == (1, 0)
    control(client, "POST", "forget", {"what": ["calls", "tenant", "quotas", "faults", "hunts"]})
    assert control(client, "GET", "calls").json() == {}
    assert control(client, "GET", "state").json()["listed"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "status", "path": "("}),
        ("telemetry", {"table": "NoSuchTable", "rows": []}),
        ("alerts", {}),
        ("forget", {"what": ["everything"]}),
    ],
)
def test_a_control_call_that_makes_no_sense_says_so(client: Client, path: str, body: object) -> None:
    answer = control(client, "POST", path, body)
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]


def test_the_control_address_needs_its_secret(client: Client) -> None:
    url = f"{client.simulator.control_url}/calls"
    assert requests.get(url, timeout=60).status_code == 401
    assert requests.get(url, headers={SECRET_HEADER: "guess"}, timeout=60).status_code == 401
    assert control(client, "GET", "nothing").status_code == 404
