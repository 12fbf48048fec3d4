"""Publishes what is known of alerts: makes their rows and events, and says what to write over what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from shared import telemetry
from shared.core import conclude
from shared.core.alert import Alert
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
from shared.pipeline.hunt.company import begun
from shared.pipeline.hunt.joining import Joining
from shared.pipeline.hunt.judging import Judging, trait_of
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents, ledger, published_rows
from shared.pipeline.stored.lease import HeldLease

_TOGETHER = 250  # alerts whose rows are made and written together: with their events some 100 KB each


@dataclass(frozen=True, slots=True)
class Taken:
    """An alert in work, with everything that is known of it: nothing but its ledger row where `is_unread`."""

    row: LedgerRow
    alert: Alert
    enrichment: Enrichment | None
    known: Finding | None
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish of one alert. `ended` where its hunt came to an end; `hunt` is that hunt's own finding
    where an earlier one is shown instead."""

    item: Taken
    finding: Finding
    ended: bool
    hunt: Finding | None = None
    spread: str = ""  # on how many devices hunting knows its hashes and addresses, where that was asked


def pending(item: Taken) -> Publication:
    """The alert as it is known before its hunt has ended."""
    waiting = Finding(item.row.alert_id, Status.PENDING, reason=Reason.WAITING)
    return Publication(item, item.known or waiting, ended=False)


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
        each.item.row.alert_id
        for each in apart(
            publications,
            lambda some: _publish(held, some, detections, installed_at),
            lambda each: each.item.row.alert_id,
        )
    }
    return [each for each in publications if each.item.row.alert_id not in failed]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known before any row of one publication is written: the alerts of it are not among the earlier
    ones that theirs name."""

    installed_at: datetime | None
    detections: conclude.Rules
    found: Mapping[str, Sequence[conclude.Sighting]]  # by trait, and by detector
    traits: Mapping[str, Sequence[conclude.Trait]]  # by alert id


def _publish(
    held: HeldLease,
    publications: Sequence[Publication],
    detections: conclude.Rules,
    installed_at: datetime | None,
) -> None:
    traits = {
        each.item.row.alert_id: conclude.traits_of(each.item.alert, each.finding, each.item.enrichment)
        for each in publications
    }
    asked = [trait.key for theirs in traits.values() for trait in theirs]
    detectors = filter(None, (trait_of(each.item.alert) for each in publications))
    found = held.ports.sightings.find([*asked, *detectors])
    known = _Known(installed_at, detections, found, traits)
    for some in batched(publications, _TOGETHER, strict=False):
        _publish_some(held, some, known)


def _publish_some(held: HeldLease, publications: Sequence[Publication], known: _Known) -> None:
    """The rows, and then what they lead to: what the alerts showed, incidents to build, comments to send."""
    ports, policy = held.ports, held.policy
    judging = Judging(ports, policy, known.found)
    drafts = [_draft(policy, each, known) for each in publications]
    by_key = {draft.key: draft for draft in drafts}
    joining = Joining(ports, [(draft.key, draft.columns) for draft in drafts])

    def change(key: tuple[str, str], stored: StoredRow | None) -> published_rows.Change | None:
        draft, now = by_key[key], ports.clock.now()
        item = draft.publication.item
        context = _context(draft.publication, policy, now, known.installed_at, joining.day(draft.columns))
        made = _change(draft, stored, policy, judging.context(context, item.alert, now))
        if made is not None:
            joining.decided(
                item.row, key, stored, made.columns, was_hunted=draft.publication.hunt is not None
            )
            judging.decided(item.row, item.alert, stored, made.columns)
        return made

    published_rows.change(held, list(by_key), change)
    seen = [
        one
        for each in publications
        for one in conclude.sightings_of(each.item.alert, known.traits[each.item.row.alert_id])
    ]
    ports.sightings.add([*seen, *judging.verdicts()])
    joining.mark()
    judging.queue_writes()


@dataclass(frozen=True, slots=True)
class _Draft:
    publication: Publication
    key: tuple[str, str]
    columns: dict[str, Column]
    conclusion: conclude.Conclusion


def _draft(policy: Policy, publication: Publication, known: _Known) -> _Draft:
    item, finding = publication.item, publication.finding
    conclusion = conclude.conclude(item.alert, item.enrichment, finding, known.detections)
    before = conclude.seen_before_text(item.alert, known.traits[item.row.alert_id], known.found)
    seen = "\n".join(filter(None, (before, publication.spread)))
    columns = content(
        item.alert, item.enrichment, finding, conclusion, seen, portal=policy.portal, tenant=policy.tenant
    )
    if policy.redact_command_lines:
        columns = columns_without_secrets(columns)
    # The ledger keeps the day by which the alert was first known; a later version may tell another.
    key = published_rows.key_of(policy, item.row.day, item.row.alert_id)
    return _Draft(publication, key, columns, conclusion)


def _change(
    draft: _Draft, stored: StoredRow | None, policy: Policy, context: Context
) -> published_rows.Change | None:
    """What to write over the row as it stands; None where a newer version is published already."""
    item, columns = draft.publication.item, draft.columns
    if stored is not None:
        keep = with_alert_of if item.is_unread else with_other_source
        columns = keep(stored.columns, columns)
    decision = decide(stored, columns, context)
    if decision.is_stale:
        telemetry.info("a newer version is published already", alert_id=item.row.alert_id)
        return None
    events = None
    if not decision.keeps_correlation:
        events = event_rows(
            draft.key[1],
            item.alert,
            draft.publication.finding,
            draft.conclusion,
            decision.revision,
            policy.tenant,
        )
        if policy.redact_command_lines:
            events = [event_without_secrets(event) for event in events]
    # A row that shows none has none standing, unless an attempt died before it wrote its row.
    may_have_others = item.row.attempts > 1 or (stored is not None and stored.columns.get("EventsShown") != 0)
    return published_rows.Change(decision.columns, events, may_have_others)


def _context(
    publication: Publication, policy: Policy, now: datetime, installed_at: datetime | None, incident_day: str
) -> Context:
    row = publication.item.row
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
    most = policy.ledger.most_begun
    late = [row for row in rows if row.attempts < most and due.is_late(row, now, policy.row_after)]
    return due.next_batch(late, policy.batch_size, policy.ledger.max_attempts) if late else []


def publish_waiting(held: HeldLease, late: Sequence[LedgerRow]) -> None:
    """Publishes these alerts as pending. No alert waits for a quota. The attempt is counted before the work,
    as for a hunt."""
    ports, wait = held.ports, timedelta(seconds=held.policy.notify_after)
    taken = begun(held, late)
    shown = [
        pending(Taken(one.row, one.alert, one.enrichment, one.finding))
        for one in documents.load(ports.documents, taken)
        if one.alert is not None
    ]
    written = [each.item.row for each in publish(held, shown)]
    now = ports.clock.now()
    ledger.change(ports.ledger, written, lambda row, _: rules.shown(row, now, row.first_seen + wait))
