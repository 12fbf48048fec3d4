"""The workflow that posts messages, run for real: its reads and marks on Azurite, its posts on a service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.core.alert.model import Severity
from shared.core.values.records import Column
from tests.adapters.service import Asked, Reply
from tests.builders import alert, evidence
from tests.consumers.publishing import alerts, publish, row, waiting
from tests.consumers.samples import Consumers


@pytest.fixture(autouse=True)
def taken(consumers: Consumers) -> None:
    """The chat takes every message, as Teams does: 202 and nothing else."""
    consumers.service.answer = lambda asked: Reply(202, b"")


def posted(consumers: Consumers) -> list[dict[str, Any]]:
    """The messages that reached the chat."""
    return [json.loads(asked.body) for asked in consumers.service.asked]


def told(consumers: Consumers) -> list[tuple[str, int]]:
    """(alert id, revision) of each message, in order."""
    return [(message["alert"]["id"], message["alert"]["revision"]) for message in posted(consumers)]


def texts(message: dict[str, Any]) -> list[str]:
    """What the card shows, a block each."""
    blocks = message["attachments"][0]["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    return ["".join(run["text"] for run in block["inlines"]) for block in blocks]


def meanwhile(consumers: Consumers, write: Callable[[], object]) -> None:
    """Our own write, once, after the workflow's read and before its mark."""
    writes = iter([write])

    def answer(asked: Asked) -> Reply:
        next(writes, lambda: None)()
        return Reply(202, b"")

    consumers.service.answer = answer


def test_a_message_says_what_was_found_and_the_row_is_marked(consumers: Consumers) -> None:
    publish(consumers.rows, alert())
    outcome = consumers.notify()
    assert (outcome.status, outcome.errors) == ("Succeeded", ())
    [message] = posted(consumers)
    title, verdict, where, steps, story = texts(message)
    shown = row(consumers.rows, alert())
    assert title == "High: Suspicious PowerShell command line"
    assert verdict == f"{shown['Validation']}: {shown['ValidationReason']} (ExactProcess, 100 % sure)"
    assert "ws-0042.contoso.example" in where and "priority 3 of 5 (not borne out" in where
    assert steps == shown["NextSteps"] and steps.startswith("Look: ")
    assert story == shown["Story"] != ""
    actions = message["attachments"][0]["content"]["actions"]
    assert [action["url"] for action in actions] == [shown["EventReportUrl"], shown["HuntingUrl"]]
    assert (shown["NotifyState"], shown["ToldRevision"]) == ("told", 1)


def test_nothing_is_told_twice(consumers: Consumers) -> None:
    publish(consumers.rows, alert())
    consumers.notify()
    again = consumers.notify()
    assert told(consumers) == [(alert().id, 1)]
    assert [sent.action for sent in again.sent] == ["Read_page"]


def test_only_rows_that_are_to_be_told_are_read(consumers: Consumers) -> None:
    pending, historic, old, today = alerts(4)
    old = replace(old, created=old.created.plus(-8 * 86_400))
    oldest = replace(alert(id="da1_7"), created=old.created.plus(86_400))
    publish(consumers.rows, pending, found=waiting(pending), hunt_ended=False)
    publish(consumers.rows, historic, backfill=True)
    for about in (old, oldest, today):
        publish(consumers.rows, about)
    consumers.notify()
    assert told(consumers) == [(oldest.id, 1), (today.id, 1)]
    assert row(consumers.rows, pending)["NotifyState"] == "pending"


@pytest.mark.parametrize("as_azure_spells_it", [False, True])
def test_every_page_is_read(consumers: Consumers, as_azure_spells_it: bool) -> None:
    """The rows of the first page are told already, and only marked."""
    consumers.web.page_size = 10
    if as_azure_spells_it:
        for name in ("NextPartitionKey", "NextRowKey"):
            consumers.web.spelled[f"x-ms-continuation-{name.lower()}"] = f"x-ms-continuation-{name}"
    operations = [
        {
            "PartitionKey": "2026-11-23",
            "RowKey": f"{n:05}",
            "NotifyState": "new",
            "Revision": 1,
            "ToldRevision": 1,
        }
        for n in range(11)
    ]
    consumers.client("Alerts").submit_transaction([("upsert", entity) for entity in operations])
    publish(consumers.rows, alert())
    outcome = consumers.notify()
    reads = [sent for sent in outcome.sent if sent.action == "Read_page"]
    assert len(reads) == 2 and reads[1].url.startswith(f"{reads[0].url}&NextPartitionKey=")
    assert told(consumers) == [(alert().id, 1)]
    states = consumers.tables.query("Alerts", "NotifyState ne 'told'")
    assert list(states) == []


