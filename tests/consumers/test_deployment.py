"""The templates that deploy the workflows, read and held against the workflows and the tests' own tables."""

import json
from functools import cache
from typing import Any

import pytest
from pycep import BicepParser

from tests.consumers.samples import FOLDER, definition

TABLE_DATA_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
TABLES = {
    "notify": {"Alerts"},
    "tickets": {"Alerts", "ticketsTableName"},
    "teams": {"Incidents"},
    "serviceNow": {"Incidents"},
    "jira": {"Incidents"},
}


@cache
def read(name: str) -> dict[str, Any]:
    """A template as pycep reads it, once; tests only look at it."""
    return dict(BicepParser().parse(text=(FOLDER / f"{name}.bicep").read_text(encoding="utf-8")))


def parameters(module: str) -> dict[str, Any]:
    """What main.bicep gives the module."""
    given: dict[str, Any] = read("main")["modules"][module]["config"]["config"]["params"]
    return given


def is_secret(template: dict[str, Any], name: str) -> bool:
    """True for a parameter that the deployment history does not show."""
    return any(each["type"] == "secure" for each in template["parameters"][name]["decorators"])


@pytest.mark.parametrize("name", [*TABLES])
def test_each_workflow_is_given_every_value_that_it_has_none_for(name: str) -> None:
    given = parameters(name)
    assert given["definition"]["function"]["parameters"]["file_path"] == f"{name.lower()}.json"
    declared = definition(name.lower())["parameters"]
    wanted = {each for each, how in declared.items() if "defaultValue" not in how}
    assert wanted <= given["values"].keys() <= declared.keys()
    assert set(given["tableNames"]) == TABLES[name]


@pytest.mark.parametrize("name", [*TABLES])
def test_a_secret_stays_one_on_its_way(name: str) -> None:
    main = read("main")
    for each, how in definition(name.lower())["parameters"].items():
        if how["type"] == "SecureString":
            assert is_secret(main, parameters(name)["values"][each]["value"]), each
    assert is_secret(read("workflow"), "values")


def test_a_workflow_gets_a_role_on_its_tables_and_nowhere_else() -> None:
    template = read("workflow")
    kinds = [each["type"] for each in template["resources"].values() if not each["existing"]]
    assert kinds == ["Microsoft.Logic/workflows", "Microsoft.Authorization/roleAssignments"]
    assert template["variables"]["storageTableDataContributor"]["value"] == TABLE_DATA_CONTRIBUTOR
    access = template["resources"]["access"]["config"]
    assert access["loop_type"]["detail"]["array_name"] == "tableNames"
    assert access["config"]["scope"]["operator"]["operands"] == {"operand_1": "tables", "operand_2": "index"}
    tables = template["resources"]["tables"]
    assert (tables["type"].rsplit("/", 1)[-1], tables["existing"]) == ("tables", True)
    assert tables["config"]["loop_type"]["detail"]["array_name"] == "tableNames"
    granted = access["config"]["properties"]["roleDefinitionId"]["function"]["parameters"]
    assert granted["resource_name_1"] == "storageTableDataContributor"


def test_the_tables_are_those_that_the_workflows_name() -> None:
    assert definition("notify")["parameters"]["alertsTable"]["defaultValue"] == "Alerts"
    assert definition("teams")["parameters"]["incidentsTable"]["defaultValue"] == "Incidents"
    named = definition("tickets")["parameters"]["ticketsTable"]["defaultValue"]
    assert read("main")["variables"]["ticketsTableName"]["value"] == named


@pytest.mark.parametrize("name", [each.lower() for each in TABLES])
def test_no_text_of_a_workflow_is_taken_for_an_expression_of_the_deployment(name: str) -> None:
    """A text in brackets would be one, had it come to the template by hand."""

    def texts(raw: Any) -> list[str]:
        if isinstance(raw, dict):
            return [text for value in raw.values() for text in texts(value)]
        if isinstance(raw, list):
            return [text for value in raw for text in texts(value)]
        return [raw] if isinstance(raw, str) else []

    found = texts(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
    assert len(found) > 100 and not [text for text in found if text.startswith("[")]
