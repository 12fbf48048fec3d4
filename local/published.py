"""What consumers read: rows of Alerts, AlertEvents and Incidents; and how much of the ledger is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from shared.core.incidents import VALIDATIONS

Row = dict[str, Any]


class Published:
    """Reads the tables through a service client, whatever its credential is."""

    def __init__(self, service: TableServiceClient) -> None:
        self._service = service

    def alerts(self, *, filter_text: str = "") -> list[Row]:
        """The rows of `Alerts`, newest first."""
        rows = list(self._rows("Alerts", filter_text))
        return sorted(rows, key=lambda row: str(row.get("CreatedTime", "")), reverse=True)

    def events(self, alert_key: str | None = None) -> list[Row]:
        """The rows of `AlertEvents`, of one alert or of all, in time order within an alert."""
        only = "" if alert_key is None else "PartitionKey eq '{}'".format(alert_key.replace("'", "''"))
        return list(self._rows("AlertEvents", only))

    def incidents(self) -> list[Row]:
        """The rows of `Incidents`, gravest first."""
        return sorted(self._rows("Incidents", ""), key=gravest_first)

    def unbuilt(self, tenant: str = "home") -> int:
        """How many incidents are to be built, whose rows lack an alert that was published."""
        marks = f"PartitionKey eq 'incidents|{tenant}' and RowKey ge 'due|' and RowKey lt 'due}}'"
        return sum(1 for row in self._rows("AlertWork", marks) if row.get("Marked"))

    def count(self) -> int:
        """How many alerts have a row."""
        return sum(1 for _ in self._rows("Alerts", "", select=["PartitionKey"]))

    def open_rows(self, tenant: str = "home") -> list[Row]:
        """The ledger's open rows."""
        return list(self._rows("AlertWork", f"PartitionKey eq 'open|{tenant}'"))

    def _rows(self, table: str, filter_text: str, select: list[str] | None = None) -> Iterator[Row]:
        client = self._service.get_table_client(table)
        try:
            pages = (
                client.query_entities(filter_text, select=select)
                if filter_text
                else client.list_entities(select=select)
            )
            for entity in pages:
                yield dict(entity)
        except ResourceNotFoundError:
            return


def gravest_first(incident: Row) -> tuple[Any, ...]:
    """Sorts rows of `Incidents`: those to look at first come first, and of those alike the newest."""
    validations = [str(word) for word in VALIDATIONS]
    validation = incident.get("Validation")
    return (
        ["open", "resolved", "emptied"].index(str(incident["State"])),
        int(incident["Priority"]),
        validations.index(validation) if validation in validations else len(validations),
        -int(incident["SeverityId"] or 0),
        _later_first(str(plain(incident)["LastActivityTime"])),
        str(incident["RowKey"]),
    )


def _later_first(text: str) -> tuple[int, ...]:
    return tuple(-ord(char) for char in text)


def plain(row: Row) -> Row:
    """The row as JSON has it: times as text, everything else as it is."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        exact = getattr(value, "tables_service_value", None)
        return exact or value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return getattr(value, "value", value)
