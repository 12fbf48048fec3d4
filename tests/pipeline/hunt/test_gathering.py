"""A drain waits a moment for what is looked up right now; on a clock that only waiting moves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shared.core.correlate.finding import Cell
from shared.core.progress.messages import WakeUp
from shared.errors import Unavailable
from shared.pipeline.enrich.enrich_alert import enrich_alert
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

POLICY = Policy()


class Arrivals:
    """Alerts that were fetched together, and whose look-ups end one after another while a drain waits."""

    def __init__(self, count: int, policy: Policy = POLICY) -> None:
        self.world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(count)])
        self.policy = policy
        fetched = fetch_alerts(self.world.ports(), policy)
        self.pointers = list(fetched.pointers)
        self.wake_ups = list(fetched.wake_ups)

    def enrich(self, count: int = 1) -> None:
        """The next of them become due."""
        for _ in range(min(count, len(self.pointers))):
            self.wake_ups += enrich_alert(self.world.ports(), self.policy, self.pointers.pop(), 1).wake_ups

    def while_waiting(self, step: Callable[[], None]) -> None:
        """Does it each time the drain has slept."""
        slept = self.world.pass_time

        def then(**spans: float) -> None:
            slept(**spans)
            step()

        self.world.pass_time = then  # type: ignore[method-assign]  # the clock of this world alone

    def drain(self) -> float:
        """Runs the wake-up; gives back the seconds it waited."""
        before = len(self.world.slept)
        self.world.calls.clear()
        assert hunt_correlate(self.world.ports(), self.policy, self.wake_ups[0], "me").wake_ups == ()
        return sum(self.world.slept[before:])

    def hunts(self) -> int:
        """Hunting calls since the last wake-up."""
        return self.world.calls.count("hunt")


def _hunts_of(count: int) -> int:
    """The calls that so many alerts take where all are due from the start."""
    together = Arrivals(count)
    together.enrich(count)
    together.drain()
    return together.hunts()


def test_alerts_that_are_looked_up_right_now_join_the_drain() -> None:
    arrivals = Arrivals(9)
    arrivals.enrich()
    arrivals.while_waiting(lambda: arrivals.enrich(2))
    assert arrivals.drain() == 2.0, "four steps of half a second, as two come in each"
    assert len(arrivals.world.rows) == 9
    assert arrivals.hunts() == _hunts_of(9) < 9


def test_a_lone_alert_does_not_wait() -> None:
    arrivals = Arrivals(1)
    arrivals.enrich()
    assert arrivals.drain() == 0
    assert len(arrivals.world.rows) == 1


def test_an_alert_whose_look_ups_hang_is_waited_for_once_and_not_for_each_batch() -> None:
    arrivals = Arrivals(4)
    arrivals.enrich()
    batches: list[int] = []

    def hunted(_name: str, _kql: str) -> Sequence[Mapping[str, Cell]]:
        batches.append(len(arrivals.world.slept))
        if len(arrivals.pointers) > 1:
            arrivals.enrich()  # too late for this batch
        return ()

    arrivals.world.hunt = hunted
    assert arrivals.drain() == POLICY.gather_for
    assert len(arrivals.pointers) == 1, "one never came"
    assert len(arrivals.world.rows) == len(batches) == 3


def test_a_full_batch_waits_for_nobody() -> None:
    arrivals = Arrivals(5, replace(POLICY, batch_size=2))
    arrivals.enrich(2)
    waited: list[float] = []
    arrivals.world.before_effect["hunting api"] = [lambda: waited.append(sum(arrivals.world.slept))]
    arrivals.drain()
    assert waited == [0]


def test_an_alert_that_came_long_ago_is_not_waited_for() -> None:
    arrivals = Arrivals(2)
    arrivals.world.pass_time(seconds=POLICY.gather_within + 1)
    arrivals.enrich()
    assert arrivals.drain() == 0


def test_an_alert_that_is_looked_up_once_more_is_not_waited_for() -> None:
    arrivals = Arrivals(2)
    arrivals.world.failures["file api"] = [Unavailable("no answer")]
    arrivals.enrich(2)
    assert any(row.enrich_due is not None for row in arrivals.world.open.values())
    assert arrivals.drain() == 0


def test_a_drain_that_begins_beside_the_look_ups_waits_for_the_first_alert() -> None:
    arrivals = Arrivals(1)
    arrivals.while_waiting(lambda: arrivals.enrich())
    assert arrivals.drain() == 0.5
    assert len(arrivals.world.rows) == 1
    never = Arrivals(1)
    assert never.drain() == POLICY.gather_for


def test_nothing_due_and_nothing_coming_waits_for_nothing() -> None:
    arrivals = Arrivals(3)
    arrivals.world.pass_time(seconds=POLICY.gather_within + 1)
    wake_up = WakeUp(POLICY.tenant, "a late one").to_text()
    assert hunt_correlate(arrivals.world.ports(), POLICY, wake_up, "me").wake_ups == ()
    assert arrivals.world.slept == []
