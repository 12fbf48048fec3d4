from __future__ import annotations

from typing import Any

import pytest

from local.identity import GRAPH
from tests.local.simulator.running import Client, Start, graph_alert

ALERTS = "/v1.0/security/alerts_v2"


def numbered(count: int) -> list[dict[str, Any]]:
    return [
        graph_alert(n, f"2026-11-24T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z") for n in range(count)
    ]


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["value"]]


def all_pages(client: Client, **query: Any) -> list[Any]:
    page = client.graph(ALERTS, **query).json()
    pages = [page]
    while "@odata.nextLink" in page:
        headers = {"Authorization": f"Bearer {client.token(GRAPH)}"}
        page = client.session.get(page["@odata.nextLink"], headers=headers, timeout=60).json()
        pages.append(page)
    return pages


def test_alerts_come_newest_first_and_are_linked_page_by_page(start: Start) -> None:
    client = start(bodies={"graph_alerts": numbered(25)})
    pages = all_pages(client, top=10, filter="serviceSource eq 'microsoftDefenderForEndpoint'")
    assert [len(page["value"]) for page in pages] == [10, 10, 5]
    found = [one for page in pages for one in ids(page)]
    assert found == [graph_alert(n)["id"] for n in reversed(range(25))]


def test_a_page_is_clamped_to_1000_and_reaches_no_further_than_6000(start: Start) -> None:
    client = start(bodies={"graph_alerts": numbered(1200)})
    assert len(client.graph(ALERTS, top=5000).json()["value"]) == 1000
    assert client.graph(ALERTS, top=1000, skip=5001).status_code == 400


def test_alerts_can_be_ordered_by_their_update_and_counted(start: Start) -> None:
    client = start(bodies={"graph_alerts": numbered(5)})
    window = "lastUpdateDateTime ge 2026-11-24T00:00:01Z and lastUpdateDateTime lt 2026-11-24T00:00:04Z"
    page = client.graph(ALERTS, filter=window, orderby="lastUpdateDateTime asc", count="true").json()
    assert ids(page) == [graph_alert(n)["id"] for n in (1, 2, 3)]
    assert page["@odata.count"] == 3


def test_newer_enum_members_are_told_only_to_who_asks(start: Start) -> None:
    newer = graph_alert(1, serviceSource="microsoftSentinel")
    client = start(bodies={"graph_alerts": [newer]})
    assert client.graph(ALERTS).json()["value"][0]["serviceSource"] == "unknownFutureValue"
    asked = client.graph(ALERTS, prefer="include-unknown-enum-members").json()
    assert asked["value"][0]["serviceSource"] == "microsoftSentinel"


def test_one_alert_by_its_id(start: Start) -> None:
    client = start(bodies={"graph_alerts": [graph_alert(1)]})
    assert client.graph(f"{ALERTS}/{graph_alert(1)['id']}").json()["severity"] == "high"
    missing = client.graph(f"{ALERTS}/none")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NotFound")


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "investigationState eq 'benign'"},
        {"filter": "title eq 'x'"},
        {"expand": "evidence"},
        {"orderby": "severity"},
        {"top": "many"},
    ],
)
def test_what_is_not_documented_is_a_400(start: Start, query: dict[str, str]) -> None:
    answer = start().graph(ALERTS, **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BadRequest"


def test_the_older_alerts_address_is_gone(start: Start) -> None:
    assert start().graph("/v1.0/security/alerts").status_code == 404
