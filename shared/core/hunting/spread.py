"""On how many devices hunting knows an alert's hashes and outside addresses; asked if quota is ample."""

from collections.abc import Iterable, Mapping

from shared.core.alert import Alert
from shared.core.correlate import Cell
from shared.core.hunting import kql
from shared.core.lookups import wanted_entities
from shared.core.tables import TABLES

SPREAD_QUERY = "spread"
TIMESPAN = "P7D"
_SHA1_LENGTH = 40


def spread_query(alerts: Iterable[Alert]) -> str:
    """Devices by hash and by address over seven days; "" where the alerts name neither."""
    wanted = [wanted_entities(alert) for alert in alerts]
    hashes = sorted({key for each in wanted for key in each.files if len(key) == _SHA1_LENGTH})
    addresses = sorted({key for each in wanted for key in each.addresses})
    parts = [
        f"({table.name} | where {column} in {kql.strings(keys)} | project DeviceId, Key = {column})"
        for column, keys in (("SHA1", hashes), ("RemoteIP", addresses))
        for table in TABLES
        if keys and table.devices_by == column
    ]
    if not parts:
        return ""
    return "union\n    " + ",\n    ".join(parts) + "\n| summarize Devices = dcount(DeviceId) by Key"


def devices_by_key(rows: Iterable[Mapping[str, Cell]]) -> dict[str, int]:
    """How many devices met each hash or address."""
    found: dict[str, int] = {}
    for row in rows:
        key, devices = row.get("Key"), row.get("Devices")
        if isinstance(key, str) and isinstance(devices, int):
            found[key.lower()] = devices
    return found


def prevalence_text(alert: Alert, devices: Mapping[str, int]) -> str:
    """One line for each of the alert's hashes and addresses that hunting knows."""
    wanted = wanted_entities(alert)
    named = [(f"file {key}", key) for key in wanted.files]
    named += [(f"address {key}", key) for key in wanted.addresses]
    return "\n".join(
        f"{words}: met by {devices[key]} device{'s' if devices[key] != 1 else ''} in the last 7 days"
        for words, key in named
        if key in devices
    )
