"""The first step: send again what waits, then ask for new alert versions and put them into the ledger.

The order of effects: sweep (ledger rows, then their pointers), bodies, ledger rows, checkpoint; pointers
leave after the function returned. Die anywhere, and the next run finds what is in the ledger and asks again
for what is not.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.progress import Window, middle_of, polling, windows
from shared.core.progress import due_index as due_index_rules
from shared.core.values import Checkpoint
from shared.errors import AppError, error_text
from shared.pipeline.fetch.admission import Admitted, admit_page, read_page
from shared.pipeline.fetch.audit import audit, is_audit_due
from shared.pipeline.fetch.audit_lists import listed_late
from shared.pipeline.fetch.others import count_others
from shared.pipeline.fetch.page_look_ups import look_up_page
from shared.pipeline.fetch.sending import sweep, sweep_suspects
from shared.pipeline.messages import log_calls
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from shared.pipeline.stored import checkpoint, due_index, incidents, lease, writes


def fetch_alerts(ports: Ports, policy: Policy) -> Outbox:
    """The messages to queue: swept ones first. A source that fails is recorded and logged, never raised."""
    begun = ports.clock.now()
    reached = _reached(ports)
    if reached and polling.is_in_between(reached, begun, policy.poll):
        return Outbox()
    if reached:
        reached = _repair(ports, policy, reached)
    ended = (reached.run_ended or reached.installed_at) if reached else None
    pointers, suspects = sweep(ports, policy, ended)
    fetched = _ask(ports, policy, begun, reached) if reached else _Fetched()
    is_quiet = not (pointers or fetched.pointers or fetched.admitted)
    retried = sweep_suspects(ports, policy, suspects, is_quiet=is_quiet)
    is_due = _count(ports, policy) or incidents.is_due(ports, policy) or writes.is_due(ports)
    log_calls(ports, "FetchAlerts")
    # With new alerts HuntCorrelate starts while EnrichAlert does, not after it.
    is_due = is_due or fetched.work_due or bool(fetched.pointers)
    wake_ups = lease.wake_up(ports, policy, "work is due or coming") if is_due else ()
    if retried or not is_quiet:
        _end(ports)
    return Outbox((*pointers, *fetched.pointers, *retried), wake_ups)


def _repair(ports: Ports, policy: Policy, reached: Checkpoint) -> Checkpoint:
    """Once an hour the due index is compared with the open rows. It counts as made before it begins, and one
    that fails holds up nothing."""
    now = ports.clock.now()
    if not due_index_rules.is_repair_due(reached, now, policy.repair_every, policy.repair_often_for):
        return reached
    reached = checkpoint.repair_begun(ports, now)
    try:
        due_index.repair(ports.ledger, now)
    except Exception as err:
        telemetry.error("due index not repaired", kind=type(err).__name__, reason=error_text(err))
        return reached
    return checkpoint.repair_ended(ports)


def _reached(ports: Ports) -> Checkpoint | None:
    """The checkpoint; None where it cannot be had, which is recorded as a failed fetch."""
    try:
        return checkpoint.installed(ports)
    except AppError as err:
        _record_failure(ports, err)
        return None


def _end(ports: Ports) -> None:
    """The last effect of a run with pointers: without it the next run sends them once more."""
    try:
        checkpoint.ended(ports)
    except AppError as err:
        telemetry.warning("end of the run not kept", kind=type(err).__name__, reason=str(err))


@dataclass
class _Fetched:
    """What a run has fetched so far."""

    pointers: list[str] = field(default_factory=list)
    admitted: int = 0
    waited: float = 0.0  # seconds, for look-ups that were made together
    work_due: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, admitted: Admitted) -> None:
        """Counts one page in."""
        self.admitted += len(admitted.rows)
        self.work_due = self.work_due or admitted.work_due
        self.counts.update(admitted.admissions.values())

    def is_full(self, policy: Policy) -> bool:
        """True where what was admitted is enough for one run: HuntCorrelate is woken when it ends."""
        return len(self.pointers) >= policy.max_pointers or self.admitted >= policy.max_admitted


def _ask(ports: Ports, policy: Policy, begun: datetime, reached: Checkpoint) -> _Fetched:
    """What came: new versions, and what the audit recovered."""
    so_far = _Fetched()
    try:
        reached = _read_windows(ports, policy, so_far, begun, reached)
        telemetry.info("fetched", source=ports.source.name, **so_far.counts, pointers=len(so_far.pointers))
        reached = _purge(ports, policy, reached)
        if is_audit_due(reached, ports.clock.now(), policy, is_quiet=not so_far.admitted):
            count_others(ports, policy, reached.last_audit)
            so_far.pointers += _audit(ports, policy, reached)
    except AppError as err:
        _record_failure(ports, err)
    return so_far


def _audit(ports: Ports, policy: Policy, reached: Checkpoint) -> tuple[str, ...]:
    """Pointers of what the audit recovered. It counts as made before it begins: one that fails by a fault of
    ours, or ends the worker, comes again in an hour, and holds up no fetch until then."""
    checkpoint.audited(ports, ports.clock.now(), "begun, and not ended", reached.audit_tries, is_whole=False)
    try:
        recovered = audit(ports, policy, reached).admitted
    except AppError:
        raise
    except Exception as err:
        telemetry.error("audit failed", kind=type(err).__name__, reason=str(err))
        return ()
    return recovered.pointers if recovered else ()


def _read_windows(
    ports: Ports, policy: Policy, so_far: _Fetched, begun: datetime, reached: Checkpoint
) -> Checkpoint:
    """The checkpoint as moved, window by window, each after its alerts are in the ledger.

    Where a page is full and reaches back before the checkpoint, that overlap is asked for without evidence.
    """
    now = ports.clock.now()
    if polling.is_held_back(reached, now):
        return reached
    whole = polling.wants_whole_overlap(reached, now)
    known_to = reached.position
    todo = windows(known_to, now, policy.poll, whole=whole)
    while todo:
        window = todo.pop(0)
        page = ports.source.updated_in(window)
        if page.full and known_to is not None and window.start < known_to < window.end:
            late, new = window.cut_at(known_to)
            todo[:0] = [new] if _read_late(ports, policy, so_far, late) else [late, new]
            known_to = None
            continue
        if page.full and window.can_halve:
            middle = middle_of(page.items)
            todo[:0] = window.halves() if middle is None else window.cut_at(middle)
            continue
        if page.full:
            telemetry.error("page full within one instant", at=window.start.text(), alerts=len(page.items))
        gap = window.start if page.full else None
        _take(ports, policy, so_far, page.items)
        reached = checkpoint.moved(ports, reached, window, gap, whole=whole and not todo)
        spent = (ports.clock.now() - begun).total_seconds()
        if todo and (spent > policy.fetch_for or so_far.is_full(policy)):
            telemetry.info("fetch goes on in the next run", windows_left=len(todo))
            break
    return reached


def _read_late(ports: Ports, policy: Policy, so_far: _Fetched, late: Window) -> bool:
    """True where the overlap of a storm was read without evidence, and what was listed late admitted."""
    items = listed_late(ports, policy, late)
    if items:
        _take(ports, policy, so_far, items)
    return items is not None


def _take(ports: Ports, policy: Policy, so_far: _Fetched, items: Iterable[object]) -> None:
    """A page in the ledger, and its look-ups where they are made together. All pages of a run wait for these
    no longer than the policy says, so that slow ones keep no hunt waiting."""
    page = read_page(ports, items)
    admitted = admit_page(ports, policy, page)
    so_far.add(admitted)
    begun = ports.clock.now()
    try:
        so_far.pointers += look_up_page(ports, policy, page, admitted, policy.prefetch_for - so_far.waited)
    except AppError:
        so_far.pointers += admitted.pointers  # what was written as looked up drops its pointer
        raise
    so_far.waited += (ports.clock.now() - begun).total_seconds()


def _purge(ports: Ports, policy: Policy, reached: Checkpoint) -> Checkpoint:
    """Once an hour deletes what is older than the retention, within a bounded time."""
    now = ports.clock.now()
    last = reached.last_purge or reached.installed_at or now
    if (now - last).total_seconds() < policy.purge_every:
        return reached
    older_than = now - timedelta(seconds=policy.retention)
    gone, progress = ports.retention.purge(older_than, policy.purge_for, reached.purge_progress)
    telemetry.info("purged", **gone)
    return checkpoint.purged(ports, now, progress)


def _count(ports: Ports, policy: Policy) -> bool:
    """One line for the operator: what waits, and for how long. True where HuntCorrelate has work."""
    found = due_index.backlog(ports.ledger, policy, ports.clock.now())
    telemetry.info(
        "counters",
        backlog=found.alerts,
        waiting_enrichment=found.waiting_enrichment,
        oldest_waiting_s=round(found.oldest_s),
        more=found.more,
    )
    return found.is_due


def _record_failure(ports: Ports, err: AppError) -> None:
    """Logs the failure and keeps it in the checkpoint's row, whose position stays where it was."""
    telemetry.error(
        "fetch failed",
        source=ports.source.name,
        kind=type(err).__name__,
        reason=str(err),
        status=err.status,
        request_id=err.request_id,
    )
    checkpoint.failed(ports, err)
