"""Any step, any alert: it raises, hangs or ends the worker, and the others have their rows in time."""

import itertools
from collections import Counter
from collections.abc import Generator, Iterator

import pytest

from tests.pipeline.isolation import (
    BACK_AFTER,
    BUGS,
    ENDINGS,
    POLICY,
    SET_UP,
    STEPS,
    Fault,
    Striking,
    Timed,
    set_aside,
    strike_at_every_step,
    world_of,
)
from tests.pipeline.world import START, row_of

# Steps after which an alert goes on without what they would have found; the others end as `Failed`.
MILD = ("read", "compare", "send again", "audit", "plan look-ups", "look up")
# A page's alerts are read before any of them has a row that could count: a death there is not told apart.
ONLY_RAISES = ("read", "compare")
MOST_DEATHS = POLICY.ledger.max_attempts + 1  # in work, and once more as it is given up with all that it says
# What hangs without waiting for anybody is ended by the host, and others go on once the lease has run out. A
# write that hangs holds up those that are written with it, and comes first once more.
LONG_HANGS = set(STEPS) - {"look up", "audit"}
AFTER_A_HANG = 900.0


@pytest.fixture(scope="module")
def striking() -> Generator[Striking]:
    found = Striking()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.telemetry._LOGGER.disabled", True)  # thousands of lines that nobody reads
        patch.setattr("shared.telemetry.line", lambda event, _: event)
        strike_at_every_step(patch, found)
        yield found


def _run(striking: Striking, fault: Fault, count: int) -> Timed:
    striking.fault, striking.left, striking.struck, striking.hung = fault, 0, 0, False
    world = world_of(count, fault.step, striking)
    striking.left = fault.times
    timed = Timed(world, striking)
    alerts = {f"a{n}" for n in range(count)}
    patient = fault.step == "audit"

    def is_over() -> bool:
        minutes = (world.now - START).total_seconds() / 60
        missing = alerts - timed.shown.keys()
        is_pending = "a0" in timed.shown and row_of(world, "a0")["CorrelationStatus"] == "Pending"
        goes_on = "a0" in world.open and (fault.step not in MILD or is_pending)
        return not goes_on and (not missing or (patient and missing == {"a0"} and minutes > 3))

    timed.run(90, is_over)
    return timed


def _undisturbed(striking: Striking, step: str, count: int) -> dict[str, float]:
    timed = _run(striking, Fault(step, "raise", "a0", 0), count)
    assert timed.deaths == striking.struck == 0
    return {alert_id: seconds for alert_id, (seconds, _) in timed.shown.items()}


def _judge(timed: Timed, striking: Striking, fault: Fault, usual: dict[str, float]) -> tuple[float, int]:
    """(how many times its undisturbed time the latest healthy alert took, pauses of the platform left aside;
    the most pauses that one waited through). Fails where an alert did not end as it should."""
    world = timed.world
    assert striking.struck, "the fault was never met"
    own_hang = fault.ending == "hang" and fault.step in LONG_HANGS
    ratio, pauses = 0.0, 0
    for alert_id in usual.keys() - {"a0"}:
        seconds, paused = timed.shown[alert_id]
        if own_hang:
            assert seconds <= AFTER_A_HANG, (alert_id, seconds)
            continue
        ratio = max(ratio, (seconds - paused * BACK_AFTER) / usual[alert_id])
        pauses = max(pauses, paused)
    most = {
        "audit": 1,
        "load": MOST_DEATHS + POLICY.ledger.max_attempts,
    }  # an hour's audit; two functions load
    assert timed.deaths <= most.get(fault.step, MOST_DEATHS), timed.deaths
    assert fault.ending != "raise" or not timed.failed, "a run failed for one alert's fault"
    given_up = set_aside(world)
    assert given_up <= {"a0"}
    is_over = striking.left == 0
    if fault.step not in MILD and not is_over:
        assert given_up == {"a0"}, world.open
        status = row_of(world, "a0")["CorrelationStatus"]
        assert status == "Failed" or fault.step == "ledger", status  # which has a row before it fails
    elif not (fault.step == "audit"):
        assert (given_up, row_of(world, "a0")["CorrelationStatus"]) == (set(), "NoMatch")
    return ratio, pauses


def _faults(count: int, *, every_bug: bool) -> Iterator[Fault]:
    """Each ending at each step, once, twice and always; each bug that raises, or one by turns."""
    turns = itertools.count(count)
    for step, ending in itertools.product(STEPS, ENDINGS):
        if ending != "raise" and step in ONLY_RAISES:
            continue
        for times in (1, 2) if ending == "hang" else (1, 2, 99):
            bugs = range(len(BUGS)) if every_bug and ending == "raise" else [next(turns) % len(BUGS)]
            yield from (Fault(step, ending, "a0", times, bug) for bug in bugs)


@pytest.mark.parametrize(
    ("count", "every_bug"),
    [
        (2, True),
        (3, False),
        (4, False),
        pytest.param(3, True, marks=pytest.mark.slow),
        pytest.param(4, True, marks=pytest.mark.slow),
    ],
)
def test_one_alert_at_fault_never_stops_another(striking: Striking, count: int, every_bug: bool) -> None:
    of_most = _undisturbed(striking, "", count)
    usual = {step: _undisturbed(striking, step, count) if step in SET_UP else of_most for step in STEPS}
    ratios, most_pauses, tried = [], 0, Counter[str]()
    for fault in _faults(count, every_bug=every_bug):
        try:
            ratio, pauses = _judge(_run(striking, fault, count), striking, fault, usual[fault.step])
        except (AssertionError, KeyError) as err:
            raise AssertionError(f"{fault} among {count}: {err}") from err
        ratios.append(ratio)
        most_pauses = max(most_pauses, pauses)
        tried[fault.ending] += 1
    print(
        f"{tried.total()} cases ({dict(tried)}) among {count}: the latest healthy alert took "
        f"{max(ratios):.2f} times its undisturbed time, through {most_pauses} pauses of the platform at most"
    )
    assert tried.total() > 100
    assert max(ratios) <= 2.0
    assert most_pauses <= 2
