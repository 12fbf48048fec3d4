"""ALERT_SOURCE is switched on a living installation: what is known stays, and nobody is told anew."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from shared.core.progress.ledger_row import LedgerPolicy
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint, StoredRow
from shared.pipeline.policy import Policy
from tests.pipeline.as_graph import as_graph
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.recorded import world_of
from tests.pipeline.world import START, World

POLICY = Policy(hunts_at_once=1, ledger=LedgerPolicy(late_hunts=(), settle_after=0))
# A page full, and four of each kind: its ids and its day hang on an alert's tenth, seventh and fifth.
ALERTS = 280
RECORDED = (
    "Sensitive credential memory read",
    "Suspicious use of a service account",
    "Suspicious scheduled task",
)


def _ticks(minutes_ago: float) -> int:
    return Instant.of(START - timedelta(minutes=minutes_ago)).ticks + 621_355_968_000_000_000


def _living(count: int) -> Platform:
    """A world with alerts of the last 22 hours, each tenth of an id that does not tell its time, all done but
    the newest ones, which are in the middle of their walk."""
    installed = {"defender": Checkpoint(installed_at=START - timedelta(days=1))}
    world = World(checkpoints=installed, page_size=ALERTS)
    for number in range(count):
        minutes = 3 + number * (22 * 60 / count)
        name = f"ti{number}" if number % 10 == 0 else f"da{_ticks(minutes)}_{number}"
        world.alerts.append(raw_alert(name, minutes_ago=minutes, machineId=f"{number % 60:040x}"))
    later = world.alerts[:20]
    world.alerts = world.alerts[20:]
    platform = Platform(world, POLICY)
    platform.settle()
    world.alerts += [{**raw, "lastUpdateTime": Instant.of(world.now).text()} for raw in later]
    world.pass_time(minutes=1)
    platform.tick()
    for _ in range(10):
        platform.deliver_one()
    assert len(world.open) == 20
    return platform


def _switched(platform: Platform) -> dict[str, str]:
    """Graph tells the same alerts: some as created a day before, some under another id. By its new id, the id
    under which each alert is known."""
    world = platform.world
    told, known = [], {}
    for number, raw in enumerate(world.alerts):
        other_id = f"ad{number:032x}_1" if number % 7 == 0 else str(raw["id"])
        day_before = Instant.parse(str(raw["alertCreationTime"])).plus(-86_400).text()
        told.append(as_graph(raw, created=day_before if number % 5 == 0 else None, alert_id=other_id))
        known[other_id] = str(raw["id"])
    world.alerts, world.source = told, "graph"
    return known


def _standing(world: World) -> dict[Any, Any]:
    """What consumers see, but for when it was written."""
    return {
        key: {
            name: value for name, value in row.columns.items() if name not in ("LastPublished", "SeenBefore")
        }
        for key, row in world.rows.items()
    }


def test_a_switch_changes_no_verdict_doubles_nothing_and_tells_nobody_anew() -> None:
    platform = _living(ALERTS)
    world = platform.world
    before, told = _standing(world), list(platform.told)
    _switched(platform)
    platform.settle()
    after = _standing(world)
    assert len({key for _, key in after}) == len(after) == ALERTS
    assert {key: after[key] for key in before} == before
    assert Counter(alert_id for alert_id, _ in platform.told) == dict.fromkeys(
        (str(row["AlertId"]) for row in after.values()), 1
    ), "each once: those that were done before, and those that were on their way"
    assert platform.told[: len(told)] == told
    assert (world.open, len(world.history)) == ({}, ALERTS)
    assert {row["CorrelationStatus"] for row in after.values()} == {"NoMatch"}
    print(
        f"{ALERTS} alerts, {len(before)} published before the switch: 0 rows changed, 0 doubled, 0 told anew"
    )


def test_what_is_new_or_changed_after_a_switch_is_published_under_the_key_that_it_had() -> None:
    platform = _living(70)
    world = platform.world
    world.pass_time(minutes=2)
    known = _switched(platform)
    platform.settle()
    keys = set(world.rows)
    # Every fourth is updated in Graph's own words, some of them under their other id and day.
    for raw in world.alerts[::4]:
        raw |= {
            "lastUpdateDateTime": Instant.of(world.now).text(),
            "status": "inProgress",
            "assignedTo": "me",
        }
    fresh = raw_alert("da900000000000000000_1", minutes_ago=0, lastUpdateTime=Instant.of(world.now).text())
    world.alerts.append(as_graph(fresh))
    world.pass_time(minutes=1)
    platform.settle()
    assert len(world.rows) == len(keys) + 1
    assert keys < set(world.rows)
    updated = {known[str(raw["id"])] for raw in world.alerts[:-1:4]}
    rows = {str(row.columns["AlertId"]): row.columns for row in world.rows.values()}
    assert {name for name, row in rows.items() if row["AssignedTo"] == "me"} == updated
    assert {rows[name]["AlertSource"] for name in updated} == {"graph"}
    assert {(rows[name]["Revision"], rows[name]["ProcessName"]) for name in updated} == {
        (1, "powershell.exe")
    }
    assert platform.told.count(("da900000000000000000_1", 1)) == 1


def test_switching_back_finds_every_alert_again() -> None:
    platform = _living(70)
    world = platform.world
    as_defender = list(world.alerts)
    _switched(platform)
    platform.settle()
    before, told = _standing(world), len(platform.told)
    world.pass_time(hours=3)
    platform.settle()
    world.alerts, world.source = as_defender, "defender"
    platform.settle()
    assert _standing(world) == before
    assert len(platform.told) == told


def test_a_correlated_alert_stays_correlated_though_graph_tells_less_of_it() -> None:
    world = world_of(*RECORDED)
    platform = Platform(world, POLICY)
    platform.settle()
    before = {key: row.columns for key, row in world.rows.items()}
    assert "Correlated" in {row["CorrelationStatus"] for row in before.values()}
    told = len(platform.told)
    world.source = "graph"
    world.alerts = [as_graph(raw) for raw in world.alerts]
    platform.settle()
    assert {key: row.columns for key, row in world.rows.items()} == before
    for raw in world.alerts:
        raw |= {"lastUpdateDateTime": Instant.of(world.now).text(), "status": "inProgress"}
    world.pass_time(minutes=1)
    platform.settle()
    for key, row in world.rows.items():
        kept = ("CorrelationStatus", "Validation", "InvestigationId", "Revision")
        assert {name: row.columns[name] for name in kept} == {name: before[key][name] for name in kept}
        assert row.columns["DefenderStatus"] == "inProgress"  # as Graph spells it
    assert len(platform.told) == told


@pytest.mark.parametrize("name", ["da638000000000000000_1", "ti1"])
def test_an_alert_whose_creation_time_changes_keeps_its_key(name: str) -> None:
    world = World(alerts=[raw_alert(name, minutes_ago=5)])
    platform = Platform(world, POLICY)
    platform.settle()
    [key] = world.rows
    for days in (1, 40):
        world.pass_time(minutes=5)
        moved = Instant.parse(str(world.alerts[0]["alertCreationTime"])).plus(-86_400 * days).text()
        changes = {"alertCreationTime": moved, "status": "InProgress" if days == 1 else "Resolved"}
        world.alerts = [world.alerts[0] | changes | {"lastUpdateTime": Instant.of(world.now).text()}]
        world.pass_time(minutes=1)
        platform.settle()
        [(standing, row)] = world.rows.items()
        assert (standing, row.columns["DefenderStatus"]) == (key, changes["status"])
        assert isinstance(row, StoredRow)
    assert len(world.history) == 1
