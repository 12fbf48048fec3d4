import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.progress.ledger_row import State
from shared.core.progress.messages import Pointer, WakeUp
from shared.core.values.instant import Instant
from shared.errors import AccessDenied, AppError, Throttled, Unavailable
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from shared.pipeline.stored import ledger
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, Crash, World

POLICY = Policy()


def _ids(outbox: Outbox) -> list[str]:
    return [Pointer.parse(text).alert_id for text in outbox.pointers]


def _fetch(world: World) -> Outbox:
    return fetch_alerts(world.ports(), POLICY)


def test_a_new_alert_is_in_the_ledger_with_its_body_before_its_pointer_leaves() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    outbox = _fetch(world)
    assert _ids(outbox) == ["a1"]
    assert world.open["a1"].generation == 1
    assert len(world.documents) == 1
    order = [name for name in world.effects if name.startswith("write")]
    ledger = ["write alert document", "write places", "write due index", "write open row", "write checkpoint"]
    # Before it: the installation, a repair's begin and end. After it: hunting is woken, the run has ended.
    assert order == ["write checkpoint"] * 3 + [*ledger, "write lease", "write checkpoint"]


def test_a_second_run_costs_one_call_and_changes_nothing() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    _fetch(world)
    before = (dict(world.open), dict(world.documents))
    world.pass_time(minutes=1)
    assert _fetch(world) == Outbox()
    assert (world.open, world.documents) == before
    assert world.calls == ["alerts", "alerts"]


def test_a_full_page_halves_the_window_until_every_alert_is_read() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=n + 1) for n in range(50)], page_size=8)
    assert sorted(_ids(_fetch(world))) == sorted(f"a{n}" for n in range(50))


def test_a_full_page_within_one_instant_is_read_as_far_as_it_goes_and_marked() -> None:
    moment = Instant.of(START).plus(-60).text()
    alerts = [raw_alert(f"a{n}", minutes_ago=1) | {"lastUpdateTime": moment} for n in range(9)]
    world = World(alerts=alerts, page_size=8)
    assert len(_ids(_fetch(world))) == 8
    assert world.checkpoints["defender"].gaps == (moment,)


def test_an_alert_listed_late_is_found_within_the_overlap() -> None:
    world = World(
        alerts=[raw_alert("late", minutes_ago=1)], listed_from={"late": START + timedelta(minutes=4)}
    )
    assert _ids(_fetch(world)) == []
    world.pass_time(minutes=5)
    assert _ids(_fetch(world)) == ["late"]


def test_only_the_newest_of_two_versions_on_a_page_counts() -> None:
    old, new = (
        raw_alert("a1", minutes_ago=9),
        raw_alert("a1", minutes_ago=9, title="newer", updated_minutes_ago=3),
    )
    world = World(alerts=[new, old])
    assert len(_fetch(world).pointers) == 1
    assert world.open["a1"].last_update == Instant.parse(str(new["lastUpdateTime"]))


def test_new_evidence_is_queued_again_and_an_older_answer_never_wins() -> None:
    old = raw_alert("a1", minutes_ago=9)
    world = World(alerts=[old])
    _fetch(world)
    new = raw_alert("a1", minutes_ago=9, title="more is known", updated_minutes_ago=1)
    world.alerts = [new]
    assert _ids(_fetch(world)) == ["a1"]
    assert world.open["a1"].generation == 2
    world.alerts = [old]
    assert _fetch(world).pointers == ()
    assert world.open["a1"].generation == 2


def test_a_status_change_sends_a_wake_up_without_a_pointer() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=9)])
    enrich_alert(world.ports(), POLICY, _fetch(world).pointers[0], 1)
    world.pass_time(minutes=2)
    world.alerts = [raw_alert("a1", minutes_ago=9, status="Resolved", updated_minutes_ago=1)]
    outbox = _fetch(world)
    assert outbox.pointers == ()
    assert [WakeUp.parse(text).tenant for text in outbox.wake_ups] == ["home"]
    assert world.open["a1"].publish_due == world.now


def test_a_status_change_before_the_look_ups_sends_a_pointer_to_the_new_generation() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=9)])
    stale = _fetch(world).pointers[0]
    world.alerts = [raw_alert("a1", minutes_ago=9, status="Resolved", updated_minutes_ago=1)]
    fresh = _fetch(world).pointers
    assert [Pointer.parse(text).generation for text in fresh] == [2]
    enrich_alert(world.ports(), POLICY, stale, 1)
    assert world.open["a1"].awaits_look_ups
    enrich_alert(world.ports(), POLICY, fresh[0], 1)
    assert not world.open["a1"].awaits_look_ups
    assert world.open["a1"].hunt_due == world.now


