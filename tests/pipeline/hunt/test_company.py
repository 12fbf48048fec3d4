"""Alerts that did not end and those beside them, in drains whose worker dies: who is given up, how soon."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.progress import admission, due, ledger
from shared.core.progress.ledger_row import LedgerRow
from shared.core.progress.versions import digests
from shared.pipeline.hunt.company import Company
from shared.pipeline.policy import Policy
from tests.builders import alert
from tests.core.progress.test_ledger import NOW

POLICY = Policy()
BACK_AFTER = 30.0  # seconds until the platform gives a dead worker's message back
LOOK_EVERY = 2.0


@dataclass(frozen=True)
class Piece:
    """A batch under way: when it ends, and when it ends the worker, if it does."""

    rows: list[LedgerRow]
    ends: float
    dies: float = float("inf")


@dataclass
class Storm:
    """Alerts that are due, some of which end the worker each time, and a worker that dies by itself every
    `mean_life` seconds on average. `arriving` more alerts become due one by one, a second apart."""

    count: int
    seed: int
    deadly: Collection[str] = ()
    mean_life: float = float("inf")
    spell: float = float("inf")
    arriving: int = 0
    back_after: float = BACK_AFTER
    now: float = 0.0
    deaths: int = 0
    given_up: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    most_waited: float = 0.0
    open: dict[str, LedgerRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - moments, not secrets
        one = alert()
        _, row = admission.admit(None, one, digests(one), "body", NOW, POLICY.ledger)
        assert row is not None
        for n in range(self.count + self.arriving):
            at = NOW + timedelta(seconds=max(0, n - self.count))
            self.open[f"a{n}"] = replace(row, alert_id=f"a{n}", hunt_due=at, first_seen=at)

    def run(self) -> "Storm":
        """The storm once nothing is open."""
        while self.open:
            self._drain()
        return self

    def _drain(self) -> None:
        """One worker's life, or until nothing is due."""
        company, under_way = Company(POLICY.begin_for), list[Piece]()
        life = self.now + (
            self.chance.expovariate(1 / self.mean_life)
            if self.mean_life < 1e9 and self.now < self.spell
            else 1e9
        )
        while self.open:
            self._begin(company, under_way)
            death = min([life, *(piece.dies for piece in under_way)])
            event = min([self.now + LOOK_EVERY, death, *(piece.ends for piece in under_way)])
            self.now = max(event, self.now)
            if death <= event:
                self.deaths += 1
                self.now += self.back_after
                return
            for piece in [piece for piece in under_way if piece.ends <= event]:
                under_way.remove(piece)
                self._end(piece.rows)

    def _begin(self, company: Company, under_way: list[Piece]) -> None:
        now = NOW + timedelta(seconds=self.now)
        busy = {row.alert_id for piece in under_way for row in piece.rows}
        room = POLICY.batch_size - len(busy)
        while room > 0 and len(under_way) < POLICY.hunts_at_once:
            if company.is_closed(now, is_busy=bool(under_way)):
                return
            rows = [row for key, row in self.open.items() if key not in busy and due.is_ready(row, now)]
            some = company.startable(rows, now, is_busy=bool(under_way), of_work=True)
            if not some:
                return
            batch = due.next_batch(some, POLICY.batch_size, POLICY.ledger.max_attempts)[:room]
            company.begins(batch, is_hunt=True)
            under_way.append(self._piece([*self._counted(batch)]))
            busy |= {row.alert_id for row in batch}
            room -= len(batch)

    def _counted(self, batch: list[LedgerRow]) -> Iterator[LedgerRow]:
        for row in batch:
            alone = due.is_alone(batch)
            self.open[row.alert_id] = ledger.taken_alone(row, POLICY.ledger) if alone else ledger.taken(row)
            yield self.open[row.alert_id]

    def _piece(self, rows: list[LedgerRow]) -> Piece:
        """It takes three to eight seconds; what ends the worker does so at any moment of that."""
        ends = self.now + self.chance.uniform(3.0, 8.0)
        deadly = any(row.alert_id in self.deadly and row.attempts <= POLICY.ledger.most_begun for row in rows)
        return Piece(rows, ends, self.chance.uniform(self.now, ends) if deadly else float("inf"))

    def _end(self, rows: list[LedgerRow]) -> None:
        for row in rows:
            del self.open[row.alert_id]
            is_given_up = row.attempts > POLICY.ledger.most_begun
            (self.given_up if is_given_up else self.done).add(row.alert_id)
            if not is_given_up:
                waited = self.now - (row.first_seen - NOW).total_seconds()
                self.most_waited = max(self.most_waited, waited)


@settings(max_examples=25)
@given(
    st.sampled_from([1, 3, 11, 300, 1_000, 1_500]),
    st.sets(st.integers(0, 1_499), max_size=3),
    st.integers(0, 60),
    st.integers(0, 99),
)
def test_only_alerts_that_end_the_worker_are_given_up_whatever_goes_on_beside_them(
    count: int, numbers: set[int], arriving: int, seed: int
) -> None:
    deadly = {f"a{n}" for n in numbers if n < count + arriving}
    storm = Storm(count, seed, deadly, arriving=arriving).run()
    assert storm.given_up == deadly
    assert storm.deaths <= len(deadly) * POLICY.ledger.most_begun


@pytest.mark.parametrize("count", [3, 10, 300, 1_000])
def test_one_deadly_alert_is_found_in_as_many_deaths_as_there_are_sizes_of_batches(count: int) -> None:
    """When several alerts that did not end were alone side by side, three healthy ones went with it."""
    alone = POLICY.ledger.max_alone
    for seed in range(5):
        storm = Storm(count, seed, {f"a{seed % count}"}).run()
        assert storm.given_up == {f"a{seed % count}"}
        assert storm.deaths <= (1 if count <= 10 else 3) + alone


@pytest.mark.parametrize("mean_life", [20.0, 10.0, 5.0])
@pytest.mark.parametrize("count", [300, 1_000, 3_000])
def test_ten_minutes_of_workers_that_die_by_themselves_have_no_alert_given_up(
    count: int, mean_life: float
) -> None:
    storms = [Storm(count, seed, mean_life=mean_life, spell=600.0).run() for seed in (0, 3)]
    assert [storm.given_up for storm in storms] == [set()] * 2
    assert max(storm.deaths for storm in storms) > 0
    assert max(storm.now for storm in storms) < 1_800, "it goes on after a while"


def test_alerts_that_did_not_end_have_a_turn_where_others_never_stop_coming() -> None:
    storm = Storm(20, 5, deadly={"a3"}, arriving=600).run()
    assert storm.given_up == {"a3"}
    assert storm.most_waited < 450, "they waited until nobody came any more"


def test_in_a_run_too_short_for_a_turn_what_has_waited_for_minutes_comes_first_once() -> None:
    fresh, begun = Storm(2, 1).open.values()
    begun = replace(begun, attempts=1)
    late, company = NOW + timedelta(minutes=6), Company(begin_for=6.0)
    soon = Company(begin_for=6.0).startable([fresh, begun], NOW, is_busy=False, of_work=True)
    assert soon == [fresh]
    assert company.startable([fresh, begun], late, is_busy=False, of_work=True) == [begun]
    company.begins([begun], is_hunt=True)
    assert company.is_closed(late, is_busy=True)
    assert company.startable([fresh, begun], late, is_busy=False, of_work=True) == [fresh]
