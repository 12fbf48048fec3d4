"""Our dataclasses as columns and back."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.storage.entities import Long
from shared.adapters.storage.ledger import SHAPE as LEDGER
from shared.adapters.storage.limits import as_json
from shared.adapters.storage.row_shape import FORMAT, RowShape, plain
from shared.adapters.storage.state import CHECKPOINT, LEASE
from shared.core.progress.lease import Lease
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint
from tests.stored import golden

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given by timezones
INSTANTS = st.integers(0, 10**17).map(Instant)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
LEDGER_ROWS = st.builds(
    LedgerRow,
    alert_id=WORDS,
    day=WORDS,
    source=WORDS,
    created=INSTANTS,
    last_update=INSTANTS,
    severity_rank=st.integers(0, 3),
    generation=st.integers(1, 10_000),
    hunt_digest=WORDS,
    status_digest=WORDS,
    body_ref=WORDS,
    first_seen=MOMENTS,
    state=st.sampled_from(State),
    enrich_due=st.none() | MOMENTS,
    hunt_due=st.none() | MOMENTS,
    publish_due=st.none() | MOMENTS,
    sends=st.integers(0, 9),
    attempts=st.integers(0, 9),
    failures=st.integers(0, 9),
    late_hunts=st.integers(0, 9),
    settled=st.booleans(),
    generation_seen=st.none() | MOMENTS,
    enrichment_ref=WORDS,
    finding_ref=WORDS,
    finding_digest=WORDS,
    look_ups=st.integers(0, 9),
    was_published=st.booleans(),
    backfill=st.booleans(),
    reason=WORDS,
    etag=st.just("e"),
)


@given(row=LEDGER_ROWS)
def test_a_ledger_row_comes_back_as_it_was(row: LedgerRow) -> None:
    columns = LEDGER.columns(row)
    assert LEDGER.read(columns, "e") == (row, frozenset())
    as_json({"PartitionKey": "p", "RowKey": "r", **columns})


@given(
    checkpoint=st.builds(
        Checkpoint,
        position=st.none() | INSTANTS,
        last_success=st.none() | MOMENTS,
        gaps=st.lists(INSTANTS.map(Instant.text)).map(tuple),
        etag=st.just("e"),
    ),
    lease=st.builds(
        Lease,
        holder=WORDS,
        until=st.none() | MOMENTS,
        calls=st.lists(MOMENTS).map(tuple),
        etag=st.just("e"),
    ),
)
def test_checkpoints_and_leases_come_back_as_they_were(checkpoint: Checkpoint, lease: Lease) -> None:
    assert CHECKPOINT.read(CHECKPOINT.columns(checkpoint), "e") == (checkpoint, frozenset())
    assert LEASE.read(LEASE.columns(lease), "e") == (lease, frozenset())


def row() -> LedgerRow:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    moment = Instant.parse("2026-11-24T09:58:00.1234567Z")
    return LedgerRow("a", "2026-11-24", "defender", moment, moment, 0, 1, "h", "s", "b", now)


def test_columns_are_named_and_typed_for_whoever_looks_at_the_table() -> None:
    assert LEDGER.columns(replace(row(), hunt_due=row().first_seen, etag="x")) == {
        "Format": FORMAT,
        "AlertId": "a",
        "Day": "2026-11-24",
        "Source": "defender",
        "Created": "2026-11-24T09:58:00.1234567Z",
        "LastUpdate": "2026-11-24T09:58:00.1234567Z",
        "SeverityRank": 0,
        "Generation": 1,
        "HuntDigest": "h",
        "StatusDigest": "s",
        "BodyRef": "b",
        "FirstSeen": datetime(2026, 11, 24, 10, tzinfo=UTC),
        "HuntDue": datetime(2026, 11, 24, 10, tzinfo=UTC),
    }


SHAPES: dict[str, RowShape[Any]] = {"LedgerRow": LEDGER, "Checkpoint": CHECKPOINT, "Lease": LEASE}


def typed(columns: dict[str, list[Any]]) -> dict[str, object]:
    """The columns of a golden row as the SDK gives them."""
    return {
        name: datetime.fromisoformat(value) if kind == "datetime" else value
        for name, (kind, value) in columns.items()
    }


@pytest.mark.parametrize("name", SHAPES)
def test_a_row_of_the_first_version_is_read_and_written_as_it_was(name: str) -> None:
    known, shape = golden("rows")[name], SHAPES[name]
    value, lost = shape.read(typed(known["columns"]), "e")
    assert lost == frozenset()
    assert typed(known["columns"]).items() <= shape.columns(value).items()
    told = {field.name: getattr(value, field.name) for field in fields(value)}
    for field, said in known["says"].items():
        assert _told(told["woken_at" if field == "rung_at" else field]) == said


def _told(value: object) -> object:
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    if isinstance(value, Instant):
        return value.text()
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", SHAPES)
def test_columns_and_words_of_a_later_version_are_passed_over(name: str) -> None:
    shape, columns = SHAPES[name], typed(golden("rows")[name]["columns"])
    value, _ = shape.read(columns, "e")
    later = columns | {"New": 1, "Timestamp": "x", "Format": FORMAT + 1}
    assert shape.read(later, "e") == (value, frozenset())
    if name == "LedgerRow":
        value, lost = shape.read(columns | {"State": "later"}, "e")
        assert (value.state, lost) == (State.OPEN, frozenset())


@pytest.mark.parametrize("name", SHAPES)
def test_a_column_that_cannot_be_read_is_told_and_takes_no_other_with_it(name: str) -> None:
    shape, columns = SHAPES[name], typed(golden("rows")[name]["columns"])
    whole, _ = shape.read(columns, "e")
    for column in columns.keys() - {"State"}:
        value, lost = shape.read(columns | {column: ["a list"]}, "e")
        [field] = lost
        assert replace(value, **{field: getattr(whole, field)}) == whole


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        ({"Created": "soon"}, "created"),
        ({"FirstSeen": "text"}, "first_seen"),
        ({"AlertId": None}, "alert_id"),
        ({"Created": 5}, "created"),
        ({"Attempts": "2"}, "attempts"),
        ({"Settled": 1}, "settled"),
        ({"SeverityRank": True}, "severity_rank"),
    ],
)
def test_what_is_damaged_is_named(damage: dict[str, object], lost: str) -> None:
    assert LEDGER.read(LEDGER.columns(row()) | damage, "e")[1] == {lost}


@dataclass(frozen=True)
class Renamed:
    """A lease whose fields have other names than today's."""

    drained_by: str = ""
    ends: datetime | None = None
    sent: datetime | None = None
    spent: tuple[datetime, ...] = ()
    silent_until: datetime | None = None
    etag: str = ""


def test_a_field_that_is_renamed_changes_no_column() -> None:
    columns = typed(golden("rows")["Lease"]["columns"])
    shape = RowShape(
        Renamed, "drained_by=Holder ends=Until sent=RungAt spent=Calls silent_until=BlockedUntil"
    )
    value, lost = shape.read(columns, "e")
    assert (value.drained_by, lost) == ("holder", frozenset())
    assert shape.columns(value) == LEASE.columns(LEASE.read(columns, "e")[0])


@pytest.mark.parametrize("columns", ["", "holder=Holder until=Until", "nobody=Nobody"])
def test_every_field_has_a_column_and_no_column_is_nobodys(columns: str) -> None:
    with pytest.raises((KeyError, TypeError)):
        RowShape(Lease, columns)


def test_the_wrapping_of_a_long_number_comes_off() -> None:
    assert plain(Long(5)) == 5
    assert plain("x") == "x"
