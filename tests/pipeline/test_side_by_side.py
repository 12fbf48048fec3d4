"""Hunts of one drain that run side by side: each is published as it ends."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.core.correlate.finding import Cell
from shared.core.progress import LedgerRow
from shared.core.progress.due_index import LATE, DueEntry, Span
from shared.core.values import table_keys
from shared.errors import Throttled
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt import draining
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from tests.pipeline.fakes import FakeLedger
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, World, row_of

FILE = {"entityType": "File", "fileName": "a.exe", "sha1": "89abcdef0123456789abcdef0123456789abcdef"}


def _due() -> tuple[World, str]:
    """A world where an alert with a process and one with a file alone are due, and the wake-up."""
    alerts = [raw_alert("process", minutes_ago=5), raw_alert("file", minutes_ago=5, evidence=[FILE])]
    world = World(alerts=alerts)
    fetched = fetch_alerts(world.ports(), Policy())
    for text in fetched.pointers:
        enrich_alert(world.ports(), Policy(), text, 1)
    return world, fetched.wake_ups[0]


def test_an_alert_does_not_wait_for_a_slow_query_of_others() -> None:
    world, wake_up = _due()
    early: list[bool] = []

    def hunt(name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        if name == "evidence":
            until = time.monotonic() + 60
            while not _is_published(world, "process") and time.monotonic() < until:
                time.sleep(0.005)
            early.append(_is_published(world, "process"))
        return []

    world.hunt = hunt
    assert hunt_correlate(world.ports(), Policy(), wake_up, "me").wake_ups == ()
    assert early == [True]
    assert _is_published(world, "file")


def test_a_hunt_without_quota_keeps_nothing_of_another_from_being_published() -> None:
    world, wake_up = _due()

    def hunt(name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        if name == "evidence":
            raise Throttled("come back later", retry_after=900)
        return []

    world.hunt = hunt
    hunt_correlate(world.ports(), Policy(), wake_up, "me")
    assert row_of(world, "process")["CorrelationReason"] == "TelemetryNotInYet"
    assert row_of(world, "file")["CorrelationReason"] == "Throttled"
    assert world.lease.holder == ""


def test_an_alert_that_did_not_end_is_hunted_with_nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends the worker after a while took with it what was hunted alone at the same time."""
    monkeypatch.setattr(draining, "_LOOK_EVERY", 0.01)
    alerts = [raw_alert(f"a{n}", minutes_ago=5) for n in range(6)]
    for n, raw in enumerate(alerts):
        raw["evidence"] = [{**raw["evidence"][0], "processId": 40_000 + n}]  # type: ignore[index]  # a list
    world = World(alerts=alerts)
    fetched = fetch_alerts(world.ports(), Policy())
    begun = {"a0", "a1", "a2"}
    for alert_id in begun:
        world.stands(replace(world.open[alert_id], attempts=1))
    coming = world.open["a5"]
    waiting = replace(coming, hunt_due=START + timedelta(days=1), was_published=True)
    world.stands(waiting)
    under_way, beside, hunted = Counter[str](), list[set[str]](), set[str]()
    counting = threading.Lock()

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        mine = {f"a{n}" for n in range(6) if str(40_000 + n) in kql}
        with counting:
            under_way.update(mine)
            hunted.update(mine)
            beside.append(set(+under_way))
        time.sleep(0.05)  # for others to be begun beside it, were they
        with counting:
            under_way.subtract(mine)
        return []

    look = draining.due_now

    def looked(*args: Any, **kinds: Any) -> list[LedgerRow]:
        if hunted & begun and world.open.get("a5") == waiting:
            world.stands(coming)  # is due now, whatever is under way
        return look(*args, **kinds)

    monkeypatch.setattr(draining, "due_now", looked)
    world.hunt = hunt
    hunt_correlate(world.ports(), Policy(), fetched.wake_ups[0], "me")
    assert hunted == {f"a{n}" for n in range(6)}
    assert [at_once for at_once in beside if at_once & begun and len(at_once) > 1] == []


def test_no_work_is_looked_for_while_none_could_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_LOOK_EVERY", 0.01)
    world, wake_up = _due()
    ledger, both, seen = _Watched(world), threading.Barrier(2), list[set[str]]()

    def hunt(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        if not ledger.is_watched:
            both.wait(60)
            ledger.is_watched = True
            until = time.monotonic() + 60
            while len(ledger.lanes) < 6 and time.monotonic() < until:
                time.sleep(0.005)
            seen.extend(ledger.lanes[1:5])  # the first may have begun before
        return []

    world.hunt = hunt
    hunt_correlate(replace(world.ports(), ledger=ledger), Policy(hunts_at_once=2), wake_up, "me")
    assert seen
    assert all(lanes == {LATE} for lanes in seen)


class _Watched(FakeLedger):
    """Notes which lanes are looked at, once it is watched."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.is_watched = False
        self.lanes: list[set[str]] = []

    def due_entries(self, spans: Sequence[Span]) -> list[list[DueEntry]]:
        if self.is_watched:
            self.lanes.append({span.lane for span in spans})
        return super().due_entries(spans)


def _is_published(world: World, alert_id: str) -> bool:
    return any(key == table_keys.safe_id(alert_id) for _, key in list(world.rows))
