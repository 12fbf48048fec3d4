"""The apps of the tenants that this deployment works on: each has its own, made when first needed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from shared import telemetry
from shared.core.tenants import WORKED_ON, TenantRow, standing
from shared.errors import ConfigError
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored.tenants import Registry

_JUST_NOW = 5.0  # seconds: however many messages name a tenant that is not there, the list is read no oftener


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantApp:
    """One tenant's app. `roles` are those in its token for a service of `checks`; it may raise AppError."""

    ports: Ports
    policy: Policy
    roles: Callable[[str], tuple[str, ...]]


@dataclass(eq=False)
class TenantApps:
    """All of them; safe to share between threads. `home` is the deployment's own tenant, whose row may not be
    there yet. `make` gives a further tenant's app, or raises ConfigError where its settings cannot be used.
    `ready` raises AppError where no further tenant can be reached, for a reason that is none of theirs.
    """

    home: TenantApp
    registry: Registry
    make: Callable[[TenantRow], TenantApp]
    deployment: str
    ready: Callable[[], object]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _made: dict[str, tuple[tuple[str, str], TenantApp]] = field(default_factory=dict)

    def rows(self, *, anew: bool) -> list[TenantRow]:
        """The rows of the tenants that are worked on, home's first. Of the others nothing is kept."""
        listed = self.registry.listed(anew=anew)
        own = listed.get(self.home.policy.tenant) or TenantRow(self.home.policy.tenant)
        further = [row for row in listed.values() if self._is_worked_on(row)]
        with self._lock:
            self._made = {row.name: self._made[row.name] for row in further if row.name in self._made}
        return [own, *further] if own.state in WORKED_ON else further

    def app_of(self, row: TenantRow) -> TenantApp:
        """The app of a row of `rows`. Raises ConfigError."""
        if row.name == self.home.policy.tenant:
            return self.home
        told = (row.tenant_id, row.overrides)
        with self._lock:
            known = self._made.get(row.name)
            if known is None or known[0] != told:
                known = self._made[row.name] = (told, self.make(row))
            return known[1]

    def named(self, name: str) -> TenantApp | None:
        """The app of the tenant with this name; None where nobody works on such a one here."""
        row = self.registry.listed().get(name)
        if name == self.home.policy.tenant:
            return self.home if row is None or row.state in WORKED_ON else None
        if row is None or not self._is_worked_on(row):
            # FetchAlerts, which sends its messages, may know by now that it is there, or is back.
            row = self.registry.listed(within=_JUST_NOW).get(name)
        if row is None or not self._is_worked_on(row):
            return None
        try:
            return self.app_of(row)
        except ConfigError as err:
            telemetry.error("settings of a tenant cannot be used", tenant=name, reason=str(err))
            return None

    def _is_worked_on(self, row: TenantRow) -> bool:
        return row.name != self.home.policy.tenant and standing.is_worked_on(row, self.deployment)
