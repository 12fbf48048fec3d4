"""Publishes what is known of alerts: makes their rows and events, and says what to write over what stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.alert import Alert
from shared.core.conclude import (
    Conclusion,
    Rules,
    conclude,
    seen_before_text,
    sightings_of,
    traits_of,
)
from shared.core.correlate import Finding, Reason, Status
from shared.core.lookups import Enrichment
from shared.core.progress import LedgerRow, due
from shared.core.progress import ledger as rules
from shared.core.row import (
    Context,
    columns_without_secrets,
    content,
    decide,
    event_rows,
    event_without_secrets,
    with_alert_of,
    with_other_source,
)
from shared.core.values import Column, StoredRow
from shared.pipeline.hunt.apart import apart
from shared.pipeline.hunt.joining import Joining
from shared.pipeline.hunt.judging import Judging, trait_of
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents, ledger, published_rows
from shared.pipeline.stored.lease import HeldLease


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What to publish of one alert. `ended` where its hunt came to an end; `hunt` is that hunt's own finding
    where an earlier one is shown instead; `is_unread` where nothing is known of the alert but its ledger row.
    """

    row: LedgerRow
    alert: Alert
    enrichment: Enrichment | None
    finding: Finding
    ended: bool
    hunt: Finding | None = None
    spread: str = ""  # on how many devices hunting knows its hashes and addresses, where that was asked
    is_unread: bool = False


def waiting(row: LedgerRow) -> Finding:
    """The finding of an alert that was not hunted yet."""
    return Finding(row.alert_id, Status.PENDING, reason=Reason.WAITING)


def publish(held: HeldLease, publications: Sequence[Publication]) -> list[Publication]:
    """Writes them all, and gives back those that were written; what has not changed counts as written.

    One that cannot be made into a row, or that the storage does not take, is left out and logged. Safe to
    repeat after a crash at any point. Raises LeaseLost.
    """
    if not publications:
        return []
    ports = held.ports
    installed_at = ports.checkpoints.read(ports.source.name).installed_at
    detections = ports.rules()
    failed = {
        item.row.alert_id
        for item in apart(
            publications,
            lambda some: _publish(held, some, detections, installed_at),
            lambda item: item.row.alert_id,
        )
    }
    return [item for item in publications if item.row.alert_id not in failed]


def _publish(
    held: HeldLease, publications: Sequence[Publication], detections: Rules, installed_at: datetime | None
) -> None:
    ports, policy = held.ports, held.policy
    traits = {
        item.row.alert_id: traits_of(item.alert, item.finding, item.enrichment) for item in publications
    }
    known = [trait.key for each in traits.values() for trait in each]
    detectors = filter(None, (trait_of(item.alert) for item in publications))
    found = ports.sightings.find([*known, *detectors])
    judging = Judging(ports, policy, found)
    drafts = [
        _draft(detections, policy, item, seen_before_text(item.alert, traits[item.row.alert_id], found))
        for item in publications
    ]
    by_key = {draft.key: draft for draft in drafts}
    joining = Joining(ports, [(draft.key, draft.columns) for draft in drafts])

    def change(key: tuple[str, str], stored: StoredRow | None) -> published_rows.Change | None:
        draft, now = by_key[key], ports.clock.now()
        item = draft.publication
        context = _context(item, policy, now, installed_at, joining.day(draft.columns))
        made = _change(draft, stored, policy, judging.context(context, item.alert, now))
        if made is not None:
            joining.decided(item.row, key, stored, made.columns, was_hunted=item.hunt is not None)
            judging.decided(item.row, item.alert, stored, made.columns)
        return made

    published_rows.change(held, list(by_key), change)
    seen = [one for item in publications for one in sightings_of(item.alert, traits[item.row.alert_id])]
    ports.sightings.add([*seen, *judging.verdicts()])
    joining.mark()
    judging.queue_writes()


@dataclass(frozen=True, slots=True)
class _Draft:
    publication: Publication
    key: tuple[str, str]
    columns: dict[str, Column]
    conclusion: Conclusion


def _draft(detections: Rules, policy: Policy, publication: Publication, seen_before: str) -> _Draft:
    alert, finding = publication.alert, publication.finding
    conclusion = conclude(alert, publication.enrichment, finding, detections)
    seen = "\n".join(filter(None, (seen_before, publication.spread)))
    columns = content(
        alert,
        publication.enrichment,
        finding,
        conclusion,
        seen,
        portal=policy.portal,
        tenant=policy.tenant,
    )
    if policy.redact_command_lines:
        columns = columns_without_secrets(columns)
    # The ledger keeps the day by which the alert was first known; a later version may tell another.
    key = published_rows.key_of(policy, publication.row.day, publication.row.alert_id)
    return _Draft(publication, key, columns, conclusion)


def _change(
    draft: _Draft, stored: StoredRow | None, policy: Policy, context: Context
) -> published_rows.Change | None:
    """What to write over the row as it stands; None where a newer version is published already."""
    publication, row = draft.publication, draft.publication.row
    columns = draft.columns
    if stored is not None:
        keep = with_alert_of if publication.is_unread else with_other_source
        columns = keep(stored.columns, columns)
    decision = decide(stored, columns, context)
    if decision.is_stale:
        telemetry.info("a newer version is published already", alert_id=row.alert_id)
        return None
    events = None
    if not decision.keeps_correlation:
        events = event_rows(
            draft.key[1],
            publication.alert,
            publication.finding,
            draft.conclusion,
            decision.revision,
            policy.tenant,
        )
        if policy.redact_command_lines:
            events = [event_without_secrets(event) for event in events]
    return published_rows.Change(decision.columns, events, stored is not None or row.attempts > 1)


def _context(
    publication: Publication,
    policy: Policy,
    now: datetime,
    installed_at: datetime | None,
    incident_day: str,
) -> Context:
    row = publication.row
    return Context(
        now=now,
        generation=row.generation,
        first_seen=row.first_seen,
        installed_at=installed_at,
        backfill=row.backfill,
        hunt_ended=publication.ended or bool(row.finding_ref),
        notify_after=policy.notify_after,
        incident_day=incident_day,
        looked_up=not row.awaits_look_ups,
    )


def late_batch(rows: Sequence[LedgerRow], now: datetime, policy: Policy) -> list[LedgerRow]:
    """Those of the due rows that `publish_waiting` takes next: they have waited longer than `row_after`
    for their first hunt. What did not end comes in smaller groups, and in the end is left for the drain to
    give up."""
    late = [row for row in rows if _is_late(row, now, policy)]
    return due.next_batch(late, policy.batch_size, policy.ledger.max_attempts) if late else []


def publish_waiting(held: HeldLease, late: Sequence[LedgerRow]) -> None:
    """Publishes these alerts as pending. No alert waits for a quota. The attempt is counted before the work,
    as for a hunt."""
    ports, wait = held.ports, timedelta(seconds=held.policy.notify_after)
    taken = ledger.change(ports.ledger, late, lambda row, _: rules.taken(row))
    shown = [
        Publication(
            row=one.row,
            alert=one.alert,
            enrichment=one.enrichment,
            finding=one.finding or waiting(one.row),
            ended=False,
        )
        for one in documents.load(ports.documents, taken)
        if one.alert is not None
    ]
    written = [item.row for item in publish(held, shown)]
    now = ports.clock.now()
    ledger.change(ports.ledger, written, lambda row, _: rules.shown(row, now, row.first_seen + wait))


def _is_late(row: LedgerRow, now: datetime, policy: Policy) -> bool:
    return row.attempts < policy.ledger.max_attempts and due.is_late(row, now, policy.row_after)
