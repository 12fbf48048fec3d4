"""`ops replay`: brings an alert back into work, from history or wherever it hangs, while the app runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from enum import StrEnum

from local.ops.finding_alerts import MOST_DAYS, find
from local.ops.target import Target
from shared.core.progress import Digests, LedgerRow, State, digests
from shared.errors import NotFound
from shared.pipeline.fetch import read_page
from shared.pipeline.ports import Ports
from shared.pipeline.stored import bodies

_RACES = 5


class Replayed(StrEnum):
    """What became of one alert."""

    BACK = "back in work"
    UNKNOWN = "not in the ledger"
    GONE = "its body is no longer kept, and the alert source does not know it either"
    BUSY = "the app wrote its row at the same time, again and again: try once more"


def replayed(row: LedgerRow, now: dt.datetime) -> LedgerRow:
    """The row from the start: look-ups, then the hunt, with all its attempts before it.

    The generation stays, so that what was published is kept where the new hunt proves less, and the finding
    stays named until another takes its place. Due now: the next FetchAlerts run sends it.
    """
    return replace(
        row,
        state=State.OPEN,
        etag=row.etag if row.state is State.OPEN else "",
        enrich_due=now,
        hunt_due=None,
        publish_due=None,
        sends=0,
        attempts=0,
        failures=0,
        late_hunts=0,
        settled=False,
        look_ups=0,
        finding_digest="",
        generation_seen=now,
        reason="",
    )


def replay(target: Target, alert_id: str, today: dt.date, *, days: int = MOST_DAYS) -> Replayed:
    """Makes the alert due from the start. Every write is conditional: a newer version that comes meanwhile
    wins, and is then the one that is replayed."""
    ports = target.ports
    for _ in range(_RACES):
        known = find(ports.ledger, alert_id, today, days=days)
        if known is None:
            return Replayed.UNKNOWN
        whole = _with_body(ports, known)
        if whole is None:
            return Replayed.GONE
        written = ports.ledger.write([replayed(whole, ports.clock.now())])
        if written and not _was_overtaken(ports, known, written[0]):
            return Replayed.BACK
    return Replayed.BUSY


def _with_body(ports: Ports, row: LedgerRow) -> LedgerRow | None:
    """The row with a body that is kept: its own, else the alert as its source has it now. None where neither
    is to be had."""
    key = bodies.key(row, bodies.ALERT, row.body_ref)
    if key in ports.documents.get([key]):
        return row
    try:
        fetched = read_page(ports, [ports.source.one(row.alert_id)])
    except NotFound:
        return None
    if not fetched or fetched[0].alert.id != row.alert_id:
        return None
    [found] = fetched
    now_known = digests(found.alert)
    fresh = replace(
        row,
        body_ref=bodies.ref_of(found.body),
        last_update=found.alert.last_update,
        severity_rank=found.alert.severity.rank,
        hunt_digest=now_known.hunt,
        status_digest=now_known.status,
        generation=row.generation + (now_known != Digests(row.hunt_digest, row.status_digest)),
    )
    ports.documents.put({bodies.key(fresh, bodies.ALERT, fresh.body_ref): found.body})
    return fresh


def _was_overtaken(ports: Ports, known: LedgerRow, written: LedgerRow) -> bool:
    """True where, between reading history and reopening from it, a newer version went all its way.

    The open row that was made of the older one is then closed again, unless somebody has it in work: it
    cannot overwrite the newer row in `Alerts`, whose version counts more.
    """
    if known.state is State.OPEN:
        return False
    latest = ports.ledger.finished([(known.day, known.alert_id)]).get(known.alert_id)
    if latest is None or latest.generation <= known.generation:
        return False
    ports.ledger.finish([replace(latest, etag=written.etag)])
    return True
