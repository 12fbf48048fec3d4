"""When a timer function runs: in one instance, never twice at once, one run to catch up, past due only at the
start. As seen in the host 4.1037 on 2026-11-30."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from itertools import pairwise

from local.host.activity import Activity
from local.host.clock import HostClock
from local.host.hearing import Hearing
from local.host.records import Invocation, Outcome
from local.host.schedule import Schedule
from local.host.timers import TimerListener, TimerStore
from local.host.trigger_input import TriggerInput
from tests.local.host.conftest import until


class _Runs:
    """Stands in for the function: notes when runs begin and end; `seconds` are those of the first ones."""

    def __init__(self, *seconds: float) -> None:
        self.spans: list[tuple[float, float]] = []
        self.inputs: list[dict[str, object]] = []
        self._seconds = list(seconds)

    def __call__(self, trigger: TriggerInput) -> Invocation:
        began = time.time()
        self.inputs.append(json.loads(trigger.value.json))
        time.sleep(self._seconds.pop(0) if self._seconds else 0)
        self.spans.append((began, time.time()))
        return Invocation(
            function="Tick",
            invocation_id="1",
            trigger="timerTrigger",
            outcome=Outcome.FAILED,
            started=dt.datetime.now(dt.UTC),
            seconds=time.time() - began,
            outputs=0,
        )


def _timer(
    runs: _Runs,
    schedule: str,
    *,
    startup: bool = False,
    store: TimerStore | None = None,
    ended: threading.Event | None = None,
    speed: float = 1.0,
    clock: HostClock | None = None,
) -> TimerListener:
    return TimerListener(
        "Tick",
        Schedule(schedule),
        run_on_startup=startup,
        run=runs,
        hearing=Hearing(),
        store=TimerStore() if store is None else store,
        clock=clock or HostClock(speed),
        ended=ended or threading.Event(),
        activity=Activity(),
    )


def test_a_run_longer_than_the_period_is_followed_by_one_at_once_and_never_by_two() -> None:
    runs = _Runs(2.4)
    timer = _timer(runs, "* * * * * *")
    timer.start()
    while len(runs.spans) < 3:
        time.sleep(0.01)
    timer.stop()
    (first_start, first_end), (catch_up, _), (third, _) = runs.spans[:3]
    assert 0 <= catch_up - first_end < 0.3
    assert round(third) == round(first_start) + 3  # and not a second one at once for the other missed second
    assert all(0 <= later[0] - earlier[1] for earlier, later in pairwise(runs.spans))
    assert all(not request["IsPastDue"] for request in runs.inputs)


def test_a_run_by_hand_waits_for_the_one_that_runs() -> None:
    runs = _Runs(0.3, 0.3)
    timer = _timer(runs, "0 0 0 1 1 *")
    both = [threading.Thread(target=timer.run_now) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    (_, first_end), (second_start, _) = runs.spans
    assert second_start >= first_end


def test_several_missed_occurrences_become_one_run_that_is_past_due() -> None:
    runs = _Runs()
    missed = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    store = TimerStore(upcoming={"Tick": missed})
    timer = _timer(runs, "0 0 * * * *", store=store)
    timer.start()
    time.sleep(0.3)
    timer.stop()
    assert [request["IsPastDue"] for request in runs.inputs] == [True]
    assert store.upcoming["Tick"] > missed  # recorded as done, although the run failed


def test_nothing_is_past_due_when_nothing_was_missed() -> None:
    runs = _Runs()
    timer = _timer(runs, "0 0 * * * *", startup=True)
    timer.start()
    time.sleep(0.3)
    timer.stop()
    assert [request["IsPastDue"] for request in runs.inputs] == [False]


def test_the_last_run_that_a_run_is_told_of_is_the_one_before_it() -> None:
    runs = _Runs()
    timer = _timer(runs, "0 0 * * * *")
    before = dt.datetime.now(dt.UTC)
    timer.run_now()
    timer.run_now()
    first, second = [request["ScheduleStatus"] for request in runs.inputs]
    assert isinstance(first, dict) and isinstance(second, dict)
    assert dt.datetime.fromisoformat(first["Last"]).year == 1
    assert before <= dt.datetime.fromisoformat(second["Last"]) <= before + dt.timedelta(seconds=1)


def test_a_frequent_timer_is_not_recorded() -> None:
    runs = _Runs()
    store = TimerStore(upcoming={"Tick": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})
    timer = _timer(runs, "*/30 * * * * *", store=store)
    timer.run_now()
    assert runs.inputs[0]["ScheduleStatus"] is None
    assert store.upcoming["Tick"] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_a_timer_runs_in_one_of_two_instances_and_another_begins_two_minutes_after_its_death_at_worst() -> (
    None
):
    store, died, speed = TimerStore(), threading.Event(), 60.0
    first, second = _Runs(), _Runs()
    one = _timer(first, "* * * * * *", store=store, ended=died, speed=speed)
    two = _timer(second, "* * * * * *", store=store, speed=speed)
    one.start()
    until(lambda: len(first.spans) == 1)
    two.start()
    until(lambda: len(first.spans) == 3)
    assert second.spans == []  # though the lease of 60 s, a second here, would have ended twice
    died.set()
    one.stop()
    death = time.monotonic()
    until(lambda: not store.take("Tick", "a third", HostClock(speed).monotonic() - 60) and bool(second.spans))
    two.stop()
    # The lease and the look after its end, then the next second.
    assert 45 <= (time.monotonic() - death) * speed <= 120 + 30 * speed


class _Noting(HostClock):
    """A clock that notes how long somebody would wait, and lets nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return super().wait(event, 0.01)


def test_who_waits_for_a_timer_looks_once_a_minute() -> None:
    store, clock, runs = TimerStore(), _Noting(), _Runs()
    store.take("Tick", "a holder", clock.monotonic())
    timer = _timer(runs, "* * * * * *", store=store, clock=clock)
    timer.start()
    until(lambda: len(clock.waits) > 2)
    timer.stop()
    assert set(clock.waits) == {60.0}
    assert runs.spans == []


def test_who_begins_has_at_once_a_timer_that_was_handed_over() -> None:
    store = TimerStore()
    first, second, third = _Runs(), _Runs(), _Runs()
    one, two, three = (_timer(runs, "* * * * * *", store=store) for runs in (first, second, third))
    one.start()
    until(lambda: len(first.spans) == 1)
    two.start()  # and looks in vain
    time.sleep(0.2)
    one.stop()
    three.start()
    until(lambda: len(third.spans) == 1)
    two.stop()
    three.stop()
    assert second.spans == []
