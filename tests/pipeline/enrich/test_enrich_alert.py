import itertools
from importlib import import_module
from typing import NoReturn

import pytest

from shared.core.lookups.entities import Device, Lookup, Outcome
from shared.core.progress.lease import Lease
from shared.core.progress.messages import Pointer, WakeUp
from shared.errors import Throttled, Unavailable
from shared.pipeline.enrich.company import Gate
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from shared.pipeline.stored import documents
from tests.pipeline.platform import WORKER_DEATH, Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import Crash, World

POLICY = Policy()


def _fetched(**kwargs: object) -> tuple[World, str]:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)], **kwargs)  # type: ignore[arg-type]
    pointer = fetch_alerts(world.ports(), POLICY).pointers[0]
    world.lease = Lease()  # the wake-up that left beside the pointer has come, and found nothing yet
    return world, pointer


def _enrich(world: World, message: str, deliveries: int = 1) -> Outbox:
    return enrich_alert(world.ports(), POLICY, message, deliveries)


def _found(world: World) -> dict[str, Outcome]:
    enrichment = documents.read(world.open["a1"], world.documents).enrichment
    assert enrichment is not None
    return {kind: outcome for kind, _, outcome, _ in enrichment.outcomes()}


def test_every_entity_is_looked_up_and_the_alert_made_due_before_the_wake_up() -> None:
    world, message = _fetched(
        directory_answers=lambda kind, key: (
            Lookup(Outcome.FOUND, Device(key)) if kind == "device" else Lookup(Outcome.NOT_FOUND)
        )
    )
    outbox = _enrich(world, message)
    assert [WakeUp.parse(text).tenant for text in outbox.wake_ups] == ["home"]
    assert world.open["a1"].hunt_due == world.now
    assert world.open["a1"].enrich_due is None
    assert sorted(world.calls[1:]) == ["address", "device", "domain", "file", "users"]
    assert _found(world)["device"] is Outcome.FOUND
    assert world.effects.index("write open row", 5) < world.effects.index("read lease")


def test_a_look_up_that_fails_stops_nothing_and_is_asked_again_later() -> None:
    world, message = _fetched()
    world.failures["file api"] = [Unavailable("no answer")]
    _enrich(world, message)
    assert _found(world)["file"] is Outcome.FAILED
    assert _found(world)["domain"] is Outcome.NOT_FOUND
    row = world.open["a1"]
    assert row.hunt_due == world.now
    assert row.enrich_due is not None
    world.calls.clear()
    world.now = row.enrich_due
    again = fetch_alerts(world.ports(), POLICY).pointers[0]
    _enrich(world, again)
    assert world.calls == ["alerts", "file"]
    assert _found(world)["file"] is Outcome.NOT_FOUND
    assert world.open["a1"].enrich_due is None


def test_a_pointer_to_an_older_generation_is_dropped() -> None:
    world, message = _fetched()
    world.alerts = [raw_alert("a1", minutes_ago=5, title="more", updated_minutes_ago=1)]
    fetch_alerts(world.ports(), POLICY)
    world.calls.clear()
    assert _enrich(world, message) == Outbox()
    assert world.calls == []
    assert world.open["a1"].awaits_look_ups


def test_a_stale_result_that_ends_after_a_newer_version_came_is_dropped() -> None:
    world, message = _fetched()

    def newer() -> None:
        world.alerts = [raw_alert("a1", minutes_ago=5, title="more", updated_minutes_ago=1)]
        fetch_alerts(world.ports(), POLICY)

    world.before_effect["domain api"] = [newer]
    assert _enrich(world, message) == Outbox()
    row = world.open["a1"]
    assert (row.generation, row.enrichment_ref, row.awaits_look_ups) == (2, "", True)


def test_a_second_delivery_changes_nothing() -> None:
    world, message = _fetched()
    _enrich(world, message)
    before = dict(world.open)
    assert _enrich(world, message) == Outbox()
    assert world.open == before


def test_a_first_delivery_is_counted_by_nobody_and_costs_no_write() -> None:
    world, message = _fetched()
    before = world.effects.count("write open row")
    _enrich(world, message)
    assert world.effects.count("write open row") == before + 1


def test_one_that_came_again_has_the_process_for_itself_and_is_counted_before_any_work() -> None:
    world, message = _fetched()
    gate, met = Gate(patience=0.0), list[tuple[int, bool]]()

    def look(_kind: str, _key: str) -> Lookup[object]:
        with gate.entered(world.ports().clock.sleep, None) as other:
            met.append((world.open["a1"].look_up_attempts, other))
        return Lookup(Outcome.NOT_FOUND)

    world.directory_answers = look
    enrich_alert(world.ports(), POLICY, message, 2, gate)
    assert set(met) == {(POLICY.ledger.max_attempts, False)}
    assert world.open["a1"].look_up_attempts == 0


def test_others_go_on_beside_a_first_delivery() -> None:
    world, message = _fetched()
    gate, met = Gate(patience=0.0), set[bool]()

    def look(_kind: str, _key: str) -> Lookup[object]:
        with gate.entered(world.ports().clock.sleep, None) as other:
            met.add(other)
        return Lookup(Outcome.NOT_FOUND)

    world.directory_answers = look
    enrich_alert(world.ports(), POLICY, message, 1, gate)
    assert met == {True}


