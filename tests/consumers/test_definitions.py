"""The sample workflows as they would be deployed, without running them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from shared.core.incidents.columns import BY_NAME as OF_INCIDENT
from shared.core.row.definition import BY_NAME
from tests.consumers.checks import each_action, problems
from tests.consumers.samples import definition

BOTH = ("notify", "tickets")
OF_INCIDENTS = ("teams", "servicenow", "jira")
EVERY = (*BOTH, *OF_INCIDENTS)
KEYS = {"PartitionKey", "RowKey", "odata.etag"}
# The workflows' own columns, which no column of ours may ever be called.
OWN = {
    "notify": {"ToldRevision"},
    "tickets": {"TicketRevision", "TicketId"},
    "teams": {"ToldRevision"},
    "servicenow": {"ServiceNowRevision", "ServiceNowNumber"},
    "jira": {"JiraRevision", "JiraKey"},
}


def action(of: dict[str, Any], name: str) -> dict[str, Any]:
    """An action, wherever it stands."""
    return dict(each_action(of["actions"]))[name]


def query(name: str) -> str:
    """The text that the address of the first page is made of."""
    return str(action(definition(name), "Query")["inputs"])


@pytest.mark.parametrize("name", EVERY)
def test_a_deployment_would_take_it(name: str) -> None:
    assert problems(definition(name)) == []


@pytest.mark.parametrize("name", BOTH)
def test_every_column_that_is_asked_for_is_there(name: str) -> None:
    [listed] = re.findall(r"\$select=([\w,]+)", query(name))
    selected = set(listed.split(","))
    assert selected <= KEYS | BY_NAME.keys() | OWN[name]
    filtered = set(re.findall(r"(\w+) (?:eq|ne|ge|le) ", query(name)))
    assert filtered <= KEYS | BY_NAME.keys() and "PartitionKey" in filtered
    assert not OWN[name] & BY_NAME.keys()


@pytest.mark.parametrize("name", BOTH)
def test_every_column_that_is_read_is_asked_for_and_none_in_vain(name: str) -> None:
    [listed] = re.findall(r"\$select=([\w,]+)", query(name))
    rest = {key: value for key, value in definition(name)["actions"].items() if key != "Query"}
    read = set(re.findall(r"\?\['([A-Z]\w+)'\]", str(rest).replace("\\'", "'")))
    assert read - {"TicketId"} == set(listed.split(","))  # TicketId is the memory's


@pytest.mark.parametrize("name", OF_INCIDENTS)
def test_every_column_of_an_incident_that_is_read_is_asked_for_and_none_in_vain(name: str) -> None:
    text = str(definition(name)["actions"]).replace("\\'", "'")
    listed = [set(each.split(",")) for each in re.findall(r"\$select=([\w,]+)", text)]
    assert len(listed) == 2 and set().union(*listed) <= KEYS | OF_INCIDENT.keys() | OWN[name]
    read = set(re.findall(r"body\('Read_incident'\)\?\['([A-Z]\w+)'\]", text))
    assert read == listed[1]
    kept = set(re.findall(r"item(?:s\('For_each_incident'\)|\(\))\?\['([A-Z]\w+)'\]", text))
    assert kept | {"NotifyState"} == listed[0]
    filtered = set(re.findall(r"(\w+) (?:eq|ne|ge|le) ", text))
    assert filtered == {"PartitionKey", "Priority", "NotifyState"} and not OWN[name] & OF_INCIDENT.keys()


def test_what_the_workflows_of_incidents_have_in_common_is_the_same_in_all() -> None:
    """They are three files, so that each can be taken by itself: what is mended in one is mended in all."""
    shared = (
        *("Next_partition", "Next_row", "Next_page", "Did_an_incident_fail", "Row_address", "Stop_reading"),
        *("Hunting_lines", "Hunting_link", "Grave_steps", "Did_anything_fail", "No_failures_yet"),
    )
    for name in shared:
        first, *others = (action(definition(each), name) for each in OF_INCIDENTS)
        assert all(each == first for each in others), name


@pytest.mark.parametrize("name", EVERY)
def test_only_columns_of_their_own_and_the_mark_are_written(name: str) -> None:
    for label, each in each_action(definition(name)["actions"]):
        if (
            each["type"] == "Http"
            and each["inputs"]["method"] == "PATCH"
            and "If-Match" in each["inputs"]["headers"]
        ):
            assert each["inputs"]["body"].keys() <= OWN[name] | {"NotifyState"}, label


@pytest.mark.parametrize(("name", "loop"), [("notify", "For_each_alert"), ("teams", "For_each_incident")])
def test_the_mark_is_set_only_where_the_row_is_as_it_was_read(name: str, loop: str) -> None:
    for _, each in each_action(definition(name)["actions"]):
        if each["type"] == "Http" and "NotifyState" in each["inputs"].get("body", {}):
            assert each["inputs"]["headers"]["If-Match"] == f"@items('{loop}')?['odata.etag']"
            assert each["inputs"]["body"]["NotifyState"] not in BY_NAME["NotifyState"].words


def _set(name: str, value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(of: dict[str, Any]) -> None:
        place = action(of, name)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def _declare(of: dict[str, Any]) -> None:
    of["parameters"]["unused"] = {"type": "String"}


def _parallel(of: dict[str, Any]) -> None:
    del action(of, "For_each_alert")["operationOptions"]


def _circle(of: dict[str, Any]) -> None:
    action(of, "Query")["runAfter"] = {"No_failures_yet": ["Succeeded"]}


def _overlap(of: dict[str, Any]) -> None:
    del of["triggers"]["Every_few_minutes"]["runtimeConfiguration"]


def _twice(of: dict[str, Any]) -> None:
    of["actions"]["Mark"] = {"type": "Compose", "inputs": "", "runAfter": {}}


def _inside(of: dict[str, Any]) -> None:
    loop = action(of, "For_each_alert")["actions"]
    loop["Again"] = {**of["actions"]["No_failures_yet"], "runAfter": {}}


def _upsert(of: dict[str, Any]) -> None:
    del action(of, "Mark")["inputs"]["headers"]["If-Match"]


def _shown(of: dict[str, Any]) -> None:
    del action(of, "Post_message")["runtimeConfiguration"]


def _terminate(of: dict[str, Any]) -> None:
    loop = action(of, "For_each_alert")["actions"]
    loop["End"] = {**action(of, "Show_the_run_as_failed")}


WRONG: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_set("Query", "@concat('a'", "inputs"), "cannot be read"),
    (_set("Query", "@{concat('a')", "inputs"), "no end"),
    (_set("Query", "@conkat('a')", "inputs"), "no function conkat"),
    (_set("Query", "@sub(1)", "inputs"), "no function sub with 1"),
    (_set("Query", "@utcNow('R', 'R')", "inputs"), "utcNow with 2"),
    (_set("Query", "@parameters('day')", "inputs"), "parameters('day') means nothing"),
    (_set("Query", "@variables('pages')", "inputs"), "variables('pages') means nothing"),
    (_set("Query", "@outputs('Mark')", "inputs"), "outputs('Mark') means nothing"),
    (_set("Query", "@items('For_each_alert')", "inputs"), "items('For_each_alert') means nothing"),
    (_set("Query", "@item()", "inputs"), "item() outside"),
    (
        _set("First_page", [{"name": "page", "value": "@body('Query')"}], "inputs", "variables"),
        "body('Query') means nothing",
    ),
    (_set("Next_page", "@concat(variables('page'), '')", "inputs", "value"), "set from itself"),
    (_set("Mark", "MERGE", "inputs", "method"), "the method MERGE"),
    (_set("Mark", "https://storage.azure.us", "inputs", "authentication", "audience"), "the audience"),
    (_set("Mark", {"Accept-Charset": "x"}, "inputs", "headers"), "Accept-Charset is dropped"),
    (_set("Mark", {}, "inputs", "headers"), "only with a version"),
    (_set("Read_page", {}, "inputs", "body"), "GET and its body"),
    (_set("Mark", {"Links": ["Succeeded"]}, "runAfter"), "not beside it"),
    (_set("Mark", {"Row_address": ["Done"]}, "runAfter"), "to be ['Done']"),
    (_set("Mark", "Https", "type"), "unknown type 'Https'"),
    (_set("Mark", 3, "retries"), "what a Http has not"),
    (_set("Is_it_untold", {"bigger": [1, 2]}, "expression"), "the condition"),
    (_set("Until_every_page_is_read", {"count": 3}, "limit"), "without a limit"),
    (_declare, "unused is never used"),
    (_parallel, "side by side"),
    (_circle, "waits for itself"),
    (_overlap, "two runs at once"),
    (_twice, "used twice"),
    (_inside, "initialised inside"),
    (_upsert, "would be made anew"),
    (_shown, "in the run history"),
    (_terminate, "cannot terminate"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_what_is_wrong_is_found(change: Callable[[dict[str, Any]], None], problem: str) -> None:
    broken = definition("notify")
    change(broken)
    assert any(problem in found for found in problems(broken)), problems(broken)
