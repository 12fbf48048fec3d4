"""Several instances over one `World`, one of which moves at a time: whose turn it is, chance decides.

Each instance is a greenlet that stops before every effect: as a thread that all others wait for, at a
thirtieth of the cost. So a run is the same for the same seed, and every order of reads and writes of the
instances can come up, with deaths, with answers to writes that get lost, and with time that passes while an
instance stands still.
"""

import random
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import timedelta

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # comes with playwright

from shared.core.row import Notify
from shared.core.values.records import StoredRow
from shared.errors import Conflict
from shared.pipeline.enrich.company import Gate
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.alike import Standing, standing_of
from tests.pipeline.world import Crash, World

_CONDITIONAL = ("write open row", "write history", "write alert row", "write lease", "write checkpoint")


@dataclass
class Chance:
    """How often what happens, of all steps."""

    deaths: float = 0.0
    lost_answers: float = 0.0  # a conditional write is carried out, and counts as lost for who wrote it
    stalls: float = 0.0  # time passes, at times longer than a lease is held
    bugs: float = 0.0  # an error that nobody expects
    most_ends: int = 1_000_000  # deaths and bugs together


@dataclass
class Message:
    """One in a queue; `step` is the function that gets it."""

    step: str
    text: str
    number: int
    deliveries: int = 1


class Instance(greenlet):  # type: ignore[misc]  # greenlet has no types
    """One run of a step, which moves only when it is told to."""

    def __init__(self, do: Callable[[], Outbox], message: Message | None, holder: str = "") -> None:
        super().__init__()
        self.holder = holder
        self._do, self.message = do, message
        self.sent: Outbox | None = None
        self.error: BaseException | None = None
        self.must_die = False

    def run(self) -> None:
        try:
            self.stop_here()
            self.sent = self._do()
        except BaseException as err:
            self.error = err

    def stop_here(self) -> None:
        """Lets the others move until it is this one's turn again."""
        self.parent.switch()
        if self.must_die:
            raise Crash("killed")

    def move(self) -> bool:
        """One step, up to the next effect; False once it has ended. The first stops before it has begun."""
        self.switch()
        return self.sent is None and self.error is None


