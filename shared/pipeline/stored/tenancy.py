"""Whether this app may work on its tenant: asked once a fetch, and once a minute by whatever else runs."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared import telemetry
from shared.core.tenants import ACTIVE, PAUSED, Claim, TenantRow, standing
from shared.errors import AppError, ConfigError
from shared.pipeline.ports import Clock
from shared.pipeline.stored.tenants import TenantRows, changed

_AGAIN_AFTER = 60.0  # seconds


class Tenancy:
    """This app's standing; safe to share between threads. `tenant_id` is that of the app's tokens, which may
    raise AppError where none can be had: the name is then bound, or compared, as soon as one can."""

    def __init__(
        self, rows: TenantRows, clock: Clock, name: str, deployment: str, tenant_id: Callable[[], str]
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._claim = Claim(name, "", deployment)
        self._tenant_id = tenant_id
        self._looked_at: datetime | None = None
        self._lock = threading.Lock()
        self._state = ACTIVE

    @property
    def is_paused(self) -> bool:
        """Whether an operator had the tenant paused when it was looked at last."""
        return self._state == PAUSED

    def check(self, *, anew: bool) -> None:
        """Raises ConfigError where another tenant or another deployment has the name.

        One read, where it is `anew` or the last is a minute old; the first app writes the row.
        """
        with self._lock:
            now, last = self._clock.now(), self._looked_at
            if last is not None and not anew and (now - last).total_seconds() < _AGAIN_AFTER:
                return
            self._look()
            self._looked_at = now

    def _look(self) -> None:
        claim = replace(self._claim, tenant_id=self._claim.tenant_id or self._known_id())
        self._claim = claim
        row = self._rows.read(claim.name)
        others = [] if row.tenant_id else self._rows.all()

        def decide(row: TenantRow) -> tuple[TenantRow | None, bool]:
            standing.refuse_second_name(claim, others)
            wanted = standing.admitted(row, claim, self._clock.now())
            return wanted, wanted is not None

        try:
            row, is_new = changed(self._rows, claim.name, decide, row)
        except ConfigError as err:
            telemetry.error("another has this tenant", tenant=claim.name, reason=str(err))
            raise
        self._state = row.state
        if is_new:
            telemetry.info("tenant bound", tenant=row.name, id=row.tenant_id, app=row.deployment)

    def _known_id(self) -> str:
        try:
            return self._tenant_id()
        except AppError as err:
            telemetry.info("tenant not known yet", reason=str(err))
            return ""
