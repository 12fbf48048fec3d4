"""The real parts for end-to-end tests: the local stack, and the steps run here by real adapters."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.host.records import Invocation, LogEntry
from local.lent import lent
from local.published import Published
from local.stack import Stack, StackOptions
from shared import wiring
from shared.settings import Settings
from shared.wiring import App
from tests.late import LATE

SPEED = 60  # of the platform's spans of time: a message is back 0.5 s after its worker died, 10 s after its
# instance; the app's own waits below are short to the same measure


@dataclass
class Arena:
    """A stack, and what tests do with it."""

    stack: Stack
    published: Published
    service: TableServiceClient
    first_run: int = 0
    first_log: int = 0

    @property
    def invocations(self) -> list[Invocation]:
        """The host's runs since this test began."""
        return self.stack.host.invocations[self.first_run :]

    @property
    def logs(self) -> list[LogEntry]:
        """The host's log since this test began."""
        return self.stack.host.logs[self.first_log :]

    def app(self, **settings: str) -> App:
        """The app as one more instance would be it, run in this process."""
        return wiring.make(Settings.from_env({**self.stack.settings, **settings}))

    def row(self, alert_id: str) -> dict[str, Any]:
        """The alert's one row; fails the test where there is none or more than one."""
        rows = [row for row in self.published.alerts() if row["AlertId"] == alert_id]
        assert len(rows) == 1, f"{len(rows)} rows of {alert_id}"
        return rows[0]


class Hooked:
    """A port that calls `before` once, right before the n-th call of one of its methods."""

    def __init__(self, inner: object, method: str, before: Callable[[], object], nth: int = 1) -> None:
        self._inner, self._method, self._before, self._left = inner, method, before, nth

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._before()
            return found(*args, **kwargs)

        return call


def hooked(app: App, port: str, method: str, before: Callable[[], object], nth: int = 1) -> App:
    """The app with something happening right before the n-th call of one of its ports' methods."""
    inner = getattr(app.ports, port)
    hook: Any = Hooked(inner, method, before, nth)
    return replace(app, ports=replace(app.ports, **{port: hook}))


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three alerts of the recorded incident with all telemetry, under ids of this session's own."""
    source = Path(__file__).resolve().parents[2] / "local" / "incidents" / "contoso"
    folder = tmp_path_factory.mktemp("recording")
    for file in source.rglob("*"):
        if file.is_file() and file.name not in ("truth.json", "graph_alerts.json", "alerts.json"):
            target = folder / file.relative_to(source)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    wanted = ("Sensitive credential memory read", "Suspicious cron job creation", "Suspicious scheduled task")
    alerts = json.loads((source / "alerts.json").read_text("utf-8"))["value"]
    kept = [alert for alert in alerts if alert["title"] in wanted]
    assert len(kept) == len(wanted)
    (folder / "alerts.json").write_text(json.dumps({"value": kept}), "utf-8")
    return folder


@contextmanager
def running(
    recording: Path,
    settings: Mapping[str, str] | None = None,
    simulator: Mapping[str, object] | None = None,
    speed: float = SPEED,
) -> Iterator[Arena]:
    """A stack with the recording's alerts; this process has the app's identity and trust meanwhile.

    `settings` go over those that keep waits short; `simulator` are settings of the simulated services;
    `speed` is the host's.
    """
    options = StackOptions(
        data=recording,
        speed=speed,
        max_polling_seconds=0.2,
        settings={
            "TENANT": f"t{uuid.uuid4().hex[:8]}",
            "INITIAL_LOOKBACK": "2d",
            "SETTLE_AFTER": "0s",
            "RETRY_AFTER": "1s",
            "LEASE_FOR": "5s",
            "RESEND_AFTER": "5s",
            **(settings or {}),
        },
        simulator={**LATE, **(simulator or {})},
    )
    with Stack(options) as stack:
        # The host lends itself these variables for its first token; ours must not be taken away with them.
        assert stack.host.idle(60)
        service = TableServiceClient.from_connection_string(
            stack.azurite.connection_string, connection_verify=str(stack.certificates.ca)
        )
        with lent({"REQUESTS_CA_BUNDLE": str(stack.certificates.ca), **stack.identity.settings}):
            yield Arena(stack, Published(service), service)
