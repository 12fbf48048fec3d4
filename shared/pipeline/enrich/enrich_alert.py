"""The second step: look up the entities around one alert, make it due for the hunt, wake HuntCorrelate."""

from collections import Counter
from contextlib import suppress

from shared import telemetry
from shared.core.lookups import Enrichment, Lookup, Outcome, Wanted, wanted_entities
from shared.core.progress import LedgerRow, Pointer, looking_up
from shared.core.progress import ledger as rules
from shared.core.progress.looking_up import LookUp
from shared.errors import AppError, error_text
from shared.pipeline.enrich import company
from shared.pipeline.messages import addressed, log_calls
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ask, Directory, Outbox, Ports
from shared.pipeline.stored import documents, lease, ledger

_UNSETTLED = (Outcome.THROTTLED, Outcome.FAILED)


def enrich_alert(
    ports: Ports, policy: Policy, message: str, deliveries: int, gate: company.Gate = company.PROCESS
) -> Outbox:
    """The wake-up to send, if any. `deliveries` is how often the host has delivered this message; `gate` is
    that of this process.

    A pointer to an older generation that was sent anew, or to an alert that is no longer open, is dropped. An
    alert that may have ended a worker is looked up with nothing beside it, and given up after so many deaths
    alone. A message that would be poison after one death more, whoever dies, is exchanged for a new one.
    """
    pointer = addressed(policy, Pointer.parse, message)
    if pointer is None:
        return Outbox()
    row = ports.ledger.open_row(pointer.alert_id)
    if row is None or row.enrich_due is None or not _stands_for(pointer, row):
        telemetry.info("pointer is out of date", alert_id=pointer.alert_id, generation=pointer.generation)
        return Outbox()
    wait, tries = ports.clock.sleep, row.look_up_attempts
    match looking_up.next_look_up(row, deliveries, policy.ledger):
        case LookUp.BESIDE_OTHERS:
            with gate.entered(wait, None) as has_begun:
                return _look_up(ports, policy, row) if has_begun else _give_back(ports, policy, row)
        case LookUp.ALONE:
            with gate.entered(wait, tries) as has_begun:
                return _look_up_alone(ports, policy, row) if has_begun else _give_back(ports, policy, row)
        case LookUp.LATER:
            return _give_back(ports, policy, row)
        case LookUp.NEVER:
            return _without_look_ups(ports, policy, row)


def _look_up(ports: Ports, policy: Policy, row: LedgerRow) -> Outbox:
    found = _found(ports, row)
    if not _make_due(ports, policy, row, found):
        return Outbox()
    tally = Counter(outcome.replace(" ", "_") for _, _, outcome, _ in found.outcomes())
    telemetry.info("enriched", alert_id=row.alert_id, generation=row.generation, status=found.status, **tally)
    log_calls(ports, "EnrichAlert")
    return Outbox(wake_ups=lease.wake_up(ports, policy, "alert enriched"))


def _look_up_alone(ports: Ports, policy: Policy, row: LedgerRow) -> Outbox:
    """The same with its attempt counted before any work. What a service refuses is no attempt: the process
    goes on."""
    counted = ledger.change(ports.ledger, [row], lambda row, _: looking_up.begun_alone(row, policy.ledger))
    if not counted:
        return Outbox()
    try:
        return _look_up(ports, policy, counted[0])
    except AppError:
        with suppress(AppError):
            ledger.change(ports.ledger, counted, lambda now, begun: looking_up.refused(now, begun, row))
        raise


def _give_back(ports: Ports, policy: Policy, row: LedgerRow) -> Outbox:
    """Leaves it to FetchAlerts to send the alert again, in a message that was never delivered."""
    now = ports.clock.now()
    ledger.change(ports.ledger, [row], lambda row, _: looking_up.given_back(row, now, policy.ledger))
    telemetry.info("pointer given back", alert_id=row.alert_id, generation=row.generation)
    return Outbox()


def _stands_for(pointer: Pointer, row: LedgerRow) -> bool:
    """True for the row's own pointer, and for an older one where no newer was sent: of an alert that changes
    faster than it is looked up, the newest version is worked on."""
    return row.generation == pointer.generation or (row.generation > pointer.generation and not row.sends)


def _without_look_ups(ports: Ports, policy: Policy, row: LedgerRow) -> Outbox:
    telemetry.error("look-ups given up", alert_id=row.alert_id, attempts=row.look_up_attempts)
    now = ports.clock.now()
    ledger.change(ports.ledger, [row], lambda row, _: rules.looked_up_in_vain(row, now))
    return Outbox(wake_ups=lease.wake_up(ports, policy, "look-ups given up"))


def _found(ports: Ports, row: LedgerRow) -> Enrichment:
    """What the look-ups find."""
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
    return look_up(ports.directory, wanted, before, anew=not row.look_ups)


def _make_due(ports: Ports, policy: Policy, row: LedgerRow, found: Enrichment) -> bool:
    """True once the row is due for HuntCorrelate; False where a newer version has come meanwhile."""
    key, body = documents.document(row, found)
    ports.documents.put({key: body})
    now, again = ports.clock.now(), found.worth_asking_again

    def decide(row: LedgerRow, _: LedgerRow) -> LedgerRow | None:
        return rules.enriched(row, key.ref, now, policy.ledger, again=again) if row.enrich_due else None

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
