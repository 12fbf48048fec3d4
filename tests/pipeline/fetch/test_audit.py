from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.progress.ledger_row import State
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
    for _ in range(3):
        _an_hour_later(world)
        assert world.checkpoints["defender"].audit_result == (
            "0 missing of 5, by both sources; 1 listed that the source does not know by id"
        )


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


def _finished(world: World, alert_id: str) -> None:
    """The alert's work is done: its row lies in history."""
    row = replace(world.open.pop(alert_id), state=State.DONE)
    world.history[row.day, alert_id] = row


def _updated(world: World, alert_id: str, *, minutes_ago: float, **changes: object) -> None:
    """A newer version of the alert, which the source lists only from now on."""
    at = next(n for n, raw in enumerate(world.alerts) if raw["id"] == alert_id)
    world.alerts[at] = world.alerts[at] | {"lastUpdateTime": ago(minutes_ago)} | changes


@pytest.mark.parametrize("is_finished", [False, True])
@pytest.mark.parametrize("late", [12, 30, 23 * 60])
def test_an_update_that_is_listed_late_is_found_and_admitted(late: int, *, is_finished: bool) -> None:
    world = _world()
    _fetch(world)
    world.pass_time(hours=23)
    _fetch(world)
    if is_finished:
        _finished(world, "a1")
    _updated(world, "a1", minutes_ago=late - 23 * 60, status="Resolved")
    world.pass_time(minutes=61)
    _fetch(world)
    assert world.checkpoints["defender"].audit_result == "0 missing and 1 behind of 5, by both sources"
    assert world.open["a1"].generation == 2
    assert world.open["a1"].publish_due is not None
    world.pass_time(minutes=61)
    _fetch(world)
    assert world.checkpoints["defender"].audit_result == "0 missing of 5, by both sources"


def test_an_update_of_an_alert_older_than_the_audit_looks_back_is_found() -> None:
    world = _world()
    _fetch(world)
    world.pass_time(days=10)
    _fetch(world)
    _updated(world, "a1", minutes_ago=30 - 10 * 24 * 60, severity="Low")
    world.pass_time(minutes=61)
    _fetch(world)
    assert "0 missing and 1 behind of 5," in world.checkpoints["defender"].audit_result
    assert world.open["a1"].generation == 2


@pytest.mark.parametrize("is_finished", [False, True])
def test_an_update_that_changes_no_meaning_moves_the_stored_time_and_nothing_else(
    *, is_finished: bool
) -> None:
    world = _world()
    _fetch(world)
    if is_finished:
        _finished(world, "a1")
    _updated(world, "a1", minutes_ago=-1)
    world.pass_time(minutes=5)
    documents = dict(world.documents)
    assert _fetch(world).pointers == ()
    row = next(row for row in (*world.open.values(), *world.history.values()) if row.alert_id == "a1")
    assert row.last_update == Instant.parse(ago(-1))
    assert (row.generation, row.state) == (1, State.DONE if is_finished else State.OPEN)
    assert world.documents == documents
    world.pass_time(minutes=61)
    _fetch(world)
    assert world.checkpoints["defender"].audit_result == "0 missing of 5, by both sources"


def test_ids_that_the_alert_api_does_not_know_never_keep_a_missing_one_from_its_turn() -> None:
    world = _world()
    _fetch(world)
    lost = raw_alert("lost", minutes_ago=60, severity="Low")
    world.alerts.append(lost)
    world.listed_from["lost"] = START + timedelta(days=9)
    unknown = [
        {"AlertId": f"gone{n}", "Timestamp": ago(70), "Severity": "High"}
        for n in range(2 * POLICY.audit_recovers)
    ]
    world.hunt = lambda _name, _kql: [
        *unknown,
        {"AlertId": "lost", "Timestamp": str(lost["alertCreationTime"]), "Severity": "Low"},
    ]
    asked = []
    for _ in range(3):
        before = world.effects.count("alert api")
        _an_hour_later(world)
        asked.append(world.effects.count("alert api") - before)
    assert "lost" in world.open
    for _ in range(6):
        before = world.effects.count("alert api")
        _an_hour_later(world)
        asked.append(world.effects.count("alert api") - before)
    # Each is tried less and less often: nine rounds of 200 would be 1,800 calls.
    assert sum(asked) <= 1_500
    assert len(world.checkpoints["defender"].audit_tries) == len(unknown)
    said = world.checkpoints["defender"].audit_result
    assert said == "0 missing of 6, by both sources; 400 listed that the source does not know by id"


def test_the_worst_and_oldest_are_recovered_first() -> None:
    world = _world()
    _fetch(world)
    for name, severity, minutes in (("z", "High", 60), ("b", "Low", 90), ("y", "High", 80)):
        world.alerts.append(raw_alert(f"lost-{name}", minutes_ago=minutes, severity=severity))
        world.listed_from[f"lost-{name}"] = START + timedelta(days=9)
    world.hunt = lambda _name, _kql: [
        {
            "AlertId": str(raw["id"]),
            "Timestamp": str(raw["alertCreationTime"]),
            "Severity": str(raw["severity"]),
        }
        for raw in world.alerts
    ]
    world.pass_time(hours=1, minutes=1)
    fetch_alerts(world.ports(), replace(POLICY, audit_recovers=2))
    assert {each for each in world.open if each.startswith("lost")} == {"lost-y", "lost-z"}


def test_a_figure_that_cannot_be_right_is_said(caplog: pytest.LogCaptureFixture) -> None:
    world = _world()
    _fetch(world)
    world.alerts.append(raw_alert("soon", minutes_ago=55) | {"lastUpdateTime": ago(-600)})
    world.pass_time(hours=1, minutes=1)
    world.page_size = 6
    for raw in world.alerts:
        raw["alertCreationTime"] = ago(90)  # more at one instant than a page holds
    _fetch(world)
    said = world.checkpoints["defender"].audit_result
    assert "the list was cut off within one instant" in said
    assert "1 dated after this clock" in said
    [line] = [record for record in caplog.records if '"event": "audit"' in record.getMessage()]
    assert line.levelname in ("WARNING", "ERROR")
