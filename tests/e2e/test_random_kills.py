"""Workers that die: at random moments of a storm, and each time they meet one certain alert."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.host.records import Outcome
from local.incidents.storm import make_storm
from local.stack import ROOT
from tests.e2e.conftest import Arena, running
from tests.e2e.random_kills import Killer, differences, empty, run

pytestmark = pytest.mark.slow
ALERTS = int(os.environ.get("KILL_ALERTS", "300"))
KILLS = int(os.environ.get("KILLS", "40"))
SEED = int(os.environ.get("KILL_SEED", "11"))


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Arena]:
    make_storm(SEED, alerts=ALERTS, noise=0.3).write(tmp_path / "storm")
    settings = {"LATE_HUNTS": "1s", "LOOK_UP_AGAIN": "1s", "HUNT_CALLS_PER_MINUTE": "600"}
    # Hunts take most of the storm's time on a fast machine, so that kills fall while alerts are in work.
    slow = {"quotas": False, "hunting_latency_median_s": 0.5, "hunting_latency_tail_s": 1.5}
    with running(tmp_path / "storm", settings, slow) as arena:
        yield arena


@pytest.fixture
def arena(recording: Path) -> Iterator[Arena]:
    """A stack of its own: a test here changes its settings, and puts another app in its host's place."""
    with running(recording) as arena:
        yield arena


def test_a_storm_with_workers_killed_at_random_moments_ends_as_without(storm: Arena) -> None:
    app, service, stack = storm.app(), storm.service, storm.stack
    calm = run(stack.host, app, service)
    assert len(calm.outcome["rows"]) == ALERTS
    stack.host.stop()
    empty(service)
    tenant = app.policy.tenant

    def is_begun() -> bool:
        return bool(storm.published.open_rows(tenant))

    with stack.new_host() as host, Killer(host, SEED, KILLS, calm.seconds, is_begun) as killer:
        shaken = run(host, app, service, killer)
    different = differences(calm.outcome, shaken.outcome)
    kills, struck = sum(shaken.kills.values()), sum(shaken.struck.values())
    print(
        f"{ALERTS} alerts, {kills} kills {shaken.kills}, {struck} runs ended by them {dict(shaken.struck)}; "
        f"{calm.seconds:.0f} s without and {shaken.seconds:.0f} s with kills; "
        f"{sum(map(len, different.values()))} differences"
    )
    assert not different, "\n".join(f"{len(all)} x {name}: {all[:2]}" for name, all in different.items())
    assert kills >= KILLS // 3
    assert min(shaken.struck[name] for name in ("FetchAlerts", "EnrichAlert", "HuntCorrelate")) > 0


# Appended to a handler of a copy of the app: the process ends as soon as the alert is worked on.
_DEADLY_HUNT = """
import os
from shared.pipeline.hunt import hunting
_start = hunting.start
def _deadly(cases, *rest):
    if any(case.alert.id == {alert_id!r} for case in cases):
        os._exit(1)
    return _start(cases, *rest)
hunting.start = _deadly
"""
_DEADLY_LOOK_UP = """
import os
from shared.pipeline.stored import documents
_load = documents.load
def _deadly(kept, rows):
    if any(row.alert_id == {alert_id!r} for row in rows):
        os._exit(1)
    return _load(kept, rows)
documents.load = _deadly
"""


@pytest.mark.parametrize(
    ("function", "deadly", "shown"),
    [
        (
            "HuntCorrelate",
            _DEADLY_HUNT,
            {"CorrelationStatus": "Failed", "CorrelationReason": "HandlingFailed"},
        ),
        (
            "EnrichAlert",
            _DEADLY_LOOK_UP,
            {"CorrelationMethod": "ExactProcess", "EnrichmentStatus": "NotLookedUp"},
        ),
    ],
)
def test_an_alert_that_ends_its_process_each_time_stops_no_other(
    arena: Arena, recording: Path, tmp_path: Path, function: str, deadly: str, shown: dict[str, str]
) -> None:
    listed = json.loads((recording / "alerts.json").read_text("utf-8"))["value"]
    alert_id, tenant = str(listed[0]["id"]), arena.stack.settings["TENANT"]
    arena.stack.host.stop()
    # Alerts that were looked up beside it lose their look-ups at first, and get them later.
    arena.stack.settings["LOOK_UP_AGAIN"] = "1s"
    with arena.stack.new_host(_copy(tmp_path / "app", function, deadly.format(alert_id=alert_id))) as host:
        deadline = time.monotonic() + 240
        while arena.published.count() < len(listed) or arena.published.open_rows(tenant):
            assert time.monotonic() < deadline, str(arena.published.open_rows(tenant))
            host.run_timer("FetchAlerts")
            time.sleep(0.5)
        lost = [one.function for one in host.invocations if one.outcome is not Outcome.SUCCEEDED]
    rows = {row["AlertId"]: row for row in arena.published.alerts()}
    row = rows.pop(alert_id)
    assert {name: row[name] for name in shown} == shown
    assert [row["CorrelationMethod"] for row in rows.values()] == ["ExactProcess"] * (len(listed) - 1)
    assert lost.count(function) >= arena.app().policy.ledger.max_attempts


def _copy(app_dir: Path, function: str, appended: str) -> Path:
    """The app in a folder of its own, with a line more in one handler."""
    for name in ("FetchAlerts", "EnrichAlert", "HuntCorrelate", "shared"):
        shutil.copytree(ROOT / name, app_dir / name)
    shutil.copy(ROOT / "host.json", app_dir)
    with (app_dir / function / "__init__.py").open("a", encoding="utf-8") as handler:
        handler.write(appended)
    return app_dir
