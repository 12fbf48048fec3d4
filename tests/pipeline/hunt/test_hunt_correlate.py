"""The drain as a whole: errors that nobody expected, deaths, and documents that cannot be read."""

import json
from dataclasses import replace
from importlib import import_module

import pytest

from shared.core.alert import Alert
from shared.core.progress.ledger_row import State
from shared.core.progress.messages import WakeUp
from shared.errors import QueryRejected, Throttled
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import Crash, World, row_of

POLICY = Policy(hunts_at_once=1)
WAKE_UP = WakeUp(POLICY.tenant, "test").to_text()


def due(*alert_ids: str) -> tuple[World, Platform]:
    """A world in which these alerts are due for their hunt."""
    world = World(alerts=[raw_alert(alert_id, minutes_ago=5) for alert_id in alert_ids])
    platform = Platform(world, POLICY)
    platform.tick()
    platform.enrich_all()
    return world, platform


def drain(world: World, holder: str) -> Outbox:
    return hunt_correlate(world.ports(), POLICY, WAKE_UP, holder)


def test_of_a_row_that_shows_no_events_none_are_looked_for_unless_an_attempt_died() -> None:
    asked = []
    for dies in (False, True):
        world, _ = due("a")
        drain(world, "one#1")
        [row] = world.rows.values()
        assert row.columns["EventsShown"] == 0
        world.pass_time(minutes=3)  # a later hunt is due
        if dies:
            world.before_effect["hunting api"] = [_dies]
            with pytest.raises(Crash):
                drain(world, "two#1")
            world.pass_time(minutes=10)
        world.effects.clear()
        drain(world, "three#1")
        asked.append(world.effects.count("read event keys"))
    assert asked == [0, 1]


def _dies() -> None:
    raise Crash


@pytest.mark.parametrize("effect", ["read due index", "read documents"])
def test_an_error_that_nobody_expected_gives_the_lease_back(effect: str) -> None:
    """Field report: a ValueError while one row was built held the lease, and others waited for 20 minutes."""
    world, _ = due("a", "b")

    def bug() -> None:
        raise ValueError("a bug")

    world.before_effect[effect] = [bug]
    with pytest.raises(ValueError, match="a bug"):
        drain(world, "one#1")
    assert world.lease.holder == ""
    drain(world, "another#1")
    assert len(world.rows) == 2


@pytest.mark.parametrize("effect", ["hunting api", "read alert rows", "write alert row"])
def test_an_error_in_one_alerts_work_ends_nobodys(effect: str) -> None:
    world, _ = due("a", "b")

    def bug() -> None:
        raise ValueError("a bug")

    world.before_effect[effect] = [bug]
    drain(world, "one#1")
    assert world.lease.holder == ""
    assert {str(row.columns["CorrelationReason"]) for row in world.rows.values()} == {"TelemetryNotInYet"}
    assert (len(world.rows), {row.attempts for row in world.open.values()}) == (2, {0})


def test_the_next_delivery_of_a_dead_drains_wake_up_takes_over_what_it_held() -> None:
    """Measured on the platform: else nobody hunts or publishes until the lease has run out, five minutes."""
    world, _ = due("a")

    def dies() -> None:
        raise Crash("os._exit")

    world.before_effect["hunting api"] = [dies]
    with pytest.raises(Crash):
        drain(world, "message#1")
    world.pass_time(seconds=30)
    drain(world, "other#1")
    assert world.rows == {}, "it may live"
    drain(world, "message#2")
    assert (len(world.rows), world.lease.holder) == (1, "")


def test_a_drain_that_lives_when_its_message_comes_again_stops() -> None:
    world, _ = due("a", "b")
    world.before_effect["hunting api"] = [lambda: drain(world, "message#2")]
    assert drain(world, "message#1") == Outbox()
    assert (len(world.rows), world.lease.holder, set(world.open)) == (2, "", {"a", "b"})
    assert {row.attempts for row in world.open.values()} == {0}


