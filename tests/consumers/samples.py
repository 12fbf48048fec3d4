"""The sample workflows, and the tables of one test that they are run against."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.data.tables import TableClient

from local.azurite import Azurite
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.rows import TableAlertRows
from tests.adapters.service import Service
from tests.consumers.engine import Engine, Outcome
from tests.consumers.web import Web

FOLDER = Path(__file__).parents[2] / "infra" / "logic-app"
NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)


def definition(name: str) -> dict[str, Any]:
    """A workflow of the samples, or the one that exports, fresh each time."""
    folder = FOLDER.with_name("export") if name == "export" else FOLDER
    read: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return read


@dataclass
class Consumers:
    """The tables of one test, and the workflows that read them."""

    azurite: Azurite
    web: Web
    service: Service
    prefix: str

    def __post_init__(self) -> None:
        self.tables = StorageTables.by_connection(self.azurite.connection_string, prefix=self.prefix)
        self.rows = TableAlertRows(self.tables)
        for name in ("Alerts", "AlertTickets"):
            self.client(name).create_table()

    def client(self, name: str) -> TableClient:
        """The SDK's client of one of the tables: what a person or another program does there."""
        return TableClient.from_connection_string(self.azurite.connection_string, f"{self.prefix}{name}")

    def notify(self, **parameters: Any) -> Outcome:
        """One run of the workflow that posts messages."""
        return self._run("notify", webhookUrl=f"{self.service.url}/hook", **parameters)

    def tickets(self, **parameters: Any) -> Outcome:
        """One run of the workflow that keeps tickets."""
        given = {
            "ticketsTable": f"{self.prefix}AlertTickets",
            "ticketsUrl": f"{self.service.url}/tickets",
            "ticketsAuthorization": "Basic dGVzdA==",
        }
        return self._run("tickets", **given | parameters)

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
