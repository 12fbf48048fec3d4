"""The one loop: reads again where another was first, so often, and never lets a Conflict out."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.core.progress.lease import Lease
from shared.errors import Conflict, Unavailable
from shared.pipeline.stored.change import change, settle

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("shared", "FetchAlerts", "EnrichAlert", "HuntCorrelate", "local")
# Whose `write` raises Conflict: the tables' own classes, and what the pipeline calls them.
RACED = re.compile(
    r"\b(Table(Checkpoints|Leases|Tenants|KnownBenign|WriteRules)|Checkpoints|Leases|TenantRows|KeptRows)\b"
)


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


def _sources() -> Iterator[tuple[str, str]]:
    """Every module of the project by its path from the root, with its text."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            if "node_modules" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file.read_text("utf-8")


def _called_by_hand(text: str) -> list[int]:
    """The lines that call a `write` outside any lambda: handed to `change`, it is named or wrapped in one."""
    module = ast.parse(text)
    wrapped = {
        id(each) for node in ast.walk(module) if isinstance(node, ast.Lambda) for each in ast.walk(node)
    }
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and id(node) not in wrapped]
    return [
        call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "write"
    ]


def test_no_row_that_others_write_is_written_past_the_loop() -> None:
    """A take-over by `ops tenant` was: it ended as an error where the app wrote its row at that moment."""
    raced = [(name, text) for name, text in _sources() if RACED.search(text)]
    # Not the tables' own classes, and not what fills a stack of its own, where nobody else writes.
    but = ("shared/adapters/", "local/bench/", "local/docs/")
    used = [(name, text) for name, text in raced if not name.startswith(but)]
    assert "local/ops/tenants.py" in {name for name, _ in used}
    assert {name: lines for name, text in used if (lines := _called_by_hand(text))} == {}
    assert _called_by_hand("rows.write(row)\nchange(read, decide, lambda row: rows.write(row))") == [1]


def test_no_other_place_sees_a_conflict() -> None:
    """Fourteen places dealt with it by hand, each in its own way: two of them lost what they held."""
    seen = {name for name, text in _sources() if "Conflict" in text}
    assert seen == {
        "shared/errors.py",
        "shared/adapters/storage/conditional.py",  # where it is raised
        "shared/adapters/storage/state.py",
        "shared/adapters/storage/operator_rows.py",  # and here
        "shared/adapters/storage/tenants.py",
        "shared/pipeline/stored/change.py",
        "shared/pipeline/ports.py",
        "shared/pipeline/stored/tenants.py",
    }
