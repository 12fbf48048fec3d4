"""The workflow that posts a Teams message for each incident, run for real."""

import json
from typing import Any

import pytest

from tests.adapters.service import Asked, Reply
from tests.consumers.incidents import publish, stands, told
from tests.consumers.samples import Consumers
from tests.core.incidents.rows import step


@pytest.fixture(autouse=True)
def taken(consumers: Consumers) -> None:
    """The channel takes every message, as Teams does: 202 and nothing else."""
    consumers.service.answer = lambda asked: Reply(202, b"")


def posted(consumers: Consumers) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in consumers.service.asked]


def runs(part: Any) -> list[str]:
    """Every text that a card shows; a block that may hold markup has no place in it."""
    if isinstance(part, list):
        return [text for each in part for text in runs(each)]
    if part["type"] == "Container":
        return runs(part["items"])
    assert part["type"] == "RichTextBlock"
    assert {run["type"] for run in part["inlines"]} == {"TextRun"}
    assert not any("selectAction" in run for run in part["inlines"])
    return [run["text"] for run in part["inlines"]]


def card(message: dict[str, Any]) -> dict[str, Any]:
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert (
        len(json.dumps(message).encode()) < 28_000
    )  # https://learn.microsoft.com/microsoftteams/limits-specifications-teams
    return dict(attachment["content"])


def test_a_message_says_what_it_is_what_to_do_and_what_happened(consumers: Consumers) -> None:
    publish(consumers, told(AlertName="Ransomware"), told(AlertName="Other", minute=3))
    outcome = consumers.teams()
    assert (outcome.status, outcome.errors) == ("Succeeded", ())
    [message] = posted(consumers)
    shown = runs(card(message)["body"])
    assert shown[0] == "P1 Ransomware and 1 more alert on ws-0042"
    assert shown[1] == (
        "Confirmed: a.exe: Shadow copies deleted (priority 1 of 5: confirmed by telemetry, severity High)"
    )
    assert "Devices: ws-0042. Users: CONTOSO\\alice" in shown[2]
    assert shown[3:7] == [
        "Contain: isolate ws-0042; nothing says that a.exe (pid 7) was stopped.",
        "Look: Shadow copies deleted, 09:01:00 UTC. Find out what follows.",
        "Hunt: which devices have a.exe?",
        "Close: true positive when no other device shows up.",
    ]
    assert shown[7:] == ["2026-11-24 09:01 ws-0042: a.exe started"]
    links = {each["title"]: each["url"] for each in card(message)["actions"]}
    assert links["Incident"].endswith("/incidents/1042")
    assert links["Hunt"].startswith("https://security.microsoft.com/v2/advanced-hunting?query=H4sI")
    assert (stands(consumers)["NotifyState"], stands(consumers)["ToldRevision"]) == ("told", 1)
    assert consumers.teams().status == "Succeeded" and len(posted(consumers)) == 1


def test_what_is_to_be_told_again_is_and_what_is_of_low_priority_waits(consumers: Consumers) -> None:
    publish(consumers, told(Priority=4, Validation="Unproven"))
    consumers.teams(lowestPriority=3)
    assert posted(consumers) == []
    publish(consumers, told())
    consumers.teams(lowestPriority=3)
    publish(consumers, told(), told(DvcId="e" * 40, DvcHostname="srv-01", minute=2))
    consumers.teams(lowestPriority=3)
    revisions = [message["incident"]["revision"] for message in posted(consumers)]
    assert revisions == [2, 3]
    assert "device srv-01" in runs(card(posted(consumers)[1])["body"])[2]


def test_news_between_read_and_mark_is_not_lost(consumers: Consumers) -> None:
    publish(consumers, told())
    writes = iter([lambda: publish(consumers, told(), told(DvcId="e" * 40, DvcHostname="srv-01"))])

    def answer(asked: Asked) -> Reply:
        next(writes, lambda: None)()
        return Reply(202, b"")

    consumers.service.answer = answer
    consumers.teams()
    assert (stands(consumers)["NotifyState"], stands(consumers)["ToldRevision"]) == ("new", 1)
    consumers.teams()
    assert [message["incident"]["revision"] for message in posted(consumers)] == [1, 2]
    assert stands(consumers)["NotifyState"] == "told"


@pytest.mark.parametrize(
    "name",
    [
        "[click](https://evil.example) **x** <at>all</at>",
        '"},{"type":"Action.OpenUrl","url":"https://evil.example"',
        "@{variables('page')}",
        "a\r\n# b\nhttps://evil.example",
        "x" * 3_000,
    ],
)
def test_text_that_outsiders_chose_changes_nothing_but_text(consumers: Consumers, name: str) -> None:
    publish(consumers, told())
    consumers.teams()
    chosen = dict.fromkeys(("AlertName", "DvcHostname", "Username", "ValidationReason"), name)
    steps = "Look: " + json.dumps(name).replace("://", "[:]//")  # as the app writes them
    story = json.dumps([step(1, name, 100)])
    publish(consumers, told(**chosen, StorySteps=story, NextSteps=steps), incident="6")
    assert consumers.teams().status == "Succeeded"
    plain, hostile = (card(message) for message in posted(consumers))

    def shape(part: Any) -> Any:
        """The card without its texts."""
        if isinstance(part, dict):
            return {k: shape(v) for k, v in part.items() if k not in ("text", "url")}
        return [shape(each) for each in part] if isinstance(part, list) else part

    assert shape(plain)["body"][:3] == shape(hostile)["body"][:3]
    assert [each["url"] for each in hostile["actions"]] == [told()["IncidentUrl"]]
    texts = runs(hostile["body"])
    assert not [text for text in texts if "://" in text or "\n" in text or "\r" in text]


def test_a_message_that_was_not_taken_is_sent_by_the_next_run(consumers: Consumers) -> None:
    publish(consumers, told())
    consumers.service.answer = lambda asked: Reply(400, b"no")
    assert consumers.teams().status == "Failed"
    assert stands(consumers)["NotifyState"] == "new"
    consumers.service.answer = lambda asked: Reply(202, b"")
    assert consumers.teams().status == "Succeeded"
