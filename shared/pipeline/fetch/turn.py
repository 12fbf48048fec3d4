"""One tenant's turn: a look at it where that is asked for, its fetch, and what both leave in its row."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import Window
from shared.core.tenants import WORKED_ON, TenantRow, checks, standing, turns
from shared.core.tenants.turns import TurnPolicy
from shared.core.values import AlertPage, Instant, OtherAlerts
from shared.errors import AppError, Retryable, Throttled, Unavailable, error_text
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.ports import AlertSource, Clock, Outbox
from shared.pipeline.stored import tenants
from shared.pipeline.tenant_apps import TenantApp, TenantApps

_CHECK = "check"
_CHECK_QUERY = "DeviceInfo\n| take 1"
_IDLE = frozenset({"fetched", "calls"})
_NOT_NOW = 10 * 365 * 86_400.0  # seconds


@dataclass(slots=True)
class Turn:
    """What came of a turn. `was_asked` where the source answered, `error` where it, or the turn, failed."""

    name: str
    outbox: Outbox = field(default_factory=Outbox)
    lines: telemetry.Held = field(default_factory=telemetry.Held)
    was_asked: bool = False
    error: str = ""

    @property
    def is_idle(self) -> bool:
        """True where nobody needs to know: nothing came, nothing waits, nothing failed."""
        if self.error or self.outbox.pointers or self.outbox.wake_ups:
            return False
        return all(
            event in _IDLE or (event == "counters" and not said.get("backlog"))
            for _, event, said in self.lines.lines
        )


class _Watched:
    """The source, and how its list of changes answered: `fetch_alerts` keeps a failure to itself.

    It refuses any call once the turn has had its time. A turn goes on in its thread after the run that began
    it, where no time limit of the platform ends it; and a tenant may be purged `states.PURGE_AFTER` it left.
    """

    def __init__(self, source: AlertSource, clock: Clock, seconds: float) -> None:
        self._source, self.name = source, source.name
        self._clock = clock
        self._until = clock.now() + timedelta(seconds=seconds)
        self.has_answered = False
        self.error: AppError | None = None

    def updated_in(self, window: Window) -> AlertPage:
        """As the source's."""
        try:
            page = self._in_time().updated_in(window)
        except AppError as err:
            self.error = err
            raise
        self.has_answered = True
        return page

    def created_in(self, window: Window) -> AlertPage:
        """As the source's."""
        return self._in_time().created_in(window)

    def touched_in(self, window: Window) -> AlertPage:
        """As the source's."""
        return self._in_time().touched_in(window)

    def others_in(self, window: Window) -> OtherAlerts | None:
        """As the source's."""
        return self._in_time().others_in(window)

    def one(self, alert_id: str) -> object:
        """As the source's."""
        return self._in_time().one(alert_id)

    def _in_time(self) -> AlertSource:
        if self._clock.now() >= self._until:
            raise Unavailable("the tenant's turn has had its time", service=self.name)
        return self._source


def take(apps: TenantApps, row: TenantRow, policy: TurnPolicy, since: datetime) -> Turn:
    """The tenant's turn. Raises nothing but what is no `Exception`: a tenant's failure is its own.

    Its log lines are kept back. Hourly work is left out unless the tenant's slot of the hour began after
    `since`.
    """
    turn = Turn(row.name)
    with telemetry.about(tenant=row.name), telemetry.held() as turn.lines:
        try:
            _take(apps, row, policy, since, turn)
        except Exception as err:
            turn.error = error_text(err)
            say = telemetry.warning if isinstance(err, AppError) else telemetry.error
            say("turn of a tenant failed", reason=turn.error)
    return turn


def _take(apps: TenantApps, row: TenantRow, policy: TurnPolicy, since: datetime, turn: Turn) -> None:
    clock = apps.home.ports.clock
    try:
        app = apps.app_of(row)
        if row.is_further and standing.claimed(row, apps.deployment) is not None:
            row = _written(apps, row, lambda now: standing.claimed(now, apps.deployment))
            if not standing.is_worked_on(row, apps.deployment):
                return
    except AppError as err:
        _failed(apps, row, policy, err)
        raise
    words = look(app, clock.now()) if turns.wants_check(row) else None
    source = _Watched(app.ports.source, clock, policy.turn_for)
    turn.outbox = fetch_alerts(
        replace(app.ports, source=source), _of_the_hour(app.policy, row.name, since, clock.now())
    )
    turn.was_asked = source.has_answered
    if words is not None:
        _written(apps, row, lambda now: turns.checked(now, words, clock.now()))
    if source.error is not None:
        turn.error = error_text(source.error)
        _failed(apps, row, policy, source.error)
    elif source.has_answered and turns.succeeded(row, clock.now()) is not None:
        _written(apps, row, lambda now: turns.succeeded(now, clock.now()))


def look(app: TenantApp, now: datetime) -> tuple[str, ...]:
    """What is wrong with the tenant, in words of `checks`: tokens, roles, the list of alerts, hunting."""
    words: list[str] = []
    for service, needed in ((checks.DEFENDER, checks.DEFENDER_ROLES), (checks.GRAPH, checks.GRAPH_ROLES)):
        try:
            words += checks.missing(service, needed, app.roles(service))
        except AppError as err:
            words.append(checks.word_of(service, err))
    end = Instant.of(now)
    try:
        app.ports.source.updated_in(Window(end.plus(-60), end))
    except AppError as err:
        words.append(checks.word_of(checks.DEFENDER, err))
        if isinstance(err, Retryable):
            # Who hangs is asked for nothing more: a hunt would keep the thread for minutes.
            return checks.kept(tuple(words))
    try:
        app.ports.hunter.run(_CHECK, _CHECK_QUERY, "PT1H")
    except AppError as err:
        words.append(checks.word_of(checks.GRAPH, err))
    return checks.kept(tuple(words))


def _of_the_hour(policy: Policy, name: str, since: datetime, now: datetime) -> Policy:
    """The policy of this turn: audit, purge and repair run once an hour, in the tenant's own slot."""
    half = 0.5 * min(policy.audit_every, policy.purge_every, policy.repair_every)
    every = half if turns.had_slot(name, since, now) else _NOT_NOW
    return replace(policy, audit_every=every, purge_every=every, repair_every=every)


def _failed(apps: TenantApps, row: TenantRow, policy: TurnPolicy, err: AppError) -> None:
    """The back-off, kept in the row. A storage that is away is no tenant's fault, and has no row to write."""
    if err.service == "tables" or not row.etag:
        return
    wait = err.retry_after if isinstance(err, Throttled) else 0.0
    now, said = apps.home.ports.clock.now(), telemetry.redacted(error_text(err))
    _written(apps, row, lambda known: turns.failed(known, said, now, policy, wait))


def _written(apps: TenantApps, row: TenantRow, decide: Callable[[TenantRow], TenantRow | None]) -> TenantRow:
    """The row as it stands then. Nothing is written of a tenant that is not worked on any more."""

    def of_known(known: TenantRow) -> tuple[TenantRow | None, None]:
        is_there = known.name == row.name and known.state in WORKED_ON
        return (decide(known) if is_there else None), None

    written, _ = tenants.changed(apps.registry.rows, row.name, of_known)
    return written
