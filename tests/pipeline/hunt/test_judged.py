"""Known benign entries and analysts' verdicts on published rows, through the steps."""

from collections.abc import Mapping
from datetime import timedelta

from shared.core.known_benign import Entry, State
from shared.core.known_benign.matching import matches
from shared.core.values.records import Column
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Platform
from tests.pipeline.recorded import world_of
from tests.pipeline.world import START, World, row_of

TITLE = "Sensitive credential memory read"
OTHER = "Anomaly detected in ASEP registry"


def _world(*titles: str) -> World:
    world = world_of(*titles)
    for raw in world.alerts:
        raw["detectorId"] = "the same"
    return world


def _settled(world: World) -> list[Mapping[str, Column]]:
    Platform(world, Policy(hunts_at_once=1)).settle()
    return [row_of(world, str(raw["id"])) for raw in world.alerts]


def _entry(world: World, title: str) -> Entry:
    return Entry(
        id="known",
        state=State.ACTIVE,
        detector="the same",
        title=title,
        owner="soc",
        reason="expected",
        expires=world.now + timedelta(days=30),
        tested_version=1,
    )


def test_publishing_marks_what_the_same_entry_matches_and_leaves_the_validation() -> None:
    plain = _settled(_world(TITLE, OTHER))
    assert {row["KnownBenignState"] for row in plain} == {""}
    world = _world(TITLE, OTHER)
    world.known_benign = [_entry(world, OTHER)]
    rows = _settled(world)
    assert [row["KnownBenign"] != "" for row in rows] == [matches(world.known_benign[0], row) for row in rows]
    for before, now in zip(plain, rows, strict=True):
        assert now["Validation"] == before["Validation"]
        assert now["NotifyState"] == before["NotifyState"]
    [marked] = [row for row in rows if row["KnownBenign"]]
    state = "contradicted" if marked["Validation"] == "Confirmed" else "matches"
    assert (marked["AlertName"], marked["KnownBenignState"]) == (OTHER, state)


def test_a_confirmed_alert_that_matches_says_that_its_entry_was_contradicted_and_is_told() -> None:
    world = _world(TITLE)
    world.known_benign = [_entry(world, TITLE)]
    platform = Platform(world, Policy(hunts_at_once=1))
    platform.settle()
    row = row_of(world, str(world.alerts[0]["id"]))
    assert (row["Validation"], row["KnownBenignState"]) == ("Confirmed", "contradicted")
    assert platform.told


def test_an_entry_that_ends_leaves_the_row_at_its_next_publication() -> None:
    world = _world(OTHER)
    world.known_benign = [_entry(world, OTHER)]
    platform = Platform(world, Policy(hunts_at_once=1))
    platform.settle()
    alert = world.alerts[0]
    assert row_of(world, str(alert["id"]))["KnownBenign"]
    world.pass_time(days=31)
    alert |= {"status": "InProgress", "lastUpdateTime": f"{world.now:%Y-%m-%dT%H:%M:%S.1234567Z}"}
    world.pass_time(minutes=20)
    platform.settle()
    row = row_of(world, str(alert["id"]))
    assert (row["DefenderStatus"], row["KnownBenign"], row["KnownBenignReason"]) == ("InProgress", "", "")


def test_a_verdict_is_kept_with_what_we_had_said_and_stands_in_the_next_rows_of_the_detector() -> None:
    world = _world(TITLE, OTHER)
    later = world.alerts.pop()
    platform = Platform(world, Policy(hunts_at_once=1))
    platform.settle()
    first = world.alerts[0]
    world.pass_time(hours=1)
    first |= {
        "classification": "TruePositive",
        "determination": "Malware",
        "lastUpdateTime": f"{world.now:%Y-%m-%dT%H:%M:%S.1234567Z}",
    }
    world.pass_time(minutes=1)
    platform.settle()
    row = row_of(world, str(first["id"]))
    assert (row["ClassifiedBy"], row["ValidationAtVerdict"]) == ("analyst", row["Validation"])
    assert row["DetectorRecord"] == ""  # it is its own verdict
    world.alerts.append(later)
    later["lastUpdateTime"] = f"{world.now:%Y-%m-%dT%H:%M:%S.1234567Z}"
    world.pass_time(minutes=1)
    platform.settle()
    told = row_of(world, str(later["id"]))["DetectorRecord"]
    assert told == f"{row['Validation']}: 1 true, 0 benign, 0 false"
    assert START < world.now
