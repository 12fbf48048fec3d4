"""The function host on real storage with the real worker library: queues, outputs, failures, time limits."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.host.records import Invocation, Outcome
from local.identity import IdentityEndpoint
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, queue_trigger, run_host, until


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
    with run_host(app, storage, settings=settings) as host:
        fetched = host.run_timer("Fetch")
        assert (fetched.ok, fetched.outputs) == (True, 5)
        assert host.idle(60)
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
    assert logs == [("Information", "Function.Fetch.User", "fetched, past due False")]
    tables = TableServiceClient.from_connection_string(
        storage.azurite.connection_string, connection_verify=str(storage.certificates.ca)
    )
    rows = tables.get_table_client("Items").list_entities()
    assert sorted(row["RowKey"] for row in rows) == [f"item-{n}!" for n in range(5)]


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
    with run_host(app, storage) as host:
        assert host.idle(60)
    assert [m.content for m in storage.queue(f"{queue}-out").peek_messages()] == ["got <ä & 漢>"]


def test_a_function_sees_its_message_s_properties(make_app: AppMaker, storage: Storage, queue: str) -> None:
    code = (
        "def main(msg: func.QueueMessage) -> str:\n"
        "    lives = msg.expiration_time - msg.insertion_time\n"
        "    leased = msg.time_next_visible - msg.insertion_time\n"
        "    leased = leased.seconds > 0 and bool(msg.pop_receipt)\n"
        "    return f'{msg.id} {msg.dequeue_count} {lives.days} {leased}'\n"
    )
    app = make_app({"Look": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)})
    storage.put(queue, "x")
    with run_host(app, storage) as host:
        assert host.idle(60)
        (run,) = host.invocations
    assert storage.bodies(f"{queue}-out") == [f"{run.message_id} 1 7 True"]


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
    with run_host(app, storage) as host:
        assert host.run_timer("Speak").outputs == 5
    assert storage.bodies(f"{queue}-out") == ["a", '{\n  "b": 1\n}']
    assert storage.bodies(f"{queue}-items") == ["[1]", '{"c":2}']
    assert storage.bodies(f"{queue}-raw") == ["[1]"]


def test_no_more_run_at_once_than_batch_and_threshold_allow(
    make_app: AppMaker, storage: Storage, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fetch gets as many as it asks for: with fewer, as the service may give, three are mere luck."""
    monkeypatch.setattr("local.host.listener.random.randint", lambda _fewest, most: most)
    code = (
        "import threading, time\n"
        "lock, running, three = threading.Lock(), 0, threading.Event()\n"
        "def main(msg: func.QueueMessage) -> str:\n"
        "    global running\n"
        "    with lock:\n"
        "        running += 1\n"
        "        seen = running\n"
        "    if seen == 3:\n"
        "        three.set()\n"
        "    if msg.get_body() != b'first':\n"
        "        three.wait(20)\n"
        "    time.sleep(0.6)\n"
        "    with lock:\n"
        "        running -= 1\n"
        "    return str(seen)\n"
    )
    app = make_app(
        {"Count": ([queue_trigger(queue), queue_output(f"{queue}-out", "$return")], code)},
        queues={"batchSize": 2, "newBatchThreshold": 1},
    )
    storage.put(queue, "slow", "first", *"abcdef")
    with run_host(app, storage) as host:
        assert host.idle(60)
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
    with run_host(app, storage, instances={"Work": 2}) as host:
        pids = {str(pid) for pid in host.worker_pids["Work"]}
        assert host.idle(60)
    assert len(pids) == 2
    assert set(storage.bodies(f"{queue}-out")) == pids


def test_a_message_of_the_same_host_is_seen_at_the_next_look_and_not_at_once(
    make_app: AppMaker, storage: Storage, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: 1.0)  # the waits are 0.1, 0.2, 0.4, 0.8, 1.6 s
    app = make_app(
        {
            "First": (
                [TIMER, queue_output(queue, "$return")],
                "def main(timer: func.TimerRequest) -> str:\n    return 'go'\n",
            ),
            "Second": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n"),
        }
    )
    with run_host(app, storage, one_process_per_function=False, max_polling_seconds=60) as host:
        assert host.worker_pids["First"] == host.worker_pids["Second"]
        time.sleep(1.8)  # at the beginning of the longest
        sent = host.run_timer("First")
        assert host.idle(60)
        (received,) = [run for run in host.invocations if run.function == "Second"]
    assert (received.started - sent.started).total_seconds() > 0.5


