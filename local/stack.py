"""The local stack: Azurite, the identity endpoint, simulated Defender and Graph, and the host with our app.

Only Defender and Graph are simulated. The functions run in the platform's own worker library, with the
settings that a deployed app has, an identity that is asked for every token, and the local CA as only trust.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.azurite import Azurite
from local.certs import make_certificates
from local.host.from_zero import FromZero
from local.host.function_host import FunctionHost
from local.host.records import Invocation, LogEntry
from local.identity import DEFENDER, EXCHANGE, GRAPH, STORAGE, Customer, Directory, IdentityEndpoint
from local.identity.entra import TokenEndpoint
from local.lifeline import start_child, stop_child
from local.simulator.control import SECRET_HEADER
from local.stack_state import StackState

ROOT = Path(__file__).resolve().parents[1]
# What the app needs and no more; infra/grant-roles.sh grants the same.
ROLES = {
    DEFENDER: (
        "Alert.Read.All",
        "Machine.Read.All",
        "File.Read.All",
        "Ip.Read.All",
        "Url.Read.All",
        "User.Read.All",
    ),
    GRAPH: ("ThreatHunting.Read.All", "SecurityAlert.Read.All"),
    STORAGE: (),
}
CUSTOMER_ROLES = {DEFENDER: ROLES[DEFENDER], GRAPH: ROLES[GRAPH]}


class StackFailed(RuntimeError):
    """A part of the stack did not start; says which and why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTenant:
    """A further tenant, under the name that it is listed by: what Entra knows of it, its recording (None: it
    is empty), and settings of the simulator in which it differs."""

    name: str
    customer: Customer = field(default_factory=lambda: Customer(roles=CUSTOMER_ROLES))
    data: Path | None = None
    simulator: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """How the stack is to run. `settings` are app settings over the stack's own; `simulator` are settings of
    local/simulator/config.py. With `timers` the timer runs as in production, else only when told to. With
    `from_zero` EnrichAlert and HuntCorrelate start when there is work, else all functions are warm. Of
    `tenants`, Entra and the services know; the app's own list is filled by `local.tenant_rows`."""

    data: Path | None = None
    shift: bool = True
    timers: bool = False
    speed: float = 1.0  # of the platform's spans of time
    max_polling_seconds: float = 0.5
    app_dir: Path = ROOT
    settings: Mapping[str, str] = field(default_factory=dict)
    simulator: Mapping[str, object] = field(default_factory=dict)
    tenants: tuple[StackTenant, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(ROLES))
    instances: Mapping[str, int] = field(default_factory=dict)
    from_zero: FromZero | None = None
    logs: Path | None = None  # the folder for log files; None: one that goes with the stack
    on_log: Callable[[LogEntry], None] | None = None
    on_invocation: Callable[[Invocation], None] | None = None
    simulator_within_s: float = 60.0  # a large recording takes longer to be read
    on_storage_request: Callable[[str], None] | None = None
    on_step: Callable[[str], None] = lambda _: None


