"""Sending alerts to EnrichAlert: their pointers, and again what nobody has finished in time."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared import telemetry
from shared.core.progress import LedgerRow, Pointer, due
from shared.core.progress import ledger as rules
from shared.errors import BadMessage
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import ledger


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
    ports: Ports, policy: Policy, open_rows: dict[str, LedgerRow], run_ended: datetime | None
) -> tuple[str, ...]:
    """Pointers of alerts that nobody has finished in time, and of those whose run died before they left;
    `open_rows` is brought up to date."""
    now = ports.clock.now()
    late = due.to_send(open_rows.values(), now, run_ended)[: policy.max_pointers]
    written = ledger.change(ports.ledger, late, lambda row, _: _resent(row, now, policy, run_ended))
    open_rows.update({row.alert_id: row for row in written})
    sent = [row for row in written if row.sends]
    if written:
        telemetry.info("sent again", pointers=len(sent), enrichment_given_up=len(written) - len(sent))
    return tuple(pointers(policy, sent))


def _resent(row: LedgerRow, now: datetime, policy: Policy, run_ended: datetime | None) -> LedgerRow | None:
    """The row as it is sent again; given up where even that cannot be worked out."""
    if not due.to_send([row], now, run_ended):
        return None
    try:
        return rules.resent(row, now, policy.ledger)
    except Exception as err:
        said = f"cannot be sent again: {type(err).__name__}: {err}"
        telemetry.error("alert cannot be sent again", alert_id=row.alert_id, reason=said)
        return rules.beyond_work(row, said, now, policy.ledger)
