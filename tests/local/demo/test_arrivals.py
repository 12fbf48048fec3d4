"""Which alerts come after the installation, and that the recording is otherwise as it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.demo.arrivals import FEWEST, hold_back, lowered
from local.simulator import ticks
from local.simulator.bodies import alerts
from local.simulator.remarks import Remarks

CONTOSO = Path(__file__).resolve().parents[3] / "local" / "incidents" / "contoso"
_NAMES = {
    "defender": ("alertCreationTime", "lastUpdateTime"),
    "graph": ("createdDateTime", "lastUpdateDateTime"),
}


def _ids(folder: Path, source: str) -> list[str]:
    return [alert["id"] for _, alert in alerts(folder, source, Remarks())]


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_the_last_two_of_the_largest_incident_are_held_back_and_nothing_else(
    source: str, tmp_path: Path
) -> None:
    coming = _ids(CONTOSO, source)
    held = hold_back(CONTOSO, source, coming, tmp_path)
    assert held is not None
    titles = [alert["title"] for alert in held.held]
    assert titles == ["Suspicious service launched", "Ransomware behavior detected in the file system"]
    for api in _NAMES:
        assert sorted([*_ids(tmp_path, api), *held.ids]) == sorted(_ids(CONTOSO, api))
    assert held.seconds == 0  # none of them is the newest
    for part in CONTOSO.iterdir():
        if part.name not in ("alerts.json", "graph_alerts.json"):
            assert (tmp_path / part.name).resolve() == part.resolve()


def _folder(folder: Path, *made: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "alerts.json").write_text(json.dumps({"value": list(made)}), "utf-8")
    return folder


def _alert(number: int, incident: int = 7, minute: int | None = None) -> dict[str, Any]:
    time = f"2026-11-24T10:{number if minute is None else minute:02d}:00Z"
    return {"id": f"a{number}", "incidentId": incident, "alertCreationTime": time, "lastUpdateTime": time}


def test_where_the_newest_is_held_back_the_rest_is_moved_as_far_as_it_would_be(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "in", *(_alert(number) for number in range(6)))
    (tmp_path / "out").mkdir()
    held = hold_back(folder, "defender", _ids(folder, "defender"), tmp_path / "out")
    assert held is not None
    assert (held.ids, held.seconds) == (["a4", "a5"], 120)


@pytest.mark.parametrize(
    "made",
    [
        [_alert(number) for number in range(FEWEST - 1)],  # few
        [_alert(number, incident=number // 2) for number in range(8)],  # no incident of three
        [_alert(number, incident=0) for number in range(8)],  # in none
    ],
)
def test_a_small_recording_is_played_as_it_is(tmp_path: Path, made: list[dict[str, Any]]) -> None:
    folder = _folder(tmp_path / "in", *made)
    assert hold_back(folder, "defender", _ids(folder, "defender"), tmp_path) is None


def test_an_alert_comes_as_of_now_with_its_evidence_moved_like_all_else(tmp_path: Path) -> None:
    made = [{**_alert(number), "evidence": [{"processCreationTime": "2026-11-24T09:00:00.1234567Z"}]}
            for number in range(6)]  # fmt: skip
    folder = _folder(tmp_path / "in", *made)
    (tmp_path / "out").mkdir()
    held = hold_back(folder, "defender", _ids(folder, "defender"), tmp_path / "out")
    assert held is not None
    now = ticks.parse("2026-11-30T12:00:00Z")
    hour = 3_600 * ticks.PER_SECOND
    body = held.as_of(held.held[0], shift=hour, created=now - hour, updated=now)
    assert (body["alertCreationTime"], body["lastUpdateTime"]) == (
        "2026-11-30T11:00:00Z",
        "2026-11-30T12:00:00Z",
    )
    assert body["evidence"][0]["processCreationTime"] == "2026-11-24T10:00:00.1234567Z"


@pytest.mark.parametrize(
    ("severity", "lower"),
    [
        ("High", "Medium"),
        ("Medium", "Low"),
        ("high", "medium"),
        ("Low", None),
        ("UnSpecified", None),
        (None, None),
    ],
)
def test_the_first_comes_a_step_lower_where_there_is_one(severity: str | None, lower: str | None) -> None:
    made = lowered({"id": "a", "severity": severity})
    assert (made["severity"] if made else None) == lower
