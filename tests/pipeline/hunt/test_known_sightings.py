"""What is known of sightings while a lease is held is what the table would answer."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude.seen_before import MOST_SIGHTINGS, Sighting
from shared.core.values.instant import Instant
from shared.errors import Unavailable
from shared.pipeline.hunt.known_sightings import KnownSightings
from tests.pipeline.fake_tables import FakeSightings
from tests.pipeline.world import START, World

TRAITS = ["file-a", "file-b", "address-c"]
SIGHTINGS = st.builds(
    Sighting,
    st.sampled_from(TRAITS),
    st.sampled_from(["a1", "a2", "a3"]),
    st.integers(0, 3).map(lambda n: Instant(Instant.of(START).ticks + n)),
    st.just("d"),
    st.sampled_from(["", "TruePositive"]),
)
STEPS = st.lists(
    st.one_of(st.lists(SIGHTINGS, max_size=5), st.lists(st.sampled_from(TRAITS), max_size=3).map(tuple)),
    max_size=12,
)


class _Counted(FakeSightings):
    """Notes what goes out; fails where it is told to."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.read: list[str] = []
        self.written: list[Sighting] = []
        self.fails = False

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        self.read += traits
        return super().find(traits)

    def add(self, sightings: Sequence[Sighting]) -> None:
        self.written += sightings
        super().add(sightings)
        if self.fails:
            raise Unavailable("the answer was lost", service="tables")


def _seen(number: int, trait: str = "file-a") -> Sighting:
    return Sighting(trait, f"a{number:03}", Instant(Instant.of(START).ticks + number), "d", "")


@given(steps=STEPS, most=st.integers(0, 6))
def test_it_answers_as_the_table_does_however_little_it_may_keep(
    steps: Sequence[list[Sighting] | tuple[str, ...]], most: int
) -> None:
    plain = FakeSightings(World())
    known = KnownSightings(FakeSightings(World()), most)
    for step in steps:
        if isinstance(step, tuple):
            assert known.find(step) == plain.find(step)
        else:
            known.add(step)
            plain.add(step)
    assert known.find(TRAITS) == plain.find(TRAITS)


def test_what_was_read_or_written_is_not_read_or_written_again() -> None:
    inner = _Counted(World())
    known = KnownSightings(inner)
    assert known.find(["file-a", "file-b"]) == {}
    known.add([_seen(1)])
    known.add([_seen(1), _seen(2)])
    assert [seen.alert_id for seen in known.find(["file-a", "file-b"])["file-a"]] == ["a002", "a001"]
    assert inner.read == ["file-a", "file-b"]
    assert inner.written == [_seen(1), _seen(2)]


def test_of_a_trait_no_more_are_kept_than_the_table_answers() -> None:
    known = KnownSightings(FakeSightings(World()))
    known.find(["file-a"])
    known.add([_seen(number) for number in range(MOST_SIGHTINGS + 20)])
    assert len(known.find(["file-a"])["file-a"]) == MOST_SIGHTINGS


def test_after_a_write_whose_end_nobody_knows_the_table_is_asked() -> None:
    inner = _Counted(World())
    known = KnownSightings(inner)
    known.find(["file-a"])
    inner.fails = True
    with pytest.raises(Unavailable):
        known.add([_seen(1)])
    assert known.find(["file-a"]) == {"file-a": [_seen(1)]}
