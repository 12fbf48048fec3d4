"""The platform around the steps, as far as it decides what is lost: queues, timer; and a consumer."""

from collections import deque
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.core.row import Notify
from shared.core.values.records import StoredRow
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox
from tests.pipeline.world import Crash, World

MAX_DELIVERIES = 5
# How long a message stays away whose run died: the worker alone, or the instance with it (local/host).
WORKER_DEATH, INSTANCE_DEATH = timedelta(seconds=30), timedelta(minutes=10)

type Message = (
    tuple[str, int] | tuple[str, int, str]
)  # text, delivery, and the id of one that was seen before


@dataclass
class Platform:
    """Delivers at least once, loses what a crashed run would have sent, gives up after five deliveries.

    With `undeleted`, each message comes once more although its run succeeded: the host ended before it could
    delete it. With `unloadable`, no message reaches its step: the deployment is broken.
    """

    world: World
    policy: Policy = field(default_factory=Policy)
    back_after: timedelta = INSTANCE_DEATH
    undeleted: bool = False
    unloadable: bool = False
    to_enrich: deque[Message] = field(default_factory=deque)
    wake_ups: deque[Message] = field(default_factory=deque)
    poison: list[str] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    told_incidents: list[tuple[str, int]] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    runs: int = 0

    def _run(self, step: Callable[[], Outbox]) -> bool:
        self.runs += 1
        try:
            sent = step()
        except Crash as err:
            self.crashes.append(str(err))
            return False
        self.to_enrich.extend((text, 1) for text in sent.pointers)
        self.wake_ups.extend((text, 1) for text in sent.wake_ups)
        return True

    def tick(self) -> None:
        """The timer: a run that fails is over, the next comes in a minute."""
        self._run(lambda: fetch_alerts(self.world.ports(), self.policy))

    def _deliver(self, queue: deque[Message], step: Callable[[str, int, str], Outbox]) -> None:
        text, deliveries, *seen = queue.popleft()
        name = seen[0] if seen else f"message-{self.runs}"
        ended = not self.unloadable and self._run(lambda: step(text, deliveries, name))
        if ended and (deliveries > 1 or not self.undeleted):
            return
        self.world.pass_time(seconds=self.back_after.total_seconds())
        if deliveries >= MAX_DELIVERIES:
            self.poison.append(text)
        else:
            queue.append((text, deliveries + 1, name))

    def deliver_one(self) -> None:
        """Delivers one message, pointers before wake-ups."""
        if self.to_enrich:
            self._deliver(
                self.to_enrich, lambda text, n, _: enrich_alert(self.world.ports(), self.policy, text, n)
            )
        else:
            self._deliver(self.wake_ups, self._hunt)

    def enrich_all(self) -> None:
        """Delivers every pointer, and no wake-up."""
        while self.to_enrich:
            self.deliver_one()

    def overtake(self, wake_up: str) -> None:
        """The lease has run out, and the next holder works while the first one stands still."""
        self.world.pass_time(seconds=self.policy.lease_for + 1)
        hunt_correlate(self.world.ports(), self.policy, wake_up, "the next holder")

    def deliver_all(self) -> None:
        """Delivers until both queues are empty; the consumer looks after each."""
        while self.to_enrich or self.wake_ups:
            self.deliver_one()
            self.consume()

    def _hunt(self, text: str, deliveries: int, name: str) -> Outbox:
        return hunt_correlate(self.world.ports(), self.policy, text, f"{name}#{deliveries}")

    def consume(self) -> None:
        """A consumer that tells each row once and marks it, as the sample workflow does."""
        for key, row in list(self.world.rows.items()):
            if row.columns.get("NotifyState") in (Notify.NEW, Notify.UPDATED):
                self.told.append((str(row.columns["AlertId"]), int(str(row.columns["Revision"]))))
                marked = {**row.columns, "NotifyState": "told", "MyOwnColumn": "kept"}
                self.world.rows[key] = StoredRow(marked, self.world.etag())

        for key, row in list(self.world.incidents.items()):
            if row.columns.get("NotifyState") in (Notify.NEW, Notify.UPDATED):
                self.told_incidents.append(
                    (str(row.columns["IncidentId"]), int(str(row.columns["Revision"])))
                )
                marked = {**row.columns, "NotifyState": "told", "Ticket": "kept"}
                self.world.incidents[key] = StoredRow(marked, self.world.etag())

    def settle(self, minutes: int = 400) -> None:
        """Runs the timer now, and each minute until nothing is open any more."""
        self.tick()
        self.settle_on(minutes)

    def settle_on(self, minutes: int = 400) -> None:
        """As settle, from wherever the platform stands."""
        last = self.world.now + timedelta(minutes=minutes)
        while self.step():
            if self.world.now > last:
                raise AssertionError(f"still open: {list(self.world.open.values())}")

    def step(self) -> bool:
        """The next message, or the next minute's timer where none is left; False once all has settled."""
        if self.to_enrich or self.wake_ups:
            self.deliver_one()
            self.consume()
            return True
        if self.runs:
            is_built = not any(mark.is_marked for mark in self.world.marks.values())
            if (
                not self.world.open
                and not self.world.writes
                and self.world.checkpoints
                and not self._is_behind()
                and is_built
            ):
                return False
            self.world.pass_time(minutes=1)
        self.tick()
        return True

    def die(self, at: str) -> None:
        """Whoever was taking the next step has died, with all done that the outside shows."""

        def died(*_: object) -> Outbox:
            raise Crash(at)

        if not (self.to_enrich or self.wake_ups):
            self._run(died)
            return
        self._deliver(self.to_enrich or self.wake_ups, died)
        self.consume()

    def copied(self) -> "Platform":
        """A second platform over a second outside, as far as this one has come."""
        own = {
            name: copy(getattr(self, name))
            for name in ("to_enrich", "wake_ups", "poison", "told", "told_incidents", "crashes")
        }
        return replace(self, world=self.world.copied(), **own)

    def standing(self) -> tuple[object, ...]:
        """What the steps still to come depend on, and what has been told of those before."""
        queues = [list(one) for one in (self.to_enrich, self.wake_ups, self.poison, self.told)]
        return (self.runs, queues, self.world.standing())

    def _is_behind(self) -> bool:
        names = (str(raw.get("providerAlertId", raw["id"])) for raw in self.world.alerts)
        known = self._known()
        return any(name not in known for name in names)

    def _known(self) -> set[str]:
        return {alert_id for _, alert_id in self.world.history} | set(self.world.open)
