from __future__ import annotations

import pytest

from local.identity import DEFENDER, GRAPH, TokenIssuer
from tests.local.simulator.running import Client, Start, alert


def test_each_host_takes_tokens_of_its_own_audience_only(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)]})
    wrong = client.defender("/api/alerts", token=client.token(GRAPH))
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "Unauthorized"
    # The trap of the two names: the host's own name is another app's audience.
    client.roles["https://api.security.microsoft.com"] = client.roles[DEFENDER]
    other_app = client.token("https://api.security.microsoft.com")
    assert client.defender("/api/alerts", token=other_app).status_code == 401


def test_expired_foreign_and_missing_tokens_are_a_401(start: Start) -> None:
    client = start()
    assert client.defender("/api/alerts", token=client.token(DEFENDER, lifetime=-1)).status_code == 401
    foreign, _ = TokenIssuer().issue(client.identity, DEFENDER, roles=["Alert.Read.All"], lifetime_seconds=99)
    assert client.defender("/api/alerts", token=foreign).status_code == 401
    assert client.session.get(client.simulator.defender_url + "/api/alerts", timeout=60).status_code == 401
    unsigned = client.token(DEFENDER).rsplit(".", 1)[0] + "."
    assert client.defender("/api/alerts", token=unsigned).status_code == 401


NEEDS = {
    "/api/alerts": "Alert.Read.All",
    "/api/alerts/x": "Alert.Read.All",
    "/api/alerts/x/machine": "Machine.Read.All",
    "/api/alerts/x/files": "File.Read.All",
    "/api/alerts/x/ips": "Ip.Read.All",
    "/api/alerts/x/domains": "Url.Read.All",
    "/api/alerts/x/user": "User.Read.All",
    "/api/machines": "Machine.Read.All",
    "/api/machines/x": "Machine.Read.All",
    "/api/machines/x/logonusers": "User.Read.All",
    "/api/files/x": "File.Read.All",
    "/api/files/x/stats": "File.Read.All",
    "/api/ips/x/stats": "Ip.Read.All",
    "/api/domains/x/stats": "Url.Read.All",
}


def test_each_call_needs_its_role_and_no_other(start: Start) -> None:
    client = start()
    everything = client.roles[DEFENDER]
    for path, role in NEEDS.items():
        client.roles[DEFENDER] = tuple(name for name in everything if name != role)
        refused = client.defender(path)
        assert refused.status_code == 403, path
        assert refused.json()["error"]["code"] == "Forbidden"
        assert role in refused.json()["error"]["message"]
        client.roles[DEFENDER] = (role,)
        assert client.defender(path).status_code != 403, path


@pytest.mark.parametrize("role", ["SecurityAlert.Read.All", "ThreatHunting.Read.All"])
def test_graph_names_the_roles_that_are_missing(start: Start, role: str) -> None:
    client = start()
    client.roles[GRAPH] = tuple(name for name in client.roles[GRAPH] if name != role)
    refused = (
        client.graph("/v1.0/security/alerts_v2") if role.startswith("Security") else client.hunt("DeviceInfo")
    )
    assert refused.status_code == 403
    error = refused.json()["error"]
    assert error["code"] == "Forbidden"
    assert f"API required roles: {role}" in error["message"]
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


def throttled_after(client: Client, path: str) -> int:
    for number in range(200):
        answer = client.defender(path)
        if answer.status_code == 429:
            assert answer.headers["Retry-After"] == "60"
            assert answer.json()["error"]["message"] == (
                "API calls quota exceeded! maximum allowed 100 per 00:01:00"
            )
            return number
    raise AssertionError("never throttled")


def test_each_defender_api_has_its_100_calls_a_minute(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)]})
    assert throttled_after(client, "/api/alerts") == 100
    assert throttled_after(client, "/api/machines") == 100
    calls = client.simulator.calls.all()
    assert calls["GET /api/alerts"] == {"200": 100, "429": 1}


def test_an_hour_s_calls_end_before_its_minutes_calls_do(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)]}, quota_scale=0.04)
    for _ in range(15):
        assert [client.defender("/api/alerts").status_code for _ in range(5)] == [200] * 4 + [429]
        client.simulator.clock.advance(60)
    spent = client.defender("/api/alerts")
    assert spent.json()["error"]["message"].endswith("maximum allowed 1500 per 01:00:00")
    assert int(spent.headers["Retry-After"]) == 45 * 60


def test_quotas_can_be_off_and_scaled(start: Start) -> None:
    free = start(quotas=False)
    assert {free.defender("/api/alerts").status_code for _ in range(120)} == {200}
    scaled = start(quota_scale=0.02)
    assert [scaled.defender("/api/alerts").status_code for _ in range(3)] == [200, 200, 429]


def test_hunting_has_45_calls_a_minute_for_the_whole_tenant(start: Start) -> None:
    client = start(quota_scale=3 / 45)
    codes = [client.hunt("DeviceInfo").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    answer = client.hunt("DeviceInfo")
    assert answer.json()["error"]["message"] == "API calls quota exceeded! maximum allowed 45 per 00:01:00"
    assert answer.headers["Retry-After"] == "60"


def test_hunting_can_leave_out_retry_after(start: Start) -> None:
    client = start(quota_scale=1 / 45, hunting_retry_after=False)
    client.hunt("DeviceInfo")
    answer = client.hunt("DeviceInfo")
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
