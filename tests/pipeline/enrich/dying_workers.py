"""Workers of EnrichAlert that die, in simulated time: the queue, the instances and FetchAlerts' sweep.

The rules of the ledger and the company of a process are the real ones. The platform is as `local/host` has
it: an instance fetches up to four messages and no more before these have ended; a worker's death fails all
its runs, and their messages are back after 30 s, poison after the fifth; its third death within half an hour
ends the instance, whose messages are back after ten minutes.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from local.host.function_host import REPLACED_AFTER
from local.host.workers import DEATHS, WITHIN_SECONDS
from shared.core.progress import admission, due, ledger, looking_up
from shared.core.progress.ledger_row import LedgerRow
from shared.core.progress.looking_up import LookUp, next_look_up
from shared.core.progress.versions import digests
from shared.pipeline.enrich.company import PAUSE, Company, Visit
from shared.pipeline.policy import Policy
from tests.builders import alert
from tests.core.progress.test_ledger import NOW
from tests.pipeline.platform import INSTANCE_DEATH, WORKER_DEATH

POLICY = Policy()
NEVER = float("inf")
SWEEP_EVERY = 15.0
BACK_AFTER, INSTANCE_BACK_AFTER = WORKER_DEATH.total_seconds(), INSTANCE_DEATH.total_seconds()
NEXT_WORKER = 0.5  # seconds, of which the sooner is the unkinder: more workers die


@cache
def _fresh() -> LedgerRow:
    one = alert()
    _, row = admission.admit(None, one, digests(one), "body", NOW, POLICY.ledger)
    assert row is not None
    return row


@dataclass(eq=False)
class Message:
    """A pointer in the queue."""

    alert_id: str
    visible: float = 0.0
    deliveries: int = 0


@dataclass(eq=False)
class Run:
    """One delivery of a message. It waits until it has a visit that may begin, and works until it ends."""

    message: Message
    wakes: float
    visit: Visit | None = None
    ends: float = NEVER
    dies: float = NEVER

    @property
    def works(self) -> bool:
        """True once it has begun its look-ups."""
        return self.ends < NEVER


@dataclass(eq=False)
class Instance:
    """One instance and its worker, whose life ends at `dies` by itself."""

    up: float = 0.0
    dies: float = NEVER
    runs: list[Run] = field(default_factory=list)
    company: Company = field(default_factory=Company)
    deaths: list[float] = field(default_factory=list)


@dataclass
class Storm:
    """Alerts that are looked up at once, some of which end the worker each time, and workers that die by
    themselves every `mean_life` seconds on average for a `spell`. A look-up takes up to `takes` seconds."""

    count: int
    seed: int
    deadly: Collection[str] = ()
    mean_life: float = NEVER
    spell: float = 0.0
    instances: int = 1
    takes: float = 1.0
    now: float = 0.0
    deaths: int = 0
    poison: int = 0
    most_waited: float = 0.0
    given_up: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)
    alone: list[str] = field(default_factory=list)  # who died with nothing beside it, each time
    open: dict[str, LedgerRow] = field(default_factory=dict)
    queue: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - moments, not secrets
        self.open = {f"a{n}": replace(_fresh(), alert_id=f"a{n}") for n in range(self.count)}
        self.queue = [Message(alert_id) for alert_id in self.open]
        self._all = [Instance(dies=self._life(0.0)) for _ in range(self.instances)]
        self._swept = 0.0

    def run(self) -> "Storm":
        """The storm once every alert is looked up or given up."""
        while self.open:
            assert self.now < 40_000, f"{len(self.open)} are left"
            self.now = max(self.now, min(self._swept + SWEEP_EVERY, *map(self._next, self._all)))
            if self.now >= self._swept + SWEEP_EVERY:
                self._sweep()
            for one in self._all:
                self._turn(one)
        return self

    def deaths_in(self, died: Collection[str]) -> int:
        """How many of these deaths were of deadly alerts."""
        return sum(alert_id in self.deadly for alert_id in died)

    def _life(self, since: float) -> float:
        if since >= self.spell:
            return NEVER
        return since + self._chance.expovariate(1 / self.mean_life)

    def _next(self, one: Instance) -> float:
        """When something happens in this instance next."""
        if not one.runs:
            return max([one.up, min((message.visible for message in self.queue), default=NEVER)])
        wakes = [run.wakes for run in one.runs if not run.works and run.wakes > self.now]
        return min([one.dies, *wakes, *(min(run.ends, run.dies) for run in one.runs)])

    def _turn(self, one: Instance) -> None:
        if one.runs and min([one.dies, *(run.dies for run in one.runs)]) <= self.now:
            self._die(one)
            return
        if one.dies <= self.now:
            one.dies = self._life(self.now)  # one that is idle is missed by nobody
        for run in [run for run in one.runs if run.ends <= self.now]:
            self._end(one, run)
        if not one.runs and one.up <= self.now:
            self._fetch(one)
        while any([self._goes_on(one, run) for run in list(one.runs)]):
            pass

    def _fetch(self, one: Instance) -> None:
        visible = sorted(
            (each for each in self.queue if each.visible <= self.now), key=lambda each: each.visible
        )
        for message in visible[: self._chance.randint(1, 4)]:
            self.queue.remove(message)
            message.deliveries += 1
            if message.deliveries > POLICY.ledger.max_deliveries:
                self.poison += 1
            else:
                one.runs.append(Run(message, self.now + self._chance.uniform(0.0, 0.06)))

    def _goes_on(self, one: Instance, run: Run) -> bool:
        """True where the run came further, as `enrich_alert` has it."""
        if run.works or run.wakes > self.now or run not in one.runs:
            return False
        alert_id = run.message.alert_id
        row = self.open.get(alert_id)
        if row is None or row.enrich_due is None:
            self._end(one, run)
            return True
        if run.visit is None:
            self._comes(one, run, row)
            return True
        if not one.company.may_begin(run.visit, self.now):
            return False
        one.company.begins(run.visit)
        if run.visit.is_alone:
            self._replace(alert_id, looking_up.begun_alone(row, POLICY.ledger))
        run.ends = self.now + self._chance.uniform(0.1, 1.0) * self.takes
        run.dies = self._chance.uniform(self.now, run.ends) if alert_id in self.deadly else NEVER
        return True

    def _comes(self, one: Instance, run: Run, row: LedgerRow) -> None:
        what = next_look_up(row, run.message.deliveries, POLICY.ledger)
        if what in (LookUp.LATER, LookUp.NEVER):
            if what is LookUp.LATER:
                self._replace(row.alert_id, looking_up.given_back(row, self._moment, POLICY.ledger))
            else:
                self._give_up(row)
            self._end(one, run)
            return
        alone = what is LookUp.ALONE
        run.visit = one.company.comes(self.now, row.look_up_attempts if alone else None)
        run.wakes += PAUSE if alone else 0.0

    def _end(self, one: Instance, run: Run) -> None:
        one.runs.remove(run)
        if run.visit is not None:
            one.company.leaves(run.visit, self.now)
        if run.works and self.open.pop(run.message.alert_id, None) is not None:
            self.looked_up.add(run.message.alert_id)
            self.most_waited = max(self.most_waited, self.now)

    def _die(self, one: Instance) -> None:
        self.deaths += 1
        self.alone += [
            run.message.alert_id for run in one.runs if run.works and run.visit and run.visit.is_alone
        ]
        recent = [moment for moment in one.deaths if moment > self.now - WITHIN_SECONDS] + [self.now]
        is_worn_out = len(recent) >= DEATHS
        for run in one.runs:
            if is_worn_out or run.message.deliveries < POLICY.ledger.max_deliveries:
                run.message.visible = self.now + (INSTANCE_BACK_AFTER if is_worn_out else BACK_AFTER)
                self.queue.append(run.message)
            else:
                self.poison += 1
        up = self.now + (REPLACED_AFTER if is_worn_out else NEXT_WORKER)
        one.up, one.dies, one.runs, one.company = up, self._life(up), [], Company()
        one.deaths = [] if is_worn_out else recent

    def _sweep(self) -> None:
        """As `fetch.sending`."""
        self._swept = self.now
        late = due.to_send(self.open.values(), self._moment)
        fresh = [row for row in late if not row.look_up_attempts]
        suspects = [row for row in late if row.look_up_attempts] if not fresh else []
        some = (
            due.next_batch(suspects, POLICY.max_pointers, POLICY.ledger.max_attempts, _attempts)
            if suspects
            else []
        )
        for row in (*fresh, *some):
            alone = len(some) == 1 and row is some[0]
            counted = looking_up.sending(row, self._moment, POLICY.ledger, alone=alone)
            assert counted is not None
            if counted.look_up_attempts > POLICY.ledger.most_begun:
                self._give_up(row)
                continue
            sent = ledger.resent(counted, self._moment, POLICY.ledger)
            self._replace(row.alert_id, sent)
            if sent.sends:
                self.queue.append(Message(row.alert_id, self.now + 0.1))
            elif sent.enrich_due is None:
                self._give_up(row)

    @property
    def _moment(self) -> datetime:
        return NOW + timedelta(seconds=self.now)

    def _replace(self, alert_id: str, row: LedgerRow | None) -> None:
        assert row is not None
        self.open[alert_id] = row

    def _give_up(self, row: LedgerRow) -> None:
        del self.open[row.alert_id]
        self.given_up.add(row.alert_id)


def _attempts(row: LedgerRow) -> int:
    return row.look_up_attempts
