"""Bodies that no function should be given, and those that change what it is told.

As seen in the host 4.1037 with the worker 4.40 on 2026-11-30.
"""

from __future__ import annotations

import base64
import json

from local.host.records import Outcome
from tests.local.host.conftest import AppMaker, Storage, queue_output, queue_trigger, run_host

TELL = (
    "def main(msg: func.QueueMessage) -> str:\n"
    "    return f'{msg.id} {msg.dequeue_count} {msg.get_body().decode()}'\n"
)


def _tell(queue: str) -> tuple[list[dict[str, str]], str]:
    return [queue_trigger(queue), queue_output(f"{queue}-out", "$return")], TELL


def test_a_body_that_is_not_base64_is_poison_at_its_first_delivery_and_its_neighbours_run(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Take": _tell(queue)}, queues={"maxDequeueCount": 5})
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message("{plain}")
    storage.put(queue, "neighbour")
    with run_host(app, storage) as host:
        assert host.idle(60)
        assert [(run.outcome, run.dequeue_count) for run in host.invocations] == [(Outcome.SUCCEEDED, 1)]
        (said,) = [log for log in host.logs if "MaxDequeueCount" in log.message]
    assert [m.content for m in storage.queue(f"{queue}-poison").peek_messages()] == ["{plain}"]
    assert said.level == "Warning"
    assert said.category.endswith("Queues.QueueProcessor")
    assert said.message == (
        f"Message has reached MaxDequeueCount of 5. Moving message to queue '{queue}-poison'."
    )


def test_a_body_that_is_not_utf_8_fails_as_often_as_it_may_and_never_reaches_the_app(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Take": _tell(queue)}, queues={"maxDequeueCount": 3})
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message(base64.b64encode(b"\xff\xfe").decode())
    with run_host(app, storage) as host:
        assert host.idle(60)
        runs = host.invocations
        assert not any("Function name" in log.message for log in host.logs)
    assert [(run.outcome, run.exception) for run in runs] == [
        (Outcome.FAILED, "Exception binding parameter 'msg'")
    ] * 3
    assert len(storage.queue(f"{queue}-poison").peek_messages()) == 1


def test_the_fields_of_a_body_replace_the_message_s_own_properties(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Take": _tell(queue)})
    evil = json.dumps({"DequeueCount": 77, "Id": "evil", "other": [1]})
    storage.put(queue, evil)
    with run_host(app, storage) as host:
        assert host.idle(60)
        assert [run.dequeue_count for run in host.invocations] == [1]  # the host knows better than the app
    assert storage.bodies(f"{queue}-out") == [f"evil 77 {evil}"]


def test_a_field_of_a_wrong_type_fails_the_message_before_the_app(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app({"Take": _tell(queue)}, queues={"maxDequeueCount": 2})
    bodies = ['{"DequeueCount":"many"}', '{"InsertionTime":"yesterday"}']
    storage.put(queue, *bodies)
    with run_host(app, storage) as host:
        assert host.idle(60)
        assert [run.outcome for run in host.invocations] == [Outcome.FAILED] * 4
    assert sorted(storage.bodies(f"{queue}-poison")) == bodies
    assert storage.bodies(f"{queue}-out") == []
