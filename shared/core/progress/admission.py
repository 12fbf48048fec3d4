"""How an alert comes into work: as a version that was fetched, again by a person's word, or mended.

Pure like the rules of `ledger`: each function returns the row to write.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.core.alert import Alert
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from shared.core.progress.pacing import next_turn
from shared.core.progress.versions import Digests
from shared.core.values import Instant

_SAME_UPDATE = 1.0  # seconds within which the two APIs, which may print fewer digits, mean one update
_COUNT_LOST = 1_000_000  # a generation above any that is published: nothing of it then counts as stale

# What a version with other evidence starts from.
_NOT_HUNTED_YET: Mapping[str, Any] = {
    "hunt_due": None,
    "publish_due": None,
    "late_hunts": 0,
    "settled": False,
    "look_ups": 0,
    "look_up_attempts": 0,
}


class Admission(StrEnum):
    """What a fetched version means to the ledger."""

    NEW = "new"
    CHANGED = "changed"
    STATUS = "status"
    UNCHANGED = "unchanged"
    OLDER = "older"


def admit(
    known: LedgerRow | None,
    alert: Alert,
    digests: Digests,
    body_ref: str,
    now: datetime,
    policy: LedgerPolicy,
) -> tuple[Admission, LedgerRow | None]:
    """What `alert` is to the ledger, and the row to write for it (None where there is nothing to write).

    A version older than the known one never wins; one with the known meaning costs nothing; one whose status
    alone moved is published without a hunt. The two APIs tell one version in other words and with more or
    less of it, so from the other API only a later version is news. A flapping alert waits for its turn
    (`pacing`).
    """
    if known is None:
        return Admission.NEW, _new_row(alert, digests, body_ref, now, policy)
    if (digests.hunt, digests.status) == (known.hunt_digest, known.status_digest):
        return Admission.UNCHANGED, None
    if alert.last_update < known.last_update:
        return Admission.OLDER, None
    if alert.source != known.source and alert.last_update <= known.last_update.plus(_SAME_UPDATE):
        return Admission.UNCHANGED, None
    row = _next_generation(known, alert, digests, body_ref, now)
    row, turn = next_turn(row, now, is_graver=alert.severity.rank < known.severity_rank)
    if digests.hunt == known.hunt_digest:
        return Admission.STATUS, replace(row, publish_due=min(turn, known.publish_due or turn))
    if turn > now:
        return Admission.CHANGED, replace(row, enrich_due=turn, sends=0, **_NOT_HUNTED_YET)
    enrich_due = now + timedelta(seconds=policy.resend_after)
    return Admission.CHANGED, replace(row, enrich_due=enrich_due, sends=1, **_NOT_HUNTED_YET)


def touched(known: LedgerRow, alert: Alert) -> LedgerRow | None:
    """The row with the time of an update that changed no meaning; None where there is none. An audit would
    otherwise take the alert for one that is behind."""
    same = 0.0 if alert.source == known.source else _SAME_UPDATE
    if alert.last_update <= known.last_update.plus(same):
        return None
    return replace(known, last_update=alert.last_update)


def _next_generation(
    known: LedgerRow, alert: Alert, digests: Digests, body_ref: str, now: datetime
) -> LedgerRow:
    """The row of a newer version; what was due stays due."""
    return replace(
        _opened(known),
        **_told(alert, digests, body_ref),
        generation=known.generation + 1,
        generation_seen=now,
        attempts=0,
        failures=0,
        reason="",
    )


def _told(alert: Alert, digests: Digests, body_ref: str) -> dict[str, Any]:
    """What a row says of the version that it is about."""
    return {
        "source": alert.source,
        "last_update": alert.last_update,
        "severity_rank": alert.severity.rank,
        "hunt_digest": digests.hunt,
        "status_digest": digests.status,
        "body_ref": body_ref,
    }


def _opened(row: LedgerRow) -> LedgerRow:
    """The row as an open one; from history it becomes a new row, which has no etag yet."""
    return row if row.state is State.OPEN else replace(row, state=State.OPEN, etag="")


def from_backfill(row: LedgerRow) -> LedgerRow:
    """The row of an alert that a person admitted: its work comes after all news, and nobody is told of it."""
    return replace(row, backfill=True)


def hunted_beside(row: LedgerRow, now: datetime) -> LedgerRow:
    """The row, due for its first hunt while its look-ups are made: no question of a hunt depends on them.

    One that waits for its turn, or that a person admitted, is hunted after them.
    """
    is_on_its_way = row.awaits_look_ups and row.sends > 0 and not row.backfill
    is_unhunted = row.finding_digest != row.hunt_digest
    return replace(row, hunt_due=now) if is_on_its_way and is_unhunted and row.hunt_due is None else row


def without(row: LedgerRow, kinds: Collection[str]) -> LedgerRow:
    """The row naming no document of these kinds any more."""
    return replace(
        row,
        enrichment_ref="" if "enrichment" in kinds else row.enrichment_ref,
        finding_ref="" if "finding" in kinds else row.finding_ref,
    )


def replayed(row: LedgerRow, now: datetime) -> LedgerRow:
    """The row from the start: look-ups, then the hunt, with all its attempts before it.

    The generation stays, so that what was published is kept where the new hunt proves less, and documents
    stay named until others take their place. Due now: the next FetchAlerts run sends it.
    """
    return replace(
        _opened(row),
        enrich_due=now,
        sends=0,
        attempts=0,
        failures=0,
        finding_digest="",
        pace=0,
        paced_at=None,
        generation_seen=now,
        reason="",
        **_NOT_HUNTED_YET,
    )


def rejudged(row: LedgerRow, now: datetime) -> LedgerRow | None:
    """The row due to be published anew from its stored finding, by today's detections and without a hunt;
    None where it has no finding to judge."""
    if not row.finding_ref or row.state is State.SET_ASIDE:
        return None
    return replace(_opened(row), publish_due=row.publish_due or now, attempts=0)


def with_body(row: LedgerRow, alert: Alert, digests: Digests, body_ref: str) -> LedgerRow:
    """The row whose body was lost, with the alert as its source has it now."""
    is_news = digests != Digests(row.hunt_digest, row.status_digest)
    return replace(row, **_told(alert, digests, body_ref), generation=row.generation + is_news)


def mended(row: LedgerRow, lost: Collection[str], now: datetime, *, is_open: bool) -> LedgerRow:
    """The row although the fields in `lost` could not be read: an open one begins anew, since nobody knows
    what it still needs; one in history stays there."""
    known: dict[str, Any] = {
        "day": Instant.of(now).day() if "created" in lost else row.created.day(),
        "source": "defender",
        "first_seen": now,
        "generation": _COUNT_LOST,
    }
    row = replace(row, **{name: value for name, value in known.items() if name in lost})
    if is_open:
        return replayed(row, now)
    return row if row.state is not State.OPEN else replace(row, state=State.DONE)


def _new_row(alert: Alert, digests: Digests, body_ref: str, now: datetime, policy: LedgerPolicy) -> LedgerRow:
    return LedgerRow(
        alert_id=alert.id,
        day=alert.day,
        created=alert.created,
        generation=1,
        **_told(alert, digests, body_ref),
        first_seen=now,
        generation_seen=now,
        enrich_due=now + timedelta(seconds=policy.resend_after),
        sends=1,
    )
