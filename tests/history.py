"""Puts a row where the ledger's history lies, whatever stands there."""

from dataclasses import replace

from shared.core.progress.ledger_row import LedgerRow
from shared.pipeline.ports import Ledger


def put_in_history(ledger: Ledger, row: LedgerRow) -> LedgerRow:
    """The row as kept."""
    standing = ledger.finished([(row.day, row.alert_id)]).get(row.alert_id)
    [kept] = ledger.keep([replace(row, etag=standing.etag if standing else "")])
    return kept
