"""The whole app in this process, over the local stack's own parts, with a clock that only tests move."""

import importlib
import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.functions.queue import QueueMessage

from local.certs import Certificates
from local.identity import Customer, Directory, Identity, IdentityEndpoint, TokenIssuer
from local.identity.entra import TokenEndpoint
from local.identity.tokens import DEFENDER as DEFENDER_API
from local.identity.tokens import EXCHANGE, STORAGE
from local.identity.tokens import GRAPH as GRAPH_API
from local.simulator.gate import Gate
from local.simulator.tenant import Tenant
from shared import threads, wiring
from shared.errors import RunEnded
from tests.table_service import TableService
from tests.twins import network
from tests.twins.network import Network
from tests.twins.services import PRESENT, START, Truth, services

ROLES = (
    "Alert.ReadWrite.All", "Alert.Read.All", "Machine.Read.All", "User.Read.All", "File.Read.All",
    "Ip.Read.All", "Url.Read.All", "ThreatHunting.Read.All",
)  # fmt: skip


class AppClock:
    """The app's time, that of the services and of the tables, in one; it moves when the app waits."""

    def now(self) -> datetime:
        return PRESENT.moment

    def monotonic(self) -> float:
        return (PRESENT.moment - START).total_seconds()

    def sleep(self, seconds: float) -> None:
        PRESENT.moment += timedelta(seconds=seconds)

    def jitter(self) -> float:
        return 0.5


@dataclass(frozen=True)
class Queued:
    """A message, and how often it was delivered."""

    text: str
    name: str
    delivery: int = 1


