"""Writes what is known of alerts where consumers read it: new events, the row, then events no longer tied.

Each row is read, decided on and merged on condition that nobody wrote it meanwhile; where somebody did (a
consumer marking it, say), it is read and decided again, so neither side's write is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared import telemetry
from shared.core.alert import Alert
from shared.core.conclude import Conclusion, Rules, conclude, seen_before_text, sightings_of, traits_of
from shared.core.correlate import Finding, Reason, Status
from shared.core.lookups import Enrichment
from shared.core.progress import LedgerRow
from shared.core.row import Context, content, decide, event_rows
from shared.core.values import Column, EventRow, RowWrite, alert_keys
from shared.errors import Unavailable
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import bodies

_RACES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What to publish of one alert. `ended` where its hunt came to an end; `hunt` is that hunt's own finding
    where an earlier one is shown instead."""

    row: LedgerRow
    alert: Alert
    enrichment: Enrichment | None
    finding: Finding
    ended: bool
    hunt: Finding | None = None
    spread: str = ""  # on how many devices hunting knows its hashes and addresses, where that was asked


def waiting(row: LedgerRow) -> Finding:
    """The finding of an alert that was not hunted yet."""
    return Finding(row.alert_id, Status.PENDING, reason=Reason.WAITING)


def publish(ports: Ports, policy: Policy, publications: Sequence[Publication]) -> None:
    """Writes them all; what has not changed is not written. Safe to repeat after a crash at any point."""
    if not publications:
        return
    installed_at = ports.checkpoints.read(ports.source.name).installed_at
    traits = {item.row.alert_id: traits_of(item.alert, item.finding) for item in publications}
    found = ports.sightings.find(trait.key for each in traits.values() for trait in each)
    drafts = [
        _draft(ports.rules(), policy, item, seen_before_text(item.alert, traits[item.row.alert_id], found))
        for item in publications
    ]
    left = drafts
    for _ in range(_RACES):
        left = _publish_once(ports, policy, left, installed_at)
        if not left:
            break
    else:
        raise Unavailable(f"{len(left)} alert rows lost every race", service="tables")
    ports.sightings.add(
        [seen for item in publications for seen in sightings_of(item.alert, traits[item.row.alert_id])]
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    publication: Publication
    key: tuple[str, str]
    columns: dict[str, Column]
    conclusion: Conclusion


def _draft(rules: Rules, policy: Policy, publication: Publication, seen_before: str) -> _Draft:
    alert, finding = publication.alert, publication.finding
    conclusion = conclude(alert, publication.enrichment, finding, rules)
    seen = "\n".join(filter(None, (seen_before, publication.spread)))
    columns = content(alert, publication.enrichment, finding, conclusion, seen, portal=policy.portal)
    return _Draft(publication, alert_keys(alert), columns, conclusion)


def _publish_once(
    ports: Ports, policy: Policy, drafts: Sequence[_Draft], installed_at: datetime | None
) -> list[_Draft]:
    """One round over all drafts; gives back those that lost a race."""
    now = ports.clock.now()
    stored = ports.alert_rows.read(draft.key for draft in drafts)
    events: list[EventRow] = []
    writes: dict[tuple[str, str], RowWrite] = {}
    stale: dict[str, set[str]] = {}
    for draft in drafts:
        row, before = draft.publication.row, stored.get(draft.key)
        decision = decide(before, draft.columns, _context(draft.publication, policy, now, installed_at))
        if decision.is_stale:
            telemetry.info("a newer version is published already", alert_id=row.alert_id)
            continue
        if not decision.keeps_correlation:
            mine = event_rows(
                draft.key[1],
                draft.publication.alert,
                draft.publication.finding,
                draft.conclusion,
                decision.revision,
            )
            events += mine
            if before is not None or row.attempts > 1:
                stale[draft.key[1]] = {event.row_key for event in mine}
        if decision.columns is not None:
            etag = before.etag if before else ""
            writes[draft.key] = RowWrite(draft.key[0], draft.key[1], decision.columns, etag)
    ports.event_rows.write(events)
    done = {(write.day, write.row_key) for write in ports.alert_rows.write(list(writes.values()))}
    lost = {key[1] for key in writes if key not in done}
    for partition, current in stale.items():
        if partition not in lost:
            ports.event_rows.remove(partition, ports.event_rows.keys(partition) - current)
    return [draft for draft in drafts if draft.key[1] in lost]


def _context(
    publication: Publication, policy: Policy, now: datetime, installed_at: datetime | None
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
    )


def publish_waiting(ports: Ports, policy: Policy, rows: Sequence[LedgerRow]) -> bool:
    """Publishes alerts that have waited longer than `notify_after` for their first hunt, marked as pending.

    True where any were: their ledger rows were written. No alert waits for a quota.
    """
    now = ports.clock.now()
    late = [
        row
        for row in rows
        if not row.was_published
        and not row.attempts
        and (now - row.first_seen).total_seconds() > policy.notify_after
    ][: policy.batch_size]
    if not late:
        return False
    kept = ports.documents.get([key for row in late for key in bodies.keys_of(row)])
    shown = [
        Publication(
            row=row,
            alert=alert,
            enrichment=bodies.enrichment_of(row, kept),
            finding=bodies.finding_of(row, kept) or waiting(row),
            ended=False,
        )
        for row in late
        if (alert := bodies.alert_of(row, kept)) is not None
    ]
    publish(ports, policy, shown)
    return bool(ports.ledger.write([replace(item.row, was_published=True) for item in shown]))
