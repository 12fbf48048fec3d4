"""The sample workflows, and the tables of one test that they are run against."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from azure.data.tables import TableClient, TableServiceClient

from local.azurite import Azurite
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.rows import TableAlertRows
from shared.adapters.storage.wire import Wire
from tests.adapters.service import Service
from tests.consumers.engine import Engine, Outcome
from tests.consumers.web import Web

FOLDER = Path(__file__).parents[2] / "infra" / "logic-app"
AUTHORIZATION = "Basic dGVzdA=="
NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)


def definition(name: str) -> dict[str, Any]:
    """A workflow of the samples, or the one that exports, fresh each time."""
    folder = FOLDER.with_name("export") if name == "export" else FOLDER
    read: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return read


@cache
def _wire(connection: str) -> Wire:
    """The app's connections to a storage, made once."""
    return Wire.by_connection(connection, {})


@cache
def _service(connection: str) -> TableServiceClient:
    """The SDK's connections to a storage, made once."""
    return TableServiceClient.from_connection_string(connection)


@dataclass
class Consumers:
    """The tables of one test, and the workflows that read them."""

    azurite: Azurite
    web: Web
    service: Service
    prefix: str

    def __post_init__(self) -> None:
        self.tables = StorageTables(_wire(self.azurite.connection_string), self.prefix)
        self.rows = TableAlertRows(self.tables)
        for name in ("Alerts", "AlertTickets", "Incidents"):
            self.client(name).create_table()

    def client(self, name: str) -> TableClient:
        """The SDK's client of one of the tables: what a person or another program does there."""
        return _service(self.azurite.connection_string).get_table_client(f"{self.prefix}{name}")

    def notify(self, **parameters: Any) -> Outcome:
        """One run of the workflow that posts messages."""
        return self._run("notify", webhookUrl=f"{self.service.url}/hook", **parameters)

    def tickets(self, **parameters: Any) -> Outcome:
        """One run of the workflow that keeps tickets."""
        given = {
            "ticketsTable": f"{self.prefix}AlertTickets",
            "ticketsUrl": f"{self.service.url}/tickets",
            "ticketsAuthorization": AUTHORIZATION,
        }
        return self._run("tickets", **given | parameters)

    def teams(self, **parameters: Any) -> Outcome:
        """One run of the workflow that posts a message for each incident."""
        return self._of_incidents("teams", webhookUrl=f"{self.service.url}/hook", **parameters)

    def servicenow(self, **parameters: Any) -> Outcome:
        """One run of the workflow that keeps an incident in ServiceNow for each of ours."""
        given = {"instanceUrl": self.service.url, "authorization": AUTHORIZATION}
        return self._of_incidents("servicenow", **given | parameters)

    def jira(self, **parameters: Any) -> Outcome:
        """One run of the workflow that keeps an issue in Jira for each incident."""
        given = {"siteUrl": self.service.url, "authorization": AUTHORIZATION, "projectKey": "SEC"}
        return self._of_incidents("jira", **given | parameters)

    def _of_incidents(self, name: str, **parameters: Any) -> Outcome:
        given = {
            "tableEndpoint": f"{self.azurite.table_uri}/",
            "incidentsTable": f"{self.prefix}Incidents",
            **parameters,
        }
        return Engine(definition(name), given, self.web, lambda: NOW).run()

    def export(self, container: str, **parameters: Any) -> Outcome:
        """One run of the workflow that writes files."""
        return self._run("export", containerUrl=container, **parameters)

    def _run(self, name: str, **parameters: Any) -> Outcome:
        given = {
            "tableEndpoint": f"{self.azurite.table_uri}/",
            "alertsTable": f"{self.prefix}Alerts",
            **parameters,
        }
        return Engine(definition(name), given, self.web, lambda: NOW).run()
