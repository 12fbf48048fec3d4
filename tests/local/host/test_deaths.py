"""What becomes of runs and messages when a worker, an instance or a deployment ends badly.

All of it was seen in the host 4.1037 on 2026-11-30, and the numbers below are its seconds; they pass `SPEED`
times as fast.
"""

from __future__ import annotations

import threading
import time

import pytest

from local.host.function_host import FunctionHost
from local.host.loading import load_functions
from local.host.records import Invocation, Outcome
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, queue_trigger, run_host, until

SPEED = 20.0
FIRST_IS_ENDLESS = (
    "import time\n"
    "def main(msg: func.QueueMessage) -> None:\n"
    "    time.sleep(60 if msg.dequeue_count == 1 else 0)\n"
)
TAKE = "def main(msg: func.QueueMessage) -> None:\n    pass\n"
HALF_A_MINUTE = {"visibilityTimeout": "00:00:30", "batchSize": 1}


def _begun(host: FunctionHost, count: int = 1) -> None:
    until(lambda: sum("Function name" in log.message for log in host.logs) >= count)


def _apart(first: Invocation, second: Invocation) -> float:
    """Seconds of the platform from the end of one run to the beginning of the other."""
    return ((second.started - first.started).total_seconds() - first.seconds) * SPEED


def test_a_dead_worker_fails_its_runs_and_gives_their_messages_back_in_half_a_minute(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Work": ([queue_trigger(queue)], FIRST_IS_ENDLESS)}, queues=HALF_A_MINUTE)
    storage.put(queue, "a")
    with run_host(app, storage, speed=SPEED) as host:
        _begun(host)
        before = host.worker_pids["Work"]
        assert [host.kill_worker("Work")] == before
        assert host.idle(60)
        assert host.worker_pids["Work"] != before
        dead, again = host.invocations
    assert (dead.outcome, dead.exception) == (Outcome.FAILED, "the worker process ended with exit code -9")
    assert (again.outcome, again.dequeue_count) == (Outcome.SUCCEEDED, 2)
    assert (dead.exceptions, again.exceptions) == (2, 0)
    assert 30 <= _apart(dead, again) + SPEED * 0.6  # the service counts whole seconds, from a moment before
    assert _apart(dead, again) < 120


def test_a_message_whose_workers_die_five_times_is_poison_at_once(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "import os\ndef main(msg: func.QueueMessage) -> None:\n    os._exit(7)\n"
    app = make_app({"Die": ([queue_trigger(queue)], code)}, queues={"maxDequeueCount": 2, "batchSize": 1})
    storage.put(queue, "deadly")
    with run_host(app, storage, speed=SPEED) as host:
        assert host.idle(60)
        assert [(run.outcome, run.dequeue_count) for run in host.invocations] == [
            (Outcome.FAILED, 1),
            (Outcome.FAILED, 2),
        ]
    assert storage.bodies(f"{queue}-poison") == ["deadly"]


def test_the_third_death_of_a_worker_within_half_an_hour_ends_the_host_and_another_comes_in_eight_seconds(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Work": ([queue_trigger(queue)], TAKE)})
    with run_host(app, storage, speed=SPEED) as host:
        for _ in range(3):
            until(lambda: bool(host.worker_pids.get("Work")))
            killed = host.kill_worker("Work")
            until(lambda: killed not in host.worker_pids.get("Work", []))  # noqa: B023 - ends before the next
        until(lambda: any("restart retry count" in log.message for log in host.logs))
        ended = time.monotonic()
        assert host.worker_pids == {}
        storage.put(queue, "waits")
        until(lambda: bool(host.worker_pids))
        assert (time.monotonic() - ended) * SPEED >= 7
        assert host.idle(60)
        assert [run.outcome for run in host.invocations] == [Outcome.SUCCEEDED]


def test_deaths_further_apart_than_half_an_hour_end_nothing(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Work": ([queue_trigger(queue)], TAKE)})
    with run_host(app, storage, speed=3000) as host:
        for _ in range(3):
            until(lambda: bool(host.worker_pids.get("Work")))
            host.kill_worker("Work")
            time.sleep(0.65)  # 1,950 s
        until(lambda: bool(host.worker_pids.get("Work")))
        assert not any("restart retry count" in log.message for log in host.logs)


@pytest.mark.parametrize(("after", "back"), [(0.0, 600), (320.0, 900)])
def test_messages_of_a_lost_instance_come_back_when_their_leases_end(
    make_app: AppMaker, storage: Storage, queue: str, after: float, back: int
) -> None:
    speed = 150.0
    app = make_app({"Work": ([queue_trigger(queue)], FIRST_IS_ENDLESS)}, queues=HALF_A_MINUTE)
    storage.put(queue, "a")
    with run_host(app, storage, speed=speed) as host:
        _begun(host)
        time.sleep(after / speed)
        host.kill_instance("Work")
        assert host.idle(60)
        lost, again = host.invocations
    assert (lost.outcome, again.outcome, again.dequeue_count) == (Outcome.LOST, Outcome.SUCCEEDED, 2)
    gone = (again.started - lost.started).total_seconds() * speed
    assert back - 100 <= gone <= back + 350  # a second of the queue service is 150 here


def test_a_run_over_the_time_limit_fails_and_its_neighbours_hang_until_their_own(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "import time\n"
        "def main(msg: func.QueueMessage) -> None:\n"
        "    time.sleep(60 if msg.dequeue_count == 1 else 0)\n"
    )
    app = make_app(
        {"Slow": ([queue_trigger(queue)], code)},
        host={"functionTimeout": "00:00:03"},  # of this machine, as what a run takes is
        queues={"newBatchThreshold": 3, "batchSize": 1},
    )
    with run_host(app, storage, speed=SPEED) as host:
        storage.put(queue, "first")
        _begun(host)
        time.sleep(1)
        storage.put(queue, "second")
        _begun(host, 2)
        before = host.worker_pids["Slow"]
        until(lambda: len(host.invocations) == 1)
        until(lambda: host.worker_pids.get("Slow", []) not in (before, []))
        replaced = host.worker_pids["Slow"]
        assert host.idle(60)
        assert host.worker_pids["Slow"] == replaced  # the second one's limit ends no other worker
        first, second = [run for run in host.invocations if run.dequeue_count == 1]
    words = "Timeout value of 0:00:03 was exceeded by function: Functions.Slow"
    assert [(run.outcome, run.exception) for run in (first, second)] == [(Outcome.FAILED, words)] * 2
    assert all(2.9 <= run.seconds <= 4.5 for run in (first, second))


def test_after_sigterm_the_host_fetches_on_for_ten_seconds_and_what_then_runs_is_lost(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "import time\n"
        "def main(msg: func.QueueMessage) -> None:\n"
        "    time.sleep(60 if msg.get_body() == b'long' else 0)\n"
    )
    app = make_app({"Work": ([queue_trigger(queue)], code)}, queues={"newBatchThreshold": 3, "batchSize": 1})
    with run_host(app, storage, speed=5) as host:  # ten seconds are two
        storage.put(queue, "short")
        assert host.idle(60)
        ending = threading.Thread(target=host.terminate)
        began = time.monotonic()
        ending.start()
        storage.put(queue, "late", "long")
        ending.join()
        assert 1.9 <= time.monotonic() - began < 30
        ends = [run.outcome for run in host.invocations]
    assert sorted(ends, key=str) == [Outcome.LOST, Outcome.SUCCEEDED, Outcome.SUCCEEDED]
    assert storage.bodies(queue) == []  # still leased


def test_scale_in_fetches_nothing_more_and_waits_for_what_runs(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "import time\ndef main(msg: func.QueueMessage) -> None:\n    time.sleep(1)\n"
    app = make_app({"Work": ([queue_trigger(queue)], code)}, queues={"batchSize": 1})
    storage.put(queue, "one", "two")
    host = run_host(app, storage).start()
    _begun(host)
    host.stop(drain_seconds=10)
    assert [run.outcome for run in host.invocations] == [Outcome.SUCCEEDED]
    assert storage.bodies(queue) == ["two"]


@pytest.mark.parametrize(
    "wrong",
    [
        "import no_such_module\n" + TAKE,
        "def main(msg: func.QueueMessage, out: func.Out[list[str]]) -> None:\n    pass\n",
        "def main(msg: func.QueueMessage) -> None\n    pass\n",
    ],
    ids=["import", "annotation", "syntax"],
)
def test_a_function_that_cannot_be_loaded_is_begun_all_the_same_and_empties_its_queue_into_poison(
    make_app: AppMaker, storage: Storage, queue: str, wrong: str
) -> None:
    """And fails alone: its neighbours run."""
    outputs = [queue_output(f"{queue}-out")] if "out:" in wrong else []
    app = make_app(
        {
            "Wrong": ([queue_trigger(queue), *outputs], wrong),
            "Right": ([queue_trigger(f"{queue}-2")], TAKE),
        },
        queues={"visibilityTimeout": "00:00:30", "maxDequeueCount": 2},
    )
    storage.put(queue, "a", "b")
    storage.put(f"{queue}-2", "c")
    error = next(one.error for one in load_functions(app) if not one.ok)
    with run_host(app, storage, speed=60, one_process_per_function=False) as host:
        assert list(host.refused) == ["Wrong"]
        assert host.idle(60)
        runs = host.invocations
    assert {run.exception for run in runs if run.function == "Wrong"} == {error}
    assert [run.outcome for run in runs if run.function == "Wrong"] == [Outcome.FAILED] * 4
    assert [run.outcome for run in runs if run.function == "Right"] == [Outcome.SUCCEEDED]
    assert sorted(storage.bodies(f"{queue}-poison")) == ["a", "b"]


def test_what_ends_from_within_without_an_exception_is_answered_by_nobody(
    make_app: AppMaker, storage: Storage
) -> None:
    """The worker answers for an `Exception` alone: a run that ends otherwise hangs until its time limit."""
    hangs = (
        "import asyncio\n"
        "def main(timer: func.TimerRequest) -> None:\n"
        "    raise asyncio.CancelledError('nobody answers')\n"
    )
    leaves = "import sys\ndef main(timer: func.TimerRequest) -> None:\n    sys.exit(3)\n"
    functions = {"Hangs": ([TIMER], hangs), "Leaves": ([TIMER], leaves)}
    app = make_app(functions, host={"functionTimeout": "00:00:02"})
    with run_host(app, storage, speed=SPEED) as host:
        hung = host.run_timer("Hangs")
        left = host.run_timer("Leaves")
    assert (hung.exception or "").startswith("Timeout value of 0:00:02")
    assert hung.seconds >= 2
    assert left.exception == "the worker process ended with exit code 3"
