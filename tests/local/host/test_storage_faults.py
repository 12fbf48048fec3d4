"""What the host bears of its storage, and what ends it: queues behind a door that injects faults.

As seen in the host 4.1037 with Storage.Queues 5.3.10 behind such a proxy on 2026-11-30.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from local.host.clock import HostClock
from local.host.function_host import FunctionHost
from local.host.records import Outcome
from tests.adapters.service import Asked, Reply
from tests.faults.storage_door import StorageDoor
from tests.local.host.conftest import AppMaker, Storage, queue_output, queue_trigger, run_host, until

SPEED = 60.0
BUSY = Reply(503, b"<Error><Code>ServerBusy</Code></Error>")
FORBIDDEN = Reply(403, b"<Error><Code>AuthorizationFailure</Code></Error>")
NOBODY = Reply(0)
TAKE = "def main(msg: func.QueueMessage) -> None:\n    pass\n"


@pytest.fixture
def door(storage: Storage) -> Iterator[StorageDoor]:
    door = StorageDoor(storage.certificates, storage.azurite.queue_uri)
    with door.service:
        yield door


def _host(app: Path, storage: Storage, door: StorageDoor, speed: float = SPEED) -> FunctionHost:
    connection = storage.azurite.connection_string.replace(storage.azurite.queue_uri, door.uri)
    return run_host(app, storage, settings={"AzureWebJobsStorage": connection}, speed=speed)


def _is_fetch(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path.endswith("/messages")


def _times(reply: Reply, count: int, which: Callable[[Asked], bool]) -> Callable[[Asked], Reply | None]:
    left = [reply] * count
    return lambda asked: left.pop() if left and which(asked) else None


def _has_ended(host: FunctionHost) -> bool:
    return any(log.level == "Critical" and log.message.endswith("The host ends.") for log in host.logs)


@pytest.mark.parametrize(("fault", "ends"), [(FORBIDDEN, True), (NOBODY, True), (BUSY, False)])
def test_one_refusal_or_no_connection_for_half_a_minute_ends_the_host_and_a_busy_service_does_not(
    make_app: AppMaker, storage: Storage, door: StorageDoor, queue: str, fault: Reply, ends: bool
) -> None:
    app = make_app({"Take": ([queue_trigger(queue)], TAKE)})
    storage.put(queue, "x")
    door.fault = _times(fault, 1 if fault is FORBIDDEN else 6, _is_fetch)
    with _host(app, storage, door) as host:
        assert host.idle(60)
        assert [run.outcome for run in host.invocations] == [Outcome.SUCCEEDED]  # of the next host, if any
        assert _has_ended(host) == ends


def test_a_fetch_is_tried_six_times_within_24_seconds(
    make_app: AppMaker, storage: Storage, door: StorageDoor, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never sooner; how much later a try comes is a matter of how busy this machine is."""
    tries: list[float] = []
    waits: list[float] = []
    wait = HostClock.wait

    def heard(self: HostClock, until: threading.Event, seconds: float) -> bool:
        if threading.current_thread().name.startswith("listen"):
            waits.append(seconds)
        return wait(self, until, seconds)

    def busy(asked: Asked) -> Reply | None:
        if _is_fetch(asked) and len(tries) < 6:
            tries.append(time.monotonic())
            return BUSY
        return None

    door.fault = busy
    monkeypatch.setattr(HostClock, "wait", heard)
    with _host(make_app({"Take": ([queue_trigger(queue)], TAKE)}), storage, door) as host:
        until(lambda: any("cannot be read" in log.message for log in host.logs))
    after = [(moment - tries[0]) * SPEED for moment in tries]
    assert list(accumulate(waits[:5])) == pytest.approx([0.7, 2.2, 5.5, 11.7, 24])
    assert len(tries) == 6
    assert all(came >= said - 0.1 for came, said in zip(after[1:], accumulate(waits), strict=False))


def test_an_answer_that_is_lost_on_the_way_leases_the_messages_to_nobody_and_nobody_says_so(
    make_app: AppMaker, storage: Storage, door: StorageDoor, queue: str
) -> None:
    app = make_app({"Take": ([queue_trigger(queue)], TAKE)})
    storage.put(queue, "x")
    door.lose = _times(NOBODY, 1, _is_fetch)
    with _host(app, storage, door, speed=150) as host:
        began = time.monotonic()
        assert host.idle(60)
        (run,) = host.invocations
        assert (run.outcome, run.dequeue_count) == (Outcome.SUCCEEDED, 2)
        assert (time.monotonic() - began) * 150 >= 500
        assert [log for log in host.logs if log.category == "Host"] == []


@pytest.mark.parametrize("method", ["DELETE", "PUT"], ids=["end of a run", "renewal of a lease"])
def test_a_lease_that_cannot_be_renewed_or_a_message_that_cannot_be_deleted_ends_the_host(
    make_app: AppMaker, storage: Storage, door: StorageDoor, queue: str, method: str
) -> None:
    """And the work is done once more."""
    code = "import time\ndef main(msg: func.QueueMessage) -> str:\n    time.sleep(0.6)\n    return 'done'\n"
    app = make_app({"Work": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)})
    storage.put(queue, "x")
    path = f"/{queue}/messages/"
    door.fault = _times(BUSY, 6, lambda asked: asked.method == method and path in asked.path)
    with _host(app, storage, door, speed=600) as host:
        assert host.idle(30)
        assert _has_ended(host)
        last = host.invocations[-1]
        assert (last.outcome, last.dequeue_count) == (Outcome.SUCCEEDED, 2)
        if method == "DELETE":
            assert [run.outcome for run in host.invocations] == [Outcome.SUCCEEDED] * 2
    assert len(storage.bodies(f"{queue}-out")) == (2 if method == "DELETE" else 1)


def test_a_body_that_cannot_be_set_aside_ends_the_listener(
    make_app: AppMaker, storage: Storage, door: StorageDoor, queue: str
) -> None:
    app = make_app({"Take": ([queue_trigger(queue)], TAKE)})
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message("{plain}")
    door.fault = _times(FORBIDDEN, 1, lambda asked: asked.method == "POST")
    with _host(app, storage, door) as host:
        until(lambda: _has_ended(host))
