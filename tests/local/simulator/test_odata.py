from __future__ import annotations

import pytest

from local.simulator import odata
from local.simulator.answers import Refused

FIELDS = odata.fields(created="time", number="number", name="text")
ITEMS: list[odata.Item] = [
    {"created": "2026-11-24T10:00:00.1234567Z", "number": 1, "name": "it's"},
    {"created": "2026-11-24T10:00:00.1234568Z", "number": 2, "name": "b"},
    {"created": "2026-11-25T00:00:00Z", "number": None, "name": None},
    {"created": None, "number": 4, "name": "b"},
]


def found(text: str) -> list[int]:
    test = odata.compiled(text, FIELDS)
    return [index for index, item in enumerate(ITEMS) if test(item)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("created ge 2026-11-24T10:00:00.1234568Z", [1, 2]),
        ("created gt 2026-11-24T10:00:00.1234567Z and created lt 2026-11-25T00:00:00Z", [1]),
        ("created le 2026-11-24T10:00:00.1234567Z", [0]),
        ("created eq 2026-11-25", [2]),
        ("created gt 2026-11-24Z", [0, 1, 2]),
        ("name eq 'it''s'", [0]),
        ("name ne 'b'", [0, 2]),
        ("name eq null", [2]),
        ("number ne null and number lt 4", [0, 1]),
        ("name eq 'b' and (number eq 2 or number eq 4)", [1, 3]),
        ("name eq 'b' and number eq 2 or number eq 1", [0, 1]),
        ("NAME eq 'b'", [1, 3]),
        ("startswith(name,'i')", [0]),
    ],
)
def test_a_filter_finds_what_it_says(text: str, expected: list[int]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "other eq 1",
        "name eq b",
        "name eq 1",
        "name gt 'b'",
        "number eq '1'",
        "created ge '2026-11-24T10:00:00Z'",
        "created ge 2026-13-24T10:00:00Z",
        "created ge 2026-11-24T10:00:00.12345678Z",
        "number in (1,2)",
        "not number eq 1",
        "contains(name,'b')",
        "number eq 1 number eq 2",
        "(number eq 1",
        "number eq 1)",
        "number eq",
        "number",
        "number eq 1 and",
        "name eq 'b' ; drop",
        "1 eq number",
    ],
)
def test_what_is_not_documented_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        odata.compiled(text, FIELDS)
    assert refusal.value.status == 400


@pytest.mark.parametrize(("count", "taken"), [(25, True), (26, False)])
def test_a_filter_of_more_than_a_hundred_nodes_is_refused(count: int, taken: bool) -> None:
    """A comparison is three, each `or` between two of them one."""
    name = next(field.key for field in FIELDS.values() if field.kind == "text")
    text = " or ".join(f"{name} eq '{n}'" for n in range(count))
    if taken:
        odata.compiled(text, FIELDS)
        return
    with pytest.raises(Refused, match="node count limit of '100'"):
        odata.compiled(text, FIELDS)


def test_options_are_known_and_come_once() -> None:
    assert odata.options([("$top", "5")], ("$top",)) == {"$top": "5"}
    for query in ([("$select", "id")], [("$top", "5"), ("$top", "6")]):
        with pytest.raises(Refused):
            odata.options(query, ("$top",))


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "", "10001", "٣"])
def test_a_number_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        odata.number({"$top": value}, "$top", default=1, most=10_000)
