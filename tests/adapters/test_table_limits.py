"""Table Storage's limits, which Azurite does not all enforce, and how writes are grouped."""

from datetime import UTC, datetime

import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.table_limits import OverLimit, prepared
from shared.adapters.table_operations import MOST_BYTES, Operation, Verb, by_partition

KEYS: dict[str, object] = {"PartitionKey": "p", "RowKey": "r"}


@pytest.mark.parametrize(
    "entity",
    [
        {"Text": "x" * 32_768},
        {"Text": "\U0001f600" * 16_384},
        {"Bytes": b"x" * 65_536},
        {f"C{n}": n for n in range(252)},
        {"N": 2**63 - 1, "M": -(2**63)},
        {"RowKey": "r" * 512},
        {"PartitionKey": ""},
        {f"C{n}": b"x" * 65_000 for n in range(16)},
        {"A": None, "B": True, "C": 0.5, "D": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_fits_passes(entity: dict[str, object]) -> None:
    made, size = prepared(KEYS | entity)
    assert set(made) == {name for name, value in (KEYS | entity).items() if value is not None}
    assert size > 0


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"Text": "x" * 32_769}, "Text has 32769 characters"),
        ({"Text": "\U0001f600" * 16_385}, "Text has 32770 characters"),
        ({"Bytes": b"x" * 65_537}, "Bytes has 65537 bytes"),
        ({f"C{n}": n for n in range(253)}, "253 properties"),
        ({"N": 2**63}, "beyond 64 bits"),
        ({"RowKey": "r" * 513}, "RowKey is longer"),
        ({"RowKey": "\U0001f600" * 257}, "RowKey is longer"),
        ({"PartitionKey": "a/b"}, "PartitionKey holds a character"),
        ({"RowKey": "a\\b"}, "RowKey holds"),
        ({"RowKey": "a#b"}, "RowKey holds"),
        ({"RowKey": "a?b"}, "RowKey holds"),
        ({"RowKey": "a\x00b"}, "RowKey holds"),
        ({"RowKey": "a\x85b"}, "RowKey holds"),
        ({"RowKey": None}, "RowKey is missing"),
        ({"RowKey": 5}, "RowKey is missing"),
        ({"a b": 1}, "cannot name a property"),
        ({"": 1}, "cannot name a property"),
        ({"x" * 256: 1}, "cannot name a property"),
        ({f"C{n}": b"x" * 65_000 for n in range(17)}, "1105350 bytes"),
        ({f"C{n}": "x" * 32_000 for n in range(17)}, "at the most"),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(entity: dict[str, object], words: str) -> None:
    with pytest.raises(OverLimit, match=words) as caught:
        prepared(KEYS | entity)
    assert "xxxxx" not in str(caught.value) or "cannot name" in str(caught.value)


def test_values_the_sdk_would_refuse_are_made_fit() -> None:
    made, _ = prepared(KEYS | {"Long": 2**40, "When": datetime(1, 1, 1, tzinfo=UTC), "Text": "a\ud800b"})
    assert made["Long"] == EntityProperty(2**40, EdmType.INT64)
    assert made["When"] == datetime(1601, 1, 1, tzinfo=UTC)
    assert made["Text"] == "a?b"


@given(text=st.text(st.characters(codec=None), max_size=60))
def test_any_text_can_be_sent_as_utf_8(text: str) -> None:
    made, _ = prepared(KEYS | {"Text": text})
    assert str(made["Text"]).encode("utf-8") is not None
    assert len(str(made["Text"])) == len(text)


def put(partition: str, row: str, size: int = 10) -> Operation:
    return Operation(Verb.PUT, {"PartitionKey": partition, "RowKey": row, "Body": b"x" * size})


def shape(operations: list[Operation]) -> list[list[list[int]]]:
    return [[[ready.position for ready in group] for group in groups] for groups in by_partition(operations)]


def test_writes_are_grouped_by_partition_in_their_order() -> None:
    assert shape([put("a", "1"), put("b", "1"), put("a", "2")]) == [[[0, 2]], [[1]]]


def test_a_group_holds_a_hundred_operations_and_each_row_once() -> None:
    assert [
        len(group) for [groups] in [shape([put("a", f"{n}") for n in range(250)])] for group in groups
    ] == [
        100,
        100,
        50,
    ]
    assert shape([put("a", "1"), put("a", "2"), put("a", "1")]) == [[[0, 1], [2]]]


def test_a_group_stays_below_the_size_of_a_transaction() -> None:
    [groups] = by_partition([put("a", f"{n}", 65_000) for n in range(90)])
    assert len(groups) > 1
    assert all(sum(ready.size for ready in group) <= MOST_BYTES for group in groups)


def test_nothing_is_grouped_where_one_entity_is_over_a_limit() -> None:
    with pytest.raises(OverLimit):
        by_partition([put("a", "1"), put("a", "2", 70_000)])
