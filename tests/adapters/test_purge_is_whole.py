"""Each partition that a key can be made for: what purges it, or why it stays."""

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.storage import Purged, TableRetention
from shared.core.values import table_keys
from tests.adapters.test_purge_bounds import Clock
from tests.table_service import TableService
from tests.tenant_rows import finished

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OLD = NOW - timedelta(days=200)

# By the function that makes the key: the count of `Purged` in which its rows go, and where these are.
PURGED = {
    "history_partition": ("history", "AlertWork", "history|home|"),
    "document_partition": ("documents", "AlertWork", "document|home|"),
    "place_partition": ("places", "AlertWork", "place|home"),
    "seen_partition": ("sightings", "AlertWork", "seen|home"),
    "incident_partition": ("memberships", "AlertWork", "incidents|home"),
    "set_apart_partition": ("unreadable", "AlertWork", "bad|home"),
    "set_apart_key": ("unreadable", "AlertWork", "bad|home"),
    "write_partition": ("writes", "AlertWork", "write|home"),
    "cache_partition": ("cache", "EntityCache", "home|"),
    "cache_partitions": ("cache", "EntityCache", "home|"),
    "event_row": ("events", "AlertEvents", ""),
}
STAYS = {
    "open_partition": "it goes when the alert is finished",
    "due_partition": "it goes with the open row; the hourly repair removes what lies beside one",
    "incident_key": "rows of Incidents are the consumers'",
    "alert_keys": "rows of Alerts are the consumers'",
    "tenant_key": "a name is never used for another tenant",
    "tenant_id_key": "nor an id under another name",
    "operator_row_key": "what operators wrote is theirs; their own expiry ends it",
    "lease_key": "one row a tenant",
    "checkpoint_key": "one row a tenant and source",
}


def test_no_key_can_be_made_of_which_nobody_says_what_becomes() -> None:
    made = {
        name
        for name, value in vars(table_keys).items()
        if inspect.isfunction(value)
        and value.__module__ == table_keys.__name__
        and (name.endswith(("_partition", "_partitions", "_key", "_keys")) or name == "event_row")
    }
    assert made == PURGED.keys() | STAYS.keys()


@pytest.mark.parametrize("name", PURGED)
def test_what_is_old_goes(name: str) -> None:
    counted, table, partition = PURGED[name]
    service = TableService(now=OLD)
    finished(service.client(), "home", "a1", OLD)
    service.now = NOW

    def rows() -> list[tuple[str, str]]:
        return [key for key in service.all(table) if key[0].startswith(partition)]

    assert rows()
    gone, _ = TableRetention(service.client(), "home", Clock(NOW)).purge(NOW - timedelta(days=180), 60, "")
    assert rows() == []
    assert gone[counted] >= 1


def test_every_count_of_a_purge_is_one_of_these() -> None:
    assert {counted for counted, _, _ in PURGED.values()} == set(Purged.__slots__)
