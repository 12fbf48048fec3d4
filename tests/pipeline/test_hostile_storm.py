"""A storm in which one alert of twenty is hostile: all others have their right rows, and it is shown when.

`STORM_ALERTS=20000 python3 dev.py test --slow tests/pipeline/test_hostile_storm.py -s` takes three minutes of
processor time.
"""

import importlib
import os
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.core.progress.ledger_row import LedgerPolicy, State
from shared.pipeline.policy import Policy
from tests.pipeline.isolation import BACK_AFTER, HUNT
from tests.pipeline.platform import Platform
from tests.pipeline.raw import ago, raw_alert
from tests.pipeline.world import START, Crash, World

ALERTS = int(os.environ.get("STORM_ALERTS", "1000"))
POLICY = Policy(hunts_at_once=1, ledger=LedgerPolicy(late_hunts=(), settle_after=0))
SEVERITIES = ("High", "Medium", "Medium", "Medium", "Low", "Low", "Low", "Low", "Low", "Informational")
KINDS = (
    "raises",
    "flaps",
    "unreadable",
    "flaps",
    "raises",
    "unreadable",
    "flaps",
    "raises",
    "flaps",
    "kills",
)


def hostile_kind(number: int) -> str:
    """What is wrong with the alert of that number; "" for nineteen of twenty."""
    return KINDS[number // 20 % len(KINDS)] if number % 20 == 7 else ""


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work on an alert that raises or kills does so, whatever it is worked on with."""
    hunting = importlib.import_module("shared.pipeline.hunt.hunting")
    room = importlib.import_module("shared.core.conclude")
    plan, conclude = hunting.start, room.conclude

    def planned(cases: Any, *more: Any) -> Any:
        if any(case.alert.id.startswith("kills") for case in cases):
            raise Crash("os._exit")
        return plan(cases, *more)

    def concluded(alert: Any, *more: Any) -> Any:
        if alert.id.startswith("raises") and alert.evidence:
            raise ValueError("a bug")
        return conclude(alert, *more)

    monkeypatch.setattr(hunting, "start", planned)
    monkeypatch.setattr(room, "conclude", concluded)
    monkeypatch.setattr("shared.telemetry._LOGGER.disabled", True)  # many lines that nobody reads
    yield


def _storm(world: World) -> None:
    for number in range(ALERTS):
        name = f"{hostile_kind(number) or 'good'}-{number}"
        raw = raw_alert(
            name,
            minutes_ago=-1 - 0.9 * number / ALERTS,  # within a minute
            severity=SEVERITIES[number % len(SEVERITIES)],
            machineId=f"{number % 600:040x}",
        )
        raw["evidence"] = [{**raw["evidence"][0], "processId": 40_000 + number}]  # type: ignore[index]
        world.alerts.append(raw)


def _minute(world: World, platform: Platform, minute: int) -> None:
    """A fetch, what hostile alerts do meanwhile, and every message; a dead worker's is back after 30 s."""
    platform.tick()
    for key in list(world.documents):
        if key.kind == "alert" and key.alert_id.startswith("unreadable"):
            world.documents[key] = b"broken"
    platform.enrich_all()
    deaths = len(platform.crashes)
    if platform.wake_ups:
        platform.deliver_one()
        if len(platform.crashes) > deaths:
            world.pass_time(seconds=BACK_AFTER - 600)  # `Platform` waits as after an instance's death
    if minute < 20:
        for raw in world.alerts:
            if str(raw["id"]).startswith("flaps"):
                address = {"entityType": "Ip", "ipAddress": f"203.0.113.{minute + 1}"}
                raw["evidence"] = [*raw["evidence"], address]  # type: ignore[misc]
                raw["lastUpdateTime"] = ago(-(world.now - START).total_seconds() / 60)
    world.pass_time(minutes=1)


@pytest.mark.slow
@pytest.mark.usefixtures("struck")
def test_every_healthy_alert_of_a_storm_has_its_right_row(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    platform = Platform(world, POLICY)
    platform.tick()
    world.pass_time(minutes=2)
    _storm(world)
    begun = world.now

    def hunt(_: str, __: str) -> list[Any]:
        world.pass_time(seconds=HUNT)
        return []

    world.hunt = hunt
    for minute in range(900):
        _minute(world, platform, minute)
        if minute > 25 and not world.open:
            break
    rows = {str(row.columns["AlertId"]): row.columns for row in world.rows.values()}
    assert len(rows) == len(world.rows) == ALERTS
    waits: dict[str, list[float]] = defaultdict(list)
    for raw in world.alerts:
        name = str(raw["id"])
        row = rows[name]
        if name.startswith("good"):
            assert (row["CorrelationStatus"], row["EventSeverity"]) == ("NoMatch", raw["severity"]), name
            first = row["FirstPublished"]
            assert isinstance(first, datetime)
            waits[str(raw["severity"])].append((first - begun).total_seconds())
        elif not name.startswith("flaps"):
            assert row["CorrelationStatus"] == "Failed", name
    aside = Counter(
        row.alert_id.partition("-")[0] for row in world.history.values() if row.state is State.SET_ASIDE
    )
    assert aside.keys() <= {"raises", "kills", "unreadable"}
    with capsys.disabled():
        print(f"\n{ALERTS} alerts, {len(platform.crashes)} deaths, set aside {dict(aside)}, {minute} minutes")
        for severity, seconds in waits.items():
            print(
                f"{severity:14} first row after {statistics.median(seconds) / 60:6.1f} min in the median, "
                f"{max(seconds) / 60:6.1f} at most"
            )
