"""Table Storage's limits, which Azurite does not all enforce, and how writes are grouped."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.storage.batch import request
from shared.adapters.storage.limits import OverLimit, as_json
from shared.adapters.storage.operations import Operation, Verb, by_partition

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
    made = json.loads(as_json(KEYS | entity))
    named = {name for name in made if not name.endswith("@odata.type")}
    assert named == {name for name, value in (KEYS | entity).items() if value is not None}


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
        as_json(KEYS | entity)
    assert "xxxxx" not in str(caught.value) or "cannot name" in str(caught.value)


def test_each_value_has_the_type_that_json_does_not_tell() -> None:
    here = timezone(timedelta(hours=2))
    entity: dict[str, object] = {
        "Long": 2**40,
        "Short": -5,
        "Flag": True,
        "Ratio": 1.0,
        "Nothing": float("nan"),
        "Most": float("-inf"),
        "When": datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=here),
        "Whole": datetime(2026, 11, 24, tzinfo=UTC),
        "Long ago": None,
        "First": datetime(1, 1, 1, tzinfo=UTC),
        "Bytes": b"\x00\xff",
        "Text": 'a\ud800b\n"',
    }
    assert json.loads(as_json(KEYS | entity)) == KEYS | {
        "Long": str(2**40),
        "Long@odata.type": "Edm.Int64",
        "Short": -5,
        "Flag": True,
        "Ratio": 1.0,
        "Ratio@odata.type": "Edm.Double",
        "Nothing": "NaN",
        "Nothing@odata.type": "Edm.Double",
        "Most": "-Infinity",
        "Most@odata.type": "Edm.Double",
        "When": "2026-11-24T10:00:00.000005Z",
        "When@odata.type": "Edm.DateTime",
        "Whole": "2026-11-24T00:00:00.000000Z",
        "Whole@odata.type": "Edm.DateTime",
        "First": "1601-01-01T00:00:00.000000Z",
        "First@odata.type": "Edm.DateTime",
        "Bytes": "AP8=",
        "Bytes@odata.type": "Edm.Binary",
        "Text": 'a?b\n"',
    }


def test_a_value_of_no_column_type_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="no column type for List"):
        as_json(KEYS | {"List": []})


@given(text=st.text(st.characters(codec=None), max_size=60))
def test_any_text_can_be_sent(text: str) -> None:
    sent = json.loads(as_json(KEYS | {"Text": text}))["Text"]
    assert sent.encode("utf-8") == text.encode("utf-8", "replace")


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


LONG = "\u65e5" * 508  # each of its characters takes nine in an address, and six in the entity
WIDE = {"PartitionKey": LONG, **{f"C{n:02}": b"x" * 60_000 for n in range(11)}}


@pytest.mark.parametrize(
    "operations",
    [
        [put("a", f"{n}", 65_000) for n in range(90)],
        [put(LONG, f"{LONG}{n:04}", 29_500) for n in range(150)],
        [Operation(Verb.DELETE, {"PartitionKey": LONG, "RowKey": f"{LONG}{n:04}"}) for n in range(150)],
        [Operation(Verb.PUT, {**WIDE, "RowKey": f"{LONG}{n}"}) for n in range(9)],
        [Operation(Verb.REPLACE, put("a", f"{n}", 25_000).entity, "e" * 9_000) for n in range(100)],
        [Operation(Verb.PUT, {**KEYS, **{f"C{n}": "\x01" * 32_000 for n in range(16)}})],
    ],
)
def test_a_group_stays_below_the_size_of_a_transaction(operations: list[Operation]) -> None:
    """4 MiB with every frame and address, and no further from it than one operation more."""
    [groups] = by_partition(operations)
    url = f"https://{'a' * 24}.table.core.usgovcloudapi.net/{'T' * 63}"
    sizes = [len(request(group, url)[1]) for group in groups]
    assert max(sizes) <= 4 * 2**20
    for group, size, following in zip(groups, sizes, groups[1:], strict=False):
        assert len(group) == 100 or size + following[0].size > 0.95 * 4 * 2**20


def test_nothing_is_grouped_where_one_entity_is_over_a_limit() -> None:
    with pytest.raises(OverLimit):
        by_partition([put("a", "1"), put("a", "2", 70_000)])
