from __future__ import annotations

import pytest

from local.simulator import ticks
from tests.local.simulator.running import NOW, Start, alert

SHA1 = "0123456789abcdef0123456789abcdef01234567"


def ids(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [item["id"] for item in answer["value"]]


def test_a_window_of_update_times_is_bounded_at_both_ends(start: Start) -> None:
    times = [f"2026-11-24T11:00:00.{n:07d}Z" for n in range(5)]
    client = start(bodies={"alerts": [alert(n, time) for n, time in enumerate(times)]})
    window = f"lastUpdateTime ge {times[1]} and lastUpdateTime lt {times[4]}"
    answer = client.defender("/api/alerts", filter=window, expand="evidence", top=1000)
    assert answer.status_code == 200
    assert sorted(ids(answer.json())) == [alert(n)["id"] for n in (1, 2, 3)]
    assert answer.headers["OData-Version"] == "4.0"


def test_evidence_is_empty_unless_it_is_expanded(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)]})
    assert client.defender("/api/alerts").json()["value"][0]["evidence"] == []
    expanded = client.defender("/api/alerts", expand="evidence").json()["value"][0]
    assert expanded == alert(1)
    assert client.defender(f"/api/alerts/{alert(1)['id']}").json()["evidence"] == alert(1)["evidence"]


def test_the_list_comes_in_another_order_with_each_request_and_the_same_for_the_same_seed(
    start: Start,
) -> None:
    client = start(bodies={"alerts": [alert(n) for n in range(30)]})
    first, second = (ids(client.defender("/api/alerts").json()) for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)
    again = start(bodies={"alerts": [alert(n) for n in range(30)]})
    assert ids(again.defender("/api/alerts").json()) == first


def test_a_page_that_was_asked_for_has_no_link_to_the_next(start: Start) -> None:
    client = start(bodies={"alerts": [alert(n) for n in range(10)]})
    page = client.defender("/api/alerts", top=4, skip=8).json()
    assert len(page["value"]) == 2
    assert "@odata.nextLink" not in client.defender("/api/alerts", top=4).json()


def test_without_a_size_the_pages_are_linked_and_none_is_lost(start: Start) -> None:
    client = start(bodies={"alerts": [alert(n) for n in range(10_050)]})
    page = client.defender("/api/alerts", filter="incidentId ge 20").json()
    assert len(page["value"]) == 10_000
    rest = client.session.get(
        page["@odata.nextLink"],
        headers={"Authorization": f"Bearer {client.token('https://api.securitycenter.microsoft.com')}"},
        timeout=60,
    ).json()
    assert sorted(ids(page) + ids(rest)) == [alert(n)["id"] for n in range(20, 10_050)]
    assert "@odata.nextLink" not in rest


def test_an_alert_is_listed_some_time_after_its_creation(start: Start) -> None:
    created = ticks.text(NOW - 60 * ticks.PER_SECOND)
    alerts = [alert(1, created), alert(2, created, _listed_after_s=10), alert(3, created, _listed_after_s=0)]
    client = start(bodies={"alerts": alerts}, alert_listing_delay_s=90)
    assert sorted(ids(client.defender("/api/alerts").json())) == [alert(2)["id"], alert(3)["id"]]
    assert client.defender(f"/api/alerts/{alert(1)['id']}").status_code == 404
    client.simulator.clock.advance(30)
    assert len(ids(client.defender("/api/alerts").json())) == 3


def test_an_update_moves_the_update_time_and_shows_no_key_of_ours(start: Start) -> None:
    created = ticks.text(NOW)
    update = {"after_s": 5, "changes": {"status": "Resolved", "_x": 1}}
    client = start(bodies={"alerts": [alert(1, created, _updates=[update], _note="x")]})
    path = f"/api/alerts/{alert(1)['id']}"
    before = client.defender(path).json()
    assert (before["status"], before["lastUpdateTime"]) == ("New", created)
    client.simulator.clock.advance(5)
    after = client.defender(path).json()
    assert after["status"] == "Resolved"
    assert after["lastUpdateTime"] == ticks.text(NOW + 5 * ticks.PER_SECOND)
    assert not [name for name in after if name.startswith("_")]


@pytest.mark.parametrize(
    "query",
    [
        {"select": "id"},
        {"orderby": "lastUpdateTime"},
        {"expand": "machine"},
        {"top": 10_001},
        {"filter": "title eq 'x'"},
        {"filter": "id in ('a','b')"},
        {"filter": "lastUpdateTime ge 'x'"},
    ],
)
def test_what_is_not_documented_is_a_400_with_the_documented_body(
    start: Start, query: dict[str, str]
) -> None:
    answer = start(bodies={"alerts": [alert(1)]}).defender("/api/alerts", **query)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "target"}
    assert error["code"] in ("BadRequest", "ODataError")


def test_the_version_in_the_path_is_optional(start: Start) -> None:
    client = start(bodies={"alerts": [alert(1)]})
    assert client.defender("/api/v1.0/alerts").status_code == 200
    assert client.defender("/api/v2.0/alerts").status_code == 404


