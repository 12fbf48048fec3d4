"""The second step: look up the entities around one alert, make it due for the hunt, ring."""

from collections.abc import Callable, Iterable

from shared import telemetry
from shared.core.lookups import Enrichment, Lookup, Outcome, Wanted, wanted_entities
from shared.core.progress import LedgerRow, Pointer, codec
from shared.core.progress import ledger as rules
from shared.errors import AppError, BadMessage, Conflict, Unavailable
from shared.pipeline.counting import log_calls
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Directory, Outbox, Ports
from shared.pipeline.stored import bodies, ring

_RACES = 5
_UNSETTLED = (Outcome.THROTTLED, Outcome.FAILED)


def enrich_alert(ports: Ports, policy: Policy, message: str, deliveries: int) -> Outbox:
    """The ring to send, if any. `deliveries` is how often the host has delivered this message.

    A pointer to an older generation, or to an alert that is no longer open, is dropped: what it stood for is
    done or was sent anew.
    """
    pointer = _pointer(policy, message)
    if pointer is None:
        return Outbox()
    row = ports.ledger.open_row(pointer.alert_id)
    if row is None or row.generation != pointer.generation or row.enrich_due is None:
        telemetry.info("pointer is out of date", alert_id=pointer.alert_id, generation=pointer.generation)
        return Outbox()
    kept = ports.documents.get(bodies.keys_of(row))
    alert = bodies.alert_of(row, kept)
    before = bodies.enrichment_of(row, kept) or Enrichment()
    if alert is None:
        telemetry.error("alert body is gone", alert_id=row.alert_id, ref=row.body_ref)
        found = Enrichment()
    elif deliveries >= policy.enrich_deliveries:
        telemetry.error("look-ups given up", alert_id=row.alert_id, deliveries=deliveries)
        found = unanswered(wanted_entities(alert), "the look-ups never ended")
    else:
        found = look_up(ports.directory, wanted_entities(alert), before, anew=not row.look_ups)
    written = _make_due(ports, policy, row, found)
    if written is None:
        return Outbox()
    telemetry.info(
        "enriched", alert_id=row.alert_id, generation=row.generation, status=found.status, **_tally(found)
    )
    log_calls(ports, "EnrichAlert")
    return Outbox(rings=ring(ports, policy, "alert enriched"))


def _pointer(policy: Policy, message: str) -> Pointer | None:
    try:
        pointer = Pointer.parse(message)
    except BadMessage as err:
        telemetry.error("message set aside", reason=str(err), message=message[:200])
        return None
    if pointer.tenant != policy.tenant:
        telemetry.error("message of another tenant set aside", tenant=pointer.tenant)
        return None
    return pointer


def _make_due(ports: Ports, policy: Policy, row: LedgerRow, found: Enrichment) -> LedgerRow | None:
    """The row as written, due for HuntCorrelate; None where a newer generation has come meanwhile."""
    body = codec.encode(found)
    ref = bodies.ref_of(body)
    ports.documents.put({bodies.key(row, bodies.ENRICHMENT, ref): body})
    current: LedgerRow | None = row
    for _ in range(_RACES):
        if current is None or current.generation != row.generation or current.enrich_due is None:
            telemetry.info("a newer version came meanwhile", alert_id=row.alert_id, generation=row.generation)
            return None
        due = rules.enriched(current, ref, ports.clock.now(), policy.ledger, again=found.worth_asking_again)
        written = ports.ledger.write([due])
        if written:
            return written[0]
        current = ports.ledger.open_row(row.alert_id)
    raise Unavailable("lost every race for the ledger row", service="tables") from Conflict(row.alert_id)


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
    ask: Callable[[Iterable[str]], dict[str, Lookup[T]]],
    keys: tuple[str, ...],
    before: dict[str, Lookup[T]],
    anew: bool,
) -> dict[str, Lookup[T]]:
    known = {key: look for key in keys if (look := before.get(key)) and look.outcome not in _UNSETTLED}
    settled = {} if anew else known
    missing = [key for key in keys if key not in settled]
    if not missing:
        return settled
    try:
        answers = ask(missing)
    except AppError as err:
        answers = {
            key: Lookup(Outcome.FAILED, detail=f"{type(err).__name__}: {err}"[:200]) for key in missing
        }
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


def _tally(found: Enrichment) -> dict[str, int]:
    tally: dict[str, int] = {}
    for _, _, outcome, _ in found.outcomes():
        name = outcome.replace(" ", "_")
        tally[name] = tally.get(name, 0) + 1
    return tally
