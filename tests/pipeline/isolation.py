"""One alert of several is at fault at one step; a platform with a clock tells when each alert is published.

Time passes as it does on the platform: a timer each minute, a second for an alert's look-ups and three for a
hunt; look-ups run side by side. A worker that dies, and a run that raises, gives its message back after 30 s.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.core.lookups.entities import Lookup, Outcome
from shared.core.progress.ledger_row import LedgerPolicy, State
from shared.core.progress.polling import PollPolicy
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint, RowWrite
from shared.errors import Unavailable, UnexpectedResponse
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Outbox, Ports
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, Crash, World

BACK_AFTER = 30.0  # seconds: visibilityTimeout, and as measured after a worker's death
TIMER = 60.0
LOOK_UPS, HUNT = 1.0, 3.0
BOUND = 60.0  # seconds until a call that hangs is given up
FUNCTION_TIMEOUT = 600.0
POLICY = Policy(
    hunts_at_once=1,
    poll=PollPolicy(overlap=timedelta(seconds=10)),  # what is asked again each minute takes time to read
    ledger=LedgerPolicy(late_hunts=(), settle_after=0),
)
STEPS = (
    "read", "compare", "send again", "audit", "plan look-ups", "look up", "load", "plan hunt", "hunt",
    "conclude", "make row", "make events", "store row", "ledger",
)  # fmt: skip
ENDINGS = ("raise", "die", "hang")
# A hang of code that waits for nobody is ended by the host alone, with the whole worker.
WAITS = ("look up", "audit", "store row")
BUGS = (ValueError, KeyError, RecursionError, MemoryError, OverflowError, AssertionError)


@dataclass(frozen=True)
class Fault:
    """`culprit` ends so at that step, `times` times."""

    step: str
    ending: str
    culprit: str
    times: int
    bug: int = 0


@dataclass
class Striking:
    """The fault that is in force."""

    fault: Fault | None = None
    world: World | None = None
    left: int = 0
    struck: int = 0
    hung: bool = False

    def at(self, step: str, alert_id: object) -> None:
        """Ends so, where this is the step and the alert."""
        fault, world = self.fault, self.world
        if fault is None or world is None or (step, alert_id) != (fault.step, fault.culprit) or not self.left:
            return
        self.left -= 1
        self.struck += 1
        if fault.ending == "die":
            raise Crash("os._exit")
        if fault.ending == "raise":
            raise BUGS[fault.bug % len(BUGS)]("a bug")
        if step not in WAITS:
            self.hung = True
            raise Crash("functionTimeout")
        world.pass_time(seconds=BOUND)
        raise Unavailable("no answer in time")


def strike_at_every_step(patch: pytest.MonkeyPatch, striking: Striking) -> None:
    """Puts the fault in the way of each step, before what the step does for one alert."""

    def before(module: str, name: str, step: str, alert_of: Callable[..., object]) -> None:
        found = importlib.import_module(module)
        right = getattr(found, name)

        def wrapped(*args: Any, **more: Any) -> Any:
            for alert_id in _listed(alert_of(*args)):
                striking.at(step, alert_id)
            return right(*args, **more)

        patch.setattr(found, name, wrapped)

    def whole(alert: Any, *_: object) -> object:
        return alert.id if alert.evidence else ""  # what is at fault is what the alert says

    fetch, hunt = "shared.pipeline.fetch.", "shared.pipeline.hunt."
    before(fetch + "admission", "normalize", "read", lambda raw, *_: raw["id"] if "evidence" in raw else "")
    before(fetch + "admission", "digests", "compare", whole)
    before("shared.core.progress.ledger", "resent", "send again", lambda row, *_: row.alert_id)
    before("shared.pipeline.enrich.enrich_alert", "wanted_entities", "plan look-ups", whole)
    before("shared.pipeline.stored.documents", "_alert", "load", lambda row, _: row.alert_id)
    before(hunt + "hunting", "start", "plan hunt", lambda cases, *_: [case.alert.id for case in cases])
    before("shared.core.conclude", "conclude", "conclude", whole)
    before(hunt + "publishing", "content", "make row", whole)
    before(hunt + "publishing", "event_rows", "make events", lambda _, alert, *__: whole(alert))
    before("shared.core.progress.ledger", "after_hunt", "ledger", lambda row, *_: row.alert_id)


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else [found]


@dataclass
class Timed:
    """The platform over one world. `shown` says when each alert was first there for a consumer, and how often
    the platform had paused by then what works for all; `failed` counts runs that raised."""

    world: World
    striking: Striking
    queue: list[tuple[datetime, int, str, str, int]] = field(default_factory=list)
    shown: dict[str, tuple[float, int]] = field(default_factory=dict)
    pauses: int = 0
    deaths: int = 0
    failed: int = 0
    sent: int = 0
    timer_busy_until: datetime = START

    def run(self, minutes: int, until: Callable[[], bool]) -> None:
        """The timer and the queues until it is so, for so many minutes at most; the first fetch is a minute
        after the world's start."""
        for minute in range(1, minutes + 1):
            tick = START + timedelta(seconds=minute * TIMER)
            self._work_until(tick)
            if tick <= self.timer_busy_until:
                continue
            self.world.now = max(self.world.now, tick)
            if not self._run(lambda: fetch_alerts(self.world.ports(), POLICY), 0.0):
                self.pauses += 1
                if self.striking.hung:
                    self.world.pass_time(seconds=FUNCTION_TIMEOUT)
                    self.striking.hung = False
                    self.timer_busy_until = self.world.now
            self._look()
            if until():
                return

    def _work_until(self, moment: datetime) -> None:
        while self.queue and min(self.queue)[0] < moment:
            self.queue.sort()
            at, number, step, text, deliveries = self.queue.pop(0)
            self.world.now = begun = max(self.world.now, at)
            if not self._deliver(step, number, text, deliveries) and deliveries < 5:
                wait = FUNCTION_TIMEOUT if self.striking.hung else BACK_AFTER
                self.striking.hung = False
                self._look()
                self.pauses += step == "hunt"
                back = begun + timedelta(seconds=wait)
                self.queue.append((back, number, step, text, deliveries + 1))
            if step == "enrich":
                self.world.now = begun  # they run side by side
            self._look()

    def _deliver(self, step: str, number: int, text: str, deliveries: int) -> bool:
        if step == "enrich":
            return self._run(lambda: enrich_alert(self.world.ports(), POLICY, text, deliveries), LOOK_UPS)
        holder = f"{number}#{deliveries}"
        return self._run(lambda: hunt_correlate(self.world.ports(), POLICY, text, holder), 0.0)

    def _run(self, step: Callable[[], Outbox], takes: float) -> bool:
        try:
            outbox = step()
        except Crash:
            self.deaths += 1
            return False
        except Exception:
            self.failed += 1
            return False
        for kind, texts in (("enrich", outbox.pointers), ("hunt", outbox.wake_ups)):
            for text in texts:
                self.sent += 1
                leaves = self.world.now + timedelta(seconds=takes)
                self.queue.append((leaves, self.sent, kind, text, 1))
        return True

    def _look(self) -> None:
        for (_, key), row in self.world.rows.items():
            if key not in self.shown and row.columns["NotifyState"] == "new":
                at = row.columns["LastPublished"]
                assert isinstance(at, datetime)
                self.shown[key] = (at - START).total_seconds(), self.pauses


