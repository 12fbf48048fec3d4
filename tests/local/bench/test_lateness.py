"""Late telemetry in a recording, and from when on an alert can be tied."""

import json
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.bench import lateness, steady
from local.bench.flow import Seen, Watch
from local.simulator import ticks

_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return steady.record(tmp_path_factory.mktemp("late"), alerts=12, minutes=1, seed=7)


def _lags(folder: Path) -> list[float]:
    files = (folder / "hunting").glob("Device*Events.ndjson")
    return [json.loads(line)["_arrives_after_s"] for file in files for line in file.open(encoding="utf-8")]


def test_each_row_of_events_is_as_late_as_was_measured_and_always_the_same(
    folder: Path, tmp_path: Path
) -> None:
    lags = _lags(folder)

    assert 80 < statistics.median(lags) < 100
    assert 0.02 < sum(lag > 1_800 for lag in lags) / len(lags) < 0.04
    assert sorted(_lags(steady.record(tmp_path, alerts=12, minutes=1, seed=7))) == sorted(lags)


def test_an_alert_can_be_tied_once_the_creation_it_names_can_be_found(folder: Path) -> None:
    truths = json.loads((folder / "truth.json").read_text("utf-8"))["alerts"]
    found = lateness.found_from(folder)
    [alert_id, *_] = [key for key, truth in truths.items() if truth["method"] == "ExactProcess"]
    [anchor] = truths[alert_id]["anchors"]
    rows = [
        json.loads(line)
        for line in (folder / "hunting" / "DeviceProcessEvents.ndjson").open(encoding="utf-8")
    ]
    [row] = [
        row
        for row in rows
        if row.get("ProcessId") == anchor["ProcessId"]
        and row.get("ProcessCreationTime") == anchor["ProcessCreationTime"]
        and row["DeviceId"] == anchor["DeviceId"]
    ]

    late_by = ticks.from_seconds(row["_arrives_after_s"])
    assert found[alert_id] == ticks.parse(row["Timestamp"]) + late_by
    assert set(found) == {
        key for key, truth in truths.items() if truth["method"] not in ("None", "DeviceOnly")
    }


def _row(alert_id: str, method: str, at: float) -> Seen:
    row = {
        "AlertId": alert_id,
        "AlertUpdated": _NOON,
        "CorrelationStatus": "Correlated",
        "CorrelationMethod": method,
        "EnrichmentStatus": "Complete",
    }
    return Seen(row, _NOON + timedelta(seconds=at))


class _Watch(Watch):
    def __init__(self, **versions: list[Seen]) -> None:
        super().__init__(table=None)  # type: ignore[arg-type]  # nothing is looked at
        self.versions = versions
        self.seen = {key: found[0] for key, found in versions.items()}


def test_a_row_is_told_late_only_where_its_telemetry_was() -> None:
    telemetry = steady.Telemetry(
        {"early": _NOON - timedelta(seconds=9), "late": _NOON + timedelta(seconds=40)},
        {"early": "ExactProcess", "late": "ExactProcess", "never": "None"},
    )
    watch = _Watch(
        early=[_row("early", "ExactProcess", 12)],
        late=[_row("late", "DeviceOnly", 12), _row("late", "ExactProcess", 100)],
        never=[_row("never", "None", 12)],
    )

    there = telemetry.there_when_listed(watch.seen, _NOON)
    assert [one.row["AlertId"] for one in there] == ["early", "never"]
    assert telemetry.there_when_listed(watch.seen, _NOON + timedelta(seconds=1)) == []
    told = telemetry.figures(watch, _NOON + timedelta(minutes=10))
    assert told == {"alerts": 1, "tied": 1, "there_to_tied_s": {"p50": 60.0, "p95": 60.0, "most": 60.0}}


def test_an_alert_whose_second_hunt_had_no_time_is_not_counted() -> None:
    telemetry = steady.Telemetry({"late": _NOON + timedelta(seconds=40)}, {"late": "ExactProcess"})
    watch = _Watch(late=[_row("late", "DeviceOnly", 12)])

    told = [telemetry.figures(watch, _NOON + timedelta(minutes=minutes)) for minutes in (3, 10)]

    assert [(one["alerts"], one["tied"]) for one in told] == [(0, 0), (1, 0)]
