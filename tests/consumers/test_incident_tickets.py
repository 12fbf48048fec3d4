"""The workflows that keep a ticket for each incident in ServiceNow and Jira, run against stand-ins."""

import json
from collections.abc import Callable

import pytest

from tests.adapters.service import Asked, Reply
from tests.consumers.engine import Outcome
from tests.consumers.incidents import publish, stands, told
from tests.consumers.samples import Consumers
from tests.consumers.ticket_systems import Jira, ServiceNow, texts_of
from tests.core.incidents.rows import step

HOSTILE = [
    "[code]<a href=https://evil.example>x</a>[/code]",
    "@[Everyone] [~accountid:1] <@U1> {color:red}x{color} h1. *b*",
    '"}]}]},{"type":"mention","attrs":{"id":"1"}',
    "@{parameters('authorization')} @concat('x')",
    "a\r\n# b\nhttps://evil.example",
    "^active=false^ORsys_idISNOTEMPTY",
    "x" * 5_000,
]


@pytest.fixture
def snow(consumers: Consumers) -> ServiceNow:
    made = ServiceNow()
    consumers.service.answer = made.answer
    return made


@pytest.fixture
def jira(consumers: Consumers) -> Jira:
    made = Jira()
    consumers.service.answer = made.answer
    return made


def test_an_incident_of_servicenow_says_reason_story_user_next_steps_and_link(
    consumers: Consumers, snow: ServiceNow
) -> None:
    publish(consumers, told(AlertName="Ransomware"))
    outcome = consumers.servicenow()
    assert (outcome.status, outcome.errors) == ("Succeeded", ())
    [made] = snow.records.values()
    assert made["short_description"] == "P1 Ransomware on ws-0042"
    assert (made["urgency"], made["impact"], made["correlation_id"]) == ("1", "1", "1042")
    lines = made["description"].split("\n")
    assert lines[0].startswith("Confirmed: a.exe: Shadow copies deleted (priority 1 of 5: confirmed")
    assert lines[1].startswith("Incident: https://") and lines[1].endswith("/incidents/1042")
    assert lines[2].startswith("Hunt: https://security.microsoft.com/v2/advanced-hunting?query=H4sI")
    assert lines[4].startswith("Contain: isolate ws-0042") and lines[6] == "Hunt: which devices have a.exe?"
    assert "Users: CONTOSO\\alice" in lines[-1]
    assert made["work_notes"] == "2026-11-24 09:01 ws-0042: a.exe started"
    shown = stands(consumers)
    assert (shown["ServiceNowNumber"], shown["ServiceNowRevision"]) == ("INC0000001", 1)
    assert shown["NotifyState"] == "new"  # that is for whoever posts messages


def test_an_issue_of_jira_says_the_same(consumers: Consumers, jira: Jira) -> None:
    publish(consumers, told(AlertName="Ransomware"))
    outcome = consumers.jira()
    assert (outcome.status, outcome.errors) == ("Succeeded", ())
    [made] = jira.issues.values()
    assert (made["summary"], made["priority"]["name"]) == ("P1 Ransomware on ws-0042", "Highest")
    assert made["labels"] == ["defender-1042"]
    shown = texts_of(made["description"])
    assert ("Next steps", False) in shown and ("2026-11-24 09:01 ws-0042: a.exe started", False) in shown
    assert ("Hunt: which devices have a.exe?", False) in shown
    assert [text for text, is_link in shown if is_link] == ["Open the incident", "Run the hunt"]
    assert stands(consumers)["JiraKey"] == "SEC-1"


@pytest.mark.parametrize(
    ("priority", "expected"), [(1, "1 1"), (2, "1 2"), (3, "2 2"), (4, "2 3"), (5, "3 3")]
)
def test_urgency_and_impact_give_servicenow_the_same_priority(
    consumers: Consumers, snow: ServiceNow, priority: int, expected: str
) -> None:
    publish(consumers, told(Priority=priority))
    consumers.servicenow(lowestPriority=5)
    [made] = snow.records.values()
    assert f"{made['urgency']} {made['impact']}" == expected


def news(consumers: Consumers) -> None:
    publish(consumers, told(), told(DvcId="e" * 40, DvcHostname="srv-01", minute=4))


def test_news_becomes_a_note_of_the_same_ticket_and_nothing_is_told_twice(
    consumers: Consumers, snow: ServiceNow
) -> None:
    publish(consumers, told())
    for _ in range(2):
        assert consumers.servicenow().status == "Succeeded"
    assert (len(snow.records), snow.notes) == (1, [])
    news(consumers)
    for _ in range(2):
        assert consumers.servicenow().status == "Succeeded"
    [(number, note)] = snow.notes
    assert (len(snow.records), number) == (1, "INC0000001") and "srv-01" in note.split("\n")[0]


def test_news_becomes_a_comment_of_the_same_issue(consumers: Consumers, jira: Jira) -> None:
    publish(consumers, told())
    consumers.jira()
    news(consumers)
    for _ in range(2):
        assert consumers.jira().status == "Succeeded"
    assert (len(jira.issues), [key for key, _ in jira.comments]) == (1, ["SEC-1"])


def test_a_mark_that_was_lost_opens_no_second_ticket(consumers: Consumers, snow: ServiceNow) -> None:
    """The ticket system itself is asked, so that a run that died between ticket and mark does no harm."""
    publish(consumers, told())
    consumers.servicenow()
    row = stands(consumers)
    del row["ServiceNowRevision"], row["ServiceNowNumber"]
    consumers.client("Incidents").delete_entity(row["PartitionKey"], row["RowKey"])
    consumers.client("Incidents").create_entity(row)
    consumers.servicenow()
    assert len(snow.records) == 1 and len(snow.notes) == 1


