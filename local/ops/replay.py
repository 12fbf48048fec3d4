"""`ops replay`: brings an alert back into work, from history or wherever it hangs, while the app runs."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from local.ops.finding_alerts import MOST_DAYS, find, finished_since
from local.ops.target import Target
from shared.core.progress import LedgerRow, admission, digests
from shared.errors import NotFound
from shared.pipeline.fetch import read_page
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents, ledger

_KINDS = (documents.ENRICHMENT, documents.FINDING)


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
        return whole and admission.replayed(admission.without(whole, kept.unreadable), ports.clock.now())

    ledger.reopen(ports.ledger, lambda: find(ports.ledger, alert_id, today, days=days), decide)
    return end


def forget(target: Target, first_day: str) -> tuple[int, int]:
    """(open alerts, finished ones created since that day) that name no look-ups and no finding any more; the
    open ones begin anew. For going back to a version that cannot read the documents of this one."""
    kept, now = target.ports.ledger, target.ports.clock.now()

    def begin_anew(row: LedgerRow, _: LedgerRow) -> LedgerRow:
        return admission.replayed(admission.without(row, _KINDS), now)

    opened = ledger.change(kept, kept.open_rows(), begin_anew)
    done = [admission.without(row, _KINDS) for row in finished_since(target, first_day)]
    return len(opened), len(kept.keep(done))


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
