"""The second step: look up the entities around one alert, make it due for the hunt, wake HuntCorrelate."""

from collections import Counter

from shared import telemetry
from shared.core.lookups import Enrichment, Lookup, Outcome, Wanted, wanted_entities
from shared.core.progress import LedgerRow, Pointer
from shared.core.progress import ledger as rules
from shared.errors import AppError, error_text
from shared.pipeline.messages import addressed, log_calls
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ask, Directory, Outbox, Ports
from shared.pipeline.stored import documents, lease, ledger

_UNSETTLED = (Outcome.THROTTLED, Outcome.FAILED)


def enrich_alert(ports: Ports, policy: Policy, message: str, deliveries: int) -> Outbox:
    """The wake-up to send, if any. `deliveries` is how often the host has delivered this message.

    A pointer to an older generation that was sent anew, or to an alert that is no longer open, is dropped.
    """
    pointer = addressed(policy, Pointer.parse, message)
    if pointer is None:
        return Outbox()
    row = ports.ledger.open_row(pointer.alert_id)
    if row is None or row.enrich_due is None or not _stands_for(pointer, row):
        telemetry.info("pointer is out of date", alert_id=pointer.alert_id, generation=pointer.generation)
        return Outbox()
    taken = _count(ports, policy, row, deliveries)
    if taken is None:
        return Outbox()
    if taken.look_up_attempts > policy.ledger.max_attempts:
        return _without_look_ups(ports, policy, taken)
    row, ended = taken, deliveries < policy.enrich_deliveries
    found = _found(ports, row, ended=ended)
    if not _make_due(ports, policy, row, found, ended=ended):
        return Outbox()
    tally = Counter(outcome.replace(" ", "_") for _, _, outcome, _ in found.outcomes())
    telemetry.info("enriched", alert_id=row.alert_id, generation=row.generation, status=found.status, **tally)
    log_calls(ports, "EnrichAlert")
    return Outbox(wake_ups=lease.wake_up(ports, policy, "alert enriched"))


def _stands_for(pointer: Pointer, row: LedgerRow) -> bool:
    """True for the row's own pointer, and for an older one where no newer was sent: of an alert that changes
    faster than it is looked up, the newest version is worked on."""
    return row.generation == pointer.generation or (row.generation > pointer.generation and not row.sends)


def _count(ports: Ports, policy: Policy, row: LedgerRow, deliveries: int) -> LedgerRow | None:
    """The row with its attempt counted, where that must be; None where a newer version came meanwhile."""
    if rules.looking_up(row, deliveries) is None:
        return row
    counted = ledger.change(ports.ledger, [row], lambda row, _: rules.looking_up(row, deliveries))
    return counted[0] if counted else None


def _without_look_ups(ports: Ports, policy: Policy, row: LedgerRow) -> Outbox:
    telemetry.error("look-ups given up", alert_id=row.alert_id, attempts=row.look_up_attempts - 1)
    now = ports.clock.now()
    ledger.change(ports.ledger, [row], lambda row, _: rules.looked_up_in_vain(row, now))
    return Outbox(wake_ups=lease.wake_up(ports, policy, "look-ups given up"))


def _found(ports: Ports, row: LedgerRow, *, ended: bool) -> Enrichment:
    """What the look-ups find; nothing is asked where they never `ended` before."""
    [kept] = documents.load(ports.documents, [row])
    alert, before = kept.alert, kept.enrichment or Enrichment()
    if alert is None:
        telemetry.error("alert has no body", alert_id=row.alert_id, ref=row.body_ref)
        return Enrichment()
    try:
        wanted = wanted_entities(alert)
    except Exception as err:  # a fault of ours costs this alert its look-ups, not its row
        telemetry.error("look-ups not planned", alert_id=row.alert_id, reason=error_text(err))
        return Enrichment()
    if not ended:
        telemetry.error("look-ups given up", alert_id=row.alert_id, attempts=row.look_up_attempts - 1)
        return unanswered(wanted, "the look-ups never ended")
    return look_up(ports.directory, wanted, before, anew=not row.look_ups)


def _make_due(ports: Ports, policy: Policy, row: LedgerRow, found: Enrichment, *, ended: bool) -> bool:
    """True once the row is due for HuntCorrelate; False where a newer version has come meanwhile."""
    key, body = documents.document(row, found)
    ports.documents.put({key: body})
    now, again = ports.clock.now(), found.worth_asking_again

    def decide(row: LedgerRow, _: LedgerRow) -> LedgerRow | None:
        if not row.enrich_due:
            return None
        return rules.enriched(row, key.ref, now, policy.ledger, again=again, ended=ended)

    return bool(ledger.change(ports.ledger, [row], decide))


def look_up(directory: Directory, wanted: Wanted, before: Enrichment, *, anew: bool) -> Enrichment:
    """Every entity with its answer. Never raises for a look-up.

    `before` is what is known already: unless `anew`, what was settled is not asked again; and no answer that
    was found is lost to a look-up that was throttled or failed.
    """
    return Enrichment(
        devices=_ask(directory.devices, wanted.devices, before.devices, anew),
        users=_ask(directory.users, wanted.devices, before.users, anew),
        files=_ask(directory.files, wanted.files, before.files, anew),
        addresses=_ask(directory.addresses, wanted.addresses, before.addresses, anew),
        domains=_ask(directory.domains, wanted.domains, before.domains, anew),
    )


def _ask[T](
    ask: Ask[T], keys: tuple[str, ...], before: dict[str, Lookup[T]], anew: bool
) -> dict[str, Lookup[T]]:
    known = {key: look for key in keys if (look := before.get(key)) and look.outcome not in _UNSETTLED}
    settled = {} if anew else known
    missing = [key for key in keys if key not in settled]
    if not missing:
        return settled
    try:
        answers = ask(missing)
    except Exception as err:  # of the service, or a fault of ours in reading its answer
        if not isinstance(err, AppError):
            telemetry.error("look-up failed", kind=type(err).__name__, reason=str(err))
        answers = {key: Lookup(Outcome.FAILED, detail=error_text(err)[:200]) for key in missing}
    lost = {key: Lookup[T](Outcome.FAILED, detail="no answer") for key in missing if key not in answers}
    kept = {key: known[key] for key, look in answers.items() if look.outcome in _UNSETTLED and key in known}
    return settled | answers | lost | kept


def unanswered(wanted: Wanted, detail: str) -> Enrichment:
    """The enrichment of an alert whose look-ups are not tried (any more)."""
    return Enrichment(
        devices={key: Lookup(Outcome.FAILED, detail=detail) for key in wanted.devices},
        users={key: Lookup(Outcome.FAILED, detail=detail) for key in wanted.devices},
        files={key: Lookup(Outcome.FAILED, detail=detail) for key in wanted.files},
        addresses={key: Lookup(Outcome.FAILED, detail=detail) for key in wanted.addresses},
        domains={key: Lookup(Outcome.FAILED, detail=detail) for key in wanted.domains},
    )
