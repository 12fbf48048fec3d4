"""A function that nothing keeps warm: its instance starts for a message, takes its time, and goes again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from local.host.from_zero import FromZero
from local.host.function_host import FunctionHost
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_trigger, until

_PASSING = "def main(msg: func.QueueMessage) -> None:\n    pass\n"
_TIMED = "def main(timer: func.TimerRequest) -> None:\n    pass\n"


def _host(app: Path, storage: Storage, zero: FromZero) -> FunctionHost:
    return FunctionHost(
        app,
        storage.settings,
        max_polling_seconds=0.3,
        timers=False,
        ca_bundle=storage.certificates.ca,
        from_zero=zero,
    )


def _ran(host: FunctionHost, times: int) -> Callable[[], bool]:
    return lambda: sum(one.function == "Pass" for one in host.invocations) == times


def test_a_message_starts_the_instance_and_waits_for_its_cold_start(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Fetch": ([TIMER], _TIMED), "Pass": ([queue_trigger(queue)], _PASSING)})

    with _host(app, storage, FromZero(cold_start_s=3.0, idle_s=60.0)) as host:
        assert set(host.worker_pids) == {"Fetch"}, "a timer's function is warm"
        began = time.monotonic()
        storage.put(queue, "one")
        until(_ran(host, 1), 60)
        cold = time.monotonic() - began
        pids = host.worker_pids["Pass"]
        storage.put(queue, "two")
        until(_ran(host, 2), 30)
        assert host.worker_pids["Pass"] == pids, "the second message met a warm one"
        assert host.idle(60)

    assert cold >= 3.0


def test_an_instance_without_work_goes_and_the_next_message_starts_another(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Pass": ([queue_trigger(queue)], _PASSING)})

    with _host(app, storage, FromZero(cold_start_s=0.0, idle_s=0.5)) as host:
        storage.put(queue, "one")
        until(_ran(host, 1), 60)
        until(lambda: not host.worker_pids, 30)
        storage.put(queue, "two")
        until(_ran(host, 2), 60)
        assert all(one.ok and one.dequeue_count == 1 for one in host.invocations)