@pytest.mark.parametrize(
    "err",
    [
        Throttled("slow down", retry_after=30),
        Unavailable("no answer"),
        AccessDenied("403", status=403, roles=("Machine.Read.All",)),
    ],
)
def test_a_failing_source_is_recorded_and_what_waits_still_leaves(err: AppError) -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    _fetch(world)
    checkpoint = world.checkpoints["defender"]
    world.pass_time(minutes=12)
    world.failures["alerts api"] = [err]
    outbox = _fetch(world)
    assert _ids(outbox) == ["a1"]
    failed = world.checkpoints["defender"]
    assert failed.position == checkpoint.position
    assert failed.last_success == checkpoint.last_success
    assert type(err).__name__ in failed.last_error
    world.pass_time(minutes=1)
    _fetch(world)
    assert world.checkpoints["defender"].last_error == ""


def test_the_checkpoint_moves_only_after_the_rows_and_never_back_nor_past_the_present() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    _fetch(world)
    assert world.checkpoints["defender"].position == Instant.of(START)
    world.now = START - timedelta(hours=1)
    _fetch(world)
    position = world.checkpoints["defender"].position
    assert position is not None
    assert position <= Instant.of(world.now + timedelta(seconds=1))


def test_an_alert_without_a_usable_id_is_kept_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken = raw_alert("x", minutes_ago=5) | {"id": None}
    world = World(alerts=[broken, raw_alert("a1", minutes_ago=5)])
    assert _ids(_fetch(world)) == ["a1"]
    assert {key.alert_id for key in world.documents} == {"a1", "unreadable"}
    assert any("without a usable id" in record.getMessage() for record in caplog.records)


def test_two_fetches_at_once_write_each_alert_once() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(3)])
    other: list[Outbox] = []

    def at_once() -> None:
        world.pass_time(microseconds=1)
        other.append(_fetch(world))

    world.before_effect["write open row"] = [at_once]
    mine = _fetch(world)
    assert sorted([*_ids(mine), *_ids(other[0])]) == ["a0", "a1", "a2"]
    assert {row.generation for row in world.open.values()} == {1}


def test_an_alert_that_finished_meanwhile_is_not_new_again() -> None:
    world = World(alerts=[raw_alert("a1", minutes_ago=5)])
    _fetch(world)

    def finish() -> None:
        row = world.open["a1"]
        ledger.change(world.ports().ledger, [row], lambda row, _: replace(row, state=State.DONE))

    world.before_effect["read open rows by id"] = [finish]
    assert _ids(_fetch(world)) == []
    assert world.open == {}


def test_dying_at_any_effect_loses_no_alert() -> None:
    alerts = [raw_alert(f"a{n}", minutes_ago=5 + n) for n in range(3)]
    undisturbed = World(alerts=list(alerts))
    _fetch(undisturbed)
    tried = 0
    for index in range(len(undisturbed.effects)):
        for side in ("before", "after"):
            world = World(alerts=list(alerts), crash_at=(index, side))
            sent: list[str] = []
            try:
                sent += _ids(_fetch(world))
            except Crash:
                tried += 1
            world.crash_at = None
            sent += _ids(_fetch(world))
            world.pass_time(minutes=12)
            sent += _ids(_fetch(world))
            assert set(sent) == {"a0", "a1", "a2"}, (index, side, world.effects)
            assert {row.generation for row in world.open.values()} == {1}
    assert tried == 2 * len(undisturbed.effects)


def test_messages_stay_small() -> None:
    world = World(alerts=[raw_alert("a" * 250, minutes_ago=5)])
    assert all(len(text.encode()) < 2_000 and json.loads(text)["v"] == 1 for text in _fetch(world).pointers)


def test_an_alert_that_names_another_tenant_is_not_admitted_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine, other = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
    named = {"a1": mine, "a2": other, "a3": mine.upper(), "a4": None}
    alerts = [raw_alert(each, minutes_ago=5) | {"aadTenantId": tid} for each, tid in named.items()]
    world = World(alerts=alerts)
    outbox = fetch_alerts(world.ports(), replace(POLICY, tenant="acme", row_tenant="acme", tenant_id=mine))
    assert sorted(_ids(outbox)) == ["a1", "a3", "a4"]
    assert sorted(world.open) == ["a1", "a3", "a4"]
    said = [json.loads(one.getMessage()) for one in caplog.records]
    assert [(one["count"], one["alert_ids"]) for one in said if "left out" in one["event"]] == [(1, ["a2"])]
    assert sorted(_ids(_fetch(World(alerts=alerts)))) == ["a1", "a2", "a3", "a4"]
