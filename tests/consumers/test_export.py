"""The workflow that writes CSV files, run for real: it reads Azurite's tables and writes Azurite's blobs."""

from __future__ import annotations

import csv
import io
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
import requests

from shared.core.row.definition import BY_NAME
from tests.builders import alert
from tests.consumers.checks import each_action, problems
from tests.consumers.publishing import alerts, publish, publish_new
from tests.consumers.samples import NOW, Consumers, definition
from tests.infra.bicep import Template

TODAY = NOW.date().isoformat()
ROOM = definition("export")["actions"]["For_each_day"]["actions"]["Query"]["inputs"]
[SELECTED] = re.findall(r"\$select=([\w,]+)", ROOM)


class Container:
    """A container in Azurite, over its own REST API."""

    def __init__(self, consumers: Consumers) -> None:
        self.url = f"{consumers.azurite.blob_uri}/c{uuid.uuid4().hex}"
        self._consumers = consumers
        assert self._ask("PUT", f"{self.url}?restype=container").status_code == 201

    def names(self) -> list[str]:
        """The names of the files."""
        listed = self._ask("GET", f"{self.url}?restype=container&comp=list").text
        return re.findall(r"<Name>([^<]+)</Name>", listed)

    def rows(self, name: str) -> list[dict[str, str]]:
        """A file's rows, as a tool reads them."""
        answer = self._ask("GET", f"{self.url}/{name}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"\xef\xbb\xbf")  # else Excel takes it for another encoding
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))

    def _ask(self, method: str, url: str) -> requests.Response:
        web = self._consumers.web
        headers = {
            "Authorization": f"Bearer {web.token('https://storage.azure.com/')}",
            "x-ms-version": "2020-12-06",
        }
        return requests.request(method, url, headers=headers, verify=str(web.ca), timeout=30)


@pytest.fixture
def container(consumers: Consumers) -> Container:
    return Container(consumers)


def test_a_deployment_would_take_it() -> None:
    assert problems(definition("export")) == []


def test_every_column_is_ours_and_every_column_is_written() -> None:
    columns = dict(each_action(definition("export")["actions"]))["Rows"]["inputs"]["columns"]
    assert [column["header"] for column in columns] == SELECTED.split(",")
    assert set(SELECTED.split(",")) <= BY_NAME.keys()
    for column in columns:
        guarded = "Formula_starts" in column["value"]
        assert column["value"].count(f"['{column['header']}']") == (3 if guarded else 1)
        assert guarded == (BY_NAME[column["header"]].kind.value == "Edm.String"), column["header"]


def test_an_alert_is_a_row_of_its_days_file(consumers: Consumers, container: Container) -> None:
    publish(consumers.rows, alert())
    outcome = consumers.export(container.url)
    assert (outcome.status, outcome.errors) == ("Succeeded", ())
    day = alert().created.text()[:10]
    assert container.names() == [f"alerts/day={day}/page-1.csv"]
    [row] = container.rows(container.names()[0])
    assert list(row) == SELECTED.split(",")
    assert (row["AlertId"], row["EventSeverity"], row["CorrelationConfidence"]) == (alert().id, "High", "100")
    assert row["CreatedTime"].startswith(day) and row["Revision"] == "1"


def test_a_later_night_writes_what_changed(consumers: Consumers, container: Container) -> None:
    publish(consumers.rows, alert())
    consumers.export(container.url)
    publish(consumers.rows, alert(status="Resolved"), generation=2)
    assert consumers.export(container.url).status == "Succeeded"
    [name] = container.names()
    assert [row["AlertStatus"] for row in container.rows(name)] == ["Closed"]


def test_each_page_is_a_file(consumers: Consumers, container: Container) -> None:
    consumers.web.page_size = 10
    publish_new(consumers.rows, alerts(15))
    assert consumers.export(container.url).status == "Succeeded"
    names = container.names()
    assert [name.rsplit("/", 1)[1] for name in names] == ["page-1.csv", "page-2.csv"]
    found = [row["AlertId"] for name in names for row in container.rows(name)]
    assert len(found) == len(set(found)) == 15


@pytest.mark.parametrize(
    "name", ['=cmd|"/c calc"!A1', "+1+1", "-2", "@SUM(A1)", "\tx", "\r\n=1", 'a "b", c\nd', "ключ"]
)
def test_no_name_becomes_a_formula_or_another_column(
    name: str, consumers: Consumers, container: Container
) -> None:
    """Who controls a device chooses names, and a sheet runs what begins like a formula."""
    publish(consumers.rows, alert(title=name))
    assert consumers.export(container.url).status == "Succeeded"
    [row] = container.rows(container.names()[0])
    assert row["AlertName"][:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert row["AlertName"].lstrip("'").strip() == name.strip()
    assert None not in row and row["AlertId"] == alert().id


def test_a_file_that_is_not_taken_fails_the_run_and_the_rest_is_written(
    consumers: Consumers, container: Container
) -> None:
    publish(consumers.rows, alert())
    outcome = consumers.export(f"{consumers.azurite.blob_uri}/not-there")
    assert (outcome.status, outcome.message[:2]) == ("Failed", "1 ")
    assert consumers.export(container.url).status == "Succeeded"


def test_only_the_days_that_are_asked_for_are_written(consumers: Consumers, container: Container) -> None:
    old = replace(alert(), id="da639000000000000000_2", created=alert().created.plus(-9 * 86_400))
    publish(consumers.rows, old)
    assert consumers.export(container.url).status == "Succeeded"
    assert container.names() == []
    assert consumers.export(container.url, days=30).status == "Succeeded"
    assert len(container.names()) == 1


def _template(**given: Any) -> Template:
    folder = definition_folder()
    files = {"export.json": (folder / "export.json").read_text("utf-8")}
    return Template(
        (folder / "main.bicep").read_text("utf-8"), {"storageAccountName": "alertsx", **given}, {}, files
    )


def definition_folder() -> Any:
    from tests.consumers.samples import FOLDER

    return FOLDER.with_name("export")


def test_it_may_read_one_table_and_write_one_container_and_nothing_else() -> None:
    template = _template()
    assert template.refusals() == []
    roles = {
        (one.symbol, one.config["scope"], one.config["properties"]["roleDefinitionId"].rsplit("/", 1)[1])
        for one in template.of_type("Microsoft.Authorization/roleAssignments")
        if one.deployed
    }
    assert roles == {
        ("readsAlerts", "<alerts>", "76199698-9eea-4c19-bc75-cec21354c6b6"),  # Storage Table Data Reader
        (
            "writesFiles",
            "<container>",
            "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        ),  # Storage Blob Data Contributor
    }
    given = template.of_type("Microsoft.Logic/workflows")[0].config["properties"]["parameters"]
    wanted = {name for name, how in definition("export")["parameters"].items() if "defaultValue" not in how}
    assert given.keys() == wanted


def test_readers_read_the_container_alone() -> None:
    template = _template(readerPrincipalId="11111111-2222-3333-4444-555555555555")
    [one] = [each for each in template.resources() if each.symbol == "readsFiles"]
    assert one.deployed and one.config["scope"] == "<container>"
