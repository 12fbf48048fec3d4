"""The ledger's rules: what one alert version still needs, when, and what each step makes of it.

A row is open while something is due; it then moves to history. Three due times say what is left:
`enrich_due` (when to send it to EnrichAlert, again if it was sent before), `hunt_due` and `publish_due`
(when HuntCorrelate must hunt, or only write the row anew). Every function here is pure and returns a new row;
the caller writes it on condition that nobody else did (ETag).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.core.alert import Alert, Severity
from shared.core.correlate import Finding, Reason, Status
from shared.core.progress.versions import Digests
from shared.core.values import Instant


class State(StrEnum):
    """Where an alert stands. DONE and SET_ASIDE rows lie in history."""

    OPEN = "open"
    DONE = "done"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class LedgerPolicy:
    """The waits and bounds of the ledger, in seconds unless said."""

    resend_after: float = 660.0  # longer than the host's 600 s message lease
    max_attempts: int = 4
    late_hunts: tuple[float, ...] = (300.0, 1800.0, 7200.0)  # after the first NoMatch
    settle_after: float = 1800.0  # one hunt more for a Correlated alert of Medium or above; 0 = none
    retry_after: float = 60.0  # doubled for each failure in a row
    retry_at_most: float = 1800.0
    give_up_after: float = 86_400.0  # failures older than this set the alert aside
    look_up_again: float = 300.0  # doubled for each round of look-ups
    max_look_ups: int = 5


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One alert's place in the ledger. `etag` is the storage's mark of the row as read; "" for a new row.

    `attempts` counts how often work on this generation was begun without an end; `failures` how often in
    a row the outside refused; `late_hunts` how many hunts were made again since the generation's first.
    """

    alert_id: str
    day: str
    source: str
    created: Instant
    last_update: Instant
    severity_rank: int
    generation: int
    hunt_digest: str
    status_digest: str
    body_ref: str
    first_seen: datetime
    state: State = State.OPEN
    enrich_due: datetime | None = None
    hunt_due: datetime | None = None
    publish_due: datetime | None = None
    sends: int = 0
    attempts: int = 0
    failures: int = 0
    late_hunts: int = 0
    settled: bool = False
    generation_seen: datetime | None = None
    enrichment_ref: str = ""
    finding_ref: str = ""
    finding_digest: str = ""
    look_ups: int = 0  # rounds of look-ups made for this generation
    was_published: bool = False
    backfill: bool = False
    reason: str = ""
    etag: str = ""

    @property
    def work_due(self) -> datetime | None:
        """When HuntCorrelate has to take it next, if at all."""
        dues = [due for due in (self.hunt_due, self.publish_due) if due is not None]
        return min(dues) if dues else None

    @property
    def is_finished(self) -> bool:
        """True where nothing is due any more."""
        return self.enrich_due is None and self.work_due is None


