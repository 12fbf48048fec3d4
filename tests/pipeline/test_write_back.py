"""One comment an alert: over every kill point, lost answers, two runs at once, refusals, and a storm."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import pytest

from local.simulator import ticks
from local.simulator.clock import Clock as SimulatedTime
from local.simulator.quotas import Limit, Quotas
from shared.core.progress import due
from shared.core.values.records import Column
from shared.core.write_back import Mode, WriteRow
from shared.core.write_back.queue import AGED, STALLED, Step
from shared.errors import (
    AccessDenied,
    AppError,
    NotFound,
    Throttled,
    Unanswered,
    Unavailable,
    UnexpectedResponse,
)
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.hunt.write_back import send_some
from shared.pipeline.policy import Policy
from shared.pipeline.stored.lease import take
from tests.pipeline.platform import Platform
from tests.pipeline.undisturbed import Undisturbed
from tests.pipeline.world import World, row_of
from tests.pipeline.written_back import ALERTS, POLICY, ours, outcome, settled, written_world
from tests.same import steady


def _states(world: World) -> list[Column]:
    return [row_of(world, str(raw["id"]))["WriteBackState"] for raw in world.alerts]


def test_each_alert_gets_one_comment_that_says_what_its_row_says() -> None:
    world = written_world()
    settled(world)
    for alert_id, [comment] in ours(world).items():
        row = row_of(world, alert_id)
        assert comment.startswith(str(row["Validation"]))
        digest = comment.rstrip("]")[-8:]
        assert (row["WriteBackState"], row["WriteBackMarks"]) == ("sent", f"{row['Validation']} {digest}")
        assert len(comment) <= 1_000
    assert world.writes == {}


def test_our_comment_makes_no_new_version_and_the_audit_does_not_miss_it() -> None:
    world = written_world()
    platform = settled(world)
    rows = {key: stored.columns for key, stored in world.rows.items()}
    for _ in range(10):
        world.pass_time(minutes=10)
        platform.tick()
        platform.deliver_all()
    assert {row.generation for row in world.history.values()} == {1}
    assert {key: stored.columns for key, stored in world.rows.items()} == rows
    assert world.checkpoints["defender"].audit_result.startswith("0 missing of 2")
    assert "behind" not in world.checkpoints["defender"].audit_result
    assert {len(comments) for comments in ours(world).values()} == {1}


@cache
def _undisturbed() -> Undisturbed[dict[str, object]]:
    return Undisturbed(Platform(written_world(ALERTS[0]), POLICY), outcome)


@pytest.mark.parametrize("side", ["before", "after"])
def test_dying_at_any_effect_leaves_one_comment(side: str) -> None:
    undisturbed, effects = _undisturbed(), _undisturbed().effects
    # Nothing is written back before a row is first published.
    first = undisturbed.step_of[effects.index("write write")]
    tried = [at for at, step in enumerate(undisturbed.step_of) if step >= first]
    assert {"write write", "comment api", "delete write", "alert api"} <= {effects[at] for at in tried}
    different = [
        (at, effects[at])
        for at in tried
        if undisturbed.outcome_from(undisturbed.killed(at, side)) != undisturbed.wanted
    ]
    print(f"{len(tried)} kill points {side} an effect, {len(different)} with another outcome")
    assert different == []


@pytest.mark.parametrize("visible_after", [0.0, 300.0])
def test_an_answer_that_is_lost_after_the_change_leads_to_no_second_comment(visible_after: float) -> None:
    world = written_world()
    world.comment_visible_after = visible_after
    platform = Platform(world, POLICY)

    def lose() -> None:
        """The change is made, and its answer is cut."""
        row = next(row for row in world.writes.values() if row.step is Step.SENDING)
        world.ports().write_back.alerts._change(row.api_id, row.text, {})  # type: ignore[union-attr]
        world.failures["comment api"] = [Unanswered("cut")]

    world.before_effect["comment api"] = [lose]
    platform.settle()
    assert {len(comments) for comments in ours(world).values()} == {1}
    assert set(_states(world)) == {"sent"}


def test_an_answer_that_is_lost_before_the_change_leads_to_one_comment_after_the_row_has_aged() -> None:
    world = written_world(ALERTS[0])
    world.failures["comment api"] = [Unanswered("cut")]
    platform = Platform(world, POLICY)
    while "comment api" not in world.effects:
        platform.step()
    [row] = world.writes.values()
    assert row.step is Step.SENDING
    lost_at = world.now
    platform.settle_on()
    assert (world.now - lost_at).total_seconds() >= AGED
    assert [len(comments) for comments in ours(world).values()] == [1]


@pytest.mark.parametrize(
    "effect",
    [
        "read writes",
        "write write",
        "alert api",
        "comment api",
        "read alert rows",
        "write alert row",
        "delete write",
    ],
)
def test_two_runs_at_once_write_one_comment(effect: str) -> None:
    world = written_world()
    platform = Platform(world, POLICY)
    platform.tick()
    platform.enrich_all()
    wake_up = platform.wake_ups[0][0]

    effects = _undisturbed().effects
    before = effects[: effects.index("comment api")].count(effect)
    world.before_effect[effect] = [*[lambda: None] * max(0, before - 1), lambda: platform.overtake(wake_up)]
    platform.settle()
    assert {len(comments) for comments in ours(world).values()} == {1}
    assert set(_states(world)) == {"sent"}
    assert world.writes == {}


def test_a_run_that_stalled_between_look_and_call_makes_no_call() -> None:
    world = written_world(ALERTS[0])
    platform = Platform(world, POLICY)
    world.before_effect["alert api"] = [lambda: world.pass_time(seconds=STALLED + 1)]
    platform.settle()
    assert [len(comments) for comments in ours(world).values()] == [1]
    assert world.effects.count("comment api") == 1
    assert world.effects.count("alert api") == 2  # the run that took the row over has looked again


def test_the_instant_that_is_left_is_a_run_that_stalls_within_the_call_itself() -> None:
    """What no protocol can close without a condition in the API: said in docs/write-back.md."""
    world = written_world(ALERTS[0])
    platform = Platform(world, POLICY)

    def stall() -> None:
        world.pass_time(seconds=AGED + 1)
        platform.tick()
        hunt_correlate(world.ports(), platform.policy, platform.wake_ups.popleft()[0], "another")

    world.before_effect["comment api"] = [stall]
    platform.settle()
    assert [len(comments) for comments in ours(world).values()] == [2]


def test_a_second_comment_comes_only_when_the_validation_is_graver() -> None:
    world = written_world(ALERTS[0])
    platform = settled(world)
    key = next(iter(world.rows))
    alert = world.alerts[0]
    # As if the first comment had told something less grave, and then something as grave.
    for told, comments in (("Likely", 2), ("Confirmed", 2)):
        row = world.rows[key]
        [comment] = world.comments()[str(alert["id"])][-1:]
        comment["comment"] = f"{told}\n[correlator home r1 00000000]"  # type: ignore[index]
        world.rows[key] = replace(row, columns={**row.columns, "WriteBackMarks": f"{told} 00000000"})
        world.pass_time(minutes=30)
        moment = f"{world.now:%Y-%m-%dT%H:%M:%S.%fZ}"
        world.alerts[0] = alert = {**world.alerts[0], "assignedTo": told, "lastUpdateTime": moment}
        world.pass_time(minutes=1)
        platform.settle()
        assert len(ours(world)[str(alert["id"])]) == comments
    assert row_of(world, str(alert["id"]))["WriteBackMarks"] == "Confirmed 00000000"


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({"severity": "Low"}, POLICY),
        ({"severity": "Informational"}, POLICY),
        ({"alertCreationTime": "2026-11-20T09:00:00Z"}, POLICY),  # before the installation
        ({}, replace(POLICY, write_back=Mode.OFF)),
    ],
)
def test_no_comment_is_wanted_on_low_or_old_alerts_or_where_it_is_off(
    changes: dict[str, object], policy: Policy
) -> None:
    world = written_world(ALERTS[0])
    world.alerts[0] |= changes
    settled(world, policy)
    assert [comments for comments in ours(world).values() if comments] == []
    assert _states(world) == [""]
    assert "write write" not in world.effects


def test_a_dry_run_calls_nothing_and_says_what_it_would_have_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = written_world()
    caplog.set_level("INFO")
    settled(world, replace(POLICY, write_back=Mode.DRY_RUN))
    assert set(_states(world)) == {"dry-run"}
    assert "comment api" not in world.effects and "alert api" not in world.effects[-40:]
    said = [record.getMessage() for record in caplog.records if "dry run" in record.getMessage()]
    assert len(said) == len(ALERTS)
    assert all("[correlator home r1 " in line for line in said)


def test_without_the_role_the_rows_are_the_same_and_nothing_waits_for_it() -> None:
    plain = written_world()
    settled(plain)
    world = written_world()
    world.failures["comment api"] = [AccessDenied("no role", status=403)] * 100
    platform = Platform(world, POLICY)
    for _ in range(60):
        platform.step()
    assert world.open == {}
    writes = ("WriteBackState", "WriteBackMarks")
    for key, stored in plain.rows.items():
        with_role, without = steady(stored.columns), steady(world.rows[key].columns)
        assert {n: v for n, v in without.items() if n not in writes} == {
            n: v for n, v in with_role.items() if n not in writes
        }
    assert set(_states(world)) == {"waiting"}
    refused = world.effects.count("comment api")
    assert refused <= 1 + (world.now - plain.now).total_seconds() // 3_600 + 1
    # Once the role is there, the comments follow.
    world.failures.clear()
    platform.settle_on()
    assert {len(comments) for comments in ours(world).values()} == {1}


@pytest.mark.parametrize(
    ("error", "state", "comments"),
    [
        (Throttled("429", retry_after=90), "sent", 1),
        (Unavailable("no connection"), "sent", 1),
        (UnexpectedResponse("refused", status=400), "refused", 0),
        (NotFound("gone"), "gone", 0),
    ],
)
def test_what_a_refusal_leads_to(error: AppError, state: str, comments: int) -> None:
    world = written_world(ALERTS[0])
    world.failures["comment api"] = [error]
    settled(world)
    assert _states(world) == [state]
    assert [len(found) for found in ours(world).values()] == [comments]
    assert world.writes == {}


def test_what_is_never_answered_ends_as_failed() -> None:
    world = written_world(ALERTS[0])
    world.failures["comment api"] = [Unanswered("cut")] * 100
    settled(world)
    assert _states(world) == ["failed"]
    assert world.effects.count("comment api") <= 6


def test_publishing_does_not_wait_for_a_comment() -> None:
    """At the first look for a comment every alert has its row, and no hunt is due."""
    world = written_world()
    found: list[tuple[int, int]] = []
    world.before_effect["comment api"] = [
        lambda: found.append((len(world.rows), len(due.due_work(world.open.values(), world.now, 900, 180))))
    ]
    settled(world)
    assert found == [(len(ALERTS), 0)]


def test_a_thousand_alerts_meet_no_quota_and_every_comment_is_there() -> None:
    """Against the quotas of the simulated service, by the world's clock: looks, comments and the fetches of
    every minute count together, as for one app."""
    world = written_world(ALERTS[0])
    quota, spent = Quotas(cast("SimulatedTime", _Ticks(world))), list[str]()
    limits = (Limit(100, 60), Limit(1_500, 3_600))

    def charge() -> None:
        if quota.take("app", limits) is not None:
            spent.append("429")

    lease, rows = world.ports(), 1_000
    for number in range(rows):
        row = WriteRow(
            alert_id=f"da{number}", day="2026-11-24", api_id=f"da{number}", validation="Likely", digest="0",
            text="t\n[correlator home r1 00000000]", wanted_at=world.now, due=world.now,
        )  # fmt: skip
        world.writes[row.alert_id] = replace(row, etag=world.etag())
    world.alerts = [{"id": f"da{n}", **_plain(world)} for n in range(rows)]
    world.before_effect["alert api"] = [charge] * 5_000
    world.before_effect["comment api"] = [charge] * 5_000
    began = world.now
    assert lease.write_back is not None
    while world.writes:
        charge()  # the fetch
        held = take(world.ports(), POLICY, "holder#1")
        assert held is not None
        while send_some(held):
            pass
        held.release()
        world.pass_time(minutes=1)
    assert spent == []
    assert {len(found) for found in ours(world).values()} == {1}
    minutes = (world.now - began).total_seconds() / 60
    print(f"{rows} comments in {minutes:.0f} minutes, {world.effects.count('alert api')} looks, no 429")
    assert 95 <= minutes <= 105


def _plain(world: World) -> dict[str, object]:
    moment = f"{world.now:%Y-%m-%dT%H:%M:%S.%fZ}"
    return {
        "title": "t",
        "severity": "High",
        "status": "New",
        "alertCreationTime": moment,
        "lastUpdateTime": moment,
    }


@dataclass
class _Ticks:
    """The world's clock as the simulator's quotas read one."""

    world: World

    def now(self) -> int:
        return ticks.from_seconds(self.world.now.timestamp())


def test_comments_cost_no_other_call_than_a_look_and_a_write_each() -> None:
    plain, world = written_world(), written_world()
    settled(plain, replace(POLICY, write_back=Mode.OFF))
    settled(world)
    counted, others = Counter(world.calls), Counter(plain.calls)
    for kind in ("hunt", "device", "users", "file", "address", "domain"):
        assert counted[kind] == others[kind], kind
    assert world.effects.count("alert api") == world.effects.count("comment api") == len(ALERTS)
