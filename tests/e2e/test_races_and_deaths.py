"""Races and deaths on the real parts: whatever happens, every alert ends with one right row. And what the
first run of a new process imports, on the same stack."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.host.records import Outcome
from shared.core.progress.lease import Lease
from shared.core.progress.messages import WakeUp
from shared.core.progress.polling import windows
from shared.core.values.instant import Instant
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.ports import Outbox
from shared.wiring import App
from tests.e2e.conftest import SPEED, Arena, hooked, running
from tests.e2e.fresh_process import first_run
from tests.e2e.random_kills import empty
from tests.test_on_demand import HUNTS, WORDS

TITLES = {"Sensitive credential memory read", "Suspicious cron job creation", "Suspicious scheduled task"}


FASTER = 2 * SPEED  # here deaths wait for the platform alone: a message is back 5 s after its instance died


@pytest.fixture(scope="module")
def field(recording: Path) -> Iterator[Arena]:
    """One stack for all tests here."""
    with running(recording, speed=FASTER) as arena:
        yield arena


@pytest.fixture
def arena(field: Arena) -> Iterator[Arena]:
    """The stack as if it were new: no row, no message, no fault, the alerts as recorded, its timer run by the
    test alone. What a test leaves is waited for and taken away, so that it does not reach the next one."""
    recorded = _listed(field.app())
    assert {alert["title"] for alert in recorded} == TITLES
    field.first_run, field.first_log = len(field.stack.host.invocations), len(field.stack.host.logs)
    yield field
    field.stack.control("forget", {"what": ["faults", "quotas"]})
    field.stack.control("alerts", {"value": recorded})
    assert field.stack.host.idle(30)
    empty(field.service)


def test_fetching_and_looking_up_import_nothing_of_hunting(arena: Arena) -> None:
    (pointers, _), fetched = first_run(arena.stack, "FetchAlerts", 2)
    assert len(pointers) == 3, "the alerts of the recording"
    assert {each for each in fetched if each.startswith(HUNTS)} == WORDS
    _, looked_up = first_run(arena.stack, "EnrichAlert", 1, pointers[0].encode())
    # Many entities are looked up by hunting; what asks for them so is at hand.
    asking = {"shared.core.hunting.bulk_queries", "shared.core.hunting.kql"}
    assert {each for each in looked_up if each.startswith(HUNTS)} == WORDS | asking
    assert not any(each.startswith("azure.data") for each in fetched | looked_up)


def _right(arena: Arena, tenant: str | None = None) -> None:
    """Three rows, each tied by its exact process, and nothing open."""
    rows = arena.published.alerts()
    assert sorted(row["AlertName"] for row in rows) == sorted(TITLES)
    assert {row["CorrelationMethod"] for row in rows} == {"ExactProcess"}
    assert arena.published.open_rows(tenant or arena.stack.settings["TENANT"]) == []
    counted = {row["AlertId"]: row["EventCount"] for row in rows}
    events = [event["AlertId"] for event in arena.published.events()]
    assert {alert_id: events.count(alert_id) for alert_id in counted} == counted


def _fetched(app: App) -> Outbox:
    """The fetch. The wake-up that leaves beside its pointers comes before they do: the alerts are hunted, and
    wait for their look-ups."""
    outbox = fetch_alerts(app.ports, app.policy)
    for wake_up in outbox.wake_ups:
        _hunted(app, wake_up, "beside")
    return outbox


def _enriched(app: App, messages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        wake_up for text in messages for wake_up in enrich_alert(app.ports, app.policy, text, 1).wake_ups
    )


def _hunted(app: App, wake_up: str, holder: str = "me") -> Outbox:
    return hunt_correlate(app.ports, app.policy, wake_up, holder)


def test_two_fetches_at_once(arena: Arena) -> None:
    one, two = arena.app(), arena.app()
    others: list[Outbox] = []
    racing = hooked(one, "ledger", "write", lambda: others.append(_fetched(two)))
    mine = _fetched(racing)
    sent = (*mine.pointers, *others[0].pointers)
    assert len(sent) == len(set(sent)) == 3
    wake_ups = (*mine.wake_ups, *others[0].wake_ups, *_enriched(one, sent))
    _hunted(one, wake_ups[0])
    _right(arena)


def test_a_wake_up_while_the_holder_lets_go_in_both_orders(arena: Arena) -> None:
    app = arena.app()
    fetched = _fetched(app)
    first, second, third = fetched.pointers
    wake_up = (*fetched.wake_ups, *_enriched(app, (first,)))[0]
    late: list[tuple[str, ...]] = []

    def before_it_lets_go() -> None:
        late.append(_enriched(app, (second,)))

    def after_it_let_go() -> None:
        late.append(_enriched(app, (third,)))

    # The holder's last write of the lease lets it go; what is due is read once more right after it.
    twin = hooked(app, "leases", "write", before_it_lets_go, nth=_lease_writes(arena, app))
    _hunted(twin, wake_up)
    assert late == [()], "nobody sends one while the lease is held"
    after_it_let_go()
    assert len(late[1]) == 1, "the one who comes after sends one"
    _hunted(app, late[1][0])
    _right(arena)


def _lease_writes(arena: Arena, app: App) -> int:
    """How often a drain of one alert writes the lease: counted on the same hunt under another tenant."""
    other = arena.app(TENANT="twin")
    fetched = _fetched(other)
    wake_up = (*fetched.wake_ups, *_enriched(other, fetched.pointers[:1]))[0]
    writes: list[int] = []

    class Counting:
        def read(self) -> Lease:
            return other.ports.leases.read()

        def write(self, lease: Lease) -> Lease:
            writes.append(1)
            return other.ports.leases.write(lease)

    _hunted(replace(other, ports=replace(other.ports, leases=Counting())), wake_up)
    return len(writes)


def test_an_expired_lease_is_taken_over(arena: Arena) -> None:
    app, next_holder = arena.app(), arena.app()
    fetched = _fetched(app)
    wake_up = (*fetched.wake_ups, *_enriched(app, fetched.pointers))[0]

    def overtaken() -> None:
        _outlast(app)
        _hunted(next_holder, wake_up, "the next holder")

    _hunted(hooked(app, "event_rows", "write", overtaken), wake_up)
    _right(arena)


def _outlast(app: App) -> None:
    """Returns once the lease as it stands has run out, or nobody holds it."""
    until = app.ports.leases.read().until or app.ports.clock.now()
    time.sleep(max(0.0, (until - app.ports.clock.now()).total_seconds()) + 0.1)


def test_a_stale_enrichment_that_ends_after_a_newer_version_came(arena: Arena) -> None:
    app, other = arena.app(), arena.app()
    fetched = _fetched(app)
    pointers = fetched.pointers
    listed = {raw["id"]: raw for raw in _listed(app)}
    changed = dict(next(raw for raw in listed.values() if raw["title"] == "Suspicious scheduled task"))
    changed["description"] = "More is known now."
    changed["lastUpdateTime"] = Instant.of(app.ports.clock.now()).text()  # the next fetch reads no overlap
    newer: list[tuple[str, ...]] = []

    def a_newer_version_comes() -> None:
        arena.stack.control("alerts", {"value": [changed]})
        poll = replace(other.policy.poll, short_overlap=other.policy.poll.overlap)  # no wait for the minute
        newer.append(_fetched(replace(other, policy=replace(other.policy, poll=poll))).pointers)

    stale = next(text for text in pointers if json.loads(text)["alert"] == changed["id"])
    enrich_alert(hooked(app, "directory", "files", a_newer_version_comes).ports, app.policy, stale, 1)
    # On a slow machine those whose look-ups have not begun are sent again meanwhile.
    assert [text for text in newer[0] if json.loads(text)["generation"] == 2]
    rest = tuple(text for text in pointers if text != stale)
    wake_ups = (*fetched.wake_ups, *_enriched(app, (*rest, *newer[0])))
    _hunted(app, wake_ups[0])
    _right(arena)
    assert arena.row(str(changed["id"]))["AlertDescription"] == "More is known now."


def _listed(app: App) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for window in windows(None, app.ports.clock.now(), app.policy.poll):
        found += [item for item in app.ports.source.updated_in(window).items if isinstance(item, dict)]
    return found


def _until(arena: Arena, done: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not done in time"
        arena.stack.host.run_timer("FetchAlerts")  # as the minutes do in production
        pause = time.monotonic() + 1
        while time.monotonic() < pause and not done():
            time.sleep(0.25)  # a look costs as much as a part of a run


def _is_finished(arena: Arena) -> bool:
    return arena.published.count() == 3 and not arena.published.open_rows(arena.stack.settings["TENANT"])


@pytest.mark.parametrize("how", ["kill_worker", "kill_instance"])
@pytest.mark.parametrize("function", ["EnrichAlert", "HuntCorrelate"])
def test_a_death_with_messages_in_flight(arena: Arena, function: str, how: str) -> None:
    path = "/api/machines.*" if function == "EnrichAlert" else "/v1.0/security/runHuntingQuery"
    arena.stack.host.kill_instance(function)  # one that has run before remembers its look-ups
    deadline = time.monotonic() + 60
    while not arena.stack.host.worker_pids.get(function):
        assert time.monotonic() < deadline, "no instance came"
        time.sleep(0.1)
    arena.stack.control("faults", {"kind": "delay", "path": path, "delay_s": 2.0, "times": 3})
    arena.stack.host.run_timer("FetchAlerts")
    deadline = time.monotonic() + 60
    while arena.stack.control("faults")["value"] and not _asked(arena, path) and time.monotonic() < deadline:
        time.sleep(0.05)
    getattr(arena.stack.host, how)(function)
    arena.stack.control("forget", {"what": ["faults"]})  # what comes after the death need not wait
    _until(arena, lambda: _is_finished(arena))
    _right(arena)
    ended = {Outcome.FAILED: "kill_worker", Outcome.LOST: "kill_instance"}
    assert how in {ended.get(one.outcome) for one in arena.invocations if one.function == function}


def _asked(arena: Arena, path: str) -> bool:
    left = arena.stack.control("faults")["value"]
    return not left or any(int(fault.get("times", 3)) < 3 for fault in left)


def test_two_drainers_at_once_with_a_kill_in_between(arena: Arena) -> None:
    """The worker drains and is killed while a second drainer knocks; the second takes over and finishes."""
    arena.stack.control(
        "faults", {"kind": "delay", "path": "/v1.0/security/runHuntingQuery", "delay_s": 3.0, "times": 2}
    )
    arena.stack.host.run_timer("FetchAlerts")
    app = arena.app()
    deadline = time.monotonic() + 60
    while not app.ports.leases.read().holder:
        assert time.monotonic() < deadline, "nobody took the lease"
        time.sleep(0.05)
    wake_up = WakeUp(arena.stack.settings["TENANT"], "test").to_text()
    assert _hunted(app, wake_up, "second").wake_ups == (), "the lease is held"
    assert app.ports.leases.read().holder != "second"
    arena.stack.host.kill_worker("HuntCorrelate")
    arena.stack.control("forget", {"what": ["faults"]})
    _outlast(app)
    _hunted(app, wake_up, "second")
    _until(arena, lambda: _is_finished(arena))
    _right(arena)


def test_while_the_api_is_down_due_work_runs_and_the_operator_sees_the_error(arena: Arena) -> None:
    hunting = "/v1.0/security/runHuntingQuery"
    arena.stack.control("faults", {"kind": "status", "path": hunting, "status": 503, "times": 6})
    arena.stack.host.run_timer("FetchAlerts")
    down = {"kind": "status", "path": "/api/alerts", "status": 503, "retry_after": 300, "times": 1000}
    arena.stack.control("faults", down)
    assert arena.stack.host.run_timer("FetchAlerts").ok
    checkpoints = arena.app().ports.checkpoints
    assert "Unavailable" in checkpoints.read("defender").last_error
    errors = [entry for entry in arena.logs if entry.level == "Error" and entry.is_user]
    assert any(json.loads(entry.message)["event"] == "fetch failed" for entry in errors)
    _until(arena, lambda: _is_finished(arena))
    _right(arena)
    arena.stack.control("forget", {"what": ["faults"]})
    arena.stack.host.run_timer("FetchAlerts")
    assert checkpoints.read("defender").last_error == ""


def test_logs_are_one_line_of_json_a_record_as_the_host_gets_them(arena: Arena) -> None:
    _until(arena, lambda: _is_finished(arena) and any('"hunted"' in entry.message for entry in arena.logs))
    ours = [entry for entry in arena.logs if entry.is_user]
    events = [json.loads(entry.message)["event"] for entry in ours]
    assert {"fetched", "enriched", "hunted"} <= set(events)
    assert all("\n" not in entry.message and entry.message.isascii() for entry in ours)
    assert not any("eyJ" in entry.message or "Bearer" in entry.message for entry in ours)


def test_without_its_client_id_the_identity_endpoint_gives_no_token(arena: Arena) -> None:
    before = arena.stack.identity.refused.get(400, 0)
    app = arena.app(IDENTITY_CLIENT_ID="another", AzureWebJobsStorage__clientId="another")
    with pytest.raises(Exception, match=r"(?i)client|identity|token"):
        app.ports.ledger.open_rows()
    assert arena.stack.identity.refused.get(400, 0) > before
