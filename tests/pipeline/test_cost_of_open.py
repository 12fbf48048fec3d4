"""What a fetch and a lone alert cost does not grow with what is open, but not due."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.core.progress.ledger_row import LedgerRow
from shared.pipeline.policy import Policy
from tests.core.progress.rows import row
from tests.pipeline.fakes import FakeLedger
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, World

POLICY = Policy(repair_every=1e9, repair_often_for=0.0, audit_every=1e9, purge_every=1e9)
READS = ("open_rows", "open_row", "open_many", "due_entries", "all_due_entries", "finished", "places")


def _waiting(n: int) -> LedgerRow:
    """A row that is due later: for its next look-ups, for a hunt, or for both."""
    later = START + timedelta(hours=2, seconds=n)
    due = [{"hunt_due": later}, {"enrich_due": later}, {"hunt_due": later, "enrich_due": later}][n % 3]
    nothing: dict[str, object] = {"enrich_due": None, "hunt_due": None, "publish_due": None}
    fields = nothing | due | {"sends": 0, "attempts": 0, "was_published": True, "severity_rank": n % 4}
    return row(alert_id=f"w{n}", **fields)


def _size(answer: object) -> int:
    if isinstance(answer, list) and answer and isinstance(answer[0], list):
        return sum(map(len, answer))
    return len(answer) if isinstance(answer, (list, dict)) else answer is not None


def _cost(waiting: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int, list[str], int]:
    """Effects and ledger rows read of a fetch with nothing new, and of a lone alert's whole way."""
    world, read = World(), [0]
    platform = Platform(world, POLICY)
    platform.tick()  # the first repair
    for n in range(waiting):
        world.stands(_waiting(n))

    def counted(method: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            answer = method(*args, **named)
            read[0] += _size(answer)
            return answer

        return call

    for name in READS:
        monkeypatch.setattr(FakeLedger, name, counted(getattr(FakeLedger, name)))
    told: list[tuple[list[str], int]] = []
    for alerts in ([], [raw_alert("lone", minutes_ago=1)]):
        world.pass_time(minutes=1)
        world.alerts = list(alerts)
        world.effects.clear()
        read[0] = 0
        platform.tick()
        platform.deliver_all()
        told.append((list(world.effects), read[0]))
    monkeypatch.undo()
    assert len(world.rows) == 1
    return (*told[0], *told[1])


def test_alerts_that_wait_cost_a_fetch_and_a_lone_alert_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few, many = _cost(10, monkeypatch), _cost(3_000, monkeypatch)
    assert many == few
    assert few[1] == 0, "nothing is due"
    assert few[3] <= 20
