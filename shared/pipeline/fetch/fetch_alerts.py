"""The first step: send again what waits, then ask for new alert versions and put them into the ledger.

The order of effects: sweep (ledger rows, then their pointers), bodies, ledger rows, checkpoint; pointers
leave after the function returned. Die anywhere, and the next run finds what is in the ledger and asks again
for what is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.alert import Alert
from shared.core.progress import LedgerRow, Pointer, Window, due, middle_of, windows
from shared.core.progress import ledger as rules
from shared.core.values import Checkpoint, Instant
from shared.errors import AppError, Conflict
from shared.pipeline.counting import log_calls
from shared.pipeline.fetch.admission import Admitted, Fetched, admit_page, read_page
from shared.pipeline.fetch.audit import audit, is_audit_due
from shared.pipeline.fetch.prefetch import prefetch
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from shared.pipeline.stored import ring


def fetch_alerts(ports: Ports, policy: Policy) -> Outbox:
    """The messages to queue: swept ones first. A source that fails is recorded and logged, never raised."""
    begun = ports.clock.now()
    open_rows = {row.alert_id: row for row in ports.ledger.open_rows()}
    pointers = sweep(ports, policy, open_rows)
    fetched, work_due = _ask(ports, policy, open_rows, begun)
    _count(open_rows.values(), ports.clock.now())
    ready = work_due or due.due_work(open_rows.values(), ports.clock.now(), policy.low_severity_max_wait)
    log_calls(ports, "FetchAlerts")
    rings = ring(ports, policy, "work is due") if ready else ()
    return Outbox((*pointers, *fetched), rings)


def sweep(ports: Ports, policy: Policy, open_rows: dict[str, LedgerRow]) -> tuple[str, ...]:
    """Pointers of alerts that nobody has finished in time; `open_rows` is brought up to date."""
    now = ports.clock.now()
    late = due.to_send(open_rows.values(), now)[: policy.max_pointers]
    written = ports.ledger.write([rules.resent(row, now, policy.ledger) for row in late])
    open_rows.update({row.alert_id: row for row in written})
    sent = [row for row in written if row.sends]
    if written:
        telemetry.info("sent again", pointers=len(sent), enrichment_given_up=len(written) - len(sent))
    return tuple(Pointer(policy.tenant, row.alert_id, row.generation).to_text() for row in sent)


@dataclass
class _Fetched:
    """What a run has fetched so far."""

    pointers: list[str] = field(default_factory=list)
    new: list[Alert] = field(default_factory=list)
    rings: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, page: Sequence[Fetched], admitted: Admitted) -> None:
        """Counts one page in."""
        self.pointers += admitted.pointers
        queued = {row.alert_id for row in admitted.rows if row.enrich_due is not None}
        self.new += [item.alert for item in page if item.alert.id in queued]
        self.rings = self.rings or admitted.rings
        for admission, count in admitted.counts.items():
            self.counts[admission] = self.counts.get(admission, 0) + count


def _ask(
    ports: Ports, policy: Policy, open_rows: dict[str, LedgerRow], begun: datetime
) -> tuple[list[str], bool]:
    """Pointers of new versions, and whether a row is due for HuntCorrelate."""
    so_far = _Fetched()
    try:
        checkpoint = _read_windows(ports, policy, open_rows, so_far, begun)
        prefetch(ports, policy, so_far.new)
        telemetry.info("fetched", source=ports.source.name, **so_far.counts, pointers=len(so_far.pointers))
        checkpoint = _purge(ports, policy, checkpoint)
        if is_audit_due(checkpoint, ports.clock.now(), policy):
            recovered = audit(ports, policy, open_rows).admitted
            so_far.pointers += recovered.pointers if recovered else ()
    except AppError as err:
        _record_failure(ports, err)
    return so_far.pointers, so_far.rings


def _read_windows(
    ports: Ports, policy: Policy, open_rows: dict[str, LedgerRow], so_far: _Fetched, begun: datetime
) -> Checkpoint:
    """The checkpoint as moved, window by window, each after its alerts are in the ledger."""
    checkpoint = _first_checkpoint(ports)
    todo = windows(checkpoint.position, ports.clock.now(), policy.poll)
    while todo:
        window = todo.pop(0)
        page = ports.source.updated_in(window)
        if page.full and window.can_halve:
            middle = middle_of(page.items)
            todo[:0] = window.halves() if middle is None else window.cut_at(middle)
            continue
        if page.full:
            telemetry.error("page full within one instant", at=window.start.text(), alerts=len(page.items))
        fetched = read_page(ports, page.items)
        so_far.add(fetched, admit_page(ports, policy, fetched, open_rows))
        checkpoint = move_checkpoint(ports, checkpoint, window, window.start if page.full else None)
        spent = (ports.clock.now() - begun).total_seconds()
        if todo and (spent > policy.fetch_for or len(so_far.pointers) >= policy.max_pointers):
            telemetry.info("fetch goes on in the next run", windows_left=len(todo))
            break
    return checkpoint


def _purge(ports: Ports, policy: Policy, checkpoint: Checkpoint) -> Checkpoint:
    """Once an hour deletes what is older than the retention, within a bounded time."""
    now = ports.clock.now()
    last = checkpoint.last_purge or checkpoint.installed_at or now
    if (now - last).total_seconds() < policy.purge_every:
        return checkpoint
    gone = ports.retention.purge(now - timedelta(seconds=policy.retention), policy.purge_for)
    telemetry.info("purged", **gone)
    try:
        return ports.checkpoints.write(ports.source.name, replace(checkpoint, last_purge=now))
    except Conflict:
        return ports.checkpoints.read(ports.source.name)


def _count(open_rows: Iterable[LedgerRow], now: datetime) -> None:
    """One line for the operator: what waits, and for how long. A hunt planned for later is no backlog."""
    rows = list(open_rows)
    waits = [wait for row in rows if (wait := due.waiting_for(row, now)) > 0]
    telemetry.info(
        "counters",
        open=len(rows),
        backlog=len(waits),
        waiting_enrichment=sum(row.sends > 0 for row in rows),
        oldest_waiting_s=round(max(waits, default=0.0)),
    )


def _first_checkpoint(ports: Ports) -> Checkpoint:
    """The checkpoint; on the very first run it remembers when the installation began."""
    checkpoint = ports.checkpoints.read(ports.source.name)
    if checkpoint.installed_at is not None:
        return checkpoint
    try:
        return ports.checkpoints.write(ports.source.name, replace(checkpoint, installed_at=ports.clock.now()))
    except Conflict:
        return ports.checkpoints.read(ports.source.name)  # another run was the first


def move_checkpoint(ports: Ports, checkpoint: Checkpoint, window: Window, gap: Instant | None) -> Checkpoint:
    """The checkpoint moved to the window's end: never back, never past the present.

    `gap` marks an instant that was not read to its end, for the audit. Where another run moved the checkpoint
    meanwhile, the further one stays.
    """
    while True:
        now = ports.clock.now()
        end = min(window.end, Instant.of(now))
        position = end if checkpoint.position is None else max(checkpoint.position, end)
        position = min(position, Instant.of(now + timedelta(seconds=1)))
        gaps = checkpoint.gaps if gap is None else (*checkpoint.gaps[-99:], gap.text())
        moved = replace(checkpoint, position=position, last_success=now, last_error="", gaps=gaps)
        try:
            return ports.checkpoints.write(ports.source.name, moved)
        except Conflict:
            checkpoint = ports.checkpoints.read(ports.source.name)


def _record_failure(ports: Ports, err: AppError) -> None:
    """Logs the failure and keeps it beside the checkpoint, which stays where it was."""
    telemetry.error(
        "fetch failed",
        source=ports.source.name,
        kind=type(err).__name__,
        reason=str(err),
        status=err.status,
        request_id=err.request_id,
    )
    checkpoint = ports.checkpoints.read(ports.source.name)
    failed = replace(
        checkpoint,
        last_error=f"{type(err).__name__}: {telemetry.redacted(str(err))}",
        last_error_at=ports.clock.now(),
    )
    try:
        ports.checkpoints.write(ports.source.name, failed)
    except Conflict:
        telemetry.info("another run wrote the checkpoint meanwhile", source=ports.source.name)
