"""One batch of due alerts: take, load, hunt, conclude, publish, and write what is left to the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared import telemetry
from shared.core.alert import Alert
from shared.core.correlate import Finding, Reason, Status
from shared.core.hunting import (
    SPREAD_QUERY,
    TIMESPAN,
    Case,
    Query,
    devices_by_key,
    prevalence_text,
    spread_query,
)
from shared.core.lookups import Enrichment
from shared.core.progress import LedgerRow, State, codec, due
from shared.core.progress import ledger as rules
from shared.core.values import DocumentKey
from shared.pipeline.hunt.hunting import Hunted, run_hunts
from shared.pipeline.hunt.publishing import Publication, publish, waiting
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import Holding, bodies

# The reasons for which hunting again later can help, whoever is to blame.
_PASSING = (Reason.THROTTLED, Reason.UNAVAILABLE, Reason.ROLE_MISSING)


@dataclass(frozen=True, slots=True)
class Taken:
    """An alert in work, with everything that is known of it."""

    row: LedgerRow
    alert: Alert
    enrichment: Enrichment | None
    known: Finding | None


def work(holding: Holding, rows: Sequence[LedgerRow], seconds_left: float) -> bool:
    """Works on the rows; False where the hunting quota is spent and there is no waiting for it.

    The attempt is counted before anything else, so that an alert that kills this process is known
    by its count.
    """
    ports, policy = holding.ports, holding.policy
    taken_rows = ports.ledger.write([rules.taken(row) for row in rows])
    taken = _load(ports, taken_rows)
    given_up = [item for item in taken if item.row.attempts > policy.ledger.max_attempts]
    taken = [item for item in taken if item.row.attempts <= policy.ledger.max_attempts]
    _give_up(ports, policy, given_up)
    now = ports.clock.now()
    to_hunt = [item for item in taken if item.row.hunt_due is not None and item.row.hunt_due <= now]
    hunted_ids = {item.row.alert_id for item in to_hunt}
    _publish_only(ports, policy, [item for item in taken if item.row.alert_id not in hunted_ids])
    return not to_hunt or _hunt(holding, to_hunt, seconds_left)


def _hunt(holding: Holding, taken: Sequence[Taken], seconds_left: float) -> bool:
    """Hunts and publishes, each hunt as it ends; False where the quota is spent."""
    by_id = {item.row.alert_id: item for item in taken}
    is_over = False
    for hunted in run_hunts(
        holding,
        [_case(item) for item in taken],
        urgent=_is_urgent(taken),
        seconds_left=seconds_left,
        beside=_spread(holding.policy, [item.alert for item in taken]),
    ):
        theirs = [by_id[alert_id] for alert_id in hunted.findings]
        _conclude(holding.ports, holding.policy, theirs, hunted, devices_by_key(hunted.beside))
        is_over = hunted.out_of_quota
    return not is_over


def _spread(policy: Policy, alerts: Sequence[Alert]) -> Query | None:
    """The query for on how many devices the alerts' hashes and addresses are known; None where unwanted."""
    text = spread_query(alerts) if policy.spread_hunt else ""
    return Query(SPREAD_QUERY, text, TIMESPAN, ()) if text else None


def _is_urgent(taken: Sequence[Taken]) -> bool:
    return any(item.row.severity_rank == 0 for item in taken)


def _case(item: Taken) -> Case:
    same = item.row.finding_digest == item.row.hunt_digest
    return Case(item.alert, item.known if same else None)


def _load(ports: Ports, rows: Sequence[LedgerRow]) -> list[Taken]:
    """The rows with their documents; an alert whose body is gone is set aside: nothing can be said of it."""
    kept = ports.documents.get([key for row in rows for key in bodies.keys_of(row)])
    loaded: list[Taken] = []
    for row in rows:
        alert = bodies.alert_of(row, kept)
        if alert is None:
            telemetry.error("alert set aside", alert_id=row.alert_id, reason="its body is gone")
            ports.ledger.finish([rules.set_aside(row, "its body is gone")])
            continue
        loaded.append(Taken(row, alert, bodies.enrichment_of(row, kept), bodies.finding_of(row, kept)))
    return loaded


