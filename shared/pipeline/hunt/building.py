"""Builds the rows of incidents whose alerts were published: after each batch of a drain, and at its end."""

from collections.abc import Sequence
from datetime import timedelta

from shared import telemetry
from shared.core.incidents import Mark, content, decide
from shared.core.values import Columns, StoredRow
from shared.pipeline.hunt.apart import apart
from shared.pipeline.stored import incidents
from shared.pipeline.stored.lease import HeldLease

_AT_ONCE = 100  # incidents


def build_due(held: HeldLease, seconds: float) -> None:
    """Builds what is due, for so many seconds at most. An incident that cannot be built is left for another
    try, ever later, and holds up none of the others. Raises LeaseLost."""
    clock = held.ports.clock
    until = clock.now() + timedelta(seconds=seconds)
    while begun := incidents.begin(held.ports, held.policy, _AT_ONCE):
        apart(begun, lambda some: _build(held, some), lambda one: one.incident_id, what="incident")
        if len(begun) < _AT_ONCE or clock.now() >= until:
            return


def _build(held: HeldLease, marks: Sequence[Mark]) -> None:
    now = held.ports.clock.now()
    pending: set[str] = set()
    told = 0

    def change(
        incident_id: str, stored: StoredRow | None, rows: incidents.Rows, left_out: int
    ) -> Columns | None:
        nonlocal told
        if not rows:
            return None  # its alerts have no rows yet
        columns = content(incident_id, rows, left_out, held.policy.tenant)
        decision = decide(stored, columns, rows.values(), now)
        (pending.add if decision.is_pending else pending.discard)(incident_id)
        told += decision.columns is not None
        return decision.columns

    incidents.change(held, [each.incident_id for each in marks], change)
    incidents.end(held.ports, marks, pending, now)
    telemetry.info("incidents built", incidents=len(marks), written=told)
