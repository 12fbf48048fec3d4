"""The other recordings: a storm, a steady stream, and a build server; each with a truth that can be found."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.incidents.clock import at
from local.incidents.make import main
from local.incidents.storm import make_storm
from tests.local.incidents.reading import Tables, chain_by_key, read_tables

Alert = dict[str, Any]


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("storm")
    main(["--kind", "storm", "--out", str(folder)])
    return folder


def test_a_storm_has_the_size_the_benchmark_asks_for(storm: Path) -> None:
    alerts = _alerts(storm)
    evidence = [one for alert in alerts for one in alert["evidence"]]
    assert len({alert["id"] for alert in alerts}) == 1_000
    assert len({alert["machineId"] for alert in alerts}) == 60
    assert len({one["sha1"] for one in evidence} - {None}) == 40
    assert len({one["ipAddress"] for one in evidence} - {None}) == 30
    created = [at(alert["alertCreationTime"]) for alert in alerts]
    assert max(created) - min(created) <= 60 * 10_000_000
    assert sum(map(len, read_tables(storm).values())) <= 20_000


def test_a_larger_storm_is_in_a_company_that_is_larger_by_as_much() -> None:
    small, large = make_storm(7, alerts=20, noise=0), make_storm(7, alerts=400, noise=0, scale=2)

    assert (len(small.devices), len(large.devices)) == (60, 120)
    assert (len(set(small.files)), len(set(large.files))) == (40, 80)
    assert len({device.ip for device in large.devices}) == len({one.id for one in large.devices}) == 120
    with pytest.raises(ValueError, match="not 11"):
        make_storm(7, alerts=1, scale=11)


def test_a_storms_truth_is_found_by_key_and_alerts_have_up_to_fifteen_events(storm: Path) -> None:
    truth = _truth(storm)
    _assert_found(read_tables(storm), truth)
    own = [one for one in truth.values() if one["method"] == "ExactProcess"]
    sizes = Counter(len(one["rows"]["chain"]) - len(_ancestors(one)) for one in own)
    assert min(sizes) == 1 and 12 <= max(sizes) <= 16
    assert sum(one["status"] == "NoMatch" for one in truth.values()) >= 5


def test_one_device_of_a_storm_is_crowded_and_noisy(storm: Path) -> None:
    devices = Counter(alert["machineId"] for alert in _alerts(storm))
    crowded, count = devices.most_common(1)[0]
    assert count >= 100
    rows = read_tables(storm)["DeviceFileEvents"]
    noisy = Counter((row["DeviceId"], row["InitiatingProcessId"]) for row in rows).most_common(1)[0]
    assert noisy[0][0] == crowded and noisy[1] >= 2_000


def test_a_steady_stream_spreads_its_alerts(tmp_path: Path) -> None:
    main(["--kind", "steady", "--minutes", "10", "--listed-after", "30", "--out", str(tmp_path)])
    alerts = _alerts(tmp_path)
    minutes = Counter(at(alert["alertCreationTime"]) // 600_000_000 for alert in alerts)
    assert len(alerts) == 120
    assert len(minutes) >= 10 and max(minutes.values()) <= 25
    assert {alert["_listed_after_s"] for alert in alerts} == {30.0}
    _assert_found(read_tables(tmp_path), _truth(tmp_path))


def test_a_build_server_hides_one_alert_among_its_creations(tmp_path: Path) -> None:
    main(["--kind", "buildserver", "--creations", "20000", "--out", str(tmp_path)])
    tables = read_tables(tmp_path)
    (alert,) = _alerts(tmp_path)
    (one,) = _truth(tmp_path).values()
    around = at(alert["alertCreationTime"])
    window = [
        row for row in tables["DeviceProcessEvents"] if abs(at(row["Timestamp"]) - around) <= 36_000_000_000
    ]
    assert len(window) >= 20_000
    assert len(one["rows"]["chain"]) <= 20
    _assert_found(tables, _truth(tmp_path))
    agent = _ancestors(one)[-2]  # below services.exe
    created = next(row for row in tables["DeviceProcessEvents"] if row["Timestamp"] == agent[2])
    children = Counter(row["InitiatingProcessId"] for row in tables["DeviceProcessEvents"])
    assert children[created["ProcessId"]] >= 1_000


def _ancestors(truth: Alert) -> list[list[Any]]:
    """The creations older than the alert's own process, newest first."""
    born = at(truth["anchors"][0]["ProcessCreationTime"])
    older = [key for key in truth["rows"]["chain"] if at(key[2]) < born]
    return sorted(older, key=lambda key: -at(key[2]))


def _assert_found(tables: Tables, truth: dict[str, Alert]) -> None:
    for one in truth.values():
        if one["scored_by"] == "rows":
            wanted = {tuple(key) for key in one["rows"]["chain"]}
            found = {key for anchor in one["anchors"] for key in chain_by_key(tables, anchor, 2.0)}
            assert found == wanted


def _alerts(folder: Path) -> list[Alert]:
    found: list[Alert] = json.loads((folder / "alerts.json").read_text("utf-8"))["value"]
    return found


def _truth(folder: Path) -> dict[str, Alert]:
    found: dict[str, Alert] = json.loads((folder / "truth.json").read_text("utf-8"))["alerts"]
    return found