def test_a_closed_ticket_is_not_written_to_but_followed_by_a_new_one(
    consumers: Consumers, snow: ServiceNow
) -> None:
    publish(consumers, told())
    consumers.servicenow()
    next(iter(snow.records.values()))["active"] = "false"
    news(consumers)
    consumers.servicenow()
    assert (len(snow.records), snow.notes) == (2, [])


def test_a_release_that_answers_404_for_nothing_found_is_understood(
    consumers: Consumers, snow: ServiceNow
) -> None:
    snow.empty_is_404 = True
    publish(consumers, told())
    assert consumers.servicenow().status == "Succeeded"
    assert len(snow.records) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("name", ["servicenow", "jira"])
def test_a_system_that_refuses_is_asked_again_by_the_next_run(
    consumers: Consumers, name: str, status: int
) -> None:
    system = ServiceNow(status=status) if name == "servicenow" else Jira(status=status)
    consumers.service.answer = system.answer
    run: Callable[[], Outcome] = getattr(consumers, name)
    publish(consumers, told())
    outcome = run()
    assert (outcome.status, outcome.message[:14]) == ("Failed", "1 steps failed")
    assert not {"ServiceNowRevision", "JiraRevision"} & stands(consumers).keys()
    assert [sent.action for sent in outcome.sent][-1] == "Find_ticket"
    system.status = 0
    assert run().status == "Succeeded"
    revision = {"servicenow": "ServiceNowRevision", "jira": "JiraRevision"}[name]
    assert stands(consumers)[revision] == 1


def test_only_what_is_to_be_told_and_of_priority_gets_a_ticket(
    consumers: Consumers, snow: ServiceNow
) -> None:
    publish(consumers, told(NotifyState="pending"), incident="1")
    publish(consumers, told(NotifyState="historic"), incident="2")
    publish(consumers, told(Priority=4), incident="3")
    publish(consumers, told(), incident="4")
    consumers.servicenow()
    assert [each["correlation_id"] for each in snow.records.values()] == ["4"]


def hostile(name: str) -> dict[str, str]:
    chosen = dict.fromkeys(("AlertName", "DvcHostname", "Username", "ValidationReason"), name)
    steps = "Look: " + json.dumps(name).replace("://", "[:]//")  # as the app writes them
    return {**chosen, "NextSteps": steps, "StorySteps": json.dumps([step(1, name, 100)])}


@pytest.mark.parametrize("name", HOSTILE)
def test_text_that_outsiders_chose_is_no_markup_or_link_in_servicenow(
    consumers: Consumers, snow: ServiceNow, name: str
) -> None:
    for _ in range(2):
        publish(consumers, told(**hostile(name)), incident="1/../2?x=' or 1")
        assert consumers.servicenow().status == "Succeeded"
        publish(
            consumers,
            told(**hostile(name)),
            told(DvcHostname="other", DvcId="e" * 40),
            incident="1/../2?x=' or 1",
        )
    assert len(snow.records) == 1 and len(snow.notes) == 1
    for text in snow.texts():
        rest = text.replace(str(told()["IncidentUrl"]), "")
        assert not set("[]") & set(rest) and "://" not in rest
    [made] = snow.records.values()
    assert len(made["description"].split("\n")) <= 6 and "\n" not in made["work_notes"]


def test_a_long_text_is_cut_and_never_a_link(consumers: Consumers, snow: ServiceNow) -> None:
    link = f"https://security.microsoft.com/v2/advanced-hunting?query={'A' * 1_900}&timeRangeId=month"
    steps = [f"Look: {'x' * 1_000}", f"Hunt: {'x' * 1_000}? {link}", f"Close: {'x' * 1_000}"]
    publish(consumers, told(NextSteps="\n".join(steps), ValidationReason="x" * 2_000))
    assert consumers.servicenow().status == "Succeeded"
    [made] = snow.records.values()
    assert len(made["description"]) == 4_000 and f"Hunt: {link}\n" in made["description"]


@pytest.mark.parametrize("name", HOSTILE)
def test_text_that_outsiders_chose_is_text_in_jira(consumers: Consumers, jira: Jira, name: str) -> None:
    publish(consumers, told(**hostile(name)), incident="1/../2?x=' or 1")
    assert consumers.jira().status == "Succeeded"
    [made] = jira.issues.values()  # the stand-in has looked at each node
    shown = texts_of(made["description"])
    assert [text for text, is_link in shown if is_link] == ["Open the incident"]
    assert not [text for text, _ in shown if "://" in text or "\n" in text or "\r" in text]


def test_both_systems_and_messages_run_side_by_side(consumers: Consumers) -> None:
    snow, jira = ServiceNow(), Jira()

    def answer(asked: Asked) -> Reply:
        if asked.path == "/hook":
            return Reply(202, b"")
        return jira.answer(asked) if asked.path.startswith("/rest/api/3/") else snow.answer(asked)

    consumers.service.answer = answer
    publish(consumers, told())
    for _ in range(2):
        for run in (consumers.teams, consumers.servicenow, consumers.jira):
            assert run().status == "Succeeded"
    assert (len(snow.records), snow.notes, len(jira.issues), jira.comments) == (1, [], 1, [])
    assert stands(consumers)["NotifyState"] == "told"
