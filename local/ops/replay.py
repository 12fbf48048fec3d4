"""`ops replay`: brings an alert back into work, from history or wherever it hangs, while the app runs."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from local.ops.finding_alerts import MOST_DAYS, find
from local.ops.target import Target
from shared.core.progress import LedgerRow, admission, digests
from shared.errors import NotFound
from shared.pipeline.fetch import read_page
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents, ledger


class Replayed(StrEnum):
    """What became of one alert."""

    BACK = "back in work"
    UNKNOWN = "not in the ledger"
    NOTHING = "no finding is kept that could be judged again"
    GONE = "its body is no longer kept, and the alert source does not know it either"


def replay(target: Target, alert_id: str, today: dt.date, *, days: int = MOST_DAYS) -> Replayed:
    """Makes the alert due from the start. Every write is conditional: a newer version that comes meanwhile
    wins, and is then the one that is replayed. Raises Unavailable where the app is always first."""
    ports = target.ports
    end = Replayed.UNKNOWN

    def decide(row: LedgerRow) -> LedgerRow | None:
        nonlocal end
        [kept] = documents.load(ports.documents, [row])
        whole = row if kept.alert is not None else _with_body(ports, row)
        end = Replayed.GONE if whole is None else Replayed.BACK
        return whole and admission.replayed(whole, ports.clock.now(), without=kept.unreadable)

    ledger.reopen(ports.ledger, lambda: find(ports.ledger, alert_id, today, days=days), decide)
    return end


def rejudge(target: Target, alert_id: str, today: dt.date, *, days: int = MOST_DAYS) -> Replayed:
    """Makes the alert's row due to be written anew from its stored finding, by today's detections: nothing
    is looked up or hunted, and nobody is told anew. Raises Unavailable where the app is always first."""
    ports = target.ports
    known: list[LedgerRow] = []

    def find_it() -> LedgerRow | None:
        row = find(ports.ledger, alert_id, today, days=days)
        known[:] = [] if row is None else [row]
        return row

    if ledger.reopen(ports.ledger, find_it, lambda row: admission.rejudged(row, ports.clock.now())):
        return Replayed.BACK
    return Replayed.NOTHING if known else Replayed.UNKNOWN


def _with_body(ports: Ports, row: LedgerRow) -> LedgerRow | None:
    """The row with the alert as its source has it now; None where it does not know it either."""
    try:
        fetched = read_page(ports, [ports.source.one(row.alert_id)])
    except NotFound:
        return None
    if not fetched or fetched[0].alert.id != row.alert_id:
        return None
    [found] = fetched
    fresh = admission.with_body(row, found.alert, digests(found.alert), documents.ref_of(found.body))
    ports.documents.put({documents.key(fresh, documents.ALERT, fresh.body_ref): found.body})
    return fresh
