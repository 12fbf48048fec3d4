"""What the host does when a run fails: poison queues, renewed leases, oversize outputs."""

from __future__ import annotations

from local.host.records import LogEntry, Outcome
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, queue_trigger, run_host


def test_a_failing_message_waits_comes_back_and_ends_in_the_poison_queue(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "def main(msg: func.QueueMessage, out: func.Out[str]) -> None:\n"
        "    out.set('must never be sent')\n"
        "    raise ValueError(f'try {msg.dequeue_count}')\n"
    )
    app = make_app(
        {"Fail": ([queue_trigger(queue), queue_output(f"{queue}-out")], code)},
        queues={"visibilityTimeout": "00:00:01", "maxDequeueCount": 2},
    )
    storage.put(queue, "bad luck")
    with run_host(app, storage, speed=1) as host:
        assert host.idle(60)
        runs = host.invocations
        (set_aside_at,) = [log.at for log in host.logs if "MaxDequeueCount" in log.message]
    assert [(run.outcome, run.exception) for run in runs] == [
        (Outcome.FAILED, "ValueError: try 1"),
        (Outcome.FAILED, "ValueError: try 2"),
    ]
    assert "raise ValueError" in runs[0].stack_trace
    assert (runs[1].started - runs[0].started).total_seconds() >= 1  # the wait after a failure
    assert (set_aside_at - runs[1].started).total_seconds() < 0.9  # the last failure waits for nothing
    assert storage.bodies(f"{queue}-poison") == ["bad luck"]
    (set_aside,) = storage.queue(f"{queue}-poison").peek_messages()
    assert set_aside.inserted_on is not None and set_aside.expires_on is not None
    assert (set_aside.expires_on - set_aside.inserted_on).days == 7
    assert storage.bodies(f"{queue}-out") == []  # nothing leaves after an exception


def test_a_message_that_died_too_often_is_set_aside_without_running(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app(
        {"Take": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n")}
    )
    storage.put(queue, "old")
    for _ in range(2):  # as often as maxDequeueCount allows
        (message,) = storage.queue(queue).receive_messages()
        storage.queue(queue).update_message(message, visibility_timeout=0)
    with run_host(app, storage) as host:
        assert host.idle(60)
        assert host.invocations == []
        assert any("MaxDequeueCount of 2" in log.message for log in host.logs)
    assert storage.bodies(f"{queue}-poison") == ["old"]


def test_an_oversize_output_fails_the_run_and_leaves_what_was_sent_before_it(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "def main(msg: func.QueueMessage, out: func.Out[typing.List[str]]) -> None:\n"
        "    out.set(['x' * 49152, 'x' * 49153, 'never'])\n"
    )
    app = make_app({"Big": ([queue_trigger(queue), queue_output(f"{queue}-out")], code)})
    storage.put(queue, "go")
    with run_host(app, storage) as host:
        assert host.idle(60)
        runs = host.invocations
    assert [(run.outcome, run.outputs) for run in runs] == [(Outcome.FAILED, 1), (Outcome.FAILED, 1)]
    assert "RequestBodyTooLarge" in (runs[0].exception or "") or "413" in (runs[0].exception or "")
    assert [len(body) for body in storage.bodies(f"{queue}-out")] == [49152, 49152]  # once for each try
    assert storage.bodies(f"{queue}-poison") == ["go"]


def test_a_slow_run_keeps_its_message_by_renewing_the_lease(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "import time\ndef main(msg: func.QueueMessage) -> None:\n    time.sleep(2.2)\n"  # 1,320 s
    app = make_app({"Slow": ([queue_trigger(queue)], code)}, queues={"newBatchThreshold": 1})  # it fetches on
    storage.put(queue, "once")
    with run_host(app, storage, speed=600) as host:
        assert host.idle(60)
        assert [(run.outcome, run.dequeue_count) for run in host.invocations] == [(Outcome.SUCCEEDED, 1)]


def test_a_caller_s_failing_callback_stops_nothing(make_app: AppMaker, storage: Storage) -> None:
    def fail(entry: LogEntry) -> None:
        raise RuntimeError("display gone")

    app = make_app({"Tick": ([TIMER], "def main(timer: func.TimerRequest) -> None:\n    print('x')\n")})
    with run_host(app, storage, on_log=fail) as host:
        assert host.run_timer("Tick").ok
        assert host.run_timer("Tick").ok
        assert any("display gone" in log.message for log in host.logs)
