"""The mutation run: every place of an alert of both APIs with what does not belong there, the whole way."""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from shared.core.alert.model import Alert, Severity
from shared.core.alert.normalize import normalize
from shared.core.correlate.finding import Cell, Status
from shared.errors import BadAlert
from tests.core.samples import FALLBACK, REMOVED, Json, Place, changed
from tests.hostile import mutations, path
from tests.hostile.mutations import FAMILIES, Case, Mutation, dotted
from tests.hostile.telemetry import Telemetry

HUNTED_EACH = 6  # every so many cases, telemetry is found
_LONGEST = 10_000  # characters of an odd value in most rows: each row has several
ODD: tuple[Cell, ...] = tuple(
    mutation.value
    for family in FAMILIES
    for mutation in family
    if isinstance(mutation.value, str | int | float) and len(str(mutation.value)) <= _LONGEST
)
LONG: tuple[Cell, ...] = ('ab"é😀' * 6_000, "p" * 70_000)


@dataclass
class Tally:
    """What became of the cases; `failures` by case."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def run(self, cases: Iterable[Case], check: Callable[[Case, path.Passed], None]) -> None:
        """Sends each case along the whole way and looks at what came out."""
        for at, case in enumerate(cases):
            self.counts["cases"] += 1
            self.counts["mutations"] += len(case.changes)
            with_rows = at % HUNTED_EACH == 0
            odd = (*ODD[at % len(ODD) :], *ODD[: at % len(ODD)], *(LONG if at % 600 == 0 else ()))
            telemetry = functools.partial(Telemetry, odd=odd) if with_rows else path.nothing
            try:
                passed = path.passed(case.text, case.source, telemetry)
                check(case, passed)
                self._count(passed, with_rows)
            except BadAlert as err:
                self.counts["set aside"] += 1
                if err.field != "id" or not has_no_usable_id(case):
                    self.failures[str(case)] = repr(err)
            except Exception as err:  # whatever it is, it belongs to its case
                self.failures[str(case)] = f"{type(err).__name__}: {err}"[:300]

    def _count(self, passed: path.Passed, with_rows: bool) -> None:
        self.counts["accepted"] += 1
        self.counts["read in part"] += bool(passed.alert.unreadable)
        self.counts["queries"] += len(passed.queries)
        self.counts["answered with telemetry"] += with_rows
        self.counts["tied"] += passed.finding.status is Status.CORRELATED
        self.counts["event rows"] += len(passed.events)


def has_no_usable_id(case: Case) -> bool:
    """True where the alert's id, or the alert itself, was put away."""
    return any(place in ((), ("id",)) and not mutation.is_beside for place, mutation in case.changes)


_SAYS_NOTHING = ("missing", "null", "empty text", "empty list", "empty object")


def check(case: Case, passed: path.Passed) -> None:
    """What must be so of one case, whatever it is; fails with AssertionError."""
    said = passed.row["UnreadableFields"]
    assert isinstance(said, str)
    named = [name.replace(",", ";") for name in passed.alert.unreadable]
    paths = {each.partition(": ")[0] for each in said.split(", ")} - {""}
    # Beyond what the reader names, only times that no column is made for.
    assert bool(named) <= bool(said)
    assert named or all("DateTime" in each for each in paths), said
    assert "UnreadableFields" in str(passed.row["ValuesTruncated"]) or set(named) <= paths
    for place, mutation in case.changes:
        if is_wrong(case, place, mutation):
            assert any(name.startswith(dotted(place)) for name in named), f"not named: {named}"
        if place == ("severity",) and not mutation.is_beside:
            number = 0 if mutation.name in _SAYS_NOTHING else 99
            assert (passed.severity_rank, passed.row["SeverityId"]) == (Severity.HIGH.rank, number)


def is_wrong(case: Case, place: Place, mutation: Mutation) -> bool:
    """True where the place is one that is read, and the mutation puts another sort of JSON there."""
    value = read_places(case.source, case.at).get(place)
    if value is None or mutation.is_beside or mutation.value is REMOVED:
        return False
    if isinstance(value, list | dict):
        return mutation.name in ("true", "fraction", "zero")
    return mutation.name in ("list", "nested list", "object")


@functools.cache
def read_places(source: str, at: int) -> dict[Place, Json]:
    """The value at each place of a ground that says something by itself."""
    body, where = mutations.ground(source)[at]
    meant = _meaning(body, source)
    found: dict[Place, Json] = {}
    for place in where:
        if place and place != ("id",) and _meaning(changed(body, place, REMOVED), source) != meant:
            value = body
            for step in place:
                value = value[step]
            found[place] = value
    return found


def _meaning(body: Json, source: str) -> Alert:
    """The alert without what nobody reads."""
    alert = normalize(body, source, fallback=FALLBACK)
    evidence = tuple(replace(item, extra={}) for item in alert.evidence)
    return replace(alert, extra={}, evidence=evidence)


def test_no_mutation_stops_an_alert_or_goes_unnamed(record_property: Callable[[str, object], None]) -> None:
    tally = Tally()
    tally.run(mutations.usual(), check)
    record_property("mutation run", told(tally))
    assert not tally.failures, first_of(tally.failures)
    counts = tally.counts
    assert counts["mutations"] >= 5_000
    assert counts["accepted"] + counts["set aside"] == counts["cases"]
    assert 0 < counts["set aside"] < 50 and counts["read in part"] > 500
    assert counts["tied"] > 0.7 * counts["answered with telemetry"] > 140


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "cases"), [("all mutations", mutations.every), ("pairs", lambda: mutations.in_pairs(10_000))]
)
def test_nor_does_any_of_all_mutations_or_two_at_once(
    kind: str, cases: Callable[[], Iterable[Case]], record_property: Callable[[str, object], None]
) -> None:
    tally = Tally()
    tally.run(cases(), check)
    record_property(f"mutation run of {kind}", told(tally))
    assert not tally.failures, first_of(tally.failures)
    assert tally.counts["cases"] >= 10_000


def told(tally: Tally) -> str:
    """The figures in one line."""
    shown = ", ".join(f"{count:,} {name}" for name, count in tally.counts.items())
    return f"{shown}, {len(tally.failures)} exceptions outside the taxonomy or broken promises"


def first_of(failures: dict[str, str]) -> str:
    """Some of the failures, each kind once."""
    kinds = {said: case for case, said in reversed(failures.items())}
    lines = (f"{case}: {said}" for said, case in itertools.islice(kinds.items(), 25))
    return "\n".join([f"{len(failures)} cases failed", *lines])


def test_the_places_that_are_read_are_found() -> None:
    for source, least in (("defender", 70), ("graph", 130)):
        count = sum(len(read_places(source, at)) for at in range(len(mutations.ground(source))))
        assert count >= least
        assert ("severity",) in read_places(source, 0)