def test_an_alert_leads_to_what_is_around_it(start: Start) -> None:
    one = alert(
        1,
        relatedUser={"userName": "Alice", "domainName": "CONTOSO"},
        domains=["a.example"],
        evidence=[
            {"entityType": "File", "sha1": SHA1},
            {"entityType": "File", "sha1": "f" * 40},
            {"entityType": "Ip", "ipAddress": "203.0.113.10"},
            {"entityType": "Ip", "ipAddress": None},
            {"entityType": "Url", "url": "https://b.example/x"},
        ],
    )
    client = start(
        bodies={
            "alerts": [one, alert(2)],
            "machines": [{"id": one["machineId"], "computerDnsName": "ws-1.contoso.example"}],
            "files": [{"sha1": SHA1, "sha256": "a" * 64, "organizationPrevalence": 7}],
            "users": [{"id": "contoso\\alice", "accountName": "alice", "accountDomain": "contoso"}],
        }
    )
    base = f"/api/alerts/{one['id']}"
    assert client.defender(f"{base}/machine").json()["computerDnsName"] == "ws-1.contoso.example"
    assert [file["sha1"] for file in client.defender(f"{base}/files").json()["value"]] == [SHA1]
    assert client.defender(f"{base}/ips").json()["value"] == [{"id": "203.0.113.10"}]
    assert client.defender(f"{base}/domains").json()["value"] == [
        {"host": "b.example"},
        {"host": "a.example"},
    ]
    assert client.defender(f"{base}/user").json()["accountName"] == "alice"
    assert client.defender(f"/api/alerts/{alert(2)['id']}/machine").status_code == 404
    assert client.defender(f"/api/alerts/{alert(2)['id']}/user").status_code == 404
    assert client.defender("/api/alerts/none/files").status_code == 404


def test_devices_are_found_by_filter_id_and_name(start: Start) -> None:
    machines = [
        {"id": f"{n:040x}", "computerDnsName": f"ws-{n}.example", "riskScore": "High"} for n in range(3)
    ]
    users = [
        {"accountName": "a", "accountDomain": "d", "_machineIds": [machines[1]["id"]], "accountSid": "S-1"},
        {"accountName": "b", "accountDomain": "d", "mostPrevalentMachineId": machines[1]["id"]},
        {"accountName": "c", "accountDomain": "d", "mostPrevalentMachineId": machines[2]["id"]},
    ]
    client = start(bodies={"machines": machines, "users": users})
    some = f"id eq '{machines[0]['id']}' or id eq '{machines[2]['id']}'"
    assert sorted(ids(client.defender("/api/machines", filter=some).json())) == [
        machines[0]["id"],
        machines[2]["id"],
    ]
    assert client.defender("/api/machines", filter="riskScore eq 'Low'").status_code == 404
    assert client.defender("/api/machines/WS-1.example").json()["id"] == machines[1]["id"]
    assert client.defender(f"/api/machines/{'f' * 40}").json()["error"]["code"] == "ResourceNotFound"
    logged_on = client.defender(f"/api/machines/{machines[1]['id']}/logonusers").json()["value"]
    assert [user["accountName"] for user in logged_on] == ["a", "b"]
    assert "accountSid" not in logged_on[0]


def test_without_any_device_the_list_is_a_404(start: Start) -> None:
    assert start().defender("/api/machines").status_code == 404


def test_files_addresses_and_domains_tell_their_prevalence(start: Start) -> None:
    file = {
        "sha1": SHA1,
        "sha256": "a" * 64,
        "globalPrevalence": 9,
        "organizationPrevalence": 7,
        "signer": "S",
    }
    client = start(
        bodies={
            "files": [file],
            "ips": [{"ipAddress": "203.0.113.10", "organizationPrevalence": 3}],
            "domains": [{"host": "a.example", "organizationPrevalence": 4}],
        }
    )
    assert "organizationPrevalence" not in client.defender(f"/api/files/{SHA1.upper()}").json()
    stats = client.defender(f"/api/files/{'a' * 64}/stats", lookBackHours=720).json()
    assert (stats["organizationPrevalence"], stats["globallyPrevalence"]) == (7, 9)
    assert client.defender(f"/api/files/{'b' * 40}/stats").status_code == 404
    assert client.defender("/api/files/xyz").json()["error"]["code"] == "InvalidHashValue"
    assert client.defender("/api/ips/203.0.113.10/stats").json()["organizationPrevalence"] == 3
    assert client.defender("/api/ips/203.0.113.11/stats").json()["organizationPrevalence"] == 0
    assert client.defender("/api/domains/a.example/stats").json()["organizationPrevalence"] == 4
    assert client.defender("/api/domains/b.example/stats").json()["organizationPrevalence"] == 0


@pytest.mark.parametrize(
    "path", ["/api/ips/300.1.1.1/stats", "/api/ips/2001:db8::1/stats", "/api/domains/no%20host/stats"]
)
def test_what_is_no_address_or_domain_is_a_400(start: Start, path: str) -> None:
    assert start().defender(path).status_code == 400


@pytest.mark.parametrize("hours", [0, 721, "x"])
def test_a_look_back_beyond_30_days_is_a_400(start: Start, hours: object) -> None:
    assert start().defender("/api/ips/203.0.113.10/stats", lookBackHours=hours).status_code == 400
