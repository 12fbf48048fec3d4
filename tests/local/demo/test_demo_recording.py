"""What can never come is not waited for: it is named, or the recording is refused, before anything starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.demo.recording import RecordingUnusable, look_at
from local.incidents import make
from local.simulator import ticks
from tests.local.simulator.running import alert, graph_alert

NOW = ticks.parse("2026-11-24T12:00:00Z") / ticks.PER_SECOND
OLD = "2026-01-01T00:00:00Z"
NEW = "2026-11-24T11:00:00Z"


def folder_of(folder: Path, source: str, *alerts: dict[str, Any]) -> Path:
    name = "alerts.json" if source == "defender" else "graph_alerts.json"
    (folder / name).write_text(json.dumps({"value": alerts}), "utf-8")
    return folder


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_every_alert_of_the_recorded_incident_comes(source: str) -> None:
    found = look_at(make.CONTOSO, source)
    assert (len(found.alert_ids), found.warnings) == (59, ())


NEVER = [
    ("defender", alert(2) | {"id": None}, "has no id of text"),
    ("defender", alert(2) | {"alertCreationTime": None, "lastUpdateTime": None}, "without any time"),
    ("defender", alert(2, NEW, _listed_after_s=7_200), "is listed more than 120 s after the start"),
    ("defender", alert(2, OLD), "is older than the 180 days"),
    ("graph", graph_alert(2, serviceSource="microsoftDefenderForIdentity"), "is not of microsoftDefender"),
    ("graph", graph_alert(2) | {"serviceSource": None}, "is not of microsoftDefender"),
]


@pytest.mark.parametrize(("source", "odd", "why"), NEVER)
def test_an_alert_that_can_never_come_is_named_and_not_waited_for(
    tmp_path: Path, source: str, odd: dict[str, Any], why: str
) -> None:
    good = alert(1, NEW) if source == "defender" else graph_alert(1, NEW)
    found = look_at(folder_of(tmp_path, source, good, odd), source, now=NOW)
    assert found.alert_ids == [good["id"]]
    if "without any time" not in why:  # which the simulator says, who reads the alerts as well
        [said] = found.warnings
        assert why in said
        assert ", line 1: " in said


@pytest.mark.parametrize(("source", "odd", "why"), NEVER)
def test_a_recording_of_nothing_else_is_refused(
    tmp_path: Path, source: str, odd: dict[str, Any], why: str
) -> None:
    with pytest.raises(RecordingUnusable, match=why):
        look_at(folder_of(tmp_path, source, odd), source, shift=False, now=NOW)


def test_times_of_the_future_never_come_where_they_are_left_as_they_are(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "defender", alert(1, "2026-11-25T00:00:00Z"))
    assert look_at(folder, "defender", now=NOW).alert_ids == [alert(1)["id"]]
    with pytest.raises(RecordingUnusable, match="after the start"):
        look_at(folder, "defender", shift=False, now=NOW)


def test_the_look_back_reaches_the_oldest_as_it_will_be_when_moved(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "defender", alert(1, OLD), alert(2, "2026-01-11T00:00:00Z"))
    assert look_at(folder, "defender", now=NOW).lookback == "12d"


def test_one_that_comes_late_is_still_waited_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "defender", alert(1, NEW, _listed_after_s=240))
    assert look_at(folder, "defender", now=NOW).alert_ids == [alert(1)["id"]]


def test_an_alert_whose_rows_come_hours_later_is_made_older(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "defender", alert(1, NEW, _age_s=7_200), alert(2, NEW, _age_s="old"))
    found = look_at(folder, "defender", now=NOW)
    assert (found.age, len(found.alert_ids)) == (7_200, 2)
