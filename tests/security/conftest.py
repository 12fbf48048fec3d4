"""One stack with the platform's worker, in which every alert but two is an attack; run to its end once."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient
from requests.adapters import HTTPAdapter

from local import ops
from local.certs import Certificates
from local.host.records import LogEntry
from local.ops import target as targets
from local.published import Published
from local.stack import Stack, StackOptions
from local.stack_state import StackState
from shared import telemetry, wiring
from shared.adapters.http.auth import claims
from shared.core.progress.messages import WakeUp
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.settings import Settings
from tests.adapters.service import FakeClock, Service
from tests.security import hostile

WAITS = {
    "INITIAL_LOOKBACK": "3d",
    "SETTLE_AFTER": "0s",
    "RETRY_AFTER": "1s",
    "LATE_HUNTS": "1s",
    "LOOK_UP_AGAIN": "1s",
    "RESEND_AFTER": "10s",
    "HUNT_CALLS_PER_MINUTE": "45",
}


@dataclass(frozen=True)
class Siege:
    """The stack after its run, with all that was logged."""

    stack: Stack
    state: StackState
    published: Published
    queues: QueueServiceClient
    logged: list[LogEntry] = field(default_factory=list)

    def settle(self, done: Callable[[], bool], seconds: float = 60) -> None:
        """Runs the timer, as the minutes do in production, until `done`."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"still open: {self.published.open_rows()}"
            self.stack.host.run_timer("FetchAlerts")
            pause = time.monotonic() + 1
            while time.monotonic() < pause and not done():
                time.sleep(0.1)

    def is_still(self) -> bool:
        """True where every alert has its row and none is open."""
        return self.published.count() >= len(hostile.alerts()) and not self.published.open_rows()


@pytest.fixture(scope="package")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    logged: list[LogEntry] = []
    # Attacks are tried here, not waits: every row is there at once.
    options = StackOptions(
        data=hostile.recording(tmp_path_factory.mktemp("hostile")),
        max_polling_seconds=0.2,
        speed=60,
        settings=WAITS,
        on_log=logged.append,
    )
    with Stack(options) as stack:
        connection, ca = stack.azurite.connection_string, str(stack.certificates.ca)
        state = stack.state
        tables = TableServiceClient.from_connection_string(connection, connection_verify=ca)
        queues = QueueServiceClient.from_connection_string(connection, connection_verify=ca)
        running = Siege(stack, state, Published(tables), queues, logged)
        running.settle(running.is_still)
        assert stack.host.idle(60)
        yield running


@dataclass
class Watched:
    """One more instance of the app, run in this process: each call that left it, and all that was logged."""

    calls: list[tuple[str, str, str]] = field(default_factory=list)  # method, origin, path
    audiences: dict[str, set[str]] = field(default_factory=dict)  # of tokens by origin; "" for no token
    tokens: set[str] = field(default_factory=set)
    records: list[logging.LogRecord] = field(default_factory=list)

    @staticmethod
    def origin(url: str) -> str:
        """Scheme, host and port."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}"

    def see(self, request: requests.PreparedRequest) -> None:
        """Notes one call."""
        url = str(request.url)
        token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
        self.calls.append((str(request.method), self.origin(url), urlsplit(url).path))
        self.audiences.setdefault(self.origin(url), set()).add(claims(token).audience.rstrip("/"))
        self.tokens |= {token} - {""}


class Everything(logging.Handler):
    """Keeps every record."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@pytest.fixture(scope="package")
def watched(siege: Siege) -> Iterator[Watched]:
    """All three steps for a tenant of its own. Every library sends by `requests`: one place sees all calls.

    The host, which shares this process here and not in production, asks queues and blobs: those are left out,
    and so is what the listeners of other folders' stacks ask, which may still be up.
    """
    azurite = siege.stack.azurite
    hosts_own = {Watched.origin(azurite.queue_uri), Watched.origin(azurite.blob_uri)}
    seen = Watched()
    send = HTTPAdapter.send

    def noted(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        is_listener = threading.current_thread().name.startswith("listen ")
        if not is_listener and Watched.origin(str(request.url)) not in hosts_own:
            seen.see(request)
        return send(adapter, request, *args, **kwargs)

    everything = Everything(seen.records)
    root = logging.getLogger()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTTPAdapter, "send", noted)
        patch.setattr(root, "level", logging.DEBUG)
        patch.setenv("REQUESTS_CA_BUNDLE", siege.state.ca)
        for name, value in siege.stack.identity.settings.items():
            patch.setenv(name, value)
        root.addHandler(everything)
        try:
            app = wiring.make(Settings.from_env({**siege.stack.settings, "TENANT": "watched"}))
            for library in ("urllib3", "msal"):  # whom the app has silenced
                logging.getLogger(library).setLevel(logging.DEBUG)
            for pointer in fetch_alerts(app.ports, app.policy).pointers:
                enrich_alert(app.ports, app.policy, pointer, 1)
            hunt_correlate(app.ports, app.policy, WakeUp("watched", "test").to_text(), "watcher")
        finally:
            root.removeHandler(everything)
            telemetry.silence_libraries()
    yield seen


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err


Ops = Callable[..., Said]


@pytest.fixture
def run_ops(siege: Siege, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Ops:
    """`dev.py ops` on the stack; what it printed is read as the bytes that a terminal gets."""
    monkeypatch.setattr(targets, "running", lambda: siege.state)

    def run(*argv: str) -> Said:
        capfdbinary.readouterr()
        code = ops.main(list(argv))
        printed = capfdbinary.readouterr()
        return Said(code, printed.out.decode("utf-8"), printed.err.decode("utf-8"))

    return run


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local CA is the only one."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))


@pytest.fixture
def service(certificates: Certificates, trusted: None) -> Iterator[Service]:
    with Service(certificates) as running:
        yield running


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
