"""What a run that was disturbed must have in common with one that was not."""

from collections.abc import Mapping

from shared.core.incidents import INCIDENT_VOLATILE
from shared.core.progress.ledger_row import LedgerRow
from shared.core.row.definition import VOLATILE


def steady[Value](columns: Mapping[str, Value]) -> dict[str, Value]:
    """The row without the few columns that may differ."""
    return {name: value for name, value in columns.items() if name not in VOLATILE}


def steady_incident[Value](columns: Mapping[str, Value]) -> dict[str, Value]:
    """The same of an incident's row."""
    return {name: value for name, value in columns.items() if name not in INCIDENT_VOLATILE}


def standing(row: LedgerRow) -> tuple[object, ...]:
    """Where the ledger says that the alert stands."""
    return row.state, row.generation, row.hunt_digest, row.status_digest, row.late_hunts
