"""A consumer's own columns and its NotifyState, through whatever we write later; on Azurite."""

from dataclasses import replace

from shared.core.correlate.finding import Finding, Reason, Status
from tests.adapters.service import Reply
from tests.builders import alert, evidence
from tests.consumers.publishing import TIED, publish, row, waiting
from tests.consumers.samples import Consumers

NO_MATCH = Finding(alert().id, Status.NO_MATCH, reason=Reason.NOT_IN_YET)
THEIRS = {"Ticket": "INC-1", "Owner": "soc", "Cost": 0.5, "Told": True}


def mark(consumers: Consumers) -> None:
    """The message is posted, and a person adds columns of the house."""
    consumers.service.answer = lambda asked: Reply(200, b"")
    consumers.notify()
    [entity] = consumers.tables.query("Alerts", "RowKey ne ''", select=("PartitionKey", "RowKey"))
    consumers.client("Alerts").update_entity({**entity, **THEIRS})


def of_consumers(consumers: Consumers) -> dict[str, object]:
    """The columns that are not ours, and the mark."""
    shown = row(consumers.rows, alert())
    return {name: shown.get(name) for name in (*THEIRS, "ToldRevision", "NotifyState")}


def test_they_survive_re_hunts_and_updates_that_are_no_news(consumers: Consumers) -> None:
    publish(consumers.rows, alert(), found=waiting(alert()))
    mark(consumers)
    expected = {**THEIRS, "ToldRevision": 1, "NotifyState": "told"}
    assert of_consumers(consumers) == expected
    counted = replace(TIED, event_count=9)
    publish(consumers.rows, alert(), found=NO_MATCH)
    assert of_consumers(consumers) == expected
    for about, found, generation in (
        (alert(assigned_to="soc@contoso.example"), NO_MATCH, 2),
        (alert(assigned_to="soc@contoso.example", status="InProgress"), NO_MATCH, 3),
        (alert(status="Resolved"), NO_MATCH, 4),
    ):
        decision = publish(consumers.rows, about, found=found, generation=generation)
        assert decision.columns and decision.revision == 1
        assert of_consumers(consumers) == expected
    assert publish(consumers.rows, alert(status="Resolved"), found=counted, generation=4).revision == 2


def test_news_replaces_the_mark_alone(consumers: Consumers) -> None:
    publish(consumers.rows, alert(), found=NO_MATCH)
    mark(consumers)
    publish(consumers.rows, alert())
    expected = {**THEIRS, "ToldRevision": 1, "NotifyState": "updated"}
    assert of_consumers(consumers) == expected
    consumers.notify()
    assert of_consumers(consumers) == expected | {"ToldRevision": 2, "NotifyState": "told"}
    publish(consumers.rows, alert(evidence=(evidence("file", sha1="a" * 40),)), generation=2)
    consumers.notify()
    assert of_consumers(consumers)["ToldRevision"] == 3
    assert [asked.path for asked in consumers.service.asked] == ["/hook"] * 3
