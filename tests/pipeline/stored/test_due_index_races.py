"""The due index while two write, in their orders with up to two changes of turn, and with a death at any
effect: whatever is due is found by those who look, without a repair.

The real owner of the rows runs here, on tables in memory. The usual run tries one case in forty.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations_with_replacement, islice

import pytest
from greenlet import getcurrent  # type: ignore[import-untyped]  # comes with playwright

from shared.core.progress import admission, digests
from shared.core.progress import due_index as index_rules
from shared.core.progress import ledger as rules
from shared.core.progress.ledger_row import LedgerRow, State
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ledger, Outbox
from shared.pipeline.stored import due_index, ledger
from tests.builders import alert
from tests.pipeline.fakes import FakeLedger
from tests.pipeline.turns import Instance
from tests.pipeline.world import START, Crash, World

POLICY = Policy()
NOTIFY = timedelta(seconds=POLICY.notify_after)
RESEND = timedelta(seconds=POLICY.ledger.resend_after)
SOON, LATER = timedelta(minutes=5), timedelta(minutes=30)
ONE_IN = 40

# No two writers look at the clock in the same microsecond, so no due time comes back once it was left. One
# that does, while a writer stands still between the row and the index, is lost until a repair.
type Write = Callable[[Ledger, datetime], object]
type Decide = Callable[[LedgerRow, datetime], LedgerRow | None]


def _new_row() -> LedgerRow:
    about = alert(id="a")
    _, row = admission.admit(None, about, digests(about), "body", START, POLICY.ledger)
    assert row is not None
    return row


FRESH = _new_row()
DUE = replace(FRESH, enrich_due=None, sends=0, look_ups=1, hunt_due=START)
WAITING = replace(DUE, hunt_due=START + LATER, finding_digest=DUE.hunt_digest, was_published=True)
STARTS: Mapping[str, LedgerRow | None] = {
    "nothing": None,
    "in its look-ups": FRESH,
    "due": DUE,
    "due later": WAITING,
    "finished": replace(WAITING, hunt_due=None, state=State.DONE),
}


def _changed(decide: Decide) -> Write:
    """The open row, if there is one, as `decide` makes it."""

    def do(store: Ledger, now: datetime) -> object:
        known = store.open_row("a")
        return known and ledger.change(store, [known], lambda row, _: decide(row, now))

    return do


def _version(of: Callable[[LedgerRow, datetime], LedgerRow]) -> Write:
    """A newer version of the alert, whether it is known or not."""

    def do(store: Ledger, now: datetime) -> object:
        def decide(_: str, known: LedgerRow | None) -> LedgerRow:
            if known is None:
                return replace(FRESH, enrich_due=now + RESEND)
            opened = known if known.state is State.OPEN else replace(known, state=State.OPEN, etag="")
            return of(replace(opened, generation=known.generation + 1), now)

        opened = store.open_many(["a"])
        finished = store.finished([(FRESH.day, "a")])
        return ledger.admit(store, {"a": FRESH.day}, opened, decide, lambda rows: None, finished)

    return do


def _look(store: Ledger, now: datetime) -> object:
    """Those who write stand still for five minutes meanwhile."""
    now += SOON
    return due_index.work(store, POLICY, now), due_index.to_send(store, POLICY, now, None)


def _enriched(row: LedgerRow, now: datetime) -> LedgerRow | None:
    return rules.enriched(row, "e", now, POLICY.ledger, again=True) if row.enrich_due else None


def _put_off(row: LedgerRow, now: datetime) -> LedgerRow:
    return rules.put_off(row, now + SOON, "why", failed=True, publish_due=now + NOTIFY)


WRITES: Mapping[str, Write] = {
    "changed": _version(
        lambda row, now: replace(
            row, enrich_due=now + RESEND, sends=1, hunt_due=None, publish_due=None, look_ups=0
        )
    ),
    "changed in status": _version(lambda row, now: replace(row, publish_due=now)),
    "enriched": _changed(_enriched),
    "sent again": _changed(
        lambda row, now: rules.resent(row, now, POLICY.ledger) if row.enrich_due else None
    ),
    "shown": _changed(lambda row, _: rules.shown(row, START, START + timedelta(seconds=90))),
    "hunted, again later": _changed(
        lambda row, now: rules.hunted(row, "f", now + LATER, settled=False, late=False)
    ),
    "hunted and done": _changed(lambda row, _: rules.hunted(row, "f", None, settled=False, late=False)),
    "put off": _changed(_put_off),
    "begun anew": _changed(admission.replayed),
    "looked for": _look,
}


@dataclass(frozen=True)
class Case:
    """`first` has its turn for so many steps, then `second`; then both go on to their ends, or one dies."""

    start: str
    first: str
    second: str
    steps: tuple[int, int]
    dies: int | None

    def run(self) -> World:
        """The world in which that happened."""
        world, both = _world(self.start), []
        for number, name in enumerate((self.first, self.second)):
            both.append(_instance(world, WRITES[name], START + timedelta(seconds=1 + number)))
        for one, steps in zip(both, self.steps, strict=True):
            for _ in range(steps):
                if one.sent is None and one.error is None:
                    one.move()
        for number, one in enumerate(both):
            one.must_die = number == self.dies
            while one.sent is None and one.error is None:
                one.move()
            assert one.error is None or isinstance(one.error, Crash), (self, one.error)
        del world.__dict__["effect"]
        return world


def _world(start: str) -> World:
    world, row = World(), STARTS[start]
    if row is not None and row.state is State.OPEN:
        world.stands(replace(row, etag=world.etag()))
        world.due = {each: replace(each, written=START - timedelta(hours=1)) for each in world.due.values()}
    elif row is not None:
        world.history[row.day, "a"] = replace(row, etag=world.etag())
    return world


def _instance(world: World, write: Write, now: datetime) -> Instance:
    def effect[T](name: str, do: Callable[[], T]) -> T:
        me = getcurrent()
        assert isinstance(me, Instance)
        me.stop_here()
        return do()

    world.effect = effect  # type: ignore[method-assign]  # of this world alone

    def run() -> Outbox:
        write(FakeLedger(world), now)
        return Outbox()

    one = Instance(run, None)
    one.move()
    return one


def _cases() -> Iterator[Case]:
    for start in STARTS:
        for pair in combinations_with_replacement(WRITES, 2):
            for first, second in {pair, pair[::-1]}:
                for at in range(9):
                    for then in range(9):
                        for dies in (None, 0, 1):
                            yield Case(start, first, second, (at, then), dies)


def _lost(world: World) -> list[tuple[index_rules.DueEntry, LedgerRow]]:
    """What is due, and by nobody found who looks at its time and half a minute later."""
    lost = []
    for row in list(world.open.values()):
        for entry in sorted(index_rules.entries(row), key=lambda each: (each.at, each.lane)):
            is_late = entry.lane == index_rules.LATE
            moment = max(entry.at + (NOTIFY if is_late else timedelta()), START)
            if not _is_found(
                world, row, moment, is_work=entry.lane not in (index_rules.SENT, index_rules.SEND)
            ):
                lost.append((entry, row))
    return lost


def _is_found(world: World, row: LedgerRow, moment: datetime, *, is_work: bool) -> bool:
    seen = world.copied()
    for wait in (timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=1)):
        seen.now = max(moment, seen.now) + wait
        store = FakeLedger(seen)
        work = due_index.work(store, POLICY, seen.now)
        sends = due_index.to_send(store, POLICY, seen.now, None)
        if row in (work if is_work else sends):
            return True
    return False


def _try(cases: Iterator[Case]) -> None:
    tried = 0
    for case in cases:
        tried += 1
        lost = _lost(case.run())
        assert lost == [], case
    print(f"{tried} cases, nothing lost")


def test_what_is_due_is_found_after_any_race_and_death() -> None:
    _try(islice(_cases(), 7, None, ONE_IN))


@pytest.mark.slow
def test_what_is_due_is_found_after_every_race_and_death() -> None:
    _try(_cases())
