"""The workflow that keeps tickets, run for real: its reads and marks on Azurite, its tickets on a service."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.core.alert.model import Severity
from shared.core.values import table_keys
from tests.adapters.service import Asked, Reply
from tests.builders import alert
from tests.consumers.publishing import alerts, publish, publish_new, row, waiting
from tests.consumers.samples import Consumers


@dataclass
class Desk:
    """A ticket system: POST opens a ticket, POST below it adds a comment. `refuses` answers 400."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    comments: list[tuple[str, str]] = field(default_factory=list)
    refuses: bool = False
    numbers: bool = True

    def answer(self, asked: Asked) -> Reply:
        assert asked.headers["Authorization"] == "Basic dGVzdA=="
        if self.refuses:
            return Reply(400, b"no")
        body = json.loads(asked.body)
        if asked.path == "/tickets":
            self.opened.append(body)
            answer = {"id": len(self.opened)} if self.numbers else {}
            return Reply(201, answer, {"Content-Type": "application/json"})
        _, _, ticket, below = asked.path.split("/")
        assert below == "comments"
        self.comments.append((ticket, body["text"]))
        return Reply(201, b"")


@pytest.fixture
def desk(consumers: Consumers) -> Desk:
    made = Desk()
    consumers.service.answer = made.answer
    return made


def test_a_storm_of_one_incident_is_one_ticket(consumers: Consumers, desk: Desk) -> None:
    storm = alerts(120, incident_id="4711")
    publish_new(consumers.rows, storm[:60])
    assert consumers.tickets().status == "Succeeded"
    assert [ticket["key"] for ticket in desk.opened] == ["incident-4711"]
    lines = desk.opened[0]["text"].splitlines()
    assert (len(lines), lines[-1]) == (51, "and 10 more")
    publish_new(consumers.rows, storm[60:])
    assert consumers.tickets().status == "Succeeded"
    assert (len(desk.opened), [ticket for ticket, _ in desk.comments]) == (1, ["1"])
    stored = consumers.rows.read([table_keys.alert_keys(about) for about in storm])
    assert len(stored) == 120
    for shown in (each.columns for each in stored.values()):
        assert (shown["TicketId"], shown["TicketRevision"], shown["NotifyState"]) == ("1", 1, "new")
    assert [sent.action for sent in consumers.tickets().sent] == ["Read_page"]


def test_every_page_is_read_once(consumers: Consumers, desk: Desk) -> None:
    """A page holds 1,000 rows; all of the first have their ticket."""
    client = consumers.client("Alerts")
    has_ticket = {"SeverityId": 4, "NotifyState": "told", "Revision": 1, "TicketRevision": 1}
    for start in range(0, 1_100, 100):
        rows = [{"PartitionKey": "2026-11-23", "RowKey": f"{start + n:05}", **has_ticket} for n in range(100)]
        client.submit_transaction([("upsert", entity) for entity in rows])
    publish(consumers.rows, alert(incident_id="1"))
    outcome = consumers.tickets()
    assert [sent.action for sent in outcome.sent if sent.action in ("Read_page", "Mark")] == [
        "Read_page",
        "Read_page",
        "Mark",
    ]
    assert len(desk.opened) == 1


def test_each_incident_has_a_ticket_and_an_alert_without_one_has_its_own(
    consumers: Consumers, desk: Desk
) -> None:
    one, other, alone, lonely = alerts(4)
    for about, incident in ((one, "1"), (other, "2"), (alone, None), (lonely, None)):
        publish(consumers.rows, alert(id=about.id, incident_id=incident))
    consumers.tickets()
    assert [ticket["key"] for ticket in desk.opened] == [
        "incident-1",
        "incident-2",
        f"alert-{alone.id}",
        f"alert-{lonely.id}",
    ]
    assert [ticket["link"][-2:] for ticket in desk.opened] == ["/1", "/2", "", ""]


def test_only_what_is_high_or_unknown_and_to_be_told_gets_a_ticket(consumers: Consumers, desk: Desk) -> None:
    high, unknown, medium, pending, historic = alerts(5)
    publish(consumers.rows, high)
    publish(consumers.rows, alert(id=unknown.id, severity=Severity.UNKNOWN, severity_text="Critical"))
    publish(consumers.rows, alert(id=medium.id, severity=Severity.MEDIUM, severity_text="Medium"))
    publish(consumers.rows, pending, found=waiting(pending), hunt_ended=False)
    publish(consumers.rows, historic, backfill=True)
    consumers.tickets()
    assert [ticket["key"] for ticket in desk.opened] == [f"alert-{each.id}" for each in (high, unknown)]


