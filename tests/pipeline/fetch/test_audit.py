from datetime import timedelta

import pytest

from shared.core.progress.messages import Pointer
from shared.core.values.instant import Instant
from shared.errors import Throttled
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.raw import ago, raw_alert
from tests.pipeline.world import START, World

POLICY = Policy()


def _world(count: int = 5) -> World:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=90 + n) for n in range(count)])
    world.hunt = lambda _name, _kql: [
        {"AlertId": str(raw["id"]), "Timestamp": str(raw["alertCreationTime"])} for raw in world.alerts
    ]
    return world


def _fetch(world: World) -> Outbox:
    return fetch_alerts(world.ports(), POLICY)


def _an_hour_later(world: World) -> list[str]:
    world.pass_time(hours=1, minutes=1)
    return [Pointer.parse(text).alert_id for text in _fetch(world).pointers if '"alert":"lost' in text]


def test_nothing_missing_is_said_with_its_total() -> None:
    world = _world()
    _fetch(world)
    assert _an_hour_later(world) == []
    assert world.checkpoints["defender"].audit_result == "0 missing of 5, by both sources"


def test_the_audit_runs_once_an_hour() -> None:
    world = _world()
    _fetch(world)
    assert "hunt" not in world.calls
    _an_hour_later(world)
    world.pass_time(minutes=1)
    _fetch(world)
    assert world.calls.count("hunt") == 1


def _half_an_hour_later(world: World) -> None:
    world.pass_time(minutes=30)
    _fetch(world)


def _lost_behind_the_checkpoint(world: World) -> None:
    world.alerts.append(raw_alert("lost", minutes_ago=90))


def _lost_by_a_dropped_row(world: World) -> None:
    world.alerts.append(raw_alert("lost", minutes_ago=5))
    _fetch(world)
    _half_an_hour_later(world)
    del world.open["lost"]


def _lost_within_a_full_instant(world: World) -> None:
    world.page_size = 6
    world.alerts = [raw_alert(f"b{n}", minutes_ago=5) for n in range(6)]
    world.alerts.insert(0, raw_alert("lost", minutes_ago=5) | {"alertCreationTime": ago(6)})
    _fetch(world)
    _half_an_hour_later(world)
    assert world.checkpoints["defender"].gaps
    world.page_size = 1_000


def _lost_by_listing_it_an_hour_late(world: World) -> None:
    world.alerts.append(raw_alert("lost", minutes_ago=5))
    world.listed_from["lost"] = START + timedelta(minutes=50)
    _half_an_hour_later(world)


@pytest.mark.parametrize(
    "lose",
    [
        _lost_behind_the_checkpoint,
        _lost_by_a_dropped_row,
        _lost_within_a_full_instant,
        _lost_by_listing_it_an_hour_late,
    ],
)
def test_an_alert_lost_in_any_known_way_is_found_and_queued(
    lose: object, caplog: pytest.LogCaptureFixture
) -> None:
    world = _world()
    _fetch(world)
    lose(world)  # type: ignore[operator]
    caplog.clear()
    assert _an_hour_later(world) == ["lost"]
    assert "lost" in world.open
    assert world.checkpoints["defender"].audit_result.startswith("1 missing of ")
    assert world.checkpoints["defender"].gaps == ()
    assert [r.levelname for r in caplog.records if '"event": "audit"' in r.getMessage()] == ["ERROR"]
    world.pass_time(hours=1, minutes=1)
    _fetch(world)
    assert world.checkpoints["defender"].audit_result.startswith("0 missing of ")


def test_an_alert_that_only_hunting_knows_is_found() -> None:
    world = _world()
    _fetch(world)
    hidden = raw_alert("lost", minutes_ago=80)
    world.hunt = lambda _name, _kql: [{"AlertId": "lost", "Timestamp": str(hidden["alertCreationTime"])}]
    world.alerts.append(hidden)
    world.listed_from["lost"] = START + timedelta(days=9)
    assert _an_hour_later(world) == ["lost"]


def test_an_alert_that_no_longer_exists_is_not_missing() -> None:
    world = _world()
    _fetch(world)
    world.hunt = lambda _name, _kql: [{"AlertId": "gone", "Timestamp": ago(60)}]
    _an_hour_later(world)
    assert world.checkpoints["defender"].audit_result == "0 missing of 5, by both sources"


def test_one_source_is_enough_and_the_result_says_which() -> None:
    world = _world()
    _fetch(world)
    world.failures["hunting api"] = [Throttled("slow down", retry_after=60)]
    _an_hour_later(world)
    assert world.checkpoints["defender"].audit_result == "0 missing of 5, by the alert list"


def test_hunting_time_on_another_day_than_creation_is_no_loss() -> None:
    world = _world(1)
    _fetch(world)
    row = world.open.pop("a0")
    world.history[row.day, "a0"] = row
    world.listed_from["a0"] = START + timedelta(days=9)
    other_day = Instant.parse(str(world.alerts[0]["alertCreationTime"])).plus(-86_400).text()
    world.hunt = lambda _name, _kql: [{"AlertId": "a0", "Timestamp": other_day}]
    _an_hour_later(world)
    assert world.checkpoints["defender"].audit_result == "0 missing of 1, by both sources"