def test_a_round_fetches_as_many_as_the_batch_holds_or_fewer_and_waits_for_all_of_them(
    make_app: AppMaker, storage: Storage, queue: str
) -> None:
    """As the platform did on 2026-11-30: ten messages came as 1, 1, 2, 4 and 2."""
    code = "import time\ndef main(msg: func.QueueMessage) -> None:\n    time.sleep(0.15)\n"
    app = make_app({"Take": ([queue_trigger(queue)], code)})
    storage.put(queue, *"abcdefghijklmnopqrst")
    with run_host(app, storage) as host:
        assert host.idle(60)
        runs = sorted(host.invocations, key=lambda run: run.started)
    rounds: list[list[Invocation]] = []
    for run in runs:
        if rounds and run.started < min(one.started + timedelta(seconds=one.seconds) for one in rounds[-1]):
            rounds[-1].append(run)
        else:
            rounds.append([run])
    assert max(map(len, rounds)) <= 4
    assert len(rounds) > 5  # full ones would be five
    assert len(runs) == 20


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
    later = (
        "import asyncio, logging\n"
        "async def main(timer: func.TimerRequest) -> None:\n"
        "    await asyncio.sleep(0)\n"
        "    logging.getLogger('app.async').info('from the event loop')\n"
    )
    app = make_app({"Talk": ([TIMER], code), "Later": ([TIMER], later)})
    heard: list[str] = []
    with run_host(app, storage, on_log=lambda entry: heard.append(entry.message)) as host:
        run = host.run_timer("Talk")
        awaited = host.run_timer("Later")
        until(lambda: any(log.message == "printed" for log in host.logs))
        logs = host.logs
    own = [log for log in logs if log.is_user and log.function == "Talk" and log.invocation_id]
    assert [(log.level, log.is_user, log.function) for log in own] == [
        ("Warning", True, "Talk"),
        ("Error", True, "Talk"),
    ]
    assert {log.invocation_id for log in own} == {run.invocation_id}
    assert json.loads(own[0].message) == {"event": "seen", "id": run.invocation_id}
    assert own[1].message.startswith("caught\nTraceback") and "ZeroDivisionError" in own[1].message
    (from_loop,) = [log for log in logs if log.is_user and log.function == "Later"]
    assert (from_loop.invocation_id, from_loop.function) == (awaited.invocation_id, "Later")
    library = [log for log in logs if log.category == "azure.functions"]
    assert library and not any(log.is_user for log in library)
    console = [log.message for log in logs if log.category == "Host.Function.Console"]
    # The lines of a record of several come here as well (W4).
    assert [line for line in console if line not in own[1].message.splitlines()] == ["printed"]
    assert own[0].message in heard


def test_a_disabled_function_gets_no_message(make_app: AppMaker, storage: Storage, queue: str) -> None:
    take = "def main(msg: func.QueueMessage) -> None:\n    pass\n"
    app = make_app({"Off": ([queue_trigger(queue)], take), "On": ([queue_trigger(f"{queue}-other")], take)})
    storage.put(queue, "stays")
    with run_host(app, storage, settings={**storage.settings, "AzureWebJobs.Off.Disabled": "true"}) as host:
        assert list(host.worker_pids) == ["On"]
        time.sleep(1)
    assert storage.bodies(queue) == ["stays"]


def test_idle_says_no_while_a_message_is_invisible(make_app: AppMaker, storage: Storage, queue: str) -> None:
    app = make_app(
        {"Take": ([queue_trigger(queue)], "def main(msg: func.QueueMessage) -> None:\n    pass\n")}
    )
    storage.queue(queue).create_queue()
    storage.queue(queue).send_message(base64.b64encode(b"later").decode(), visibility_timeout=2)
    with run_host(app, storage) as host:
        assert not host.idle(0.5)
        assert host.idle(60)
        assert len(host.invocations) == 1
