"""Texts in queries: what attackers choose, and what Kusto's escapes mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.simulator.engine import Engine

HOSTILE = [
    "plain",
    'x" or true //',
    "x' or 1=1 --",
    "back\\slash\\",
    "line\nbreak\r\nand\ttab",
    "\u0000nul\u0001",
    "e\u0301 \U0001f600 \u202e\u2028",
    "'; DROP TABLE DeviceProcessEvents; --",
    "TRY_CAST('2026-11-24T10:00:00Z' AS TIMESTAMPTZ) AT TIME ZONE 'UTC'",
    "datetime(2026-11-24)",
    "// no comment",
    "%_[a]*?",
    "dynamic([1])",
]


def escaped(text: str) -> str:
    """Printable ASCII with \\uXXXX for everything else, as a careful client writes it."""
    units = text.encode("utf-16-be", "replace")
    codes = [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]
    plain = set(range(32, 127)) - {0x22, 0x5C}
    return '"' + "".join(chr(c) if c in plain else f"\\u{c:04x}" for c in codes) + '"'


def found(engine: Engine, condition: str) -> list[int]:
    """The ids of the processes that the condition holds for."""
    result = engine.run(
        f"DeviceProcessEvents | where {condition} | project ProcessId | sort by ProcessId asc"
    )
    return [row["ProcessId"] for row in result.rows]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_found_by_its_own_literal_and_by_no_other(engine: Engine, text: str) -> None:
    engine.load(
        "DeviceProcessEvents",
        [{"ProcessId": n, "ProcessCommandLine": one} for n, one in enumerate([text, "something else"])],
    )
    assert found(engine, f"ProcessCommandLine == {escaped(text)}") == [0]
    assert found(engine, f"ProcessCommandLine in ({escaped(text)}, 'z')") == [0]
    assert found(engine, f"ProcessCommandLine in (dynamic([{escaped(text)}]))") == [0]
    assert found(engine, f"ProcessCommandLine contains {escaped(text)}") == [0]


@pytest.fixture(scope="module")
def one_engine() -> Iterator[Engine]:
    """One for many texts, each alone in it."""
    made = Engine()
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_round_trips_through_a_row_and_a_literal(one_engine: Engine, text: str) -> None:
    engine = one_engine
    engine.clear("DeviceInfo")
    engine.load("DeviceInfo", [{"DeviceName": text}])
    result = engine.run(
        f"DeviceInfo | where DeviceName == {escaped(text)} | project DeviceName, Same = {escaped(text)}"
    )
    assert result.rows == ({"DeviceName": text, "Same": text},)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"A\x42\103\a"', "ABC\a"),
        (r"'it\'s'", "it's"),
        (r'@"C:\new\u0041"', r"C:\new\u0041"),
        (r"@'a''b'", "a'b"),
        (r'"😀"', "😀"),
        (r'"\ud83d"', "\ufffd"),
        (r'"C:\\u0041"', r"C:\u0041"),
    ],
)
def test_escapes_mean_what_kusto_says(engine: Engine, literal: str, value: str) -> None:
    engine.load("DeviceInfo", [{"DeviceName": "d"}])
    assert engine.run(f"DeviceInfo | project V = {literal} // a \\u comment").rows == ({"V": value},)
