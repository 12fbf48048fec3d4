"""Sends what is to be written to alerts: taken, looked for on the alert, and only then written.

The order of effects for one alert: its row SENDING, the look, the call, the published row, the row's end. Die
after any of them, and the next run that takes the row over finds the comment on the alert, or writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from shared import telemetry
from shared.core import write_back
from shared.core.alert import Alert, normalize
from shared.core.progress import LedgerRow
from shared.core.values import Columns, Instant, StoredRow
from shared.core.write_back import Mode, State, WriteRow, WriteRule
from shared.errors import AccessDenied, AppError, NotFound, SetAside, Throttled, Unanswered
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports, WriteBack
from shared.pipeline.stored import published_rows, writes
from shared.pipeline.stored.lease import HeldLease

_TOGETHER = 5  # writes between two looks at what is due for hunting
_REFUSED_FOR = 3_600.0  # seconds for which nothing is written once the role is missing


def want(ports: Ports, policy: Policy, shown: Sequence[tuple[LedgerRow, Alert, Columns]]) -> None:
    """Queues the comments that the published rows say to be waiting. Safe to repeat."""
    if ports.write_back is None:
        return
    now = ports.clock.now()
    rules = ports.write_back.rules() if policy.write_back is Mode.RULES else ()
    rows = [
        _wanted(row, alert, columns, policy, now, rules)
        for row, alert, columns in shown
        if columns.get("WriteBackState") == State.WAITING
    ]
    if rows:
        writes.want(ports.write_back.writes, rows)


def _wanted(
    row: LedgerRow, alert: Alert, columns: Columns, policy: Policy, now: datetime, rules: Sequence[WriteRule]
) -> WriteRow:
    comment = write_back.comment_of(columns, policy.tenant, policy.portal)
    return WriteRow(
        alert_id=row.alert_id,
        day=row.day,
        api_id=str(alert.raw.get("id") or row.alert_id),
        validation=str(columns["Validation"]),
        digest=comment.digest,
        text=comment.text,
        wanted_at=now,
        due=now,
        fields=tuple(f"{name}={value}" for name, value in write_back.rules.fields_of(rules, columns).items()),
        severity_rank=row.severity_rank,
    )


def send_some(held: HeldLease) -> bool:
    """Sends a few of the writes that are due; True where more may be sent now. Raises LeaseLost.

    Whatever refuses is left for a later run: publishing waits for none of it.
    """
    outside, clock = held.ports.write_back, held.ports.clock
    if outside is None:
        return False
    due = writes.ready(outside.writes, clock.now())
    granted = held.grant_writes(min(len(due), _TOGETHER)) if due else 0
    for row in due[:granted]:
        mine = writes.take(outside.writes, row, clock.now())
        if mine is not None and not _send(held, outside, mine):
            return False
    return bool(granted) and len(due) > granted


def _send(held: HeldLease, outside: WriteBack, row: WriteRow) -> bool:
    """One write; False where others would meet the same refusal."""
    ports = held.ports
    now = ports.clock.now()
    is_overdue = (now - row.wanted_at).total_seconds() > write_back.queue.OVERDUE
    if is_overdue or row.attempts > write_back.queue.MOST_ATTEMPTS:
        return _end(held, outside, row, State.FAILED)
    if held.policy.write_back is Mode.DRY_RUN:
        telemetry.info("comment not written: dry run", alert_id=row.alert_id, comment=row.text)
        return _end(held, outside, row, State.DRY_RUN)
    try:
        raw = ports.source.one(row.api_id)
        alert = normalize(raw, ports.source.name, fallback=Instant.of(now))
        if _is_there(alert, row):
            return _end(held, outside, row, State.SENT)
        if held.policy.write_back is Mode.RULES and not _set_fields(held, outside, row, alert):
            return True
        if not _may_call(held, row):
            return True
        outside.alerts.comment(row.api_id, row.text)
    except AppError as err:
        return _after_failure(held, outside, row, err)
    return _end(held, outside, row, State.SENT)


def _is_there(alert: Alert, row: WriteRow) -> bool:
    last = row.text.splitlines()[-1]
    return any(comment.text.rstrip().endswith(last) for comment in alert.comments)


def _may_call(held: HeldLease, row: WriteRow) -> bool:
    """True where this run may change the alert now: it holds the lease, and has not stalled. Raises
    LeaseLost."""
    held.renew()
    if not write_back.queue.is_stale(row, held.ports.clock.now()):
        return True
    telemetry.warning("write left for another run", alert_id=row.alert_id)
    return False


def _set_fields(held: HeldLease, outside: WriteBack, row: WriteRow, alert: Alert) -> bool:
    """Sets what the rules want and people have left empty; False where this run has stalled.

    The published row says so first: a verdict that is then read is known to be no person's. Where the
    service refused, that is taken back.
    """
    wanted = write_back.rules.left_empty(dict(field.split("=", 1) for field in row.fields), alert)
    if not wanted:
        return True
    before = _claim(held, row, wanted)
    if not _may_call(held, row):
        return False
    try:
        outside.alerts.set_fields(row.api_id, wanted)
    except Unanswered:
        raise
    except AppError:
        _note(held, row, lambda _: {"WriteBackFields": before})
        raise
    return True


def _claim(held: HeldLease, row: WriteRow, wanted: Mapping[str, str]) -> str:
    """Writes into the published row what is about to be set, and gives back what it said before."""
    said = ""

    def claim(columns: Columns) -> Columns:
        nonlocal said
        said = str(columns.get("WriteBackFields", ""))
        return {"WriteBackFields": write_back.rules.claimed(said, wanted)}

    _note(held, row, claim)
    return said


def _note(held: HeldLease, row: WriteRow, say: Callable[[Columns], Columns]) -> None:
    """Writes into the published row what `say` makes of it as it stands; nothing where it is gone."""
    now = held.ports.clock.now()

    def note(_: published_rows.Key, stored: StoredRow | None) -> published_rows.Change | None:
        if stored is None:
            return None
        said = say(stored.columns)
        columns = {name: value for name, value in said.items() if stored.columns.get(name) != value}
        return published_rows.Change({**columns, "LastPublished": now}, None, False) if columns else None

    published_rows.change(held, [published_rows.key_of(held.policy, row.day, row.alert_id)], note)


def _after_failure(held: HeldLease, outside: WriteBack, row: WriteRow, err: AppError) -> bool:
    """What becomes of the row; False where the others would fail alike."""
    now = held.ports.clock.now()
    if not isinstance(err, AccessDenied):  # which the adapter has told, once an hour
        telemetry.warning("alert not written to", alert_id=row.alert_id, reason=str(err))
    match err:
        case Unanswered():
            return True  # it stays SENDING: whoever takes it over looks first
        case NotFound():
            return _end(held, outside, row, State.GONE)
        case AccessDenied():
            wait = _REFUSED_FOR
        case Throttled():
            wait = err.retry_after
        case SetAside():
            return _end(held, outside, row, State.REFUSED)
        case _:
            writes.give_back(outside.writes, write_back.queue.again(row, now))
            return False
    held.block_writes(wait)
    writes.give_back(outside.writes, write_back.queue.again(row, now, 0.0))
    return False


def _end(held: HeldLease, outside: WriteBack, row: WriteRow, ended: State) -> bool:
    """The published row says how it ended, then the write's own row goes."""
    _note(held, row, lambda columns: write_back.noted(columns, row.validation, row.digest, ended))
    writes.end(outside.writes, row)
    telemetry.info("write to an alert ended", alert_id=row.alert_id, ended=ended, validation=row.validation)
    return True
