"""The outside in memory answers as the real one does, where a storm's cost hangs on it."""

from datetime import timedelta

from shared.core.conclude.seen_before import MOST_SIGHTINGS, Sighting
from shared.core.values.instant import Instant
from tests.pipeline.fake_tables import FakeCalls, FakeSightings
from tests.pipeline.world import START, World


def _seen(number: int, verdict: str = "", trait: str = "file-a") -> Sighting:
    return Sighting(trait, f"a{number}", Instant.of(START + timedelta(hours=number)), "d1", verdict)


def test_of_a_trait_the_newest_sightings_are_answered_and_no_more_than_the_table_gives() -> None:
    memory = FakeSightings(World())
    memory.add([_seen(number) for number in reversed(range(MOST_SIGHTINGS + 20))])
    memory.add([_seen(119, "TruePositive"), _seen(1, trait="file-b")])
    found = memory.find(["file-a", "file-c"])
    assert set(found) == {"file-a"}
    assert [seen.alert_id for seen in found["file-a"]] == [f"a{number}" for number in range(119, 19, -1)]
    assert found["file-a"][0].classification == "TruePositive"


def test_a_copied_world_keeps_its_sightings() -> None:
    world = World()
    FakeSightings(world).add([_seen(1)])
    copied = world.copied()
    FakeSightings(world).add([_seen(2)])
    assert [seen.alert_id for seen in FakeSightings(copied).find(["file-a"])["file-a"]] == ["a1"]


def test_each_call_is_told_once_as_the_counter_of_calls_does() -> None:
    world = World(calls=["hunt", "device", "device"])
    calls = FakeCalls(world)
    assert calls.taken()["calls"] == {"hunt": 1, "device": 2}
    assert calls.taken()["calls"] == {}
    world.calls.append("hunt")
    assert calls.taken()["calls"] == {"hunt": 1}
