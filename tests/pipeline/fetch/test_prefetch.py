"""What FetchAlerts looks up together before it queues the alerts."""

import threading
from dataclasses import replace

from shared.core.lookups.entities import Lookup, Outcome
from shared.errors import Unavailable
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

NOTHING: Lookup[object] = Lookup(Outcome.NOT_FOUND)
MANY = Policy().prefetch_from


def _many(count: int = MANY) -> World:
    return World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(count)])


def test_entities_of_many_alerts_are_asked_for_once_each_and_before_the_pointers_leave() -> None:
    world = _many()
    assert len(fetch_alerts(world.ports(), Policy()).pointers) == MANY
    assert sorted(world.calls[1:]) == ["address", "device", "domain", "file", "users"]


def test_few_alerts_are_not_kept_waiting_for_look_ups() -> None:
    world = _many(MANY - 1)
    fetch_alerts(world.ports(), Policy())
    assert world.calls == ["alerts"]


def test_users_and_files_are_looked_up_side_by_side() -> None:
    world, both = _many(), threading.Barrier(2)

    def answer(kind: str, _key: str) -> Lookup[object]:
        if kind in ("users", "file"):
            both.wait(timeout=60)  # broken, and so an error, unless the other one is under way too
        return NOTHING

    world.directory_answers = answer
    fetch_alerts(world.ports(), Policy())
    assert not both.broken
    assert sorted(world.calls[1:]) == ["address", "device", "domain", "file", "users"]


def test_a_look_up_that_fails_stops_neither_the_others_nor_the_alerts() -> None:
    world = _many()
    world.failures["users api"] = [Unavailable("no answer")]
    assert len(fetch_alerts(world.ports(), Policy()).pointers) == MANY
    assert {"address", "device", "domain", "file"} <= set(world.calls)


def test_alerts_leave_in_time_though_a_look_up_hangs() -> None:
    world, let_go = _many(), threading.Event()
    ended: list[str] = []

    def answer(kind: str, _key: str) -> Lookup[object]:
        if kind == "users":
            let_go.wait(timeout=30)
        ended.append(kind)
        return NOTHING

    world.directory_answers = answer
    try:
        outbox = fetch_alerts(world.ports(), replace(Policy(), prefetch_for=0.2))
        assert "users" not in ended
        assert len(outbox.pointers) == MANY
    finally:
        let_go.set()