def test_a_row_that_changes_between_read_and_mark_is_left_and_no_update_is_lost(consumers: Consumers) -> None:
    raised = alert(severity=Severity.HIGH, severity_text="High")
    publish(consumers.rows, replace(raised, severity=Severity.LOW, severity_text="Low"))
    meanwhile(consumers, lambda: publish(consumers.rows, raised))
    outcome = consumers.notify()
    assert [(sent.action, sent.status) for sent in outcome.sent[2:]] == [
        ("Mark", 412),
        ("Remember_what_was_told", 204),
    ]
    shown = row(consumers.rows, raised)
    assert (shown["NotifyState"], shown["Revision"], shown["ToldRevision"]) == ("new", 2, 1)
    consumers.notify()
    assert told(consumers) == [(raised.id, 1), (raised.id, 2)]
    assert row(consumers.rows, raised)["NotifyState"] == "told"


def test_a_change_that_is_no_news_between_read_and_mark_tells_nobody_twice(consumers: Consumers) -> None:
    publish(consumers.rows, alert())
    meanwhile(consumers, lambda: publish(consumers.rows, alert(assigned_to="soc@contoso.example")))
    consumers.notify()
    assert row(consumers.rows, alert())["NotifyState"] == "new"
    again = consumers.notify()
    assert [sent.action for sent in again.sent] == ["Read_page", "Mark"]
    shown = row(consumers.rows, alert())
    assert (told(consumers), shown["NotifyState"]) == ([(alert().id, 1)], "told")
    assert shown["AssignedTo"] == "soc@contoso.example"


def test_a_message_that_was_not_taken_is_sent_by_the_next_run_and_holds_nobody_up(
    consumers: Consumers,
) -> None:
    first, second = alerts(2)
    publish(consumers.rows, first)
    publish(consumers.rows, second)
    replies = iter([Reply(400, b"no")])
    consumers.service.answer = lambda asked: next(replies, Reply(200, b""))
    outcome = consumers.notify()
    assert outcome.status == "Failed" and outcome.message.startswith("1 steps failed")
    states = [row(consumers.rows, about)["NotifyState"] for about in (first, second)]
    assert states == ["new", "told"]
    assert consumers.notify().status == "Succeeded"
    assert told(consumers) == [(first.id, 1), (second.id, 1), (first.id, 1)]


def test_a_table_that_cannot_be_read_fails_the_run_at_once(consumers: Consumers) -> None:
    outcome = consumers.notify(alertsTable="NoSuchTable")
    assert (outcome.status, outcome.message[:14]) == ("Failed", "1 steps failed")
    assert [(sent.action, sent.status) for sent in outcome.sent] == [("Read_page", 404)]


def test_a_row_of_somebody_else_does_not_stop_the_others(consumers: Consumers) -> None:
    strange = {"PartitionKey": "2026-11-24", "RowKey": "a", "NotifyState": "new", "Revision": "one"}
    consumers.client("Alerts").create_entity(strange)
    publish(consumers.rows, alert())
    assert consumers.notify().status == "Failed"
    assert told(consumers) == [(alert().id, 1)]


@pytest.mark.parametrize(
    "name",
    ["[click](https://evil.example) **x**", '"},{"type":"Action.OpenUrl"', "@{variables('page')}", "a\n# b"],
)
def test_a_hostile_name_stays_a_text(consumers: Consumers, name: str) -> None:
    publish(consumers.rows, alert(title=name, evidence=(evidence("file", file_name=name),)))
    consumers.notify()
    [message] = posted(consumers)
    assert texts(message)[0] == f"High: {row(consumers.rows, alert())['AlertName']}"
    assert len(message["attachments"][0]["content"]["body"]) == 5


def test_an_alert_id_that_is_no_plain_key_is_marked_too(consumers: Consumers) -> None:
    odd = alert(id="a/b 'c' %2F#?ü")
    publish(consumers.rows, odd)
    assert consumers.notify().errors == ()
    assert row(consumers.rows, odd)["NotifyState"] == "told"


def test_a_long_story_is_cut_for_the_message_alone(consumers: Consumers) -> None:
    publish(consumers.rows, alert())
    client = consumers.client("Alerts")
    [entity] = consumers.tables.query("Alerts", "RowKey ne ''")
    client.update_entity({**entity, "Story": "🦊" * 5_000})
    consumers.notify()
    [message] = posted(consumers)
    assert texts(message)[4] == "🦊" * 1_500 + " …"


def test_what_is_known_to_be_benign_is_left_out_until_telemetry_contradicts_it(consumers: Consumers) -> None:
    expected, contradicted, plain = alerts(3)

    def state(word: str) -> Callable[[Mapping[str, Column]], Mapping[str, Column]]:
        return lambda _: {"KnownBenign": "entry v1", "KnownBenignState": word}

    publish(consumers.rows, expected, known_benign=state("matches"))
    publish(consumers.rows, contradicted, known_benign=state("contradicted"))
    publish(consumers.rows, plain)
    consumers.notify()
    assert sorted(told(consumers)) == sorted([(contradicted.id, 1), (plain.id, 1)])
    publish(consumers.rows, expected, known_benign=state("contradicted"))
    consumers.notify()
    assert told(consumers)[2:] == [(expected.id, 1)]
