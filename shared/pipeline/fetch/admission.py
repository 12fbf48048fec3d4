"""One page of fetched alerts into the ledger: read, recognised, written; and what must be queued for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared import telemetry
from shared.core.alert import Alert, normalize
from shared.core.progress import Admission, Digests, LedgerRow, digests
from shared.core.progress import admission as rules
from shared.core.values import DocumentKey, Instant
from shared.errors import BadAlert, error_text
from shared.pipeline.fetch.sending import pointers
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents, ledger, places
from shared.pipeline.stored.places import Place


@dataclass(frozen=True, slots=True)
class Fetched:
    """One alert as fetched: read, and its body as it will be kept."""

    alert: Alert
    body: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a page came to. `pointers` must be queued, `rows` were written for new versions."""

    pointers: tuple[str, ...]
    rows: tuple[LedgerRow, ...]
    admissions: dict[str, Admission]

    @property
    def work_due(self) -> bool:
        """True where a row is due for HuntCorrelate at once."""
        return any(row.publish_due is not None for row in self.rows)


def read_page(ports: Ports, items: Iterable[object]) -> list[Fetched]:
    """The readable alerts, one version each, the newest; the others are logged and their bodies kept."""
    now = Instant.of(ports.clock.now())
    newest: dict[str, Fetched] = {}
    for raw in items:
        body = documents.packed(raw)
        try:
            alert = _read(raw, ports.source.name, now)
        except BadAlert as err:
            keep = DocumentKey(now.day(), "unreadable", documents.ALERT, documents.ref_of(body))
            ports.documents.put({keep: body})
            telemetry.error("alert without a usable id", field=err.field, kept_as=keep.ref, day=keep.day)
            continue
        if alert.unreadable:
            telemetry.warning("alert read in part", alert_id=alert.id, fields=alert.unreadable)
        before = newest.get(alert.id)
        if before is None or before.alert.last_update <= alert.last_update:
            newest[alert.id] = Fetched(alert, body)
    return list(newest.values())


def _of_the_tenant(policy: Policy, fetched: Sequence[Fetched]) -> list[Fetched]:
    """Without alerts that name another tenant than the one they were listed for, where its id is known: no
    row of them would be in the right place."""

    def is_ours(item: Fetched) -> bool:
        named, known = item.alert.tenant_id or policy.tenant_id, policy.tenant_id
        return not known or named.casefold() == known.casefold()

    left = [item.alert.id for item in fetched if not is_ours(item)]
    if left:
        telemetry.error(
            "alerts of another tenant left out", tenant=policy.tenant, count=len(left), alert_ids=left[:5]
        )
    return list(filter(is_ours, fetched))


def _under_known_ids(fetched: Sequence[Fetched], found: Mapping[str, Place]) -> dict[str, Fetched]:
    """By the id under which each alert is kept, of several versions the newest."""
    items: dict[str, Fetched] = {}
    for item in sorted(fetched, key=lambda item: item.alert.last_update):
        known = found[item.alert.id].alert_id
        items[known] = item if known == item.alert.id else replace(item, alert=replace(item.alert, id=known))
    return items


def _read(raw: object, source: str, now: Instant) -> Alert:
    """The alert; of one that our reader stumbles over, what its plain texts and numbers say.

    Its body is kept whole. Raises BadAlert where there is no usable id.
    """
    try:
        return normalize(raw, source, fallback=now)
    except BadAlert:
        raise
    except Exception as err:
        named = raw.items() if isinstance(raw, dict) else ()
        plain = {name: value for name, value in named if isinstance(value, (str, int))}
        telemetry.error("alert not read", alert_id=plain.get("id"), reason=error_text(err))
        return normalize(plain, source, fallback=now)


def _digests(fetched: Fetched) -> Digests:
    """The alert's digests; of one that has none by a fault of ours, those of its body."""
    try:
        return digests(fetched.alert)
    except Exception as err:
        telemetry.error("alert not compared", alert_id=fetched.alert.id, reason=error_text(err))
        return Digests(documents.ref_of(fetched.body), documents.ref_of(fetched.body))


def admit_page(
    ports: Ports, policy: Policy, fetched: Sequence[Fetched], *, backfill: bool = False
) -> Admitted:
    """Every new version of the page in the ledger, bodies first, and the pointers that must leave.

    A crash on the way leaves bodies without a row, or rows whose pointer the sweep sends.
    """
    fetched = _of_the_tenant(policy, fetched)
    found, open_rows = places.find(ports.ledger, [item.alert for item in fetched])
    items = _under_known_ids(fetched, found)
    admissions: dict[str, Admission] = {}
    touched: dict[str, LedgerRow | None] = {}
    now = ports.clock.now()
    new = [each for each in found.values() if each.finished is None and each.alert_id not in open_rows]
    # Those of a storm are looked up first, together: a hunt beside that would meet it at each row.
    is_storm = len(new) >= policy.prefetch_from

    def decide(alert_id: str, known: LedgerRow | None) -> LedgerRow | None:
        alert, ref = items[alert_id].alert, documents.ref_of(items[alert_id].body)
        admission, row = rules.admit(known, alert, _digests(items[alert_id]), ref, now, policy.ledger)
        admissions.setdefault(alert_id, admission)
        if known is not None and admission is Admission.UNCHANGED:
            touched[alert_id] = rules.touched(known, alert)
        if row is not None and admission is Admission.CHANGED:
            telemetry.info("alert changed", alert_id=alert_id, generation=row.generation)
        if row is not None and backfill:
            return rules.from_backfill(row)
        return row if row is None or is_storm else rules.hunted_beside(row, now)

    def put_bodies(rows: Sequence[LedgerRow]) -> None:
        keys = {documents.key(row, documents.ALERT, row.body_ref): row.alert_id for row in rows}
        ports.documents.put({key: items[alert_id].body for key, alert_id in keys.items()})
        new = [items[row.alert_id].alert for row in rows if row.generation == 1]
        ports.ledger.keep_places({n: p for alert in new for n, p in places.to_remember(alert).items()})

    days = {place.alert_id: place.day for place in found.values()}
    finished = {place.alert_id: place.finished for place in found.values() if place.finished is not None}
    written = ledger.admit(ports.ledger, days, open_rows, decide, put_bodies, finished)
    ledger.touch(ports.ledger, [row for row in touched.values() if row is not None])
    return Admitted(tuple(pointers(policy, written)), tuple(written), admissions)
