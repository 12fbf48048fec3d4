"""One Azurite and one identity endpoint for the tests of the host, and a maker of throw-away apps."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient

from local.azurite import Azurite
from local.certs import Certificates, make_certificates
from local.host.function_host import FunctionHost
from local.host.records import LogEntry
from local.host.timers import TimerStore
from local.identity import STORAGE, IdentityEndpoint

TIMER = {"name": "timer", "type": "timerTrigger", "direction": "in", "schedule": "0 0 0 1 1 *"}
FAST = {"batchSize": 4, "newBatchThreshold": 0, "maxDequeueCount": 2, "maxPollingInterval": "00:00:01"}


def queue_trigger(queue: str) -> dict[str, str]:
    return {"name": "msg", "type": "queueTrigger", "direction": "in", "queueName": queue}


def queue_output(queue: str, name: str = "out") -> dict[str, str]:
    return {"name": name, "type": "queue", "direction": "out", "queueName": queue}


AppMaker = Callable[..., Path]


@pytest.fixture
def make_app(tmp_path: Path) -> AppMaker:
    """Writes the app of one test, as `write_app` does."""
    return partial(write_app, tmp_path / "app")


def write_app(
    root: Path,
    functions: Mapping[str, tuple[list[Mapping[str, Any]], str]],
    *,
    queues: Mapping[str, Any] | None = None,
    host: Mapping[str, Any] | None = None,
) -> Path:
    """Writes an app: `functions` maps a name to (bindings, code); `queues` and `host` go into host.json."""
    root.mkdir(exist_ok=True)
    content = {"version": "2.0", "extensions": {"queues": {**FAST, **(queues or {})}}, **(host or {})}
    (root / "host.json").write_text(json.dumps(content))
    for name, (bindings, code) in functions.items():
        folder = root / name
        folder.mkdir()
        (folder / "function.json").write_text(json.dumps({"bindings": bindings}))
        (folder / "__init__.py").write_text("import azure.functions as func\nimport typing\n" + code)
    return root


@dataclass(frozen=True, slots=True)
class Storage:
    """A running Azurite, reached with its account key."""

    azurite: Azurite
    certificates: Certificates

    @property
    def settings(self) -> dict[str, str]:
        return {"AzureWebJobsStorage": self.azurite.connection_string}

    def queue(self, name: str) -> QueueClient:
        return _service(self.azurite.connection_string, self.certificates.ca).get_queue_client(name)

    def put(self, queue: str, *bodies: str) -> None:
        client = self.queue(queue)
        with suppress(ResourceExistsError):
            client.create_queue()
        for body in bodies:
            client.send_message(base64.b64encode(body.encode()).decode())

    def bodies(self, queue: str) -> list[str]:
        """The visible messages of a queue that base64 hides, oldest first; they are left there."""
        try:
            found = self.queue(queue).peek_messages(max_messages=32)
        except ResourceNotFoundError:
            return []
        return [base64.b64decode(message.content).decode() for message in found]


@cache
def _service(connection: str, ca: Path) -> QueueServiceClient:
    """Made once: each has connections of its own."""
    return QueueServiceClient.from_connection_string(connection, connection_verify=str(ca))


@pytest.fixture(scope="package")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    certificates = make_certificates(tmp_path_factory.mktemp("certs"))
    with Azurite(cert=certificates.cert, key=certificates.key) as azurite:
        yield Storage(azurite, certificates)


@pytest.fixture(scope="package")
def identity() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint(roles={STORAGE: []}) as endpoint:
        yield endpoint


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> str:
    """A queue name of this test's own."""
    return f"q-{abs(hash(request.node.nodeid)):x}"[:40]


def run_host(
    app: Path,
    storage: Storage,
    *,
    settings: Mapping[str, str] | None = None,
    speed: float = 60,
    max_polling_seconds: float = 0.3,
    one_process_per_function: bool = True,
    instances: Mapping[str, int] | None = None,
    on_log: Callable[[LogEntry], None] | None = None,
    timers: bool = False,
    timer_store: TimerStore | None = None,
) -> FunctionHost:
    """A host for the app, quick to poll, where a minute of the platform takes a second; its timers run by
    hand alone."""
    return FunctionHost(
        app,
        storage.settings if settings is None else settings,
        speed=speed,
        max_polling_seconds=max_polling_seconds,
        one_process_per_function=one_process_per_function,
        instances=instances,
        on_log=on_log,
        timers=timers,
        timer_store=timer_store,
        ca_bundle=storage.certificates.ca,
    )


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for the condition, and fails the test when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
