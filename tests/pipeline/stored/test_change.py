"""The one loop: reads again where another was first, so often, and never lets a Conflict out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.core.progress.lease import Lease
from shared.errors import Conflict, Unavailable
from shared.pipeline.stored.change import change, settle

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


class Row:
    """A lease row; `meanwhile` are writes by others, each just before ours."""

    def __init__(self, *meanwhile: str) -> None:
        self.value, self.meanwhile, self.writes = Lease(etag="0"), list(meanwhile), 0
        self.loses_answers = 0

    def read(self) -> Lease:
        return self.value

    def write(self, wanted: Lease) -> Lease:
        if self.meanwhile:
            self.value = replace(
                self.value, holder=self.meanwhile.pop(0), etag=f"other {len(self.meanwhile)}"
            )
        if wanted.etag != self.value.etag:
            raise Conflict("changed")
        self.writes += 1
        self.value = replace(wanted, etag=f"{self.writes}")
        if self.loses_answers:
            self.loses_answers -= 1
            raise Conflict("carried out, but who knows")
        return self.value


def until(lease: Lease) -> tuple[Lease, str]:
    return replace(lease, until=NOW), lease.holder


def test_what_another_wrote_first_is_read_and_decided_on_again() -> None:
    row = Row("one", "two")
    written, seen = change(row.read, until, row.write)
    assert (written.holder, written.until, seen) == ("two", NOW, "two")
    assert row.value == written


def test_a_known_row_saves_a_read_and_a_stale_one_costs_one() -> None:
    row = Row()
    assert change(row.read, until, row.write, known=Lease("stale", etag="old"))[1] == ""
    assert change(lambda: pytest.fail("not read"), until, row.write, known=row.value)[1] == ""


def test_nothing_to_write_is_no_write() -> None:
    row = Row()
    assert change(row.read, lambda lease: (None, 7), row.write) == (row.value, 7)
    assert row.writes == 0


def test_a_write_that_was_carried_out_is_known_again() -> None:
    row = Row()
    row.loses_answers = 1
    written, _ = change(row.read, until, row.write)
    assert (written, row.writes) == (row.value, 1)


def test_tries_that_run_out_end_as_unavailable() -> None:
    row = Row(*"abcdefghijkl")
    with pytest.raises(Unavailable):
        change(row.read, until, row.write)
    assert row.writes == 0


def test_of_many_those_that_lost_are_tried_again_alone_and_a_bounded_number_of_times() -> None:
    rounds: list[Sequence[str]] = []

    def attempt(left: Sequence[str]) -> Sequence[str]:
        rounds.append(left)
        return [each for each in left if each == "never" or len(rounds) == 1]

    settle(["a", "b"], attempt)
    assert rounds == [["a", "b"], ["a", "b"]]
    with pytest.raises(Unavailable, match="1 rows"):
        settle(["a", "never"], attempt)
    settle([], lambda left: pytest.fail("nothing to do"))


def test_no_other_place_sees_a_conflict() -> None:
    """Fourteen places dealt with it by hand, each in its own way: two of them lost what they held."""
    rooms = ("shared", "FetchAlerts", "EnrichAlert", "HuntCorrelate", "local")
    files = [
        file for room in rooms for file in (ROOT / room).rglob("*.py") if "node_modules" not in file.parts
    ]
    seen = {file.relative_to(ROOT).as_posix() for file in files if "Conflict" in file.read_text("utf-8")}
    assert seen == {
        "shared/errors.py",
        "shared/adapters/storage/state.py",  # where it is raised
        "shared/adapters/storage/operator_rows.py",  # and here
        "shared/pipeline/stored/change.py",
        "shared/pipeline/ports.py",
    }