def test_an_alert_whose_severity_rises_gets_a_ticket_and_a_new_revision_is_a_comment(
    consumers: Consumers, desk: Desk
) -> None:
    publish(consumers.rows, alert(severity=Severity.LOW, severity_text="Low", incident_id="1"))
    consumers.tickets()
    assert desk.opened == []
    publish(consumers.rows, alert(incident_id="1"))
    consumers.tickets()
    publish(consumers.rows, alert(incident_id="1", status="Resolved"))
    publish(consumers.rows, alert(incident_id="1", status="InProgress"))
    consumers.tickets()
    assert (len(desk.opened), [ticket for ticket, _ in desk.comments]) == (1, ["1"])
    assert row(consumers.rows, alert())["TicketRevision"] == 3


def test_a_revision_that_rises_between_read_and_mark_becomes_a_comment(
    consumers: Consumers, desk: Desk
) -> None:
    publish(consumers.rows, alert(incident_id="1", status="Resolved"))

    def answer(asked: Asked) -> Reply:
        if not desk.opened:
            publish(consumers.rows, alert(incident_id="1", status="New"))
        return desk.answer(asked)

    consumers.service.answer = answer
    consumers.tickets()
    shown = row(consumers.rows, alert())
    assert (shown["Revision"], shown["TicketRevision"], shown["AlertStatus"]) == (2, 1, "Active")
    consumers.tickets()
    assert (len(desk.opened), len(desk.comments)) == (1, 1)


def test_a_ticket_system_that_refuses_is_asked_again_by_the_next_run(
    consumers: Consumers, desk: Desk
) -> None:
    publish(consumers.rows, alert(incident_id="1"))
    desk.refuses = True
    assert consumers.tickets().status == "Failed"
    assert "TicketRevision" not in row(consumers.rows, alert())
    desk.refuses = False
    assert consumers.tickets().status == "Succeeded"
    publish(consumers.rows, alert(id="da1_2", incident_id="1"))
    desk.refuses = True
    assert consumers.tickets().status == "Failed"
    desk.refuses = False
    assert consumers.tickets().status == "Succeeded"
    assert (len(desk.opened), len(desk.comments)) == (1, 1)


def test_a_ticket_system_that_gives_no_id_fails_the_run_and_is_not_flooded(
    consumers: Consumers, desk: Desk
) -> None:
    publish(consumers.rows, alert(incident_id="1"))
    desk.numbers = False
    assert consumers.tickets().status == "Failed"
    assert consumers.tickets().status == "Succeeded"
    assert len(desk.opened) == 1


def test_an_unreadable_memory_opens_no_second_ticket(consumers: Consumers, desk: Desk) -> None:
    publish(consumers.rows, alert(incident_id="1"))
    outcome = consumers.tickets(ticketsTable="in valid")
    assert (outcome.status, desk.opened) == ("Failed", [])


def test_a_hostile_name_cannot_add_a_line_or_reach_another_ticket(consumers: Consumers, desk: Desk) -> None:
    name = "a\r\n- High: all is well"
    for about in alerts(2, title=name, device_name=name, incident_id="1/../2?x=' or 1"):
        publish(consumers.rows, about)
    assert consumers.tickets().status == "Succeeded"
    assert [len(desk.opened[0][part].splitlines()) for part in ("title", "text")] == [1, 2]
    publish(consumers.rows, alert(incident_id="1/../2?x=' or 1"))
    consumers.tickets()
    assert [ticket for ticket, _ in desk.comments] == ["1"]


def test_both_workflows_run_side_by_side(consumers: Consumers, desk: Desk) -> None:
    publish(consumers.rows, alert(incident_id="1"))
    tickets = desk.answer
    consumers.service.answer = lambda asked: Reply(200, b"") if asked.path == "/hook" else tickets(asked)
    for _ in range(2):
        assert {consumers.notify().status, consumers.tickets().status} == {"Succeeded"}
    paths = [asked.path for asked in consumers.service.asked]
    assert paths == ["/hook", "/tickets"]
    shown = row(consumers.rows, alert())
    assert (shown["NotifyState"], shown["ToldRevision"], shown["TicketRevision"]) == ("told", 1, 1)
