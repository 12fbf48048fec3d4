"""The list of tenants, whose owner this is: every row of it is read, decided on and written here."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from shared.core.tenants import TenantRow, states
from shared.pipeline.ports import Clock
from shared.pipeline.stored.change import change

REMEMBERED = 60.0  # seconds for which the list is used again elsewhere than in FetchAlerts


class TenantRows(Protocol):
    """Table `Tenants`."""

    def read(self, name: str) -> TenantRow:
        """The row of the name; an empty one where there is none yet."""

    def all(self) -> list[TenantRow]:
        """Every tenant of the account. Raises UnexpectedResponse where one cannot be read."""

    def readable(self) -> list[TenantRow]:
        """Every tenant of the account whose row can be read."""

    def write(self, row: TenantRow) -> TenantRow:
        """Written if its etag still holds. Raises Conflict."""

    def bind(self, tenant_id: str, name: str) -> str:
        """The name under which the tenant's id is kept for ever: `name`, unless another was first."""


def changed[R](
    rows: TenantRows,
    name: str,
    decide: Callable[[TenantRow], tuple[TenantRow | None, R]],
    known: TenantRow | None = None,
) -> tuple[TenantRow, R]:
    """(the row as it stands then, what `decide` said beside the row to write; None is nothing to write).

    `decide` must be pure: it is asked again where another wrote first.
    """
    return change(lambda: rows.read(name), decide, lambda row: rows.write(row), known=known)


def move(
    rows: TenantRows, name: str, to: Callable[[TenantRow, datetime], TenantRow | None], now: datetime
) -> tuple[TenantRow, bool]:
    """(the row as it stands then, whether that is new) after a step of `states`, such as `states.paused`.

    Raises ConfigError where that way is not open.
    """

    def decide(row: TenantRow) -> tuple[TenantRow | None, bool]:
        wanted = to(row, now)
        return wanted, wanted is not None

    return changed(rows, name, decide)


def add(rows: TenantRows, name: str, tenant_id: str, now: datetime) -> tuple[TenantRow, bool]:
    """(the further tenant's row, whether it is new). Raises ConfigError where name or id belong to another.

    The id is bound first: of two who add one id under two names at once, the second is refused.
    """
    states.added(rows.read(name), name, tenant_id, now)
    states.refuse_other_name(name, tenant_id, rows.all())
    bound = rows.bind(tenant_id, name)
    states.refuse_other_name(name, tenant_id, [TenantRow(bound, tenant_id)])
    return move(rows, name, lambda row, at: states.added(row, name, tenant_id, at), now)


class Registry:
    """The list as this instance knows it; safe to share between threads."""

    def __init__(self, rows: TenantRows, clock: Clock) -> None:
        self.rows = rows
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, TenantRow] = {}
        self._read_at: datetime | None = None

    def listed(self, *, anew: bool = False, within: float = REMEMBERED) -> dict[str, TenantRow]:
        """Every tenant that can be read, by name: one read of the list where it is `anew`, or where the last
        is older than `within`, in seconds."""
        with self._lock:
            now, last = self._clock.now(), self._read_at
            if anew or last is None or (now - last).total_seconds() >= within:
                self._known = {row.name: row for row in self.rows.readable()}
                self._read_at = now
            return dict(self._known)
