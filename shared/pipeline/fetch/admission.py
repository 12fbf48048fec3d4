"""One page of fetched alerts into the ledger: read, recognised, written; and what must be queued for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared import telemetry
from shared.core.alert import Alert, normalize
from shared.core.progress import Admission, LedgerRow, Pointer, digests
from shared.core.progress import ledger as rules
from shared.core.values import DocumentKey, Instant
from shared.errors import BadAlert, Unavailable
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import bodies

_RACES = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """One alert as fetched: read, and its body as it will be kept."""

    alert: Alert
    body: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a page came to. `pointers` must be queued, `rows` were written; counts by Admission."""

    pointers: tuple[str, ...]
    rows: tuple[LedgerRow, ...]
    counts: dict[str, int]

    @property
    def rings(self) -> bool:
        """True where a row is due for HuntCorrelate at once."""
        return any(row.publish_due is not None for row in self.rows)


def read_page(ports: Ports, items: Iterable[object]) -> list[Fetched]:
    """The readable alerts, one version each, the newest; the others are logged and their bodies kept."""
    now = Instant.of(ports.clock.now())
    newest: dict[str, Fetched] = {}
    for raw in items:
        body = bodies.packed(raw)
        try:
            alert = normalize(raw, ports.source.name, fallback=now)
        except BadAlert as err:
            keep = DocumentKey(now.day(), "unreadable", bodies.ALERT, bodies.ref_of(body))
            ports.documents.put({keep: body})
            telemetry.error("alert without a usable id", field=err.field, kept_as=keep.ref, day=keep.day)
            continue
        if alert.unreadable:
            telemetry.warning("alert read in part", alert_id=alert.id, fields=alert.unreadable)
        before = newest.get(alert.id)
        if before is None or before.alert.last_update <= alert.last_update:
            newest[alert.id] = Fetched(alert, body)
    return list(newest.values())


def admit_page(
    ports: Ports,
    policy: Policy,
    fetched: Sequence[Fetched],
    open_rows: dict[str, LedgerRow],
    *,
    backfill: bool = False,
) -> Admitted:
    """Every new version of the page in the ledger, bodies first, and the pointers that must leave.

    `open_rows` is the open partition as last read, and is brought up to date. A row that lost a race is read
    again and decided anew. A crash on the way leaves bodies without a row, or rows whose pointer the sweep
    sends.
    """
    counts: dict[str, int] = {}
    written: list[LedgerRow] = []
    left = list(fetched)
    for attempt in range(_RACES):
        if attempt:
            _read_again(ports, left, open_rows)
        wanted, bodies_of = _decide(ports, policy, left, open_rows, counts if not attempt else {})
        if backfill:
            wanted = [replace(row, backfill=True) for row in wanted]
        done = _write(ports, wanted, bodies_of)
        written += done
        open_rows.update({row.alert_id: row for row in done})
        lost = {row.alert_id for row in wanted} - {row.alert_id for row in done}
        left = [item for item in left if item.alert.id in lost]
        if not left:
            break
    else:
        raise Unavailable(f"{len(left)} alerts lost every race for their ledger row", service="tables")
    return Admitted(tuple(_pointers(policy, written)), tuple(written), counts)


def _write(ports: Ports, rows: Sequence[LedgerRow], bodies_of: Mapping[str, bytes]) -> list[LedgerRow]:
    """The rows as written, after their bodies."""
    ports.documents.put(
        {bodies.key(row, bodies.ALERT, row.body_ref): bodies_of[row.alert_id] for row in rows}
    )
    return ports.ledger.write(rows)


def _pointers(policy: Policy, rows: Iterable[LedgerRow]) -> Iterator[str]:
    """Pointers of the rows whose look-ups are still to be made; later rounds of look-ups are the sweep's."""
    for row in rows:
        if row.enrich_due is not None and row.sends:
            yield Pointer(policy.tenant, row.alert_id, row.generation).to_text()


def _read_again(ports: Ports, left: Sequence[Fetched], open_rows: dict[str, LedgerRow]) -> None:
    for item in left:
        open_rows.pop(item.alert.id, None)
        row = ports.ledger.open_row(item.alert.id)
        if row is not None:
            open_rows[item.alert.id] = row


def _decide(
    ports: Ports,
    policy: Policy,
    fetched: Sequence[Fetched],
    open_rows: dict[str, LedgerRow],
    counts: dict[str, int],
) -> tuple[list[LedgerRow], dict[str, bytes]]:
    """The rows to write, and the body of each; open rows were read before history, as the ledger asks."""
    finished = ports.ledger.finished(
        [(item.alert.day, item.alert.id) for item in fetched if item.alert.id not in open_rows]
    )
    now = ports.clock.now()
    wanted: list[LedgerRow] = []
    bodies_of: dict[str, bytes] = {}
    for item in fetched:
        alert = item.alert
        known = open_rows.get(alert.id) or finished.get(alert.id)
        admission, row = rules.admit(
            known, alert, digests(alert), bodies.ref_of(item.body), now, policy.ledger
        )
        counts[admission] = counts.get(admission, 0) + 1
        if row is not None:
            wanted.append(row)
            bodies_of[alert.id] = item.body
        if admission is Admission.CHANGED:
            telemetry.info("alert changed", alert_id=alert.id, generation=row.generation if row else None)
    return wanted, bodies_of
