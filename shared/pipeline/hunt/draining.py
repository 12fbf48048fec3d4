"""One run under the lease: what is due is begun as it comes, and each hunt is published as it ends.

Three things go on side by side, and none waits for another: this thread looks for due work and begins it,
the hunts run in threads of their own, and one thread publishes. So a slow hunt keeps no new alert waiting,
nor does a slow table keep a hunt from being made. Where no two calls may be under way at once
(`hunts_at_once` is 1) all of it is done by this thread, in turn.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.core.progress import LedgerRow, due
from shared.pipeline.hunt.batch import Batch, begin, conclude, publish_only, refused_alone, take
from shared.pipeline.hunt.building import build_due
from shared.pipeline.hunt.company import Company
from shared.pipeline.hunt.hunting import Hunted, Hunts
from shared.pipeline.hunt.publishing import Taken, late_batch, publish_waiting
from shared.pipeline.hunt.write_back import send_some
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import due_index
from shared.pipeline.stored.due_index import ALL, Kinds
from shared.pipeline.stored.lease import HeldLease
from shared.threads import AtOnce, Threads

_LOOK_EVERY = 2.0  # seconds between two looks for new work while hunts are under way


def due_now(
    ports: Ports, policy: Policy, but: Collection[str] = frozenset(), kinds: Kinds = ALL
) -> list[LedgerRow]:
    """What comes first of what is due, in the order of work, without the alerts in `but`."""
    now = ports.clock.now()
    rows = due_index.work(ports.ledger, policy, now, but, kinds)
    return due.due_work(rows, now, policy.low_severity_max_wait, policy.row_after)


@dataclass(slots=True)
class _Work:
    """A batch that was begun; `pieces` of it are not ended yet, beginning it among them."""

    batch: Batch
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something under way: a hunt of the alerts `hunted`; the writing of the rows of those `shown`; where it
    is of no batch, of late ones before their hunt; or of neither, the building of incidents."""

    work: _Work | None = None
    hunted: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found due, and of what kinds it was looked for."""

    rows: Sequence[LedgerRow]
    kinds: Kinds


class Drain:
    """Made under the lease, and closed at the end; `begun` is when the run of the function began."""

    def __init__(self, held: HeldLease, begun: datetime) -> None:
        self._held = held
        self._until = begun + timedelta(seconds=held.policy.drain_for)
        self._begin_until = min(self._until, begun + timedelta(seconds=held.policy.begin_for))
        self._hunts = Hunts(held)
        in_turn = held.policy.hunts_at_once == 1
        self._publisher = AtOnce() if in_turn else Threads(1, thread_name_prefix="publish")
        self._running: dict[Future[Any], _Piece] = {}
        self._company = Company(held.policy.begin_for)
        self._is_out_of_quota = False
        self._shows_late = False
        self._left_ready = 0  # rows that the last look found and that there was no room for
        self._is_crowded = False  # by the last look more may be due than go together

    def close(self) -> None:
        """Ends what is under way."""
        try:
            self._hunts.close()
        finally:
            self._publisher.shutdown(wait=True, cancel_futures=True)

    def run(self) -> bool:
        """True once what was due is done; False where the time is spent. Raises LeaseLost.

        Publishing what has waited too long and beginning hunts take turns, a batch each: in a storm that goes
        on longer than `show_after` neither keeps the other from its work. Comments are sent when nothing
        else is due. What comes while the lease is given back is seen by the look that follows it.
        """
        while True:
            look = self._look()
            left, is_over = self._left(), self._is_over()
            if look and not look.rows and not self._running:
                if not is_over:
                    build_due(self._held, left)
                    if send_some(self._held):
                        continue
                return True
            if is_over or self._is_out_of_quota:
                while self._running:
                    self._end_some(None)
                return not is_over or not (look or self._look_for(ALL)).rows
            is_all_begun = look is not None and self._begin(look, left)
            if is_all_begun is None:
                continue
            self._wait(is_all_begun=is_all_begun)
            if is_all_begun and not self._running:
                return True

    def _is_over(self) -> bool:
        """True where nothing more is begun; what is under way then has the rest of the run's time."""
        return self._held.ports.clock.now() >= self._begin_until

    def _left(self) -> float:
        return (self._until - self._held.ports.clock.now()).total_seconds()

    def _look(self) -> _Look | None:
        """At what may be begun or shown now; None where nothing may, whatever is due."""
        if self._company.is_closed(self._held.ports.clock.now(), is_busy=bool(self._running)):
            return None
        has_room = self._room(urgent=True) >= self._least_room(self._left_ready)
        kinds = Kinds(has_room, not self._is_showing())
        if not has_room:
            self._shows_late = False  # nothing waits for its turn
        return self._look_for(kinds) if kinds.work or kinds.late else None

    def _look_for(self, kinds: Kinds) -> _Look:
        return _Look(due_now(self._held.ports, self._policy(), self._alerts(), kinds), kinds)

    def _policy(self) -> Policy:
        """In a storm what is not begun yet has its row sooner: it will wait for long."""
        policy = self._held.policy
        if not self._is_crowded:
            return policy
        return replace(policy, show_after=min(policy.show_after, policy.show_in_a_storm_after))

    def _least_room(self, ready: int) -> int:
        """For how many alerts there must be room before any is begun: of many that wait, many together, as
        they share questions and pages of rows."""
        part = 2 if self._is_crowded else 4
        return max(1, min(ready, self._held.policy.batch_size // part))

    def _is_showing(self) -> bool:
        """True while rows of alerts that have waited too long are written."""
        return any(piece.shown and piece.work is None for piece in self._running.values())

    def _alerts(self) -> set[str]:
        """Those that are under way."""
        return {one for piece in self._running.values() for one in (*piece.hunted, *piece.shown)}

    def _begin(self, look: _Look, left: float) -> bool | None:
        """True where nothing that is due is left to begin; None after rows that were late, which come first
        every second time."""
        held, policy = self._held, self._held.policy
        if not look.rows:
            return look.kinds == ALL  # then what was not found is not due
        held.renew()
        now, is_busy = held.ports.clock.now(), bool(self._running)
        rows = self._company.startable(look.rows, now, is_busy=is_busy, of_work=look.kinds.work)
        if not self._shows_late and self._show_late(rows):
            self._shows_late = True
            return None
        self._shows_late = False
        ready = [row for row in rows if self._is_work(row)]
        room = self._room(urgent=any(row.severity_rank == 0 for row in ready))
        self._left_ready = len(ready)
        if look.kinds.work:
            self._is_crowded = sum(map(self._is_work, look.rows)) >= policy.batch_size
        if room < self._least_room(len(ready)):
            return False
        some = due.next_batch(ready, policy.batch_size, policy.ledger.max_attempts)[:room] if ready else []
        self._left_ready -= len(some)
        if some:
            self._company.begins(some, is_hunt=True)
            self._begin_batch(take(held, some), left)
        return look.kinds == ALL and len(some) == len(look.rows) < policy.batch_size

    def _is_work(self, row: LedgerRow) -> bool:
        """False for what is only late: its row is written, and its look-ups go on. What ended the process
        each time that its row was to be written is given up like any other."""
        ports, policy = self._held.ports, self._held.policy
        return due.is_ready(row, ports.clock.now()) or row.attempts >= policy.ledger.most_begun

    def _room(self, *, urgent: bool) -> int:
        """How many alerts may be begun now: all that is under way, but for late rows that are shown, is a
        batch at the most, so that memory is bounded. None while they could not be asked for, so that those
        that come meanwhile share their questions."""
        held = self._held
        pieces = [piece for piece in self._running.values() if piece.work is not None]
        hunts = sum(bool(piece.hunted) for piece in pieces)
        if hunts >= held.policy.hunts_at_once or (hunts and held.wait_for_call(high=urgent) > 0):
            return 0
        return held.policy.batch_size - sum(len(piece.hunted) + len(piece.shown) for piece in pieces)

    def _show_late(self, rows: Sequence[LedgerRow]) -> bool:
        """True where the rows of some that have waited too long are written now."""
        if self._is_showing():
            return False
        late = late_batch(rows, self._held.ports.clock.now(), self._policy())
        if late:
            ids = frozenset(row.alert_id for row in late)
            self._company.begins(late, is_hunt=False)
            self._add(self._publisher.submit(self._shown_alone, late), _Piece(shown=ids))
        return bool(late)

    def _shown_alone(self, late: Sequence[LedgerRow]) -> None:
        with refused_alone(self._held, late):
            publish_waiting(self._held, late)

    def _begin_batch(self, batch: Batch, left: float) -> None:
        work = _Work(batch)
        if batch.to_publish:
            self._publish(work, batch.to_publish, partial(publish_only, self._held, batch.to_publish))
        if batch.to_hunt:
            for alert_ids, hunt in begin(self._hunts, self._held.policy, batch.to_hunt, left):
                work.pieces += 1
                self._add(hunt, _Piece(work, hunted=alert_ids))
        self._end_piece(work)

    def _publish(self, work: _Work, items: Sequence[Taken], do: Callable[[], None]) -> None:
        def alone() -> None:
            with refused_alone(self._held, work.batch.rows):
                do()

        work.pieces += 1
        ids = frozenset(item.row.alert_id for item in items)
        self._add(self._publisher.submit(alone), _Piece(work, shown=ids))

    def _end_piece(self, work: _Work) -> None:
        """With the last one of a batch its incidents are built."""
        work.pieces -= 1
        if not work.pieces:
            self._add(self._publisher.submit(build_due, self._held, max(self._left(), 0.0)), _Piece())

    def _add(self, future: Future[Any], piece: _Piece) -> None:
        self._running[future] = piece
        if future.done():
            self._ended(future)

    def _ended(self, future: Future[Any]) -> None:
        """What follows. Raises what the piece ended with."""
        piece = self._running.pop(future)
        work = piece.work
        if work is None:
            future.result()
            return
        with refused_alone(self._held, work.batch.rows):
            found = future.result()
        if isinstance(found, Hunted):
            self._is_out_of_quota = self._is_out_of_quota or found.out_of_quota
            theirs = [item for item in work.batch.to_hunt if item.row.alert_id in found.findings]
            self._publish(work, theirs, partial(conclude, self._held, theirs, found))
        self._end_piece(work)

    def _wait(self, *, is_all_begun: bool) -> None:
        """Until all has ended, it is time for a look, or there may be room for what is not begun."""
        clock = self._held.ports.clock
        until = clock.now() + timedelta(seconds=_LOOK_EVERY)
        while self._running:
            left = (until - clock.now()).total_seconds()
            if not self._end_some(max(left, 0.0)) or not is_all_begun:
                return

    def _end_some(self, timeout: float | None) -> bool:
        """True where anything has ended within so many seconds."""
        done, _ = wait(self._running, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            self._ended(future)
        return bool(done)
