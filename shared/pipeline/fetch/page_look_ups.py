"""In a storm, the entities of all new alerts of a page are looked up together, and their rows are written as
looked up: no message is sent for them.

A lone alert gains nothing from this and would only wait, so it is done from some number of alerts on. What
was not answered in time is looked up alert by alert, as in quiet times, and finds in the cache what was.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any

from shared import telemetry
from shared.core.alert import Alert
from shared.core.lookups import Enrichment, Lookup, Wanted, wanted_entities
from shared.core.progress import LedgerRow
from shared.core.progress import admission as admission_rules
from shared.core.progress import ledger as rules
from shared.errors import AppError, error_text
from shared.pipeline.fetch.admission import Admitted, Fetched
from shared.pipeline.fetch.sending import pointers
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents, ledger
from shared.threads import Threads

# Kinds looked up at once. Two of them are hunts, seconds long; more would ask Defender for more at once than
# its client keeps connections for.
_LANES = 2

type Answers = Mapping[str, Lookup[Any]]  # Any: of each kind another; `_enriched` puts each where it belongs


def look_up_page(
    ports: Ports, policy: Policy, page: Sequence[Fetched], admitted: Admitted, seconds: float
) -> tuple[str, ...]:
    """The pointers that must leave for the page: of all its new versions where they are few, else of those of
    which not all was answered within so many seconds. Never raises for a look-up.

    A crash on the way leaves rows that still wait for their look-ups, and whose pointers the next run sends.
    """
    alerts = {item.alert.id: item.alert for item in page}
    # A changed version keeps what was known of the one before where that is not answered now: one by one.
    fresh = [row for row in admitted.rows if row.awaits_look_ups and row.sends and not row.enrichment_ref]
    fresh = [row for row in fresh if row.alert_id in alerts]
    if len(fresh) < policy.prefetch_from:
        return admitted.pointers
    planned = {row.alert_id: _wanted(alerts[row.alert_id]) for row in fresh}
    wanted = {alert_id: each for alert_id, each in planned.items() if each is not None}
    answers = _ask_all(ports, policy, list(wanted.values()), seconds)
    found = {alert_id: one for alert_id, each in wanted.items() if (one := _enriched(each, answers))}
    _write(ports, policy, fresh, found)
    return tuple(pointers(policy, [row for row in admitted.rows if row.alert_id not in found]))


def _write(ports: Ports, policy: Policy, rows: Sequence[LedgerRow], found: Mapping[str, Enrichment]) -> None:
    """Those that were found become due for their hunt with it, the others beside their look-ups."""
    named = {
        row.alert_id: documents.document(row, found[row.alert_id]) for row in rows if row.alert_id in found
    }
    ports.documents.put(dict(named.values()))
    now = ports.clock.now()

    def decide(row: LedgerRow, _: LedgerRow) -> LedgerRow | None:
        if not row.awaits_look_ups:
            return None
        if row.alert_id not in found:
            beside = admission_rules.hunted_beside(row, now)
            return None if beside == row else beside
        again = found[row.alert_id].worth_asking_again
        return rules.enriched(row, named[row.alert_id][0].ref, now, policy.ledger, again=again)

    ledger.change(ports.ledger, rows, decide)


def _wanted(alert: Alert) -> Wanted | None:
    try:
        return wanted_entities(alert)
    except Exception as err:  # a fault of ours: EnrichAlert meets it with this alert alone
        telemetry.error("look-ups not planned", alert_id=alert.id, reason=error_text(err))
        return None


def _enriched(wanted: Wanted, answers: Mapping[str, Answers]) -> Enrichment | None:
    """The alert's look-ups; None where one of them was not answered."""

    def of(kind: str, keys: Iterable[str]) -> dict[str, Lookup[Any]] | None:
        known = answers.get(kind, {})
        found = {key: known[key] for key in keys if key in known}
        return found if len(found) == len(tuple(keys)) else None

    devices, users = of("device", wanted.devices), of("users", wanted.devices)
    files, addresses = of("file", wanted.files), of("address", wanted.addresses)
    domains = of("domain", wanted.domains)
    if devices is None or users is None or files is None or addresses is None or domains is None:
        return None
    return Enrichment(devices, users, files, addresses, domains)


def _ask_all(ports: Ports, policy: Policy, wanted: Sequence[Wanted], seconds: float) -> Mapping[str, Answers]:
    """The answers by kind and key, of the kinds that were answered in time. What is under way then goes on by
    itself, and is counted as `left`: the platform drops what it logs once this run has ended."""
    asks: list[tuple[str, Callable[[Iterable[str]], Answers], Iterable[str]]] = [
        ("users", ports.directory.users, (key for each in wanted for key in each.devices)),
        ("file", ports.directory.files, (key for each in wanted for key in each.files)),
        ("device", ports.directory.devices, (key for each in wanted for key in each.devices)),
        ("address", ports.directory.addresses, (key for each in wanted for key in each.addresses)),
        ("domain", ports.directory.domains, (key for each in wanted for key in each.domains)),
    ]
    pool = Threads(_LANES, thread_name_prefix="page")
    asked: dict[str, Future[Answers]] = {}
    for kind, ask, keys in asks:
        distinct = list(dict.fromkeys(keys))[: policy.prefetch_at_most]
        if distinct:
            asked[kind] = pool.submit(_ask, kind, ask, distinct)
    ended, _ = wait(asked.values(), timeout=max(seconds, 0.0))
    pool.shutdown(wait=False, cancel_futures=True)
    answers = {kind: one.result() for kind, one in asked.items() if one in ended}
    left = [kind for kind, one in asked.items() if one not in ended]
    found = {kind: sum(look.value is not None for look in of.values()) for kind, of in answers.items()}
    telemetry.info("looked up together", alerts=len(wanted), left=left, **found)
    return answers


def _ask(kind: str, ask: Callable[[Iterable[str]], Answers], keys: list[str]) -> Answers:
    try:
        return ask(keys)
    except Exception as err:
        say = telemetry.warning if isinstance(err, AppError) else telemetry.error
        say("look-ups together failed", kind=kind, reason=error_text(err))
        return {}