def test_after_a_death_alone_the_next_attempt_comes_in_a_new_message_and_later_each_time() -> None:
    def dies(*_: object) -> NoReturn:
        raise Crash("os._exit")

    world = World(alerts=[raw_alert("a1", minutes_ago=5)], directory_answers=dies)
    platform, begun = Platform(world, POLICY, back_after=WORKER_DEATH), world.now
    deaths: list[float] = []
    for _ in range(400):
        platform.tick()
        crashed = len(platform.crashes)
        while platform.to_enrich:
            at = world.now
            platform.deliver_one()
            if len(platform.crashes) > crashed:
                crashed = len(platform.crashes)
                deaths.append((at - begun).total_seconds())
        world.pass_time(seconds=15)
    waits = [round(later - sooner) for sooner, later in itertools.pairwise(deaths)]
    again = POLICY.ledger.look_up_again
    assert len(deaths) == 1 + POLICY.ledger.max_alone
    assert waits[0] == 30
    assert [again <= wait <= again + 60 for wait in waits[1:2]] == [True]
    assert [2 * again <= wait <= 2 * again + 60 for wait in waits[2:]] == [True]
    assert (platform.poison, world.open["a1"].enrich_due) == ([], None)


def test_a_message_that_the_next_death_would_make_poison_is_exchanged_for_a_new_one() -> None:
    world, message = _fetched()
    world.calls.clear()
    assert _enrich(world, message, deliveries=POLICY.ledger.max_deliveries) == Outbox()
    assert world.calls == []
    assert world.open["a1"].enrich_due == world.now
    [again] = fetch_alerts(world.ports(), POLICY).pointers
    _enrich(world, again)
    assert Outcome.NOT_FOUND in _found(world).values()


def test_one_whose_turn_does_not_come_is_given_back_uncounted() -> None:
    world, message = _fetched()
    gate = Gate(patience=0.0)
    with gate.entered(lambda _: None, 0) as alone:
        assert alone
        for deliveries in (1, 2):
            assert enrich_alert(world.ports(), POLICY, message, deliveries, gate) == Outbox()
            row = world.open["a1"]
            assert (row.enrich_due, row.look_up_attempts) == (world.now, 0)


def test_what_storage_refuses_is_no_death_however_often() -> None:
    world, message = _fetched()
    for deliveries in range(2, POLICY.ledger.max_deliveries):
        world.failures["write enrichment document"] = [Unavailable("later")]
        with pytest.raises(Unavailable):
            _enrich(world, message, deliveries)
        assert world.open["a1"].look_up_attempts == 0
    _enrich(world, message, 2)
    assert set(_found(world).values()) == {Outcome.NOT_FOUND}


@pytest.mark.parametrize("where", ["directory", "wanted_entities", "load"])
def test_an_alert_that_ends_the_worker_in_its_look_ups_costs_few_deaths_and_is_hunted_without(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Field report: twenty deaths at first, and more in each later round of look-ups."""

    def dies(*_: object) -> NoReturn:
        raise Crash("os._exit")

    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    if where == "directory":
        world.directory_answers = dies
    elif where == "wanted_entities":
        monkeypatch.setattr(import_module("shared.pipeline.enrich.enrich_alert"), "wanted_entities", dies)
    else:
        monkeypatch.setattr(documents, "load", dies)
    platform = Platform(world, POLICY)
    for _ in range(120):
        platform.tick()
        platform.enrich_all()
        world.pass_time(minutes=2)
    assert len(platform.crashes) <= POLICY.ledger.max_attempts
    row = world.open["a1"]
    assert (row.enrich_due, row.hunt_due is not None) == (None, True)


def test_a_fault_in_one_alerts_look_ups_costs_it_the_look_ups_alone() -> None:
    def wrong(kind: str, _: str) -> Lookup[object]:
        raise RecursionError("a fault of ours") if kind == "device" else Throttled("later", retry_after=1)

    world, message = _fetched(directory_answers=wrong)
    assert len(_enrich(world, message).wake_ups) == 1
    assert set(_found(world).values()) == {Outcome.FAILED}


def test_a_message_that_we_did_not_write_is_set_aside() -> None:
    world, message = _fetched()
    for text in (
        "",
        "{}",
        "[1]",
        message.replace('"v":1', '"v":2'),
        message.replace("a1", "../a1"),
        "\x00" * 9,
    ):
        assert _enrich(world, text) == Outbox()
    other = Pointer("other", "a1", 1).to_text()
    assert _enrich(world, other) == Outbox()
    assert world.open["a1"].awaits_look_ups


def test_nobody_sends_a_wake_up_while_one_is_on_its_way() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(20)])
    fetched = fetch_alerts(world.ports(), POLICY)
    assert len(fetched.wake_ups) == 1
    assert [_enrich(world, message).wake_ups for message in fetched.pointers[:10]] == [()] * 10
    world.lease = Lease()  # it has come, and found nothing yet
    assert sum(len(_enrich(world, message).wake_ups) for message in fetched.pointers[10:]) == 1


def test_internal_addresses_cost_no_call() -> None:
    world = World(
        alerts=[raw_alert("a1", minutes_ago=5, evidence=[{"entityType": "Ip", "ipAddress": "10.1.2.3"}])]
    )
    _enrich(world, fetch_alerts(world.ports(), POLICY).pointers[0])
    assert sorted(world.calls) == ["alerts", "device", "users"]