@pytest.mark.parametrize("kind", ["alert", "enrichment"])
def test_an_alert_with_a_document_that_cannot_be_read_is_set_aside_and_holds_up_nobody(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    world, _ = due("a", "b")
    [key] = [key for key in world.documents if (key.alert_id, key.kind) == ("a", kind)]
    world.documents[key] = b"broken"
    drain(world, "one#1")
    assert row_of(world, "b")["CorrelationReason"] == "TelemetryNotInYet"
    [(_, set_aside)] = [(key, row) for key, row in world.history.items() if key[1] == "a"]
    thing = "body" if kind == "alert" else kind
    assert (set_aside.state, set_aside.reason) == (State.SET_ASIDE, f"its {thing} cannot be read")
    row = row_of(world, "a")
    assert (row["CorrelationStatus"], row["CorrelationReason"]) == ("Failed", "HandlingFailed")
    title = "An alert that cannot be read" if kind == "alert" else world.alerts[0]["title"]
    assert (row["AlertName"], row["EventSeverity"]) == (title, "High")
    assert "document cannot be read" in caplog.text


def _behind(*alert_ids: str) -> tuple[World, Platform]:
    """A world whose alerts are due for their hunt, which is refused, and have waited beyond NOTIFY_AFTER."""
    world, platform = due(*alert_ids)
    world.pass_time(minutes=4)
    return world, platform


def test_an_alert_that_ends_the_worker_while_its_row_is_made_unhunted_costs_few_deaths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Field report: attempts never counted, no row at all, 1,200 crashes."""
    module = import_module("shared.pipeline.hunt.publishing")
    right = module.content

    def deadly(alert: Alert, *args: object, **more: object) -> object:
        if alert.id == "b" and alert.evidence:
            raise Crash("os._exit")
        return right(alert, *args, **more)

    monkeypatch.setattr(module, "content", deadly)
    names = [f"healthy{n}" for n in range(5)]
    world, platform = _behind("b", *names)
    world.failures["hunting api"] = [Throttled("no quota", retry_after=900) for _ in range(200)]
    for minute in range(30):
        platform.tick()
        while platform.wake_ups:
            platform.deliver_one()
        world.pass_time(minutes=1)
        if minute == 2:
            assert {key for _, key in world.rows} >= set(names)
    assert len(platform.crashes) <= POLICY.ledger.max_attempts + 1
    assert row_of(world, "b")["CorrelationStatus"] == "Failed"
    assert [row.state for row in world.history.values() if row.alert_id == "b"] == [State.SET_ASIDE]


def test_a_row_that_stands_keeps_what_it_says_of_an_alert_that_cannot_be_read_any_more() -> None:
    world, _ = due("a")
    drain(world, "one#1")
    before = row_of(world, "a")
    world.stands(replace(world.open["a"], generation=2, publish_due=world.now))
    for key in [key for key in world.documents if key.kind == "alert"]:
        world.documents[key] = b"broken"
    drain(world, "two#1")
    after = row_of(world, "a")
    assert (after["CorrelationStatus"], after["CorrelationDetail"]) == ("Failed", "its body cannot be read")
    said = json.loads(str(after["DetectionFinding"]))
    assert said["unmapped"]["correlation"]["status"] == "Failed"
    assert said["finding_info"]["title"] == before["AlertName"]
    kept = ("AlertName", "ProcessCommandLine", "DvcId", "EvidenceIds", "AttackTechniques")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.parametrize("redacts", [False, True])
def test_secrets_of_command_lines_are_starred_out_of_rows_where_that_is_wanted(redacts: bool) -> None:
    command = "sqlcmd.exe -U sa -P S3cr3tVal99 --password=An0therVal99"
    raw = raw_alert("a", minutes_ago=5)
    raw["evidence"][0]["processCommandLine"] = command  # type: ignore[index]  # as `raw_alert` makes it
    world = World(alerts=[raw])
    policy = replace(POLICY, redact_command_lines=redacts)
    platform = Platform(world, policy)
    platform.tick()
    platform.deliver_all()
    row = row_of(world, "a")
    said = json.dumps([str(value) for value in row.values()])
    assert ("S3cr3tVal99" in said, "An0therVal99" in said) == (not redacts, not redacts)
    if redacts:
        assert row["ProcessCommandLine"] == "sqlcmd.exe -U sa -P ********** --password=**********"
        assert json.loads(str(row["DetectionFinding"]))["class_uid"] == 2004
    revision = row["Revision"]
    world.stands(replace(world.open["a"], publish_due=world.now))
    platform.policy = replace(policy, redact_command_lines=not redacts)
    hunt_correlate(world.ports(), platform.policy, WAKE_UP, "two#1")
    assert row_of(world, "a")["Revision"] == revision, "a change of the setting is nothing to tell"


@pytest.mark.parametrize(
    ("refusal", "calls"),
    [
        ("'project' operator: Failed to resolve scalar expression named 'Nothing'", range(1, 3)),
        ("A recognition error occurred.", range(12, 60)),  # one alert may be to blame: it is looked for
    ],
)
def test_a_refusal_is_looked_into_only_where_one_alert_may_be_to_blame(refusal: str, calls: range) -> None:
    ids = [f"da{n}" for n in range(12)]
    world, _ = due(*ids)
    world.failures["hunting api"] = [QueryRejected("chain", refusal)] * 500
    for n in range(12):
        drain(world, f"holder{n}")
    assert {row_of(world, alert_id)["CorrelationReason"] for alert_id in ids} == {"QueryRejected"}
    assert world.calls.count("hunt") in calls
