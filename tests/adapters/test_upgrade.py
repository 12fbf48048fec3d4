"""An installation of the first version goes on under this one, and this one beside and after a later one."""

import base64
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.core.progress.ledger_row import State
from shared.core.progress.polling import PollPolicy
from shared.pipeline.policy import Policy
from tests.adapters.kept import Kept
from tests.pipeline import recorded
from tests.pipeline.platform import Platform
from tests.stored import golden

POLICY = Policy(hunts_at_once=1, purge_every=1e9, poll=PollPolicy(overlap=timedelta(days=1)))
WORK = "AlertWork"


def column(kind: str, value: Any) -> object:
    """A golden column as the SDK takes it."""
    if kind == "bytes":
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if kind == "datetime" else value


def stopped(tables: StorageTables) -> Kept:
    """The world in which the first version was stopped, each of seven alerts at another stage."""
    known = golden("tables")
    for table, rows in known["tables"].items():
        entities = [{name: column(*typed) for name, typed in row.items()} for row in rows]
        tables.apply(table, [Operation(Verb.PUT, entity) for entity in entities])
    now = datetime.fromisoformat(known["now"])
    return Kept(now=now, alerts=known["alerts"], hunt=recorded.hunt, tables=tables)


def stage(name: str) -> str:
    """The alert that was at that stage."""
    return str(golden("tables")["ids"][name])


def settle(world: Kept, between: Callable[[], None] = lambda: None) -> Platform:
    """The minutes go on until nothing is open."""
    platform = Platform(world, POLICY)
    for _ in range(60):
        platform.tick()
        while platform.to_enrich or platform.wake_ups:
            between()
            platform.deliver_one()
        if not world.ports().ledger.open_rows():
            return platform
        world.pass_time(minutes=1)
    raise AssertionError(f"still open: {world.ports().ledger.open_rows()}")


def published(tables: StorageTables) -> dict[str, dict[str, Any]]:
    return {str(row["AlertId"]): dict(row) for row in tables.query("Alerts", "RowKey ge ''")}


def events(tables: StorageTables, alert_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in tables.query("AlertEvents", in_partition(alert_id))]


def states(world: Kept) -> dict[str, State]:
    keys = [(str(raw["alertCreationTime"])[:10], str(raw["id"])) for raw in world.alerts]
    return {alert_id: row.state for alert_id, row in world.ports().ledger.finished(keys).items()}


def test_what_the_first_version_left_in_the_middle_is_finished_and_what_it_finished_stays(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    world = stopped(tables)
    before = published(tables)
    settle(world)
    after = published(tables)
    assert set(after) == {str(raw["id"]) for raw in world.alerts}
    ends = {stage(name): State.DONE for name in golden("tables")["ids"]} | {
        stage("set aside"): State.SET_ASIDE
    }
    assert states(world) == ends
    for untouched in ("done", "set aside"):  # listed again, and no news: nothing is written, nobody is told
        assert after[stage(untouched)] == before[stage(untouched)]
    assert after[stage("status changed")]["AlertStatus"] == "Closed"
    assert (
        after[stage("status changed")]["FirstPublished"] == before[stage("status changed")]["FirstPublished"]
    )
    for hunted in ("due for its hunt", "looked up in part"):
        assert after[stage(hunted)]["CorrelationStatus"] == "Correlated"
        assert len(events(tables, stage(hunted))) == after[stage(hunted)]["EventCount"] > 0
    assert after[stage("looked up in part")]["EnrichmentStatus"] == "Complete"
    assert "cannot be read" not in caplog.text


def as_a_later_version_writes(tables: StorageTables) -> None:
    """Every document and row of ours as the version after this one may write it, unless it stands so."""
    for table, all_rows in ((WORK, "PartitionKey ge ''"), ("Checkpoints", "RowKey ge ''")):
        written = [
            Operation(Verb.REPLACE, later, str(row.metadata["etag"]))
            for row in tables.query(table, all_rows)
            if (later := as_later(dict(row))) != row
        ]
        assert None not in tables.apply(table, written)


def as_later(row: dict[str, Any]) -> dict[str, Any]:
    later = {**row, "Format": 2, "OfALaterVersion": "x"}
    if "Part00" in row and "|alert|" not in str(row["RowKey"]):
        document = json.loads(zlib.decompress(row["Part00"]))
        document |= {"v": 2}
        document["body"] |= {"of a later version": [{"x": 1}]}
        later["Part00"] = zlib.compress(json.dumps(document).encode())
    if str(row["PartitionKey"]).startswith("open|"):
        later["State"] = "of a later version"
    return later


def test_this_version_and_the_one_after_work_side_by_side(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    """An upgrade in mid-flight, and a roll-back after it: what the later one wrote is read and worked on."""
    world = stopped(tables)
    settle(world, lambda: as_a_later_version_writes(tables))
    assert set(published(tables)) == {str(raw["id"]) for raw in world.alerts}
    assert set(states(world)) == set(published(tables))
    for hunted in ("due for its hunt", "looked up in part"):
        assert published(tables)[stage(hunted)]["CorrelationStatus"] == "Correlated"
    assert published(tables)[stage("looked up in part")]["EnrichmentStatus"] == "Complete"
    assert "cannot be read" not in caplog.text
