"""The ledger's rules: what one alert version still needs, when, and what each step makes of it.

A row is open while something is due; it then moves to history. Three due times say what is left:
`enrich_due` (when to send it to EnrichAlert, again if it was sent before), `hunt_due` and `publish_due`
(when HuntCorrelate must hunt, or only write the row anew). Every function here is pure and returns a new row;
`pipeline.stored.ledger` writes it on condition that nobody else did, and else asks again with the row that it
then finds. So a step that works long on a row gives it as `seen`, and what came due in between stays due.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.alert import Severity
from shared.core.correlate import Finding, Reason, Status
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State

_MOST_REASON = 500


def is_same_work(row: LedgerRow, seen: LedgerRow) -> bool:
    """False where the row stands for a newer version than `seen`, or was begun anew."""
    return (row.generation, row.generation_seen) == (seen.generation, seen.generation_seen)


def is_looked_up_since(row: LedgerRow, seen: LedgerRow) -> bool:
    """True where nothing but the look-ups of the alert as `seen` has come to an end since."""
    same = is_same_work(row, seen) and row.hunt_due == seen.hunt_due and row.attempts == seen.attempts
    return same and not row.awaits_look_ups


def is_behind(row: LedgerRow, kept: LedgerRow) -> bool:
    """True where history holds, as `kept`, more than the row that is to take its place."""
    standing, coming = (
        (each.generation, each.generation_seen or each.first_seen, each.late_hunts, each.settled)
        for each in (kept, row)
    )
    return standing > coming


def resent(row: LedgerRow, now: datetime, policy: LedgerPolicy) -> LedgerRow:
    """The row as its pointer leaves once more: `sends` counts it.

    The attempt that `looking_up.sending` counted has ended. After `max_attempts` sends (in a later round of
    look-ups after one) the round is over: `sends` is 0, the alert is hunted without its look-ups, and the
    next round is due later.
    """
    row = replace(row, look_up_attempts=max(0, row.look_up_attempts - 1))
    if row.sends < (1 if row.look_ups else policy.max_attempts):
        return replace(row, sends=row.sends + 1, enrich_due=now + timedelta(seconds=policy.resend_after))
    given_up = replace(_after_a_round(row, now, policy, again=True), reason="enrichment never ended")
    if _is_unhunted(row):
        return replace(given_up, hunt_due=row.hunt_due or now)
    # An open row must have something due, or nobody would ever close it.
    return given_up if given_up.enrich_due is not None else replace(given_up, publish_due=now)


def looked_up_in_vain(row: LedgerRow, now: datetime) -> LedgerRow:
    """The row of an alert whose look-ups end the worker with nothing beside them: hunted without them, now
    and later. Where it was hunted, its row waits for them no longer."""
    row = replace(row, enrich_due=None, sends=0, reason="its look-ups never ended")
    if _is_unhunted(row):
        return replace(row, hunt_due=row.hunt_due or now)
    return replace(row, publish_due=now)


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
        look_up_attempts=0,
    )


def _is_unhunted(row: LedgerRow) -> bool:
    return row.finding_digest != row.hunt_digest


def _after_a_round(row: LedgerRow, now: datetime, policy: LedgerPolicy, *, again: bool) -> LedgerRow:
    wait = timedelta(seconds=policy.look_up_again * 2.0**row.look_ups)
    due = now + wait if again and row.look_ups + 1 < policy.max_look_ups else None
    return replace(row, enrich_due=due, look_ups=row.look_ups + 1, sends=0)


def taken(row: LedgerRow) -> LedgerRow:
    """The row as HuntCorrelate takes it. The attempt is counted before any work, so that an alert that ends
    the worker each time is found by its count."""
    return replace(row, attempts=row.attempts + 1)


def taken_alone(row: LedgerRow, policy: LedgerPolicy) -> LedgerRow:
    """The same of an alert that did not end, and beside which nothing else is under way now."""
    return taken(replace(row, attempts=policy.before_alone(row.attempts)))


def after_refusal(row: LedgerRow, now: datetime, policy: LedgerPolicy) -> LedgerRow | None:
    """The row after an attempt at it alone was refused by a service: it waits for 1, 4, 9 … minutes by its
    attempts. The platform brings the message back within half a minute, and all attempts would be gone in
    two. None where nothing is due."""
    is_begun_alone = row.attempts >= policy.max_attempts  # before that it was taken once
    tries = row.attempts - policy.max_attempts + 2 if is_begun_alone else row.attempts
    due = now + timedelta(minutes=tries**2)
    if not row.attempts or row.work_due is None:
        return None
    hunt_due, publish_due = row.hunt_due and due, row.publish_due and due
    return replace(row, hunt_due=hunt_due, publish_due=publish_due)


def shown(row: LedgerRow, now: datetime, notify_at: datetime) -> LedgerRow:
    """The row once the alert was published before its first hunt; all that is due stays due, and the attempt
    that was counted for it has ended. At `notify_at` it is written once more, for consumers to be told."""
    publish_due = row.publish_due or (notify_at if notify_at > now else None)
    return replace(row, was_published=True, attempts=max(0, row.attempts - 1), publish_due=publish_due)


def published(row: LedgerRow, seen: LedgerRow, now: datetime) -> LedgerRow:
    """The row after its `Alerts` row alone was written; a hunt that is due stays due."""
    due = _to_publish(row, seen, now)
    return _close(replace(row, publish_due=due, attempts=0, was_published=True))


def _to_publish(row: LedgerRow, seen: LedgerRow, now: datetime) -> datetime | None:
    """When what was published of `seen` must be written once more: it lacks what came in since."""
    if row.enrichment_ref != seen.enrichment_ref:
        return now
    return None if row.publish_due == seen.publish_due else row.publish_due


def after_hunt(
    row: LedgerRow,
    seen: LedgerRow,
    finding: Finding,
    ref: str,
    now: datetime,
    policy: LedgerPolicy,
    *,
    ended: bool,
    notify_at: datetime,
    narrowed: int | None = None,
) -> LedgerRow | None:
    """What is next after a hunt of `seen` that found `finding`, kept as `ref`: done, due again, or set aside.
    None where another drain has hunted it meanwhile.

    `ended` is False where the hunt was refused or put off. Of a rejected query, `narrowed` is how many
    attempts make its alerts be hunted among fewer others; None where this one was alone. Until `notify_at`,
    consumers are not told of what was not hunted or not looked up.
    """
    if row.hunt_due != seen.hunt_due:
        return None
    if finding.reason is Reason.QUERY_REJECTED:
        if narrowed is None:
            return set_aside(replace(row, finding_ref=ref), finding.detail or "query rejected")
        why = finding.detail[:_MOST_REASON]
        return replace(row, hunt_due=now, attempts=narrowed, was_published=True, reason=why)
    publish_due = _to_publish(row, seen, now)
    if publish_due is None and notify_at > now and (not ended or row.awaits_look_ups):
        publish_due = notify_at
    if not ended:
        why = f"{finding.reason}: {finding.detail}"
        until = retry_at(row, now, policy)
        if until is None:
            return set_aside(row, why)
        failed = finding.reason is not Reason.THROTTLED
        return put_off(row, until, why, failed=failed, publish_due=publish_due)
    late = row.finding_digest == row.hunt_digest
    following = next_hunt(replace(row, late_hunts=row.late_hunts + late), finding, now, policy)
    settles = finding.status is Status.CORRELATED and following is not None
    return hunted(row, ref, following, settled=settles, late=late, publish_due=publish_due)


def hunted(
    row: LedgerRow,
    ref: str,
    next_hunt: datetime | None,
    *,
    settled: bool,
    late: bool,
    publish_due: datetime | None = None,
) -> LedgerRow:
    """The row after a hunt that ended; `next_hunt` is when to hunt again, `late` that it was a re-hunt."""
    return _close(
        replace(
            row,
            finding_ref=ref,
            finding_digest=row.hunt_digest,
            hunt_due=next_hunt,
            publish_due=publish_due,
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
        reason=reason[:_MOST_REASON],
    )


def set_aside(row: LedgerRow, reason: str) -> LedgerRow:
    """The row once nothing more will be tried by itself; `ops replay` brings it back."""
    return replace(
        row,
        state=State.SET_ASIDE,
        enrich_due=None,
        hunt_due=None,
        publish_due=None,
        reason=reason[:_MOST_REASON],
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