class Stack:
    """Runs while the `with` block lasts; `settings` are the app's, `azurite`, `identity`, `host` parts, and
    `entra` where there are further tenants."""

    def __init__(self, options: StackOptions) -> None:
        self.options = options
        self.warnings: tuple[str, ...] = ()
        self.settings: dict[str, str] = {}
        self.entra: TokenEndpoint | None = None
        self.control_secret = secrets.token_hex(16)
        self._parts = ExitStack()
        self._addresses: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._parts.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def _start(self) -> None:
        say = self.options.on_step
        self.folder = Path(self._parts.enter_context(tempfile.TemporaryDirectory(prefix="local-stack-")))
        self.certificates = make_certificates(self.folder / "tls")
        say("storage: Azurite over HTTPS, in memory")
        self.azurite = self._parts.enter_context(
            Azurite(
                cert=self.certificates.cert,
                key=self.certificates.key,
                on_request=self.options.on_storage_request,
            )
        )
        say("identity: the App Service endpoint that the managed-identity credential asks")
        roles = {**self.options.roles, **({EXCHANGE: ()} if self.options.tenants else {})}
        self.identity = self._parts.enter_context(IdentityEndpoint(roles=roles))
        if self.options.tenants:
            say(f"Entra: tokens of {len(self.options.tenants)} further tenants for the identity's own")
            self.entra = self._parts.enter_context(self._new_entra())
        say("Defender and Graph: the simulator, with Microsoft's KQL parser")
        self._addresses = self._start_simulator()
        self.warnings = tuple(self._addresses["warnings"])
        self.settings = self._app_settings()
        say("functions: the platform's Python worker with FetchAlerts, EnrichAlert, HuntCorrelate")
        self.host = self._parts.enter_context(self.new_host())
        if self.host.refused:
            # The platform would run it all the same and fail; whoever starts a stack wants to hear of it.
            raise StackFailed("; ".join(f"{name}: {words}" for name, words in self.host.refused.items()))

    def _new_entra(self) -> TokenEndpoint:
        directory = Directory(self.identity.identity)
        for tenant in self.options.tenants:
            directory.put(tenant.customer)
        tls = (self.certificates.cert, self.certificates.key)
        return TokenEndpoint(directory, self.identity.issuer, tls=tls)

    def new_host(self, app_dir: Path | None = None) -> FunctionHost:
        """A host for the app on this stack's storage, not started yet."""
        return FunctionHost(
            app_dir or self.options.app_dir,
            self.settings,
            speed=self.options.speed,
            on_log=self.options.on_log,
            on_invocation=self.options.on_invocation,
            max_polling_seconds=self.options.max_polling_seconds,
            timers=self.options.timers,
            instances=self.options.instances,
            ca_bundle=self.certificates.ca,
            logs=self.logs,
            from_zero=self.options.from_zero,
        )

    @property
    def logs(self) -> Path:
        """Where the log files are, one a function and `host.log`."""
        return self.options.logs or self.folder / "logs"

    @property
    def state(self) -> StackState:
        """How the running stack is reached from another process, which this one keeps up."""
        return StackState(
            pid=os.getpid(),
            connection_string=self.azurite.connection_string,
            ca=str(self.certificates.ca),
            settings=self.settings,
            control_url=self.control_url,
            control_secret=self.control_secret,
            logs=str(self.logs),
        )

    @property
    def control_url(self) -> str:
        """The simulator's control address."""
        return str(self._addresses["control"])

    def control(self, path: str, body: object = None) -> Any:
        """The answer of the simulator's control address; with a body it is a POST. `?tenant=ID` in the path
        says whose tenant is meant; without it, the app's own."""
        return control(self.control_url, self.control_secret, path, body)

    def _start_simulator(self) -> dict[str, Any]:
        config: dict[str, object] = {
            "public_key": str(self.identity.issuer.write_public_key(self.folder / "tokens.pem")),
            "cert": str(self.certificates.cert),
            "key": str(self.certificates.key),
            "control_secret": self.control_secret,
            "shift": self.options.shift,
            **({"data": str(self.options.data)} if self.options.data else {}),
            **self.options.simulator,
            "tenants": self._simulated_tenants(),
        }
        file = self.folder / "simulator.json"
        file.write_text(json.dumps(config), "utf-8")
        child = start_child(
            [sys.executable, "-m", "local.simulator", "--config", file],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._parts.callback(stop_child, child)
        return _first_answer(child, within=self.options.simulator_within_s)

    def _simulated_tenants(self) -> dict[str, Mapping[str, object]]:
        """By id: the app's own first, as the options have it, then the others; {} where it is alone."""
        if not self.options.tenants:
            return {}
        others = {
            tenant.customer.tenant_id: {"data": str(tenant.data) if tenant.data else None, **tenant.simulator}
            for tenant in self.options.tenants
        }
        return {self.identity.identity.tenant_id: {}, **others}

    def _entra_settings(self) -> dict[str, str]:
        if self.entra is None:
            return {}
        return {"TENANTS_APP_ID": self.entra.directory.app_id, "ENTRA_URL": self.entra.url}

    def _app_settings(self) -> dict[str, str]:
        client_id = self.identity.identity.client_id
        return {
            "AzureWebJobsStorage__blobServiceUri": self.azurite.blob_uri,
            "AzureWebJobsStorage__queueServiceUri": self.azurite.queue_uri,
            "AzureWebJobsStorage__tableServiceUri": self.azurite.table_uri,
            "AzureWebJobsStorage__credential": "managedidentity",
            "AzureWebJobsStorage__clientId": client_id,
            "DEFENDER_API_URL": self._addresses["defender"],
            "GRAPH_API_URL": self._addresses["graph"],
            "GRAPH_API_SCOPE": "https://graph.microsoft.com/.default",
            **self.identity.settings,
            **self._entra_settings(),
            **self.options.settings,
        }


def _first_answer(child: subprocess.Popen[bytes], *, within: float) -> dict[str, Any]:
    """The simulator's line with its addresses. Raises StackFailed with what it printed instead."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        if child.stdout is not None:
            for line in child.stdout:
                lines.put(line.decode(errors="replace").rstrip())
        lines.put(None)

    threading.Thread(target=read, name="simulator-output", daemon=True).start()
    said: list[str] = []
    while True:
        try:
            line = lines.get(timeout=within)
        except queue.Empty:
            raise StackFailed(f"the simulator did not start within {within:g} s") from None
        if line is None:
            raise StackFailed(said[-1] if said else "the simulator ended without a word")
        if line.startswith("{"):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
        said.append(line)


def control(url: str, secret: str, path: str, body: object = None) -> Any:
    """The answer of a simulator's control address; with a body it is a POST."""
    request = urllib.request.Request(  # noqa: S310 - the simulator's own address on this machine
        f"{url}/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={SECRET_HEADER: secret},
    )
    with _without_proxy().open(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


@cache
def _without_proxy() -> urllib.request.OpenerDirector:
    """Made once: with it comes a TLS context, which reads all of this machine's certificates."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
