"""What FetchAlerts looks up together, and that no message is sent for what was answered."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.lookups import Wanted
from shared.core.lookups.entities import Device, Lookup, Outcome
from shared.core.progress.messages import Pointer
from shared.errors import Unavailable
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch import page_look_ups
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

NOTHING: Lookup[object] = Lookup(Outcome.NOT_FOUND)
MANY = Policy().prefetch_from


def _many(count: int = MANY) -> World:
    return World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(count)])


def test_entities_of_many_alerts_are_asked_for_once_each_and_no_pointer_leaves() -> None:
    world = _many()
    outbox = fetch_alerts(world.ports(), Policy())
    assert (outbox.pointers, len(outbox.wake_ups)) == ((), 1)
    assert sorted(world.calls[1:]) == ["address", "device", "domain", "file", "users"]
    assert {(row.hunt_due, row.enrich_due, row.look_ups) for row in world.open.values()} == {
        (world.now, None, 1)
    }
    hunt_correlate(world.ports(), Policy(), outbox.wake_ups[0], "me#1")
    assert {row.columns["EnrichmentStatus"] for row in world.rows.values()} == {"Complete"}


def test_an_alert_has_the_look_ups_that_it_would_have_alone() -> None:
    def answer(kind: str, key: str) -> Lookup[object]:
        if kind == "device":
            return Lookup(Outcome.FOUND, Device(key, name="ws-0042"))
        return Lookup(Outcome.THROTTLED, detail="later") if kind == "address" else NOTHING

    many, alone = _many(), _many(1)
    many.directory_answers = alone.directory_answers = answer
    fetch_alerts(many.ports(), Policy())
    pointer = fetch_alerts(alone.ports(), Policy()).pointers[0]
    enrich_alert(alone.ports(), Policy(), pointer, 1)
    found, usual = (documents.read(world.open["a0"], world.documents) for world in (many, alone))
    assert found.enrichment == usual.enrichment
    assert (found.row.enrich_due, found.row.look_ups) == (usual.row.enrich_due, 1), "asked again later"


def test_of_a_page_only_what_was_not_answered_is_sent() -> None:
    world = _many()
    other = {"entityType": "Ip", "ipAddress": "203.0.113.77"}
    world.alerts[0]["evidence"] = [*world.alerts[0]["evidence"], other]  # type: ignore[misc]  # a list
    outbox = fetch_alerts(world.ports(), replace(Policy(), prefetch_at_most=1))
    assert [Pointer.parse(text).alert_id for text in outbox.pointers] == ["a0"]
    assert {row.hunt_due for row in world.open.values()} == {world.now}, "hunted beside its look-ups"


def test_a_storm_is_admitted_in_runs_that_wake_hunting_as_they_end() -> None:
    world = World(alerts=[raw_alert(f"a{n:03}", minutes_ago=5 - n / 100) for n in range(200)], page_size=90)
    policy = replace(Policy(), max_admitted=60)
    first = fetch_alerts(world.ports(), policy)
    assert len(first.wake_ups) == 1
    assert 60 <= len(world.open) < 120
    for _ in range(6):
        world.pass_time(seconds=15)
        assert fetch_alerts(world.ports(), policy).pointers == ()
    assert len(world.open) == 200


def test_slow_look_ups_of_many_pages_are_waited_for_once() -> None:
    world = World(alerts=[raw_alert(f"a{n:03}", minutes_ago=5 - n / 100) for n in range(200)], page_size=90)
    world.tick = timedelta(seconds=0.01)
    waits: list[float] = []

    def slow(_kind: str, _key: str) -> Lookup[object]:
        world.pass_time(seconds=10)
        return NOTHING

    world.directory_answers = slow
    right = page_look_ups._ask_all

    def noted(ports: Ports, policy: Policy, wanted: Sequence[Wanted], seconds: float) -> object:
        waits.append(seconds)
        return right(ports, policy, wanted, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_look_ups, "_ask_all", noted)
        fetch_alerts(world.ports(), replace(Policy(), fetch_for=1e9))
    assert waits[0] == Policy().prefetch_for
    assert len(waits) > 1
    assert max(waits[1:]) < 0, "nothing is left to wait for"


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
        assert {row.hunt_due for row in world.open.values()} == {world.now}, "nor do their hunts wait"
    finally:
        let_go.set()
