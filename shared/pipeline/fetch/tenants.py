"""Fetching for many tenants within one run of FetchAlerts, above the fetch of one.

A run takes the tenants whose turn it is, some side by side, and ends in time whatever one of them does: a
turn that hangs goes on in its thread, what it brings leaves with a later run, and its tenant is not begun
again meanwhile. Should the instance end before that, the ledger knows what never left, as after any death.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared import telemetry
from shared.core.tenants import TenantRow, turns
from shared.core.tenants.turns import Lane, Running, Standing, TurnPolicy
from shared.errors import AppError
from shared.pipeline.fetch.turn import Turn, take
from shared.pipeline.ports import Outbox
from shared.pipeline.tenant_apps import TenantApps
from shared.threads import Threads

_POLICY = TurnPolicy()
_LOOK_AGAIN = 0.5  # seconds, after which a thread may count as free that is busy with a slow tenant
_MOST_NAMED = 10


def _first_of(futures: Sequence[Future[Turn]], seconds: float) -> object:
    return wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)


@dataclass(slots=True)
class _Run:
    """What a run has come to; `names` are those of the tenants that are worked on."""

    at: datetime
    wake_ups: list[str] = field(default_factory=list)
    ended: list[Turn] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class TenantFetches:
    """The fetches of one instance, from run to run."""

    def __init__(
        self,
        apps: TenantApps,
        policy: TurnPolicy = _POLICY,
        pool: Executor | None = None,
        wait_for: Callable[[Sequence[Future[Turn]], float], object] = _first_of,
    ) -> None:
        self._apps = apps
        self._policy = policy
        self._pool = pool or Threads(policy.threads_at_most, thread_name_prefix="tenant")
        self._wait_for = wait_for
        self._running: dict[str, tuple[Running, Future[Turn]]] = {}
        self._last: dict[str, datetime] = {}  # when a tenant's turn last ended well
        self._slow: set[str] = set()
        self._left: dict[str, tuple[str, ...]] = {}  # pointers that have yet to leave
        self._one_run = threading.Lock()
        self._clock = apps.home.ports.clock
        self._now = _Run(self._clock.now())

    def run(self) -> Outbox:
        """The messages to queue. Raises AppError where the list of tenants cannot be read."""
        with self._one_run:
            self._now = _Run(self._clock.now())
            return self._messages()

    def _messages(self) -> Outbox:
        """Begins turns until the time for that is over, and waits for them until the run must end."""
        rows = self._rows()
        self._gather()
        waiting = self._in_turn(rows)
        while True:
            if self._spent() < self._policy.begin_within:
                self._begin(waiting)
            left = self._policy.end_within - self._spent()
            if left <= 0 or not self._goes_on(bool(waiting[Lane.WELL])):
                break
            under_way = [future for _, future in self._running.values()]
            self._wait_for(under_way, min(left, _LOOK_AGAIN))
            self._gather()
        return self._outbox(rows, sum(map(len, waiting.values())))

    def _spent(self) -> float:
        return (self._clock.now() - self._now.at).total_seconds()

    def _goes_on(self, some_wait: bool) -> bool:
        """Whether to wait for what is under way: for what may end soon, or make room for what may yet begin.
        For those that failed lately only for a moment: who works on many pays for each second."""
        under_way = self._under_way()
        if not under_way:
            return False
        now, spent = self._clock.now(), self._spent()
        quick = timedelta(seconds=self._policy.slow_after)
        if any(each.lane is Lane.WELL and now - each.since < quick for each in under_way):
            return True
        if spent < self._policy.suspects_within:
            return True
        return some_wait and spent < self._policy.begin_within

    def _rows(self) -> list[TenantRow]:
        """The tenants that are worked on; home alone where none of the further ones can be reached."""
        apps = self._apps
        rows = apps.rows(anew=True)
        self._now.names = {row.name for row in rows}
        self._forget()
        try:
            if any(row.is_further for row in rows):
                apps.ready()
        except AppError as err:
            telemetry.error("further tenants cannot be reached", reason=str(err))
            return [row for row in rows if not row.is_further]
        return rows

    def _in_turn(self, rows: Sequence[TenantRow]) -> dict[Lane, deque[TenantRow]]:
        """Those whose turn it is, by lane; of the suspects so many as a run may begin."""
        idle = [row for row in rows if row.name not in self._running]
        mine = [Standing(row, self._last.get(row.name), row.name in self._slow) for row in idle]
        waiting: dict[Lane, deque[TenantRow]] = {lane: deque() for lane in Lane}
        for standing in turns.in_order(mine, self._now.at):
            waiting[turns.lane_of(standing)].append(standing.row)
        while len(waiting[Lane.SUSPECT]) > self._policy.most_suspects:
            waiting[Lane.SUSPECT].pop()
        return waiting

    def _begin(self, waiting: Mapping[Lane, deque[TenantRow]]) -> None:
        """Gives every free thread a turn."""
        for lane, rows in waiting.items():
            now = self._clock.now()
            while rows and turns.may_begin(lane, self._under_way(), now, self._policy):
                row = rows.popleft()
                # A slot is open for some minutes, since an audit waits for a run without new alerts.
                since = now - timedelta(seconds=self._policy.slot_is_open)
                since = min(since, self._last.get(row.name, since))
                future = self._pool.submit(take, self._apps, row, self._policy, since)
                self._running[row.name] = (Running(lane, now), future)

    def _under_way(self) -> list[Running]:
        return [running for running, _ in self._running.values()]

    def _gather(self) -> None:
        """Takes what has ended, of this run or of one before. What is no `Exception` ends this run, too."""
        done = {name: each for name, each in self._running.items() if each[1].done()}
        now = self._clock.now()
        for name, (running, future) in done.items():
            del self._running[name]
            turn = future.result()
            # A storm takes its time, too, and is no reason to have few threads the next time.
            took = (now - running.since).total_seconds()
            is_slow = took > self._policy.slow_after and (turn.is_idle or bool(turn.error))
            (self._slow.add if is_slow else self._slow.discard)(name)
            self._take(turn, now)

    def _take(self, turn: Turn, now: datetime) -> None:
        """A tenant that was paused or left while its turn went on has nothing sent."""
        if turn.name in self._now.names:
            if not turn.error:
                self._last[turn.name] = now
            self._left[turn.name] = (*self._left.get(turn.name, ()), *turn.outbox.pointers)
            self._now.wake_ups += turn.outbox.wake_ups
        if turn.name == self._apps.home.policy.tenant or not turn.is_idle:
            turn.lines.let_go()
        self._now.ended.append(turn)

    def _outbox(self, rows: Sequence[TenantRow], waiting: int) -> Outbox:
        out, self._left = turns.dealt(self._left, self._policy)
        failing = sorted(row.name for row in rows if row.failures)
        late = sorted(self._running)
        well = [self._last[row.name] for row in rows if row.name in self._last and not row.failures]
        telemetry.info(
            "tenants fetched",
            tenants=len(rows),
            fetched=sum(turn.was_asked for turn in self._now.ended),
            failed=sum(bool(turn.error) for turn in self._now.ended),
            waiting=waiting,
            late=len(late),
            backed_off=len(failing),
            oldest_s=round((self._clock.now() - min(well)).total_seconds()) if well else 0,
            pointers=len(out),
            left=sum(map(len, self._left.values())),
            seconds=round(self._spent(), 1),
            late_names=late[:_MOST_NAMED],
            backed_off_names=failing[:_MOST_NAMED],
        )
        return Outbox(tuple(out), tuple(self._now.wake_ups))

    def _forget(self) -> None:
        """What is remembered of tenants that are not worked on any more; nothing of theirs leaves."""
        self._last = {name: at for name, at in self._last.items() if name in self._now.names}
        self._left = {name: texts for name, texts in self._left.items() if name in self._now.names}
        self._slow &= self._now.names
