"""The alert of a row whose body nobody can read: what the ledger itself knows, so that it has its row."""

from shared.core.alert import Alert, Severity
from shared.core.progress.ledger_row import LedgerRow


def unread_alert(row: LedgerRow) -> Alert:
    """Id, times and severity as the ledger keeps them; nothing else is claimed.

    The severity is that of its rank: of words that sort alike the one that is commonest.
    """
    alike = (each for each in Severity if each.rank >= row.severity_rank)  # the worst come first
    severity = next(alike, Severity.INFORMATIONAL)
    return Alert(
        id=row.alert_id,
        source=row.source,
        created=row.created,
        last_update=row.last_update,
        severity=severity,
        severity_text=severity.value,
        title="An alert that cannot be read",
        status="Unknown",
        unreadable=("body",),
    )
