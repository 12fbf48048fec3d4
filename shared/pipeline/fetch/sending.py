"""Sending alerts to EnrichAlert: their pointers, and again what nobody has finished in time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import LedgerRow, Pointer, due, looking_up
from shared.core.progress import ledger as rules
from shared.errors import BadMessage, error_text
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import due_index, ledger

_WAIT_FOR_QUIET = 1_800.0  # seconds


def pointers(policy: Policy, rows: Iterable[LedgerRow]) -> Iterator[str]:
    """Pointers of the rows whose look-ups are still to be made; later rounds of look-ups are the sweep's.

    One that no message can hold, such as of a generation that is out of range, is dropped and logged: the
    alert is hunted without look-ups once the sweep has tried it often enough.
    """
    for row in rows:
        if row.enrich_due is None or not row.sends:
            continue
        try:
            yield Pointer(policy.tenant, row.alert_id, row.generation).to_text()
        except BadMessage as err:
            telemetry.error(
                "pointer not sent", alert_id=row.alert_id, generation=row.generation, reason=str(err)
            )


def sweep(
    ports: Ports, policy: Policy, run_ended: datetime | None
) -> tuple[tuple[str, ...], tuple[LedgerRow, ...]]:
    """Pointers of alerts that nobody has finished in time, and of those whose run died before they left; and
    the rows of alerts of which an earlier try did not end, which are left to `sweep_suspects`."""
    now = ports.clock.now()
    late = due.to_send(due_index.to_send(ports.ledger, policy, now, run_ended), now, run_ended)
    fresh = [row for row in late if not row.look_up_attempts]
    suspects = tuple(row for row in late if row.look_up_attempts)
    return _send_again(ports, policy, fresh[: policy.max_pointers], now, run_ended), suspects


def sweep_suspects(
    ports: Ports, policy: Policy, suspects: Iterable[LedgerRow], *, is_quiet: bool
) -> tuple[str, ...]:
    """Pointers of alerts of which an earlier try did not end, in tenths as hunts are: a run that was merely
    stopped leaves as many of them as it was about to send.

    One of them may end the worker, and with it whatever this run would send. So they wait for a run that
    `is_quiet`, half an hour at most.
    """
    now = ports.clock.now()
    latest = now if is_quiet else now - timedelta(seconds=_WAIT_FOR_QUIET)
    late = due.to_send(suspects, latest)
    most, tries = policy.max_pointers, policy.ledger.max_attempts
    some = due.next_batch(late, most, tries, lambda row: row.look_up_attempts) if late else []
    return _send_again(ports, policy, some, now, alone=len(some) == 1)


def _send_again(
    ports: Ports,
    policy: Policy,
    late: Sequence[LedgerRow],
    now: datetime,
    run_ended: datetime | None = None,
    *,
    alone: bool = False,
) -> tuple[str, ...]:
    """The attempt is counted before the work, as everywhere."""

    # Where its first pointer never left, this is the first: nobody can have begun its look-ups and died.
    def count(row: LedgerRow, _: LedgerRow) -> LedgerRow | None:
        first = replace(row, enrich_due=now, sends=0) if due.is_orphan(row, run_ended) else row
        return looking_up.sending(first, now, policy.ledger, alone=alone)

    counted = ledger.change(ports.ledger, late, count)
    written = ledger.change(ports.ledger, counted, lambda row, _: _resent(row, now, policy))
    sent = [row for row in written if row.sends]
    if written:
        telemetry.info("sent again", pointers=len(sent), enrichment_given_up=len(written) - len(sent))
    return tuple(pointers(policy, sent))


def _resent(row: LedgerRow, now: datetime, policy: Policy) -> LedgerRow:
    """The row as it is sent again; without its look-ups where that does not end or cannot be worked out."""
    if row.look_up_attempts > policy.ledger.most_begun:
        telemetry.error("look-ups given up", alert_id=row.alert_id, attempts=row.look_up_attempts - 1)
        return rules.looked_up_in_vain(row, now)
    try:
        return rules.resent(row, now, policy.ledger)
    except Exception as err:
        said = error_text(err)
        telemetry.error("alert cannot be sent again", alert_id=row.alert_id, reason=said)
        return rules.looked_up_in_vain(row, now)
