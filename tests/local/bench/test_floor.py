"""The floor: what quotas, hunts and processors leave at least."""

from typing import Any

import pytest

from local.bench.floor import floors
from tests.local.bench.figures import figures

_HUNTING = "POST /v1.0/security/runHuntingQuery"


@pytest.mark.parametrize(
    ("storm", "floor", "because"),
    [
        ({"calls": {"GET /api/files/{id}/stats": 400}}, "180.0", "the quota of `GET /api/files/{id}/stats`"),
        ({"calls": {_HUNTING: 91}}, "120.0", "the quota of `POST /v1.0/security/runHuntingQuery`, 91 calls"),
        (
            {"calls": {_HUNTING: 45}, "hunts": 10, "hunt_seconds_total": 40.0},
            "8.0",
            "2 hunts one after another",
        ),
        ({"calls": {_HUNTING: 45}, "cpu_s": {"EnrichAlert": 30.0}}, "15.0", "the functions' CPU on 2 cores"),
    ],
)
def test_a_storm_waits_for_the_slowest_of_its_limits(storm: dict[str, Any], floor: str, because: str) -> None:
    found = floors({name: part for name, part in figures(**storm).items() if name != "usual"})

    assert [one["floor"] for one in found] == [floor]
    assert found[0]["because"].startswith(because)
    assert found[0]["ratio"] == f"{53.4 / float(floor):.1f}"


def test_a_lone_alert_waits_for_its_hunt_and_from_zero_for_one_cold_start_too() -> None:
    way = {"fetch_to_final_s": {"p50": 6.0}, "hunts_s": {"p50": 3.0}}
    lone = {"cold_start_s": 6.0, "warm": way, "zero": way | {"fetch_to_final_s": {"p50": 18.0}}}

    assert [(one["floor"], one["ratio"]) for one in floors({"lone": lone})] == [
        ("3.0", "2.0"),
        ("9.0", "2.0"),
    ]


def test_an_ordinary_alert_waits_for_half_the_timer_and_a_hunt() -> None:
    steady = {"hunts": 4, "hunt_seconds_total": 10.0, "listed_to_final_s": {"p50": 20.0}}

    assert [(one["floor"], one["ratio"]) for one in floors({"steady": steady})] == [("10.0", "2.0")]


def test_what_was_not_measured_has_no_floor() -> None:
    assert floors({}) == []