@dataclass
class Turns:
    """The platform, the instances and chance. `strays` are errors that chance did not make."""

    world: World
    policy: Policy
    seed: int
    chance: Chance = field(default_factory=Chance)
    queue: list[Message] = field(default_factory=list)
    running: list[Instance] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # who ended, alive, without giving the lease back
    overruns: int = 0  # hunting calls under a lease that another has taken over
    deaths: int = 0
    bugs: int = 0
    lost_answers: int = 0
    conflicts: int = 0
    stalls: int = 0
    steps: int = 0
    sent: int = 0
    consumed: int = 0  # times that the consumer has looked

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - an order of steps, no secret
        self._quiet = False
        self.world.effect = self._effect  # type: ignore[method-assign]  # of this world alone
        self._pass_time, self.world.pass_time = self.world.pass_time, self._sleep  # type: ignore[method-assign]
        self.world.tick = timedelta(microseconds=1)

    def copied(self) -> "Turns":
        """The same of a second outside, with the same chances to come; nobody is running."""
        assert not self.running
        own = {one.name: copy(getattr(self, one.name)) for one in fields(self)}
        own |= {"world": self.world.copied(), "queue": [copy(message) for message in self.queue]}
        other = Turns(**own)
        other._random.setstate(self._random.getstate())
        return other

    def standing(self) -> Standing:
        """What is left to do depends on, where nobody is running: equal where two stand alike."""
        assert not self.running
        world = self.world
        ledger = (world.open, world.due, world.history, world.places)
        kept = (world.documents, world.checkpoints, world.lease, world.cache.rows)
        published = (world.rows, world.events, world.seen)
        members = (world.incidents, world.incident_days, world.incident_alerts, world.marks)
        outside = (world.now, *ledger, *kept, *published, *members)
        return standing_of(*outside, self.queue, self.told, self.strays, self.kept)

    def _effect[T](self, name: str, do: Callable[[], T]) -> T:
        me = getcurrent()
        if isinstance(me, Instance):
            me.stop_here()
            if "lease" not in name and self._happens(self.chance.bugs):
                self.bugs += 1
                raise ValueError("a bug")
            self.overruns += name == "hunting api" and self.world.lease.holder != me.holder
        self.world.effects.append(name)
        if self.world.failures.get(name):
            raise self.world.failures[name].pop(0)
        try:
            done = do()
        except Conflict:
            self.conflicts += 1
            raise
        self.conflicts += name in _CONDITIONAL and not done
        if name in _CONDITIONAL and not self._quiet and self._random.random() < self.chance.lost_answers:
            self.lost_answers += 1
            if name in ("write lease", "write checkpoint"):
                raise Conflict("the answer is lost")
            return None  # type: ignore[return-value]  # as the fakes say that a race is lost
        return done

    def _happens(self, chance: float) -> bool:
        return self.deaths + self.bugs < self.chance.most_ends and self._random.random() < chance

    def _sleep(self, **spans: float) -> None:
        me = getcurrent()
        if isinstance(me, Instance):
            me.stop_here()
        self._pass_time(**spans)

    def fetch(self) -> "Instance":
        """The timer fires."""
        return self._start(lambda: fetch_alerts(self.world.ports(), self.policy), None)

    def deliver(self, step: str = "") -> "Instance":
        """Some message of the queue goes to an instance; the first for that step, where it is named."""
        at = self._random.randrange(len(self.queue))
        if step:
            at = next(n for n, message in enumerate(self.queue) if message.step == step)
        return self.redeliver(self.queue.pop(at))

    def redeliver(self, message: Message) -> "Instance":
        """That message goes to an instance."""
        ports, policy, text = self.world.ports, self.policy, message.text
        if message.step == "enrich":
            own = Gate()  # each instance is a process
            return self._start(lambda: enrich_alert(ports(), policy, text, message.deliveries, own), message)
        holder = f"{message.number}#{message.deliveries}"
        return self._start(lambda: hunt_correlate(ports(), policy, text, holder), message, holder)

    def _start(self, do: Callable[[], Outbox], message: Message | None, holder: str = "") -> "Instance":
        instance = Instance(do, message, holder)
        instance.move()
        self.running.append(instance)
        return instance

    def end(self, instance: "Instance") -> None:
        """Lets it run to its end, alone."""
        while instance in self.running:
            self.move(instance)

    def run(self, at_once: int, *, fetches: int = 0) -> None:
        """Until nothing is queued and nobody runs; never more than so many instances at once."""
        while self.queue or self.running or fetches:
            self.steps += 1
            assert self.steps < 200_000, "it never ends"
            if self._random.random() < self.chance.stalls:
                self.stalls += 1
                self.world.pass_time(seconds=self._random.choice((5, 70, 301)))
            free = len(self.running) < at_once
            if fetches and free and (not self.queue or self._random.random() < 0.05):
                fetches -= 1
                self.fetch()
            elif self.queue and free and (not self.running or self._random.random() < 0.3):
                self.deliver()
            else:
                self.move(self._random.choice(self.running))

    def move(self, instance: Instance) -> None:
        """One step of it, and what the platform does once it has ended."""
        instance.must_die = self._happens(self.chance.deaths)
        if instance.move():
            return
        self.running.remove(instance)
        if instance.sent is not None:
            self._send("enrich", instance.sent.pointers)
            self._send("hunt", instance.sent.wake_ups)
        elif instance.message is not None:  # it comes again
            instance.message.deliveries += 1
            self.queue.append(instance.message)
        if isinstance(instance.error, Crash):
            self.deaths += 1
        elif instance.holder and self.world.lease.holder == instance.holder:
            self.kept.append(f"{instance.holder} after {instance.error!r}")
        if not isinstance(instance.error, Crash | ValueError | None):
            self.strays.append(repr(instance.error))
        self.consume()

    def _send(self, step: str, texts: tuple[str, ...]) -> None:
        for text in texts:
            self.sent += 1
            self.queue.append(Message(step, text, self.sent))

    def consume(self) -> None:
        """A consumer that tells each row once and marks it, as the sample workflow does."""
        self.consumed += 1
        for key, row in list(self.world.rows.items()):
            if row.columns.get("NotifyState") in (Notify.NEW, Notify.UPDATED):
                self.told.append((str(row.columns["AlertId"]), int(str(row.columns["Revision"]))))
                self.world.rows[key] = StoredRow({**row.columns, "NotifyState": "told"}, self.world.etag())

    def settle(self, until: Callable[[], bool], minutes: int = 600) -> None:
        """The timer each minute, without any disturbance, until it is so."""
        self.chance, self._quiet = Chance(), True
        for _ in range(minutes):
            self.run(at_once=1, fetches=1)
            if until():
                return
            self.world.pass_time(minutes=1)
        raise AssertionError(f"still open: {list(self.world.open.values())}")
