"""Publishing, look-ups and hunting, each made slow in turn: the other two go on meanwhile.

What is slow stands still until the test has seen that the others have gone on; each waits for a sign of
another, and for no time.
"""

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import pytest

from shared.core.correlate.finding import Cell
from shared.core.lookups.entities import Lookup, Outcome
from shared.core.values import table_keys
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt import draining
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World, row_of

POLICY = Policy()
PATIENCE = 60.0  # seconds, after which something else is wrong
PIDS = {"first": 3276, "second": 4711, "third": 5822, "fourth": 6933}


class Slow:
    """One thing that stands still from when it `begins` until the test lets it `go_on`."""

    def __init__(self) -> None:
        self.begins, self.goes_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begins.set()
        assert self.goes_on.wait(PATIENCE)


class Running(threading.Thread):
    """One run of a function."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._do = do
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._do()
        except BaseException as err:
            self.error = err

    def end(self) -> None:
        self.join(PATIENCE)
        assert (self.is_alive(), self.error) == (False, None)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setattr(draining, "_LOOK_EVERY", 0.01)
    yield


def _alert(name: str) -> dict[str, object]:
    raw = raw_alert(name, minutes_ago=-0.5)
    raw["evidence"] = [{**raw["evidence"][0], "processId": PIDS[name]}]  # type: ignore[index]  # a list
    return raw


def _world(**outside: Any) -> World:
    """A minute after the installation, with the first alert listed."""
    world = World(**outside)
    fetch_alerts(world.ports(), POLICY)
    world.pass_time(minutes=1)
    world.alerts.append(_alert("first"))
    return world


def _begun(world: World, policy: Policy = POLICY) -> Running:
    """The drain of the first alert, which was looked up."""
    fetched = fetch_alerts(world.ports(), POLICY)
    for pointer in fetched.pointers:
        enrich_alert(world.ports(), POLICY, pointer, 1)
    ports = world.ports()
    return Running(lambda: hunt_correlate(ports, policy, fetched.wake_ups[0], "one#1"))


def _comes(world: World, name: str, *, is_looked_up: bool = True) -> None:
    """Another alert comes while the drain goes on."""
    world.alerts.append(_alert(name))
    fetched = fetch_alerts(world.ports(), POLICY)
    assert (len(fetched.pointers), fetched.wake_ups) == (1, ()), "somebody drains"
    if is_looked_up:
        assert enrich_alert(world.ports(), POLICY, fetched.pointers[0], 1).wake_ups == ()


def _until(condition: Callable[[], bool]) -> bool:
    pause, tries = threading.Event(), int(PATIENCE / 0.01)
    return any(condition() or pause.wait(0.01) for _ in range(tries))


def _is_shown(world: World, name: str) -> bool:
    return any(key == table_keys.safe_id(name) for _, key in list(world.rows))


def test_while_a_hunt_is_slow_new_alerts_are_looked_up_hunted_and_published() -> None:
    slow = Slow()

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if str(PIDS["first"]) in kql:
            slow()
        return []

    world = _world(hunt=hunt)
    drain = _begun(world)
    assert slow.begins.wait(PATIENCE)
    _comes(world, "second")
    assert _until(lambda: _is_shown(world, "second"))
    assert not _is_shown(world, "first")
    slow.goes_on.set()
    drain.end()
    assert row_of(world, "first")["CorrelationReason"] == "TelemetryNotInYet"
    assert world.lease.holder == ""


def test_while_publishing_is_slow_new_alerts_are_looked_up_and_hunted() -> None:
    slow, hunted = Slow(), threading.Event()

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if str(PIDS["second"]) in kql:
            hunted.set()
        return []

    world = _world(hunt=hunt)
    world.before_effect["write alert row"] = [slow]
    drain = _begun(world)
    assert slow.begins.wait(PATIENCE)
    _comes(world, "second")
    assert hunted.wait(PATIENCE)
    assert world.rows == {}
    slow.goes_on.set()
    drain.end()
    assert _is_shown(world, "first")
    assert _is_shown(world, "second")


def test_while_look_ups_are_slow_alerts_are_hunted_and_published() -> None:
    slow = Slow()

    def answer(kind: str, _key: str) -> Lookup[object]:
        if kind == "device":
            slow()
        return Lookup(Outcome.NOT_FOUND)

    world = _world(directory_answers=answer)
    fetched = fetch_alerts(world.ports(), POLICY)
    ports = world.ports()
    look_ups = Running(lambda: enrich_alert(ports, POLICY, fetched.pointers[0], 1))
    assert slow.begins.wait(PATIENCE)
    hunt_correlate(world.ports(), POLICY, fetched.wake_ups[0], "one#1")
    row = row_of(world, "first")
    assert (row["CorrelationReason"], row["NotifyState"]) == ("TelemetryNotInYet", "pending")
    slow.goes_on.set()
    look_ups.end()
    assert world.open["first"].publish_due == world.now, "the row is told with what they found"


def test_what_is_under_way_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than a batch is under way: what a drain holds in memory has an end."""
    slow = Slow()

    def hunt(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        slow()
        return []

    policy = Policy(batch_size=2, group_size=2)
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(9)], hunt=hunt)
    fetched = fetch_alerts(world.ports(), policy)
    for pointer in fetched.pointers:
        enrich_alert(world.ports(), policy, pointer, 1)
    ports = world.ports()
    drain = Running(lambda: hunt_correlate(ports, policy, fetched.wake_ups[0], "one#1"))
    assert slow.begins.wait(PATIENCE)
    assert _until(lambda: sum(row.attempts for row in list(world.open.values())) == 2)
    threading.Event().wait(0.2)  # in which it looks some twenty times
    assert sum(row.attempts for row in list(world.open.values())) == 2
    slow.goes_on.set()
    drain.end()
    assert len(world.rows) == 9