def _give_up(ports: Ports, policy: Policy, taken: Sequence[Taken]) -> None:
    """Publishes alerts whose handling never ended as Failed, and sets them aside."""
    for item in taken:
        reason = f"begun {item.row.attempts - 1} times without an end"
        if item.row.attempts <= policy.ledger.max_attempts + 2:  # beyond: even publishing does not end
            failed = Finding(item.row.alert_id, Status.FAILED, reason=Reason.GAVE_UP, detail=reason)
            publish(ports, policy, [_published_as(item, failed, ended=True)])
        telemetry.error("alert set aside", alert_id=item.row.alert_id, reason=reason)
        ports.ledger.finish([rules.set_aside(item.row, reason)])


def _publish_only(ports: Ports, policy: Policy, taken: Sequence[Taken]) -> None:
    """Writes the rows of alerts that need no hunt now."""
    publish(
        ports,
        policy,
        [_published_as(item, item.known or waiting(item.row), ended=False) for item in taken],
    )
    _write(ports, [rules.published(item.row) for item in taken])


def _conclude(
    ports: Ports, policy: Policy, taken: Sequence[Taken], hunted: Hunted, spread: Mapping[str, int]
) -> None:
    """Publishes what the hunt proved, then writes to the ledger what each alert needs next."""
    publications = [
        replace(_publication(item, hunted), spread=prevalence_text(item.alert, spread)) for item in taken
    ]
    publish(ports, policy, publications)
    documents: dict[DocumentKey, bytes] = {}
    rows = []
    for publication in publications:
        body = codec.encode(publication.finding)
        ref = bodies.ref_of(body)
        if publication.ended:
            documents[bodies.key(publication.row, bodies.FINDING, ref)] = body
        rows.append(_after(publication, ref, ports, policy, together=len(taken)))
    ports.documents.put(documents)
    _write(ports, rows)


def _publication(item: Taken, hunted: Hunted) -> Publication:
    finding = hunted.findings[item.row.alert_id]
    ended = finding.reason not in _PASSING and finding.status is not Status.PENDING
    shown = finding
    if not ended and item.known is not None and item.known.events:
        # A hunt that was refused must not hide what an earlier one proved.
        shown = replace(item.known, detail=finding.detail or item.known.detail)
    return _published_as(item, shown, ended=ended, hunt=finding)


def _published_as(item: Taken, finding: Finding, *, ended: bool, hunt: Finding | None = None) -> Publication:
    return Publication(
        row=item.row, alert=item.alert, enrichment=item.enrichment, finding=finding, ended=ended, hunt=hunt
    )


def _after(publication: Publication, ref: str, ports: Ports, policy: Policy, *, together: int) -> LedgerRow:
    """The ledger row after the hunt of so many together: done, due again, or set aside."""
    row, finding, now = publication.row, publication.hunt or publication.finding, ports.clock.now()
    if finding.reason is Reason.QUERY_REJECTED and together > 1:
        begun = due.attempts_below(together, policy.batch_size, policy.ledger.max_attempts)
        return replace(row, hunt_due=now, attempts=begun, was_published=True, reason=finding.detail[:500])
    if finding.reason is Reason.QUERY_REJECTED:
        return rules.set_aside(replace(row, finding_ref=ref), finding.detail or "query rejected")
    if not publication.ended:
        until = rules.retry_at(row, now, policy.ledger)
        if until is None:
            return rules.set_aside(row, f"{finding.reason}: {finding.detail}")
        notify_at = row.first_seen + timedelta(seconds=policy.notify_after)
        failed = finding.reason is not Reason.THROTTLED
        again = notify_at if notify_at > now else None
        return rules.put_off(
            row, until, f"{finding.reason}: {finding.detail}", failed=failed, publish_due=again
        )
    late = row.finding_digest == row.hunt_digest
    following = rules.next_hunt(replace(row, late_hunts=row.late_hunts + late), finding, now, policy.ledger)
    settles = finding.status is Status.CORRELATED and following is not None
    return rules.hunted(row, ref, following, settled=settles, late=late)


def _write(ports: Ports, rows: Sequence[LedgerRow]) -> None:
    """Open rows are replaced, the others finished; a row that moved on meanwhile keeps its newer state."""
    finished = [row for row in rows if row.state is not State.OPEN]
    written = ports.ledger.finish(finished) + ports.ledger.write(
        [row for row in rows if row.state is State.OPEN]
    )
    for row in finished:
        if row.state is State.SET_ASIDE:
            telemetry.error("alert set aside", alert_id=row.alert_id, reason=row.reason)
    if len(written) < len(rows):
        telemetry.info("newer versions came meanwhile", count=len(rows) - len(written))
