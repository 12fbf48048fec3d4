"""The usual way: what it asks for an alert, and what the quotas make of it."""

from itertools import repeat
from pathlib import Path

import pytest

from local.bench import storm, usual
from local.bench.simulated import HUNTING

_FILE = "/api/files/" + "0" * 40


def test_the_forty_sixth_hunt_waits_until_the_first_is_a_minute_old() -> None:
    assert usual.project([HUNTING] * 45, usual.api_of) == 0
    assert usual.project([HUNTING] * 46, usual.api_of) == 60
    assert usual.project([HUNTING] * 91, usual.api_of) == 120


def test_a_thousand_hunts_take_twenty_two_minutes_at_the_least() -> None:
    assert usual.project([HUNTING] * 1_000, usual.api_of) == 22 * 60


def test_the_hourly_quota_stops_what_the_minutes_allow() -> None:
    assert usual.project([_FILE] * 1_500, usual.api_of) == 14 * 60
    assert usual.project([_FILE] * 1_501, usual.api_of) == 3_600


def test_calls_of_different_kinds_wait_together_only_where_the_app_has_one_quota() -> None:
    paths = [_FILE, "/api/machines/x"] * 100

    assert usual.project(paths, usual.api_of) == 0
    assert usual.project(paths, usual.service_of) == 60


def test_one_after_another_the_hunts_own_seconds_add_up() -> None:
    assert usual.project([HUNTING] * 10, usual.api_of, hunts=repeat(4.0)) == 40


def test_what_quotas_count_is_the_call_without_the_thing_asked_for() -> None:
    assert usual.api_of("/api/machines/abc") == usual.api_of("/api/machines/def")
    assert usual.api_of("/api/files/abc") != usual.api_of("/api/ips/1.2.3.4/stats")
    assert usual.api_of("/api/alerts/a/user") != usual.api_of("/api/alerts?$expand=evidence")


def test_every_related_entity_is_asked_for_once() -> None:
    alert = {
        "id": "da1_1",
        "machineId": "m1",
        "relatedUser": {"userName": "anna"},
        "evidence": [
            {"sha1": "a" * 40, "ipAddress": None},
            {"sha1": "a" * 40, "ipAddress": "203.0.113.9"},
            {"url": "https://bad.example/x"},
        ],
    }

    assert usual.entity_paths(alert) == [
        "/api/machines/m1",
        "/api/alerts/da1_1/user",
        f"/api/files/{'a' * 40}",
        "/api/ips/203.0.113.9/stats",
        "/api/domains/bad.example/stats",
    ]


@pytest.fixture(scope="module")
def small_storm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return storm.record(tmp_path_factory.mktemp("storm"), alerts=5, seed=7)


def test_the_simulator_counts_what_was_asked(small_storm: Path) -> None:
    said: list[str] = []

    measured = usual.measure(small_storm, seed=7, say=said.append)

    assert measured["alerts"] == 5
    assert measured["calls"]["POST /v1.0/security/runHuntingQuery"] == 5
    assert measured["calls"]["GET /api/machines/{id}"] == 5
    assert measured["calls_total"] == sum(measured["calls"].values()) > 15
    assert measured["projected_s"]["quota_a_call"] == 0 < measured["projected_s"]["one_after_another"]
    assert said
