"""The function host on real storage with the real worker library: queues, outputs, failures, time limits."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from azure.data.tables import TableServiceClient

from local.host.function_host import FunctionHost
from local.host.records import LogEntry, Outcome
from local.identity import IdentityEndpoint
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, queue_trigger


def _host(
    app: Path,
    storage: Storage,
    *,
    settings: Mapping[str, str] | None = None,
    lease_seconds: float = 3,
    max_polling_seconds: float = 0.3,
    one_process_per_function: bool = True,
    instances: Mapping[str, int] | None = None,
    on_log: Callable[[LogEntry], None] | None = None,
) -> FunctionHost:
    return FunctionHost(
        app,
        storage.settings if settings is None else settings,
        lease_seconds=lease_seconds,
        max_polling_seconds=max_polling_seconds,
        one_process_per_function=one_process_per_function,
        instances=instances,
        on_log=on_log,
        timers=False,
        ca_bundle=storage.certificates.ca,
    )


def test_a_timer_s_messages_walk_through_two_queues_into_a_table(
    make_app: AppMaker, storage: Storage, identity: IdentityEndpoint, queue: str
) -> None:
    """With the connection as in production: service addresses, a managed identity, its client id."""
    fetch = (
        "import logging\n"
        "def main(timer: func.TimerRequest, out: func.Out[typing.List[str]]) -> None:\n"
        "    logging.getLogger('app').info('fetched, past due %s', timer.past_due)\n"
        "    out.set([f'item-{n}' for n in range(5)])\n"
    )
    passing = "def main(msg: func.QueueMessage) -> str:\n    return msg.get_body().decode() + '!'\n"
    store = (
        "import os\n"
        "from azure.data.tables import TableServiceClient\n"
        "from azure.identity import ManagedIdentityCredential\n"
        "def main(msg: func.QueueMessage) -> None:\n"
        "    credential = ManagedIdentityCredential(client_id=os.environ['AzureWebJobsStorage__clientId'])\n"
        "    uri = os.environ['AzureWebJobsStorage__tableServiceUri']\n"
        "    service = TableServiceClient(endpoint=uri, credential=credential)\n"
        "    table = service.create_table_if_not_exists('Items')\n"
        "    table.upsert_entity({'PartitionKey': 'p', 'RowKey': msg.get_body().decode()})\n"
    )
    app = make_app(
        {
            "Fetch": ([TIMER, queue_output(f"{queue}-1")], fetch),
            "Pass": ([queue_trigger(f"{queue}-1"), queue_output(f"{queue}-2", "$return")], passing),
            "Store": ([queue_trigger(f"{queue}-2")], store),
        }
    )
    settings = {
        "AzureWebJobsStorage__queueServiceUri": storage.azurite.queue_uri,
        "AzureWebJobsStorage__tableServiceUri": storage.azurite.table_uri,
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": identity.identity.client_id,
        **identity.settings,
    }
    with _host(app, storage, settings=settings) as host:
        fetched = host.run_timer("Fetch")
        assert (fetched.ok, fetched.outputs) == (True, 5)
        assert host.idle(20)
        ends = sorted((one.function, one.outcome, one.dequeue_count) for one in host.invocations)
        logs = [
            (log.level, log.category, log.message)
            for log in host.logs
            if log.is_user and log.function == "Fetch"
        ]
    assert ends == [
        ("Fetch", Outcome.SUCCEEDED, None),
        *[("Pass", Outcome.SUCCEEDED, 1)] * 5,
        *[("Store", Outcome.SUCCEEDED, 1)] * 5,
    ]
    assert logs == [("Information", "app", "fetched, past due False")]
    tables = TableServiceClient.from_connection_string(
        storage.azurite.connection_string, connection_verify=str(storage.certificates.ca)
    )
    rows = tables.get_table_client("Items").list_entities()
    assert sorted(row["RowKey"] for row in rows) == [f"item-{n}!" for n in range(5)]


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
    with _host(app, storage) as host:
        assert host.idle(15)
        runs = host.invocations
    assert [(run.outcome, run.exception) for run in runs] == [
        (Outcome.FAILED, "ValueError: try 1"),
        (Outcome.FAILED, "ValueError: try 2"),
    ]
    assert "raise ValueError" in runs[0].stack_trace
    assert (runs[1].started - runs[0].started).total_seconds() >= 1  # the wait after a failure
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
    with _host(app, storage) as host:
        assert host.idle(10)
        assert host.invocations == []
    assert storage.bodies(f"{queue}-poison") == ["old"]


def test_a_body_that_is_not_base64_goes_to_the_poison_queue_without_running(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app(
        {"Take": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n")}
    )
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message("{plain}")
    with _host(app, storage) as host:
        assert host.idle(10)
        assert host.invocations == []
        assert any("not base64" in log.message for log in host.logs if log.category == "Host")
    assert [m.content for m in storage.queue(f"{queue}-poison").peek_messages()] == ["{plain}"]


def test_plain_bodies_go_through_when_the_encoding_is_none(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "def main(msg: func.QueueMessage) -> str:\n    return 'got ' + msg.get_body().decode()\n"
    app = make_app(
        {"Take": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)},
        queues={"messageEncoding": "none"},
    )
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message("<ä & 漢>")
    with _host(app, storage) as host:
        assert host.idle(10)
    assert [m.content for m in storage.queue(f"{queue}-out").peek_messages()] == ["got <ä & 漢>"]


def test_an_oversize_output_fails_the_run_and_leaves_what_was_sent_before_it(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "def main(msg: func.QueueMessage, out: func.Out[typing.List[str]]) -> None:\n"
        "    out.set(['x' * 49152, 'x' * 49153, 'never'])\n"
    )
    app = make_app({"Big": ([queue_trigger(queue), queue_output(f"{queue}-out")], code)})
    storage.put(queue, "go")
    with _host(app, storage) as host:
        assert host.idle(15)
        runs = host.invocations
    assert [(run.outcome, run.outputs) for run in runs] == [(Outcome.FAILED, 1), (Outcome.FAILED, 1)]
    assert "RequestBodyTooLarge" in (runs[0].exception or "") or "413" in (runs[0].exception or "")
    assert [len(body) for body in storage.bodies(f"{queue}-out")] == [49152, 49152]  # once for each try
    assert storage.bodies(f"{queue}-poison") == ["go"]


def test_text_that_looks_like_json_is_taken_apart_and_list_items_are_not(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "def main(timer: func.TimerRequest, out: func.Out[str], items: func.Out[typing.List[str]],"
        " raw: func.Out[bytes]) -> None:\n"
        '    out.set(\'["a", {"b": 1}]\')\n'
        "    items.set(['[1]', '{\"c\":2}'])\n"
        "    raw.set(b'[1]')\n"
    )
    outputs = [queue_output(f"{queue}-{name}", name) for name in ("out", "items", "raw")]
    app = make_app({"Speak": ([TIMER, *outputs], code)})
    with _host(app, storage) as host:
        assert host.run_timer("Speak").outputs == 5
    assert storage.bodies(f"{queue}-out") == ["a", '{\n  "b": 1\n}']
    assert storage.bodies(f"{queue}-items") == ["[1]", '{"c":2}']
    assert storage.bodies(f"{queue}-raw") == ["[1]"]


def test_a_slow_run_keeps_its_message_by_renewing_the_lease(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "import time\ndef main(msg: func.QueueMessage) -> None:\n    time.sleep(2.2)\n"
    app = make_app({"Slow": ([queue_trigger(queue)], code)})
    storage.put(queue, "once")
    with _host(app, storage, lease_seconds=1) as host:
        assert host.idle(15)
        assert [(run.outcome, run.dequeue_count) for run in host.invocations] == [(Outcome.SUCCEEDED, 1)]


def test_messages_of_a_killed_worker_come_back_after_the_lease(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "import time\n"
        "def main(msg: func.QueueMessage) -> None:\n"
        "    time.sleep(60 if msg.dequeue_count == 1 else 0)\n"
    )
    app = make_app({"Work": ([queue_trigger(queue)], code)})
    storage.put(queue, "a", "b", "c")
    with _host(app, storage, lease_seconds=2) as host:
        _until(lambda: sum("Function name" in log.message for log in host.logs) == 3)
        before = host.worker_pids["Work"]
        killed = host.kill_worker("Work")
        assert [killed] == before
        assert host.idle(20)
        runs = host.invocations
        assert host.worker_pids["Work"] != before
    assert [run.outcome for run in runs[:3]] == [Outcome.LOST] * 3
    assert sorted((run.outcome.value, run.dequeue_count) for run in runs[3:]) == [("succeeded", 2)] * 3
    lost, back = max(run.started for run in runs[:3]), min(run.started for run in runs[3:])
    assert (back - lost).total_seconds() > 1  # not given back: it waited for its lease


def test_a_run_over_the_time_limit_takes_its_worker_process_with_it(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = "import time\ndef main(timer: func.TimerRequest) -> None:\n    time.sleep(60)\n"
    app = make_app({"Slow": ([TIMER], code)}, host={"functionTimeout": "00:00:01"})
    with _host(app, storage) as host:
        before = host.worker_pids["Slow"]
        run = host.run_timer("Slow")
        assert run.outcome is Outcome.LOST
        assert run.exception == "Timeout value of 0:00:01 was exceeded by function: Functions.Slow"
        _until(lambda: host.worker_pids["Slow"] not in (before, []))


def test_no_more_run_at_once_than_batch_and_threshold_allow(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "import threading, time\n"
        "lock, running = threading.Lock(), 0\n"
        "def main(msg: func.QueueMessage) -> str:\n"
        "    global running\n"
        "    with lock:\n"
        "        running += 1\n"
        "        seen = running\n"
        "    time.sleep(1 if msg.get_body() == b'slow' else 0.2)\n"
        "    with lock:\n"
        "        running -= 1\n"
        "    return str(seen)\n"
    )
    app = make_app(
        {"Count": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)},
        queues={"batchSize": 2, "newBatchThreshold": 1},
    )
    storage.put(queue, "slow", *"abcdef")
    with _host(app, storage) as host:
        assert host.idle(15)
    seen = {int(text) for text in storage.bodies(f"{queue}-out")}
    assert max(seen) == 3


def test_instances_share_a_queue_and_nothing_else(make_app: AppMaker, storage: Storage, queue: str) -> None:
    code = (
        "import os, time\n"
        "def main(msg: func.QueueMessage) -> str:\n"
        "    time.sleep(0.2)\n"
        "    return str(os.getpid())\n"
    )
    app = make_app(
        {"Work": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)},
        queues={"batchSize": 1},
    )
    storage.put(queue, *"abcdefgh")
    with _host(app, storage, instances={"Work": 2}) as host:
        pids = {str(pid) for pid in host.worker_pids["Work"]}
        assert host.idle(15)
    assert len(pids) == 2
    assert set(storage.bodies(f"{queue}-out")) == pids


def test_in_one_process_an_output_wakes_its_listener_at_once(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    app = make_app(
        {
            "First": (
                [TIMER, queue_output(queue, "$return")],
                "def main(timer: func.TimerRequest) -> str:\n    return 'go'\n",
            ),
            "Second": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n"),
        }
    )
    with _host(app, storage, one_process_per_function=False, max_polling_seconds=60) as host:
        assert host.worker_pids["First"] == host.worker_pids["Second"]
        time.sleep(1.5)  # the empty queue is being polled seconds apart by now
        sent = host.run_timer("First")
        assert host.idle(5)
        (received,) = [run for run in host.invocations if run.function == "Second"]
    assert (received.started - sent.started).total_seconds() < 0.7


def test_user_logs_library_logs_prints_and_exceptions_are_told_apart(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    code = (
        "import json, logging\n"
        "log = logging.getLogger('app.step')\n"
        "def main(timer: func.TimerRequest, context: func.Context) -> None:\n"
        "    print('printed')\n"
        "    log.debug('not sent')\n"
        "    log.warning(json.dumps({'event': 'seen', 'id': context.invocation_id}))\n"
        "    try:\n"
        "        1 / 0\n"
        "    except ZeroDivisionError:\n"
        "        log.exception('caught')\n"
    )
    app = make_app({"Talk": ([TIMER], code)})
    heard: list[str] = []
    with _host(app, storage, on_log=lambda entry: heard.append(entry.message)) as host:
        run = host.run_timer("Talk")
        _until(lambda: any(log.category == "Console" for log in host.logs))
        logs = host.logs
    own = [log for log in logs if log.category == "app.step"]
    assert [(log.level, log.is_user, log.function) for log in own] == [
        ("Warning", True, "Talk"),
        ("Error", True, "Talk"),
    ]
    assert {log.invocation_id for log in own} == {run.invocation_id}
    assert json.loads(own[0].message) == {"event": "seen", "id": run.invocation_id}
    assert own[1].message.startswith("caught\nTraceback") and "ZeroDivisionError" in own[1].message
    library = [log for log in logs if log.category == "azure.functions"]
    assert library and not any(log.is_user for log in library)
    assert [log.message for log in logs if log.category == "Console"] == ["printed"]
    assert own[0].message in heard


def test_a_disabled_function_gets_no_message(make_app: AppMaker, storage: Storage, queue: str) -> None:
    take = "def main(msg: func.QueueMessage) -> None:\n    pass\n"
    app = make_app({"Off": ([queue_trigger(queue)], take), "On": ([queue_trigger(f"{queue}-other")], take)})
    storage.put(queue, "stays")
    with _host(app, storage, settings={**storage.settings, "AzureWebJobs.Off.Disabled": "true"}) as host:
        assert list(host.worker_pids) == ["On"]
        time.sleep(1)
    assert storage.bodies(queue) == ["stays"]


def test_idle_says_no_while_a_message_is_invisible(make_app: AppMaker, storage: Storage, queue: str) -> None:
    app = make_app(
        {"Take": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n")}
    )
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message(base64.b64encode(b"later").decode(), visibility_timeout=2)
    with _host(app, storage) as host:
        assert not host.idle(0.5)
        assert host.idle(10)
        assert len(host.invocations) == 1


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