def test_while_late_rows_are_written_alerts_are_hunted() -> None:
    """As many as a batch wait too long for their row: their writing keeps no hunt from being made."""
    slow, hunted = Slow(), threading.Event()

    def hunt(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        hunted.set()
        return []

    policy = Policy(batch_size=2, group_size=2, show_after=30.0)
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(5)], hunt=hunt)
    fetched = fetch_alerts(world.ports(), policy)
    for pointer in fetched.pointers:
        enrich_alert(world.ports(), policy, pointer, 1)
    world.pass_time(seconds=31)
    world.before_effect["write alert row"] = [slow]
    ports = world.ports()
    drain = Running(lambda: hunt_correlate(ports, policy, fetched.wake_ups[0], "one#1"))
    assert slow.begins.wait(PATIENCE)
    assert hunted.wait(PATIENCE)
    assert world.rows == {}
    slow.goes_on.set()
    drain.end()
    assert {row.columns["CorrelationReason"] for row in world.rows.values()} == {"TelemetryNotInYet"}


def test_where_more_are_due_than_go_together_those_that_wait_have_their_rows_sooner() -> None:
    slow = Slow()

    def hunt(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        slow()
        return []

    policy = Policy(batch_size=2, group_size=2)
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(7)], hunt=hunt)
    fetched = fetch_alerts(world.ports(), policy)
    for pointer in fetched.pointers:
        enrich_alert(world.ports(), policy, pointer, 1)
    world.pass_time(seconds=policy.show_in_a_storm_after + 1)
    ports = world.ports()
    drain = Running(lambda: hunt_correlate(ports, policy, fetched.wake_ups[0], "one#1"))
    assert slow.begins.wait(PATIENCE)
    assert _until(lambda: len(world.rows) == 5)
    assert {row.columns["CorrelationStatus"] for row in world.rows.values()} == {"Pending"}
    slow.goes_on.set()
    drain.end()
    assert len(world.rows) == 7


def test_alerts_that_come_while_no_call_may_be_made_share_their_questions() -> None:
    slow, together = Slow(), threading.Event()
    asked: list[set[str]] = []

    def hunt(_name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        names = {name for name, pid in PIDS.items() if str(pid) in kql}
        asked.append(names)
        if names & {"first", "second"}:
            slow()
        if names == {"third", "fourth"}:
            together.set()
        return []

    policy = Policy(hunts_at_once=2)
    world = _world(hunt=hunt)
    drain = _begun(world, policy)
    _comes(world, "second")
    assert _until(lambda: len(asked) == 2)
    _comes(world, "third")
    _comes(world, "fourth")
    threading.Event().wait(0.2)  # in which it looks some twenty times
    assert asked == [{"first"}, {"second"}]
    assert [world.open[name].attempts for name in ("third", "fourth")] == [0, 0]
    slow.goes_on.set()
    drain.end()
    assert together.is_set()