# What a version with other evidence starts from.
_NOT_HUNTED_YET: Mapping[str, Any] = {
    "hunt_due": None,
    "publish_due": None,
    "late_hunts": 0,
    "settled": False,
    "look_ups": 0,
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
    alone moved is published without a hunt.
    """
    if known is None:
        return Admission.NEW, _new_row(alert, digests, body_ref, now, policy)
    if (digests.hunt, digests.status) == (known.hunt_digest, known.status_digest):
        return Admission.UNCHANGED, None
    if alert.last_update < known.last_update:
        return Admission.OLDER, None
    row = _next_generation(known, alert, digests, body_ref, now)
    if digests.hunt == known.hunt_digest:
        return Admission.STATUS, replace(row, publish_due=now)
    enrich_due = now + timedelta(seconds=policy.resend_after)
    return Admission.CHANGED, replace(row, enrich_due=enrich_due, sends=1, **_NOT_HUNTED_YET)


def _next_generation(
    known: LedgerRow, alert: Alert, digests: Digests, body_ref: str, now: datetime
) -> LedgerRow:
    """The row of a newer version; what was due stays due."""
    return replace(
        known,
        state=State.OPEN,
        etag=known.etag if known.state is State.OPEN else "",
        last_update=alert.last_update,
        severity_rank=alert.severity.rank,
        generation=known.generation + 1,
        generation_seen=now,
        hunt_digest=digests.hunt,
        status_digest=digests.status,
        body_ref=body_ref,
        attempts=0,
        failures=0,
        reason="",
    )


def _new_row(alert: Alert, digests: Digests, body_ref: str, now: datetime, policy: LedgerPolicy) -> LedgerRow:
    return LedgerRow(
        alert_id=alert.id,
        day=alert.day,
        source=alert.source,
        created=alert.created,
        last_update=alert.last_update,
        severity_rank=alert.severity.rank,
        generation=1,
        hunt_digest=digests.hunt,
        status_digest=digests.status,
        body_ref=body_ref,
        first_seen=now,
        generation_seen=now,
        enrich_due=now + timedelta(seconds=policy.resend_after),
        sends=1,
    )


def resent(row: LedgerRow, now: datetime, policy: LedgerPolicy) -> LedgerRow:
    """The row as its pointer leaves once more: `sends` counts it.

    After `max_attempts` sends (in a later round of look-ups after one) the round is over: `sends` is 0, the
    alert is hunted without its look-ups, and the next round is due later.
    """
    if row.sends < (1 if row.look_ups else policy.max_attempts):
        return replace(row, sends=row.sends + 1, enrich_due=now + timedelta(seconds=policy.resend_after))
    given_up = replace(_after_a_round(row, now, policy, again=True), reason="enrichment never ended")
    if _is_unhunted(row):
        return replace(given_up, hunt_due=row.hunt_due or now)
    # An open row must have something due, or nobody would ever close it.
    return given_up if given_up.enrich_due is not None else replace(given_up, publish_due=now)


def enriched(row: LedgerRow, ref: str, now: datetime, policy: LedgerPolicy, *, again: bool) -> LedgerRow:
    """The row after its look-ups: due for the hunt if it was not hunted yet, else for its row alone.

    `again` asks for one more round of look-ups later, of which there are `max_look_ups` at most.
    """
    first = _is_unhunted(row)
    return replace(
        _after_a_round(row, now, policy, again=again),
        enrichment_ref=ref,
        hunt_due=(row.hunt_due or now) if first else row.hunt_due,
        publish_due=row.publish_due if first else now,
    )


def _is_unhunted(row: LedgerRow) -> bool:
    return row.finding_digest != row.hunt_digest


def _after_a_round(row: LedgerRow, now: datetime, policy: LedgerPolicy, *, again: bool) -> LedgerRow:
    wait = timedelta(seconds=policy.look_up_again * 2.0**row.look_ups)
    due = now + wait if again and row.look_ups + 1 < policy.max_look_ups else None
    return replace(row, enrich_due=due, look_ups=row.look_ups + 1, sends=0)


def taken(row: LedgerRow) -> LedgerRow:
    """The row as HuntCorrelate takes it: counted before any work, so that no alert can kill it unseen."""
    return replace(row, attempts=row.attempts + 1)


def published(row: LedgerRow) -> LedgerRow:
    """The row after its `Alerts` row alone was written; a hunt that is due stays due."""
    return _close(replace(row, publish_due=None, attempts=0, was_published=True))


def hunted(row: LedgerRow, ref: str, next_hunt: datetime | None, *, settled: bool, late: bool) -> LedgerRow:
    """The row after a hunt that ended; `next_hunt` is when to hunt again, `late` that it was a re-hunt."""
    return _close(
        replace(
            row,
            finding_ref=ref,
            finding_digest=row.hunt_digest,
            hunt_due=next_hunt,
            publish_due=None,
            attempts=0,
            failures=0,
            was_published=True,
            late_hunts=row.late_hunts + (1 if late else 0),
            settled=row.settled or settled,
            reason="",
        )
    )


def put_off(
    row: LedgerRow, until: datetime, reason: str, *, failed: bool, publish_due: datetime | None = None
) -> LedgerRow:
    """The row after a hunt that the outside refused or that no quota was left for: due again at `until`.

    `publish_due` is when its row must be written once more meanwhile, if at all.
    """
    return replace(
        row,
        hunt_due=until,
        publish_due=publish_due,
        attempts=0,
        failures=row.failures + (1 if failed else 0),
        was_published=True,
        reason=reason[:500],
    )


def set_aside(row: LedgerRow, reason: str) -> LedgerRow:
    """The row once nothing more will be tried by itself; `ops replay` brings it back."""
    return replace(
        row, state=State.SET_ASIDE, enrich_due=None, hunt_due=None, publish_due=None, reason=reason[:500]
    )


def retry_at(row: LedgerRow, now: datetime, policy: LedgerPolicy) -> datetime | None:
    """When to try a refused hunt again; None once the alert has waited longer than `give_up_after`."""
    begun = row.generation_seen or row.first_seen
    if (now - begun).total_seconds() > policy.give_up_after:
        return None
    wait = min(policy.retry_after * 2.0**row.failures, policy.retry_at_most)
    return now + timedelta(seconds=wait)


def next_hunt(row: LedgerRow, finding: Finding, now: datetime, policy: LedgerPolicy) -> datetime | None:
    """When to hunt the same generation again: lateness and attacks that go on; None where once was enough.

    Where telemetry may still come in (no match, or a tie weaker than the evidence promises), it is hunted at
    fixed waits after the generation was first seen; a Correlated alert of Medium or above settles once.
    """
    begun = row.generation_seen or row.first_seen
    if finding.reason is Reason.NOT_IN_YET:
        waits = policy.late_hunts[row.late_hunts :]
        later = (begun + timedelta(seconds=wait) for wait in waits)
        return next((moment for moment in later if moment > now), None)
    wants_settling = row.severity_rank <= Severity.MEDIUM.rank and policy.settle_after > 0
    if finding.status is Status.CORRELATED and wants_settling and not row.settled:
        return now + timedelta(seconds=policy.settle_after)
    return None


def _close(row: LedgerRow) -> LedgerRow:
    return replace(row, state=State.DONE) if row.is_finished else row
