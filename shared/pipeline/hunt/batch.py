"""One batch of due alerts: take, load, hunt, conclude, publish, and write what is left to the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.core import hunting
from shared.core.alert import Alert
from shared.core.correlate import REFUSED, Finding, Reason, Status
from shared.core.progress import LedgerRow, due, unread_alert
from shared.core.progress import ledger as rules
from shared.errors import Retryable
from shared.pipeline.hunt.apart import apart
from shared.pipeline.hunt.company import begun
from shared.pipeline.hunt.hunting import Hunted, Hunts
from shared.pipeline.hunt.publishing import Publication, Taken, pending, publish
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents, ledger
from shared.pipeline.stored.lease import HeldLease

# The reasons for which hunting again later can help, whoever is to blame.
_PASSING = frozenset({Reason.THROTTLED, Reason.UNAVAILABLE, *REFUSED})


@dataclass(frozen=True, slots=True)
class Batch:
    """Alerts that were taken together: those to hunt, and those of which the row alone is due."""

    rows: Sequence[LedgerRow]
    to_hunt: Sequence[Taken]
    to_publish: Sequence[Taken]


def take(held: HeldLease, rows: Sequence[LedgerRow]) -> Batch:
    """The rows in work, with their documents; those of which the work never ends are given up here.

    The attempt is counted before anything else, so that an alert that kills this process is known
    by its count.
    """
    ports, most = held.ports, held.policy.ledger.most_begun
    counted = begun(held, rows)
    with refused_alone(held, counted):
        _give_up(held, [row for row in counted if row.attempts > most])
        taken = _load(held, [row for row in counted if row.attempts <= most])
    now = ports.clock.now()
    to_hunt = [item for item in taken if item.row.hunt_due is not None and item.row.hunt_due <= now]
    hunted_ids = {item.row.alert_id for item in to_hunt}
    return Batch(counted, to_hunt, [item for item in taken if item.row.alert_id not in hunted_ids])


@contextmanager
def refused_alone(held: HeldLease, rows: Sequence[LedgerRow]) -> Iterator[None]:
    """Where a service refuses work on one alert alone, that alert waits; among others, the one to blame is
    sought at once."""
    try:
        yield
    except Retryable:
        if len(rows) == 1:
            now, policy = held.ports.clock.now(), held.policy.ledger
            ledger.change(held.ports.ledger, rows, lambda row, _: rules.after_refusal(row, now, policy))
        raise


def begin(
    hunts: Hunts, policy: Policy, taken: Sequence[Taken], seconds_left: float
) -> Iterator[tuple[frozenset[str], Future[Hunted]]]:
    """(the alerts' ids, what becomes of them) of each hunt, as it is begun."""
    return hunts.begin(
        [_case(item) for item in taken],
        urgent=any(item.row.severity_rank == 0 for item in taken),
        seconds_left=seconds_left,
        beside=_spread(policy, [item.alert for item in taken]),
    )


def _spread(policy: Policy, alerts: Sequence[Alert]) -> hunting.Query | None:
    """The query for on how many devices the alerts' hashes and addresses are known; None where unwanted."""
    text = hunting.spread_query(alerts) if policy.spread_hunt else ""
    return hunting.Query(hunting.SPREAD_QUERY, text, hunting.TIMESPAN, ()) if text else None


def _case(item: Taken) -> hunting.Case:
    same = item.row.finding_digest == item.row.hunt_digest
    return hunting.Case(item.alert, item.known if same else None)


def _load(held: HeldLease, rows: Sequence[LedgerRow]) -> list[Taken]:
    """The rows with their documents.

    An alert with one that cannot be read is left for another try, until its attempts are spent. One without a
    body is given up: nothing can be said of it.
    """
    loaded: list[Taken] = []
    for one in documents.load(held.ports.documents, rows):
        if one.unreadable:
            continue
        if one.alert is None:
            _end(held, _unread(one.row), "its body is gone")
            continue
        loaded.append(Taken(one.row, one.alert, one.enrichment, one.finding))
    return loaded


def _unread(row: LedgerRow) -> Taken:
    """The alert as far as the ledger itself knows it."""
    return Taken(row, unread_alert(row), None, None, is_unread=True)


def _give_up(held: HeldLease, rows: Sequence[LedgerRow]) -> None:
    """Publishes alerts whose work never ended as Failed, and sets them aside.

    The first time with all that can be read of them. Where even that does not end, or cannot be published,
    with what the ledger knows; and where not even that ends, without a row.
    """
    first = held.policy.ledger.most_begun + 1
    for row in rows:
        item, reason = _unread(row), f"begun {row.attempts - 1} times without an end"
        if row.attempts == first:
            [one] = documents.load(held.ports.documents, [row])
            if one.unreadable:
                named = ("body" if kind == documents.ALERT else kind for kind in one.unreadable)
                reason = f"its {' and '.join(named)} cannot be read"
            if one.alert is not None:
                item = Taken(row, one.alert, one.enrichment, one.finding)
        if row.attempts <= first + 1:
            _end(held, item, reason)
        else:
            _set_aside(held, row, reason)


def _end(held: HeldLease, item: Taken, reason: str) -> None:
    failed = Finding(item.row.alert_id, Status.FAILED, reason=Reason.GAVE_UP, detail=reason)
    written = publish(held, [Publication(item, failed, ended=True)])
    if not written and not item.is_unread:
        publish(held, [Publication(_unread(item.row), failed, ended=True)])
    _set_aside(held, item.row, reason)


def _set_aside(held: HeldLease, row: LedgerRow, reason: str) -> None:
    ledger.change(held.ports.ledger, [row], lambda row, _: rules.set_aside(row, reason))


def publish_only(held: HeldLease, taken: Sequence[Taken]) -> None:
    """Writes the rows of alerts that need no hunt now."""
    apart(taken, lambda some: _publish_some(held, some), lambda item: item.row.alert_id)


def _publish_some(held: HeldLease, taken: Sequence[Taken]) -> None:
    rows = [each.item.row for each in publish(held, [pending(item) for item in taken])]
    now = held.ports.clock.now()
    ledger.change(held.ports.ledger, rows, lambda row, seen: rules.published(row, seen, now))


def conclude(held: HeldLease, taken: Sequence[Taken], hunted: Hunted) -> None:
    """Publishes what the hunt proved, then writes to the ledger what each alert needs next.

    One for which that fails stays due, its attempt counted.
    """
    spread = hunting.devices_by_key(hunted.beside)
    taken = _looked_up_meanwhile(held, taken)
    apart(
        taken,
        lambda some: _conclude_some(held, some, hunted, spread, together=len(taken)),
        lambda item: item.row.alert_id,
    )


def _looked_up_meanwhile(held: HeldLease, taken: Sequence[Taken]) -> list[Taken]:
    """The alerts with what their look-ups, made beside the hunt, have found since they were taken."""
    ports = held.ports
    waited = {item.row.alert_id: item.row for item in taken if item.row.awaits_look_ups}
    found = ports.ledger.open_many(waited) if waited else {}
    rows = [row for row in found.values() if rules.is_looked_up_since(row, waited[row.alert_id])]
    keys = [
        documents.key(row, documents.ENRICHMENT, row.enrichment_ref) for row in rows if row.enrichment_ref
    ]
    kept = ports.documents.get(keys) if keys else {}
    told = {row.alert_id: documents.read(row, kept) for row in rows}
    return [
        replace(item, row=one.row, enrichment=one.enrichment)
        if (one := told.get(item.row.alert_id)) is not None and not one.unreadable
        else item
        for item in taken
    ]


def _conclude_some(
    held: HeldLease, taken: Sequence[Taken], hunted: Hunted, spread: Mapping[str, int], *, together: int
) -> None:
    publications = publish(held, [_publication(item, hunted, spread) for item in taken])
    ports, policy = held.ports, held.policy
    found = {each.item.row.alert_id: each for each in publications}
    kept = {key: documents.document(each.item.row, each.finding) for key, each in found.items()}
    ports.documents.put(dict(kept[key] for key, each in found.items() if each.ended))
    now = ports.clock.now()

    def after(row: LedgerRow, seen: LedgerRow) -> LedgerRow | None:
        key, _ = kept[row.alert_id]
        return _after(row, found[row.alert_id], key.ref, now, policy, together=together)

    ledger.change(ports.ledger, [each.item.row for each in publications], after)


def _publication(item: Taken, hunted: Hunted, spread: Mapping[str, int]) -> Publication:
    finding = hunted.findings[item.row.alert_id]
    ended = finding.reason not in _PASSING and finding.status is not Status.PENDING
    shown = finding
    if not ended and item.known is not None and item.known.events:
        # A hunt that was refused must not hide what an earlier one proved.
        shown = replace(item.known, detail=finding.detail or item.known.detail)
    return Publication(item, shown, ended, finding, hunting.prevalence_text(item.alert, spread))


def _after(
    row: LedgerRow, publication: Publication, ref: str, now: datetime, policy: Policy, *, together: int
) -> LedgerRow | None:
    """The ledger row after the hunt of so many together; None where another drain was first."""
    begun = due.attempts_below(together, policy.batch_size, policy.ledger.max_attempts)
    hunt = publication.hunt or publication.finding
    return rules.after_hunt(
        row,
        publication.item.row,
        hunt,
        ref,
        now,
        policy.ledger,
        ended=publication.ended,
        notify_at=row.first_seen + timedelta(seconds=policy.notify_after),
        narrowed=begun if together > 1 and not hunting.is_nobodys_fault(hunt.detail) else None,
    )