# At these the culprit's alert is another from the start; at all others the undisturbed run is the same.
SET_UP = ("audit", "send again")


def world_of(count: int, step: str, striking: Striking) -> World:
    """So many alerts that are listed at the world's start, just after a fetch, each with its own process and
    device. The first is the culprit: its pointer was lost where it is to be sent again, and it is older than
    a fetch looks where the audit is to find it."""
    world = World(now=START)
    early = START - timedelta(hours=2)
    audited = START - timedelta(hours=1) if step == "audit" else START
    world.checkpoints = {
        "defender": Checkpoint(
            Instant.of(START - timedelta(minutes=14)),
            installed_at=early,
            last_audit=audited,
            last_purge=START,
        )
    }
    for number in range(count):
        minutes = {"audit": 90, "send again": 13}.get(step, 0) if number == 0 else 0
        raw = raw_alert(f"a{number}", minutes_ago=minutes, machineId=f"{number:040x}")
        raw["evidence"] = [{**raw["evidence"][0], "processId": 40_000 + number}]  # type: ignore[index]  # a list
        world.alerts.append(raw)
    striking.world = world

    def answer(kind: str, key: str) -> Lookup[object]:
        if kind == "device":
            striking.at("look up", f"a{int(key, 16)}")
        return Lookup(Outcome.NOT_FOUND)

    def hunt(_: str, kql: str) -> list[Any]:
        world.pass_time(seconds=HUNT)
        for number in range(count):
            if str(40_000 + number) in kql:
                striking.at("hunt", f"a{number}")
        return []

    world.directory_answers, world.hunt = answer, hunt
    _strike_in_the_ports(world, striking)
    if step == "send again":
        world.now = START - timedelta(minutes=12)
        fetch_alerts(world.ports(), POLICY)  # whose pointer is lost
        world.now = START
    return world


def _strike_in_the_ports(world: World, striking: Striking) -> None:
    right = world.ports

    def ports() -> Ports:
        made = right()
        one, write = made.source.one, made.alert_rows.write

        def asked(alert_id: str) -> object:
            striking.at("audit", alert_id)
            return one(alert_id)

        def stored(writes: Sequence[RowWrite]) -> list[RowWrite]:
            for each in writes:
                if each.columns.get("ProcessId"):
                    try:
                        striking.at("store row", each.row_key)
                    except BUGS as err:
                        raise UnexpectedResponse("the service does not take this row", status=400) from err
            return write(writes)

        made.source.one, made.alert_rows.write = asked, stored  # type: ignore[method-assign]  # of this world
        return made

    world.ports = ports  # type: ignore[method-assign]  # of this world alone


def set_aside(world: World) -> set[str]:
    """Alerts that were given up."""
    return {row.alert_id for row in world.history.values() if row.state is State.SET_ASIDE}
