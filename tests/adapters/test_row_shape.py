"""Our dataclasses as columns and back."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.storage.limits import as_json
from shared.adapters.storage.row_shape import RowShape, plain
from shared.core.progress.lease import Lease
from shared.core.progress.ledger import LedgerRow, State
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint
from shared.errors import UnexpectedResponse

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
    shape = RowShape(LedgerRow)
    columns = shape.columns(row)
    assert shape.read(columns, "e") == row
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
    assert RowShape(Checkpoint).read(RowShape(Checkpoint).columns(checkpoint), "e") == checkpoint
    assert RowShape(Lease).read(RowShape(Lease).columns(lease), "e") == lease


def row() -> LedgerRow:
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    moment = Instant.parse("2026-11-24T09:58:00.1234567Z")
    return LedgerRow("a", "2026-11-24", "defender", moment, moment, 0, 1, "h", "s", "b", now)


def test_columns_are_named_and_typed_for_whoever_looks_at_the_table() -> None:
    assert RowShape(LedgerRow).columns(replace(row(), hunt_due=row().first_seen, etag="x")) == {
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


def test_columns_of_a_later_version_are_passed_over() -> None:
    shape = RowShape(LedgerRow)
    assert shape.read(shape.columns(row()) | {"New": 1, "Timestamp": "x"}, "e") == replace(row(), etag="e")


@pytest.mark.parametrize(
    "damage",
    [{"Created": "soon"}, {"State": "lost"}, {"FirstSeen": "text"}, {"AlertId": None}, {"Created": 5}],
)
def test_a_damaged_row_is_unexpected(damage: dict[str, object]) -> None:
    shape = RowShape(LedgerRow)
    with pytest.raises(UnexpectedResponse):
        shape.read(shape.columns(row()) | damage, "e")


def test_every_field_of_what_we_keep_has_a_column() -> None:
    for kind in (LedgerRow, Checkpoint, Lease):
        shape = RowShape(kind)
        assert len(shape._fields) == len(fields(kind)) - 1


def test_the_sdks_wrapping_comes_off() -> None:
    assert plain(EntityProperty(5, EdmType.INT64)) == 5
    assert plain("x") == "x"
