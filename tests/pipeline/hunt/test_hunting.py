"""The hunting calls of a drain: within the budget, bounded at once, over when quota or time is."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from shared.core.correlate.finding import Cell, Reason, Status
from shared.core.hunting import Case, HuntPolicy, Query
from shared.core.progress.budget import BudgetPolicy
from shared.errors import AccessDenied, AppError, QueryRejected, ResultTooLarge, Throttled, Unavailable
from shared.pipeline.hunt.hunting import Hunted, Hunts, grouped
from shared.pipeline.policy import Policy
from shared.pipeline.stored import lease
from tests.builders import T0, alert, evidence
from tests.pipeline.world import World


def _cases(count: int, devices: int = 1) -> list[Case]:
    return [
        Case(
            alert(
                id=f"a{n}",
                created=T0,
                device_id=f"{n % devices:040x}",
                evidence=(evidence(process_id=1000 + n, process_created=T0, file_name="a.exe"),),
            )
        )
        for n in range(count)
    ]


def _hunted(
    world: World,
    cases: Sequence[Case],
    policy: Policy,
    seconds_left: float = 300,
    beside: Query | None = None,
) -> Hunted:
    world.now = T0.plus(60).to_datetime()
    ports = world.ports()
    held = lease.take(ports, policy, "me")
    assert held is not None
    with closing(Hunts(held)) as hunts:
        begun = list(hunts.begin(cases, urgent=False, seconds_left=seconds_left, beside=beside))
        parts = [one.result() for _, one in begun]
    found = {alert_id: one for part in parts for alert_id, one in part.findings.items()}
    return replace(parts[-1], findings=found)


def test_a_short_throttling_is_waited_for_and_the_query_asked_again() -> None:
    world = World()
    world.failures["hunting api"] = [Throttled("slow down", retry_after=7)]
    hunted = _hunted(world, _cases(1), Policy())
    assert sum(world.slept) >= 7
    assert not hunted.out_of_quota
    assert hunted.findings["a0"].reason is Reason.NOT_IN_YET


def test_a_long_throttling_ends_the_hunt_and_says_so() -> None:
    world = World()
    world.failures["hunting api"] = [Throttled("come back later", retry_after=900, quota="cpu")]
    hunted = _hunted(world, _cases(1), Policy())
    assert hunted.out_of_quota
    assert (hunted.findings["a0"].status, hunted.findings["a0"].reason) == (Status.PENDING, Reason.THROTTLED)
    assert world.lease.blocked_until is not None


def test_a_spent_budget_is_waited_for_only_as_long_as_it_is_worth() -> None:
    world = World()
    policy = Policy(budget=BudgetPolicy(per_minute=1, kept_for_high=0), hunt=HuntPolicy(batch_size=1))
    hunted = _hunted(world, _cases(3), policy)
    assert hunted.out_of_quota
    assert hunted.calls == 1
    assert world.calls.count("hunt") == 1


def test_no_time_left_means_no_call() -> None:
    world = World()
    hunted = _hunted(world, _cases(1), Policy(), seconds_left=-1)
    assert world.calls == []
    assert (hunted.calls, hunted.findings["a0"].reason) == (0, Reason.THROTTLED)


def _reason_after(err: AppError) -> Reason:
    world = World()
    world.failures["hunting api"] = [err] * 50
    return _hunted(world, _cases(1), Policy()).findings["a0"].reason


def test_each_refusal_has_its_reason() -> None:
    assert _reason_after(Unavailable("no answer")) is Reason.UNAVAILABLE
    assert _reason_after(QueryRejected("own", "bad")) is Reason.QUERY_REJECTED
    assert _reason_after(Unavailable("too heavy", status=504)) is Reason.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "roles", "reason"),
    [
        (403, (), Reason.ROLE_MISSING),
        (403, ("SecurityAlert.Read.All",), Reason.ROLE_MISSING),
        (403, ("ThreatHunting.Read.All",), Reason.LICENCE_MISSING),
        (401, ("ThreatHunting.Read.All",), Reason.TOKEN_REFUSED),
        (None, (), Reason.TOKEN_REFUSED),  # there was no token
    ],
)
def test_role_audience_and_licence_are_told_apart(
    status: int | None, roles: tuple[str, ...], reason: Reason
) -> None:
    err = AccessDenied("no", status=status, roles=roles, needed="ThreatHunting.Read.All")
    assert _reason_after(err) is reason


def test_a_result_too_large_is_asked_for_in_halves() -> None:
    world = World()
    world.failures["hunting api"] = [ResultTooLarge("own", "too large")]
    hunted = _hunted(world, _cases(4), Policy())
    assert {one.reason for one in hunted.findings.values()} == {Reason.NOT_IN_YET}
    assert hunted.calls >= 3


def test_alerts_of_one_device_are_hunted_together() -> None:
    groups = grouped(_cases(60, devices=10), 25)
    assert sum(len(group) for group in groups) == 60
    devices = [{case.alert.device_id for case in group} for group in groups]
    assert sum(map(len, devices)) == 10
    assert all(len(group) <= 25 for group in groups)
    assert grouped([], 25) == []


def test_alerts_that_name_no_process_are_hunted_apart() -> None:
    others = [
        Case(alert(id=f"b{n}", device_id=f"{n:040x}", evidence=(evidence(file_name="a.exe"),)))
        for n in range(3)
    ]
    groups = grouped([*others, *_cases(2)], 25)
    assert [[case.alert.id for case in group] for group in groups] == [["a0", "a1"], ["b0", "b1", "b2"]]


def test_no_more_calls_are_under_way_at_once_than_allowed() -> None:
    world, lock = World(), threading.Lock()
    under_way, most = [0], [0]

    def slow(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.02)
        with lock:
            under_way[0] -= 1
        return []

    world.hunt = slow
    policy = replace(Policy(), hunt=HuntPolicy(batch_size=10), hunts_at_once=3)
    hunted = _hunted(world, _cases(60, devices=12), replace(policy, budget=BudgetPolicy(per_minute=1000)))
    assert len(hunted.findings) == 60
    assert 2 <= most[0] <= 3


SPREAD = Query("spread", "DeviceFileEvents | take 1", "P7D", ())


def _with_spread(world: World, policy: Policy, before: int = 0) -> Hunted:
    """A lone hunt with an optional query, after `before` calls in this minute."""
    world.lease = replace(world.lease, calls=(T0.plus(30).to_datetime(),) * before)
    return _hunted(world, _cases(1), policy, beside=SPREAD)


def test_an_optional_query_is_under_way_together_with_the_first_question() -> None:
    world, both = World(), threading.Barrier(2)

    def first_of_each(name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        both.wait(timeout=60)  # broken, and so an error, unless the other one is under way too
        return [{"Key": "k", "Devices": 3}] if name == "spread" else []

    world.hunt = first_of_each
    hunted = _with_spread(world, Policy())
    assert hunted.beside == ({"Key": "k", "Devices": 3},)
    assert (hunted.calls, hunted.findings["a0"].reason) == (2, Reason.NOT_IN_YET)


def test_an_optional_query_leaves_half_of_the_minute_to_hunts() -> None:
    policy = Policy(budget=BudgetPolicy(per_minute=20, kept_for_high=4))  # 16 calls for all, of which 10 stay
    assert _with_spread(World(), policy, before=5).calls == 2
    assert _with_spread(World(), policy, before=6).calls == 1


def test_an_optional_query_leaves_what_the_hunt_itself_is_likely_to_ask() -> None:
    policy = Policy(budget=BudgetPolicy(per_minute=16, kept_for_high=0), hunt=HuntPolicy(batch_size=1))
    world = World()
    assert _hunted(world, _cases(5), policy, beside=SPREAD).calls == 6
    assert _hunted(World(), _cases(6), policy, beside=SPREAD).calls == 6


def test_an_optional_query_is_not_asked_while_the_service_wants_to_be_left_alone() -> None:
    world = World()
    world.lease = replace(world.lease, blocked_until=T0.plus(65).to_datetime())
    hunted = _hunted(world, _cases(1), Policy(), beside=SPREAD)
    assert world.slept, "the hunt waits, as before"
    assert hunted.calls == 1


def test_an_optional_query_that_fails_touches_no_finding() -> None:
    def refused(name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        if name == "spread":
            raise Throttled("slow down", retry_after=900)
        return []

    world = World()
    plain = _hunted(World(), _cases(1), Policy())
    world.hunt = refused
    hunted = _with_spread(world, Policy())
    assert hunted.beside == ()
    assert hunted.findings == plain.findings
    assert not hunted.out_of_quota
    assert world.lease.blocked_until is not None, "all others leave the service alone as well"


@pytest.mark.parametrize("status", [500, 504])
def test_a_heavy_query_is_asked_for_in_halves_whatever_the_service_calls_it(status: int) -> None:
    world = World()
    heavy = Unavailable("", status=status)

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if kql.count(", datetime(") > 4:
            raise heavy
        return ()

    world.hunt = hunt
    hunted = _hunted(world, _cases(8), Policy())
    assert {one.reason for one in hunted.findings.values()} == {Reason.NOT_IN_YET}


def test_a_service_that_is_down_is_not_asked_for_ever_smaller_parts() -> None:
    world = World()
    world.failures["hunting api"] = [Unavailable("", status=500)] * 500
    hunted = _hunted(world, _cases(64), Policy())
    assert {one.reason for one in hunted.findings.values()} == {Reason.UNAVAILABLE}
    assert hunted.calls <= 15  # 1 + 2 + 4 + 8


def test_what_is_heavy_however_little_is_asked_costs_only_its_own_alert() -> None:
    world = World()

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if " 1003, datetime" in kql:
            raise Unavailable("", status=500)
        return ()

    world.hunt = hunt
    hunted = _hunted(world, _cases(16), Policy())
    assert [i for i, one in hunted.findings.items() if one.reason is Reason.UNAVAILABLE] == ["a3"]
