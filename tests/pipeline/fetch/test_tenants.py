"""Fetching for many tenants: in turn, in time, and none of them at another's cost."""

import json
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.adapters.clock import SystemClock
from shared.core.progress.messages import Pointer, WakeUp
from shared.core.progress.polling import Window
from shared.core.tenants.turns import TurnPolicy
from shared.core.values.instant import Instant
from shared.core.values.records import AlertPage
from shared.errors import AccessDenied, AppError, Throttled, Unavailable
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.fetch.tenants import TenantFetches
from shared.pipeline.fetch.turn import take
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from tests.pipeline.fetch.many import Many, Source
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START


def said(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, object]]:
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    return [line for line in lines if line["event"] == event]


def named(pointers: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one.tenant, one.alert_id) for one in map(Pointer.parse, pointers)]


def test_every_tenant_is_fetched_in_a_run_and_its_alerts_leave_as_its_own() -> None:
    many = Many("acme", "beta")
    for name, world in many.worlds.items():
        world.alerts = [raw_alert("a1", minutes_ago=5), raw_alert(f"of-{name}", minutes_ago=4)]
    pointers = named(many.run().pointers)
    assert sorted(pointers) == sorted(
        (name, alert_id) for name in many.worlds for alert_id in ("a1", f"of-{name}")
    )
    assert {name: sorted(world.open) for name, world in many.worlds.items()} == {
        name: ["a1", f"of-{name}"] for name in many.worlds
    }


