"""Many tenants in memory, with a clock that threads and hangs only move: no real second passes."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared.core.progress.polling import Window
from shared.core.tenants import TenantRow
from shared.core.values.portal import Portal
from shared.core.values.records import AlertPage
from shared.errors import AppError, Conflict, Unavailable
from shared.pipeline.fetch.tenants import TenantFetches
from shared.pipeline.fetch.turn import Turn
from shared.pipeline.policy import Policy, among_many
from shared.pipeline.ports import AlertSource, Outbox
from shared.pipeline.stored.tenants import Registry
from shared.pipeline.tenant_apps import TenantApp, TenantApps
from tests.pipeline.world import START, World

QUICK, HANG = 0.36, 35.0  # seconds of a turn: an idle fetch, and a service that does not answer


@dataclass
class Time:
    """The one clock of all."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Rows:
    """Table `Tenants` in memory."""

    kept: dict[str, TenantRow] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)

    def read(self, name: str) -> TenantRow:
        return self.kept.get(name, TenantRow())

    def all(self) -> list[TenantRow]:
        return list(self.kept.values())

    def readable(self) -> list[TenantRow]:
        return self.all()

    def write(self, row: TenantRow) -> TenantRow:
        if self.read(row.name).etag != row.etag:
            raise Conflict("written meanwhile")
        self.writes.append(row.name)
        self.kept[row.name] = replace(row, etag=f"{len(self.writes)}")
        return self.kept[row.name]

    def bind(self, tenant_id: str, name: str) -> str:
        return name


@dataclass
class Source:
    """A tenant's source that may hang first; `fails` says with what it then answers."""

    inner: AlertSource
    many: "Many"
    tenant: str

    @property
    def name(self) -> str:
        return self.inner.name

    def updated_in(self, window: Window) -> AlertPage:
        if err := self.many.failing.get(self.tenant):
            raise err
        self.many.fetched.setdefault(self.tenant, []).append(self.many.time.at)
        return self.inner.updated_in(window)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Later(Executor):
    """A pool of the virtual clock: a turn ends so many seconds after it was begun, and only then has any
    effect, in the order of these ends."""

    def __init__(self, many: "Many") -> None:
        self._many = many
        self._due: list[tuple[datetime, int, Future[Any], Callable[[], Any]]] = []
        self.most = 0
        self._count = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        row: TenantRow = args[1]
        ends = self._many.time.at + timedelta(seconds=self._many.seconds.get(row.name, QUICK))
        self._count += 1
        self._due.append((ends, self._count, future, lambda: fn(*args, **kwargs)))
        self.most = max(self.most, len(self._due))
        return future

    def wait_for(self, _: Sequence[Future[Turn]], seconds: float) -> None:
        """Time passes until the next turn ends, so many seconds at the most."""
        until = self._many.time.at + timedelta(seconds=seconds)
        if self._due and min(self._due)[0] <= until:
            self._end(*min(self._due))
        else:
            self._many.time.at = until

    def pass_to(self, moment: datetime) -> None:
        """Time passes outside any run."""
        while self._due and min(self._due)[0] <= moment:
            self._end(*min(self._due))
        self._many.time.at = max(self._many.time.at, moment)

    def _end(self, ends: datetime, count: int, future: Future[Any], do: Callable[[], Any]) -> None:
        self._due.remove((ends, count, future, do))
        self._many.time.at = max(self._many.time.at, ends)
        try:
            future.set_result(do())
        except BaseException as err:
            future.set_exception(err)


class Many:
    """A deployment with so many further tenants. `seconds` and `failing` are by tenant."""

    def __init__(self, *names: str, deployment: str = "app") -> None:
        self.time, self.rows = Time(), Rows()
        self.seconds: dict[str, float] = {}
        self.failing: dict[str, AppError] = {}
        self.fetched: dict[str, list[datetime]] = {}
        self.runs: list[tuple[datetime, float]] = []
        self.not_ready: AppError | None = None
        self.worlds = {name: World(now=START) for name in ("home", *names)}
        for index, name in enumerate(names):
            self.rows.write(
                TenantRow(
                    name,
                    f"{index:08d}-2222-3333-4444-555555555555",
                    deployment=deployment,
                    is_further=True,
                    last_success=START,
                )
            )
        self.rows.writes.clear()
        self.pool = Later(self)
        registry = Registry(self.rows, self.time)
        home = self._app(TenantRow("home"))
        self.apps = TenantApps(home, registry, self._app, deployment, self._ready)
        self.fetches = self.restarted()

    def restarted(self) -> TenantFetches:
        """Another instance's."""
        return TenantFetches(self.apps, pool=self.pool, wait_for=self.pool.wait_for)

    def run(self) -> Outbox:
        """One run of the timer, at the next of its moments."""
        spent = self.time.at - START
        step = timedelta(seconds=15)
        self.pool.pass_to(START + -(-spent // step) * step)
        begun = self.time.at
        outbox = self.fetches.run()
        self.runs.append((begun, (self.time.at - begun).total_seconds()))
        self.pool.pass_to(max(begun + timedelta(seconds=14.9), self.time.at))
        return outbox

    def hang(self, *names: str) -> None:
        """From now on these tenants' service does not answer."""
        for name in names:
            self.seconds[name] = HANG
            self.failing[name] = Unavailable("no answer in time", service="defender")

    def heal(self, *names: str) -> None:
        """They are well again."""
        for name in names:
            self.seconds.pop(name, None)
            self.failing.pop(name, None)

    def _ready(self) -> None:
        if self.not_ready is not None:
            raise self.not_ready

    def _app(self, row: TenantRow) -> TenantApp:
        ports = self.worlds[row.name].ports()
        further = row.name if row.is_further else ""
        policy = among_many(
            replace(
                Policy(),
                tenant=row.name,
                row_tenant=further,
                tenant_id=row.tenant_id,
                portal=Portal(tenant_id=row.tenant_id),
            )
        )
        source = Source(ports.source, self, row.name)
        return TenantApp(
            ports=replace(ports, source=source, clock=self.time), policy=policy, roles=lambda _: ()
        )
