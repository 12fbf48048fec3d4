"""When a timer function runs: never twice at once, one run to catch up, past due only at the start."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from itertools import pairwise

from local.host.activity import Activity
from local.host.invoking import TriggerInput
from local.host.records import Invocation, Outcome
from local.host.schedule import Schedule
from local.host.timers import TimerListener, TimerStatus


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
    runs: _Runs, schedule: str, *, startup: bool = False, status: TimerStatus | None = None
) -> TimerListener:
    return TimerListener(
        "Tick",
        Schedule(schedule),
        run_on_startup=startup,
        run=runs,
        on_end=lambda invocation: None,
        status={} if status is None else status,
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
    status: TimerStatus = {"Tick": missed}
    timer = _timer(runs, "0 0 * * * *", status=status)
    timer.start()
    time.sleep(0.3)
    timer.stop()
    assert [request["IsPastDue"] for request in runs.inputs] == [True]
    assert status["Tick"] > missed  # recorded as done, although the run failed


def test_nothing_is_past_due_when_nothing_was_missed() -> None:
    runs = _Runs()
    timer = _timer(runs, "0 0 * * * *", startup=True)
    timer.start()
    time.sleep(0.3)
    timer.stop()
    assert [request["IsPastDue"] for request in runs.inputs] == [False]


def test_a_frequent_timer_is_not_recorded() -> None:
    runs = _Runs()
    status: TimerStatus = {"Tick": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    timer = _timer(runs, "*/30 * * * * *", status=status)
    timer.run_now()
    assert runs.inputs[0]["ScheduleStatus"] is None
    assert status["Tick"] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