@pytest.fixture
def only_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch that does nothing but ask its source, so that an hour of two hundred tenants takes a second."""

    def fetched(ports: Ports, policy: Policy) -> Outbox:
        end = Instant.of(ports.clock.now())
        with suppress(AppError):
            ports.source.updated_in(Window(end.plus(-60), end))
        return Outbox()

    monkeypatch.setattr("shared.pipeline.fetch.turn.fetch_alerts", fetched)


@pytest.mark.usefixtures("only_asking")
def test_of_two_hundred_with_twenty_that_hang_each_well_one_is_fetched_within_70_s() -> None:
    """A quarter of an hour, after the ten minutes in which it is seen that the twenty do not answer."""
    names = [f"tenant-{n:03}" for n in range(200)]
    many = Many(*names)
    hanging = names[::10]
    many.hang(*hanging)
    for _ in range(40):
        many.run()
    known = many.time.at
    for _ in range(60):
        many.run()
    well = [name for name in names if name not in hanging]
    for name in well:
        times = [at for at in many.fetched[name] if at >= known]
        gaps = [(b - a).total_seconds() for a, b in zip([known, *times], times, strict=False)]
        assert max(gaps) <= 70, name
    assert max(spent for _, spent in many.runs) <= 12.5, "a run ends inside the timer's 15 s"
    assert many.pool.most <= 18
    assert all(many.rows.read(name).failures > 0 for name in hanging)
    assert all(many.rows.read(name).failures == 0 for name in well)


@pytest.mark.usefixtures("only_asking")
def test_those_that_hang_hold_up_the_others_a_little_before_they_are_known() -> None:
    names = [f"tenant-{n:03}" for n in range(200)]
    many = Many(*names)
    many.hang(*names[::10])
    begun = many.time.at
    for _ in range(12):
        many.run()
    well = [name for name in names if name not in many.failing]
    assert max((many.fetched[name][0] - begun).total_seconds() for name in well) <= 100


def test_a_tenant_that_fails_is_left_alone_ever_longer_and_comes_back_when_it_answers() -> None:
    many = Many("acme", "beta")
    many.failing["acme"] = AccessDenied(
        "no token for https://x/.default: AADSTS700016: no such app", service="identity"
    )
    for _ in range(80):  # 20 minutes
        many.run()
    row = many.rows.read("acme")
    assert row.failures == 5
    assert "AADSTS700016" in row.last_error
    assert len(many.fetched["beta"]) == 80
    many.heal("acme")
    for _ in range(70):
        many.run()
    row = many.rows.read("acme")
    assert (row.failures, row.last_error) == (0, "")
    assert len(many.fetched["acme"]) > 1


def test_another_instance_knows_who_failed(caplog: pytest.LogCaptureFixture) -> None:
    many = Many("acme", "beta")
    many.failing["acme"] = Throttled("429", retry_after=600, service="defender")
    many.run()
    many.fetches = many.restarted()
    many.fetched.clear()
    many.failing.clear()
    many.run()
    assert sorted(many.fetched) == ["beta", "home"]
    assert said(caplog, "fetch failed")[0]["tenant"] == "acme"


def test_what_a_tenant_brings_that_hangs_leaves_with_a_later_run_once() -> None:
    many = Many("acme", "beta")
    many.worlds["acme"].alerts = [raw_alert("a1", minutes_ago=5)]
    many.seconds["acme"] = 40.0
    runs = [named(many.run().pointers) for _ in range(5)]
    assert [each for each in runs if each] == [[("acme", "a1")]]
    assert max(spent for _, spent in many.runs) <= 12.5


def test_a_storm_of_one_tenant_keeps_no_alert_of_another_from_leaving_at_once() -> None:
    many = Many("acme", "beta")
    many.worlds["acme"].alerts = [raw_alert(f"s{n}", minutes_ago=5 + n / 1_000) for n in range(900)]
    many.seconds["acme"] = 11.0
    many.worlds["beta"].alerts = [raw_alert("lone", minutes_ago=1)]
    assert ("beta", "lone") in named(many.run().pointers)
    assert many.runs[0][1] < 6, "and the run does not wait for the storm"
    many.worlds["beta"].alerts.append(raw_alert("second", minutes_ago=0))
    second = many.run()
    assert ("beta", "second") in named(second.pointers)
    assert "acme" in {WakeUp.parse(text).tenant for text in second.wake_ups}
    assert len(many.worlds["acme"].open) == 900


def test_a_turn_asks_its_source_for_nothing_more_once_it_has_had_its_time() -> None:
    """An audit may fetch hundreds of alerts one by one, from a service that takes half a minute for each."""
    many = Many("acme")
    asked: list[float] = []
    begun = many.time.at

    class Slow(Source):
        def one(self, alert_id: str) -> object:
            asked.append((many.time.at - begun).total_seconds())
            many.time.sleep(30)
            return self.inner.one(alert_id)

    world = many.worlds["acme"]
    app = many.apps.app_of(many.rows.read("acme"))
    slow = replace(app, ports=replace(app.ports, source=Slow(app.ports.source, many, "acme")))
    many.apps.app_of = lambda row: slow  # type: ignore[method-assign]
    fetch_alerts(slow.ports, slow.policy)
    many.time.sleep(7_200)
    # Of before the last fetch, and never listed then: the audit has to fetch each.
    world.alerts = [raw_alert(f"a{n}", minutes_ago=30) for n in range(40)]
    begun = many.time.at
    turn = take(many.apps, many.rows.read("acme"), TurnPolicy(), many.time.at - timedelta(hours=2))
    assert 3 <= len(asked) <= 9
    assert max(asked) < 240
    assert not turn.error


def test_an_error_nobody_expected_ends_one_tenants_turn_alone(caplog: pytest.LogCaptureFixture) -> None:
    many = Many("acme", "beta")
    many.worlds["acme"].failures["read checkpoint"] = [ValueError("a fault of ours")]  # type: ignore[list-item]
    many.worlds["beta"].alerts = [raw_alert("b1", minutes_ago=5)]
    assert named(many.run().pointers) == [("beta", "b1")]
    [line] = said(caplog, "turn of a tenant failed")
    assert (line["tenant"], line["reason"]) == ("acme", "ValueError: a fault of ours")


def test_what_is_no_exception_ends_the_run_and_loses_nothing_of_the_others() -> None:
    many = Many("acme", "beta")
    many.worlds["beta"].alerts = [raw_alert("b1", minutes_ago=5)]
    many.worlds["acme"].crash_at = (3, "before")
    with pytest.raises(BaseException, match="before"):
        many.fetches.run()
    many.worlds["acme"].crash_at, many.worlds["acme"].death = None, ""
    assert ("beta", "b1") in named(many.run().pointers)


def test_where_the_identity_gives_no_proof_no_tenant_is_to_blame() -> None:
    many = Many("acme")
    many.not_ready = Unavailable("no token for the exchange", service="identity")
    many.run()
    assert sorted(many.fetched) == ["home"]
    assert many.rows.read("acme").failures == 0


@pytest.mark.parametrize("state", ["paused", "leaving", "gone"])
def test_a_tenant_that_is_not_worked_on_is_not_fetched_and_nothing_of_it_leaves(state: str) -> None:
    many = Many("acme", "beta")
    many.worlds["acme"].alerts = [raw_alert("a1", minutes_ago=5)]
    many.seconds["acme"] = 14.0  # its turn is under way when it leaves
    many.fetches.run()
    many.rows.write(replace(many.rows.read("acme"), state=state))
    for _ in range(3):
        assert named(many.run().pointers) == []
    assert len(many.fetched.get("acme", ())) == 1
    assert many.rows.read("acme").state == state, "the end of its turn brought it back"


def test_a_new_tenant_is_looked_at_and_active_once_it_was_reached() -> None:
    many = Many("acme")
    many.rows.write(replace(many.rows.read("acme"), state="pending", check_asked=many.time.at))
    many.failing["acme"] = AccessDenied(
        "no token for https://x/.default: AADSTS700016: no such app", service="identity"
    )
    many.run()
    row = many.rows.read("acme")
    assert row.state == "pending"
    assert "defender:AADSTS700016" in row.checked
    assert "graph:role=ThreatHunting.Read.All" in row.checked
    many.heal("acme")
    for _ in range(6):
        many.run()
    assert many.rows.read("acme").state == "active"


def test_a_tenant_belongs_to_the_deployment_that_claimed_it() -> None:
    many = Many("acme", "beta")
    many.rows.write(replace(many.rows.read("acme"), deployment="another"))
    many.rows.write(replace(many.rows.read("beta"), deployment=""))
    many.run()
    assert sorted(many.fetched) == ["beta", "home"]
    assert many.rows.read("beta").deployment == "app"
    assert many.rows.read("acme").deployment == "another"


def test_idle_fetches_log_one_line_and_write_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    many = Many(*[f"tenant-{n}" for n in range(4)])
    for _ in range(4 * 17):  # a new due index is compared each minute for a quarter of an hour
        many.run()
    caplog.clear()
    many.rows.writes.clear()
    many.run()
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line for line in lines if line.get("tenant", "home") != "home"] == []
    [line] = said(caplog, "tenants fetched")
    assert (line["tenants"], line["fetched"], line["failed"]) == (5, 5, 0)
    assert many.rows.writes == []


def test_hourly_work_is_spread_over_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    done: dict[str, list[datetime]] = {}

    def fetched(ports: Ports, policy: Policy) -> Outbox:
        """As `fetch_alerts` decides on a purge."""
        now, mine = ports.clock.now(), done.setdefault(policy.tenant, [])
        if (now - (mine[-1] if mine else START)).total_seconds() >= policy.purge_every:
            mine.append(now)
        return Outbox()

    monkeypatch.setattr("shared.pipeline.fetch.turn.fetch_alerts", fetched)
    many = Many(*[f"tenant-{n:03}" for n in range(40)])
    for _ in range(4 * 60 * 2):
        many.run()
    for name, moments in done.items():
        assert 1 <= len(moments) <= 2, name
        apart = [(b - a).total_seconds() for a, b in pairwise(moments)]
        assert all(3_000 <= seconds <= 4_200 for seconds in apart), name
    per_minute = Counter(moment.replace(second=0, microsecond=0) for each in done.values() for moment in each)
    assert max(per_minute.values()) <= 8, "where the first half hour ends, five minutes' slots are open"


def test_a_run_in_threads_does_not_wait_for_one_that_hangs_and_does_not_begin_it_twice() -> None:
    """Real threads and a real clock; every bound is far from what it takes."""
    many = Many("acme", "beta")
    released, begun = threading.Event(), []

    class Hanging(Source):
        def updated_in(self, window: Window) -> AlertPage:
            begun.append(window)
            assert released.wait(60)
            return super().updated_in(window)

    app = many.apps.app_of(many.rows.read("acme"))
    source = Hanging(app.ports.source, many, "acme")
    hanging = replace(app, ports=replace(app.ports, source=source))
    others = many.apps.app_of
    many.apps.app_of = lambda row: hanging if row.name == "acme" else others(row)  # type: ignore[method-assign]
    clock = SystemClock()
    started = clock.now()
    many.time.now = lambda: START + (clock.now() - started)  # type: ignore[method-assign]
    for name in ("acme", "beta"):
        many.worlds[name].alerts = [raw_alert(f"of-{name}", minutes_ago=5)]
    quick = TurnPolicy(begin_within=1.0, end_within=2.0, slow_after=0.5, suspects_within=0.1)
    fetches = TenantFetches(many.apps, quick)
    assert named(fetches.run().pointers) == [("beta", "of-beta")]
    assert named(fetches.run().pointers) == []
    assert len(begun) == 1
    released.set()
    sent: list[tuple[str, str]] = []
    for _ in range(50):
        sent += named(fetches.run().pointers)
        if sent:
            break
    assert sent == [("acme", "of-acme")]