@dataclass
class Stage:
    """An account, the services, and one instance of the app at a time. The timer runs once a minute."""

    network: Network
    tables: TableService
    tenants: Mapping[str, Tenant]
    tokens: TokenEndpoint
    lines: list[dict[str, Any]]
    minutes: int = 9  # that are left
    to_enrich: deque[Queued] = field(default_factory=deque)
    wake_ups: deque[Queued] = field(default_factory=deque)
    messages: int = 0  # sent so far

    def step(self) -> bool:
        """One delivery, pointers first, or one run of the timer; False where no minute is left."""
        if self.to_enrich or self.wake_ups:
            queue, name = (
                (self.to_enrich, "EnrichAlert") if self.to_enrich else (self.wake_ups, "HuntCorrelate")
            )
            self._deliver(queue, name)
        elif self.minutes:
            self.minutes -= 1
            outs = [_Out(), _Out()]
            if self._run("FetchAlerts", None, *outs):
                self._queue(*outs)
            PRESENT.moment += timedelta(minutes=1)
        else:
            return False
        return True

    def settle(self) -> None:
        """Every step that is left."""
        while self.step():
            pass

    def _deliver(self, queue: deque[Queued], name: str) -> None:
        message, out = queue.popleft(), _Out()
        if self._run(name, _message(message), out):
            self._queue(_Out(), out)
        elif message.delivery < 5:
            PRESENT.moment += timedelta(seconds=30)
            queue.append(replace(message, delivery=message.delivery + 1))

    def _queue(self, pointers: "_Out", wake_ups: "_Out") -> None:
        for queue, out in ((self.to_enrich, pointers), (self.wake_ups, wake_ups)):
            for text in out.sent:
                self.messages += 1
                queue.append(Queued(text, f"m{self.messages}"))

    def _run(self, function: str, *given: object) -> bool:
        """Whether the function ended; after a death the next run is a new instance's."""
        self.tables.now = PRESENT.moment
        try:
            importlib.import_module(function).main(*given)
        except RunEnded:
            assert self.network.is_dead
        if not self.network.is_dead:
            return True
        self.network.is_dead = False
        self.new_instance()
        return False

    def new_instance(self) -> None:
        """What the last one knew is forgotten."""
        wiring.app.cache_clear()

    def kept(self) -> dict[str, Any]:
        """All that outlives an instance."""
        return {
            "moment": PRESENT.moment,
            "minutes": self.minutes,
            "messages": self.messages,
            "queues": (tuple(self.to_enrich), tuple(self.wake_ups)),
            "tables": self.tables.copied(),
            "alerts": {name: deepcopy(tenant.alerts._alerts) for name, tenant in self.tenants.items()},
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Everything is as it was, for a new instance."""
        PRESENT.moment, self.minutes, self.messages = kept["moment"], kept["minutes"], kept["messages"]
        self.to_enrich, self.wake_ups = (deque(queue) for queue in kept["queues"])
        self.tables.stand_as(kept["tables"])
        for name, tenant in self.tenants.items():
            tenant.alerts._alerts = deepcopy(kept["alerts"][name])
        self.new_instance()

    def standing(self) -> tuple[object, ...]:
        """What a new instance could notice of it."""
        kept = self.kept()
        tables: TableService = kept.pop("tables")
        return (kept, tables.everything())


class _Out:
    """What a function sends."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def set(self, texts: list[str]) -> None:
        self.sent = texts


def _message(queued: Queued) -> object:
    return QueueMessage(  # type: ignore[no-untyped-call]
        id=queued.name, body=queued.text.encode(), dequeue_count=queued.delivery
    )


@contextmanager
def staged(
    patch: pytest.MonkeyPatch,
    gate: Gate,
    certificates: Certificates,
    truths: Mapping[str, Truth],
    **env: str,
) -> Iterator[Stage]:
    """The app with these tenants, home among them; `env` are settings of its own."""
    PRESENT.moment = START
    identity, issuer = Identity(tenant_id=truths["home"].tenant_id), TokenIssuer()
    roles = {DEFENDER_API: ROLES, GRAPH_API: ROLES}
    directory = Directory(identity)
    for truth in truths.values():
        directory.put(Customer(tenant_id=truth.tenant_id, roles=roles))
    tls = (certificates.cert, certificates.key)
    managed = IdentityEndpoint(identity=identity, issuer=issuer, roles={**roles, STORAGE: (), EXCHANGE: ()})
    with managed, TokenEndpoint(directory, issuer, tls=tls) as tokens:
        tables = TableService(url="https://tables.test")
        tenants = {name: truth.anew() for name, truth in truths.items()}
        hosts = {
            **services(tenants, truths, issuer, gate, certificates.ca.parent),
            network.TABLES: network.tables_by(tables),
            network.ENTRA: network.entra_by(tokens),
            network.IDENTITY: network.identity_by(managed),
        }
        stage = Stage(Network(hosts), tables, tenants, tokens, [])
        for name, value in {
            **_settings(managed, identity),
            "TENANTS_APP_ID": directory.app_id,
            **env,
        }.items():
            patch.setenv(name, value)
        patch.setattr(wiring, "SystemClock", AppClock)
        patch.setattr(threads.Threads, "submit", _at_once)
        stage.network.lay(patch)
        with _heard(stage.lines):
            wiring.app.cache_clear()
            yield stage
            wiring.app.cache_clear()


def _settings(managed: IdentityEndpoint, identity: Identity) -> dict[str, str]:
    address = urlsplit(managed.settings["IDENTITY_ENDPOINT"])
    return {
        "AzureWebJobsStorage__tableServiceUri": f"https://{network.TABLES}",
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": identity.client_id,
        "DEFENDER_API_URL": f"https://{network.DEFENDER}",
        "GRAPH_API_URL": f"https://{network.GRAPH}",
        "GRAPH_API_SCOPE": "https://graph.microsoft.com/.default",
        "ENTRA_URL": f"https://{network.ENTRA}",
        **managed.settings,
        "IDENTITY_ENDPOINT": f"http://{network.IDENTITY}{address.path}",
    }


def _at_once(_: object, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
    """Each piece of work ends when it is begun, so that calls come in the same order each time."""
    ended: Future[Any] = Future()
    try:
        ended.set_result(fn(*args, **kwargs))
    except BaseException as err:
        ended.set_exception(err)
    return ended


@contextmanager
def _heard(lines: list[dict[str, Any]]) -> Iterator[None]:
    """Collects what the app logs."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(record.getMessage()))

    logger, ear = logging.getLogger("alerts"), Ear()
    level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.INFO)
    yield
    logger.removeHandler(ear)
    logger.setLevel(level)
