"""The table service in memory does what Azurite does, request by request."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from local.azurite import Azurite
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from tests.table_service import TableService

MOMENT = datetime(2026, 11, 24, 10, 0, 5, tzinfo=UTC)
NAMES = st.sampled_from(["a", "a|b", "a}", "b'c", "%7C", "B"])
COLUMNS = st.fixed_dictionaries(
    {},
    optional={
        "X": st.integers(-(2**40), 2**40),
        "Y": st.text("a'b|", max_size=3),
        "Z": st.booleans(),
        "At": st.sampled_from([MOMENT, MOMENT + timedelta(seconds=1)]),
    },
)
ETAGS = st.sampled_from(["held", "old", ""])
OPERATIONS = st.lists(st.tuples(st.sampled_from(Verb), NAMES, NAMES, COLUMNS, ETAGS), min_size=1, max_size=6)
FILTERS = st.sampled_from(
    [
        "",
        "PartitionKey eq 'a|b'",
        "PartitionKey ge 'a' and PartitionKey lt 'a}'",
        "PartitionKey eq 'a' and RowKey ge 'a|' and RowKey le 'a}'",
        "PartitionKey gt 'a' and X lt 7",
        "PartitionKey le 'b''c' and Y lt 'b'",
        "Z eq true or not (X ge 1)",
        "At lt datetime'2026-11-24T10:00:06Z'",
        "(PartitionKey eq 'B' or PartitionKey eq 'a') and RowKey ne 'a'",
    ]
)


class _Twin:
    """The same operations on one client; etags are kept by key, so that both have their own."""

    def __init__(self, tables: StorageTables) -> None:
        self.tables = tables
        self.held: dict[tuple[str, str], list[str]] = {}

    def apply(self, operations: list[tuple[Verb, str, str, dict[str, object], str]]) -> list[bool]:
        made = []
        for verb, partition, row, columns, which in operations:
            known = self.held.get((partition, row), [])
            etag = known[-1 if which == "held" else 0] if known and which else ""
            if verb in (Verb.REPLACE, Verb.MERGE) and not etag:
                etag = "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""
            etag = "" if verb in (Verb.CREATE, Verb.PUT, Verb.BLEND) else etag
            made.append(Operation(verb, {"PartitionKey": partition, "RowKey": row, **columns}, etag))
        ends = self.tables.apply("Things", made)
        for (_, partition, row, _, _), end in zip(operations, ends, strict=True):
            if end:
                self.held.setdefault((partition, row), []).append(end)
        return [end is not None for end in ends]

    def rows(self, only: str, select: tuple[str, ...], page: int) -> list[dict[str, object]]:
        return [dict(row) for row in self.tables.query("Things", only, select, page=page)]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=15,
    phases=[Phase.generate],
)
@given(
    batches=st.lists(OPERATIONS, min_size=1, max_size=4),
    asked=st.lists(st.tuples(FILTERS, st.sampled_from([(), ("RowKey", "X")]), st.integers(1, 4)), max_size=4),
)
def test_it_answers_as_azurite_does(
    azurite: Azurite,
    batches: list[list[tuple[Verb, str, str, dict[str, object], str]]],
    asked: list[tuple[str, tuple[str, ...], int]],
) -> None:
    theirs = _Twin(StorageTables.by_connection(azurite.connection_string, prefix=f"M{uuid.uuid4().hex}"))
    ours = _Twin(TableService().client())
    for operations in batches:
        assert ours.apply(operations) == theirs.apply(operations)
    for only, select, page in [("", (), 3), *asked]:
        assert ours.rows(only, select, page) == theirs.rows(only, select, page), only
    for partition, row in theirs.held:
        found = [one.tables.get("Things", partition, row) for one in (ours, theirs)]
        assert found[0] == found[1]
        assert all(row is None or row.metadata["etag"] for row in found)


def test_a_look_at_many_rows_ends_with_a_page_of_few_or_none_and_goes_on() -> None:
    service = TableService(scanned_at_most=40)
    tables = service.client()
    tables.apply("Things", [_row(f"{n:03}") for n in range(100)])
    service.reads.clear()
    assert [row["RowKey"] for row in tables.query("Things", "PartitionKey eq 'p' and N ge 95")] == [
        "095",
        "096",
        "097",
        "098",
        "099",
    ]
    assert service.reads == [("Things", 0), ("Things", 0), ("Things", 5)]


def test_a_time_that_has_come_is_found_by_the_moment_of_writing() -> None:
    service = TableService()
    tables = service.client()
    tables.apply("Things", [_row("1")])
    service.now += timedelta(hours=1)
    tables.apply("Things", [_row("2")])
    only = f"Timestamp lt datetime'{service.now:%Y-%m-%dT%H:%M:%SZ}'"
    found: Callable[[], list[str]] = lambda: [str(row["RowKey"]) for row in tables.query("Things", only)]  # noqa: E731
    assert found() == ["1"]


def _row(key: str) -> Operation:
    return Operation(Verb.PUT, {"PartitionKey": "p", "RowKey": key, "N": int(key)})
