"""Rows of two tenants with the same ids in one table: each is told, and kept, apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.service import Asked, Reply
from tests.builders import alert
from tests.consumers import incidents
from tests.consumers.publishing import publish
from tests.consumers.samples import Consumers


@pytest.fixture
def told(consumers: Consumers) -> list[dict[str, Any]]:
    """Every body that reached the other side, which takes all."""
    bodies: list[dict[str, Any]] = []

    def answer(asked: Asked) -> Reply:
        bodies.append(json.loads(asked.body))
        return Reply(201, {"id": len(bodies)}, {"Content-Type": "application/json"})

    consumers.service.answer = answer
    return bodies


def _twin(consumers: Consumers, table: str) -> None:
    """The same row once more, as the tenant acme's."""
    client = consumers.client(table)
    [row] = [dict(each) for each in client.list_entities()]
    client.upsert_entity({**row, "RowKey": f"acme|{row['RowKey']}", "Tenant": "acme"})


def test_two_incidents_of_one_number_are_two_tickets_and_home_s_is_kept_as_before(
    consumers: Consumers, told: list[dict[str, Any]]
) -> None:
    publish(consumers.rows, alert(incident_id="4711"))
    _twin(consumers, "Alerts")
    assert consumers.tickets().status == "Succeeded"
    assert sorted(ticket["key"] for ticket in told) == ["incident-4711", "incident-acme|4711"]
    assert all(len(ticket["text"].splitlines()) == 1 for ticket in told)
    assert [sent.action for sent in consumers.tickets().sent] == ["Read_page"]


def test_a_message_says_whose_alert_it_is(consumers: Consumers, told: list[dict[str, Any]]) -> None:
    publish(consumers.rows, alert())
    _twin(consumers, "Alerts")
    assert consumers.notify().status == "Succeeded"
    said = {message["alert"]["tenant"]: json.dumps(message["attachments"]) for message in told}
    assert "Tenant acme. Device" in said.pop("acme")
    assert len(told) == 2 and not any("Tenant " in text for text in said.values())


def test_a_message_says_whose_incident_it_is(consumers: Consumers, told: list[dict[str, Any]]) -> None:
    incidents.publish(consumers, incidents.told())
    _twin(consumers, "Incidents")
    assert consumers.teams().status == "Succeeded"
    said = {message["incident"]["tenant"]: json.dumps(message["attachments"]) for message in told}
    assert "Tenant acme: 1 alerts" in said.pop("acme")
    assert len(told) == 2 and not any("Tenant " in text for text in said.values())
