"""Regular expressions that would take long on an attacker's line are found; ordinary ones are let through."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import pytest

from local.detections.gate import Pattern, patterns_of, too_slow
from local.detections.hard_lines import SLOW, hard_lines, worst
from shared.core.detections.plain import MAX_TEXT

EXPLODES = [
    r"(a+)+$",
    r"(a|aa)+$",
    r"(?:\w+\s?)*$x",
    r"(x+x+)+y",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?:\d+-?)+!",
]
SLOW_ONES = [r".*foo.*bar", r"\s+$x", r"[a-z]*[0-9]*!", r"foo.*bar", r"foo.*bar.*foo.*baz"]
ORDINARY = [
    r"foo",
    r"\s-e[a-z]{0,10}\s+[A-Za-z0-9+/]{20}",
    r"(?:curl|wget)\s.{0,100}?\|\s{0,3}(?:ba|z)?sh",
    r"^[a-z]:\\Users\\[^\\]{1,60}\\x\.exe$",
    r"0x[0-9a-f]*[13579bdf][0-9a-f]$",
    r"\\(?:temp|tmp)\\[^\\]{1,40}\.exe",
]


def test_what_explodes_is_found_and_the_rest_goes_on() -> None:
    found = too_slow([(pattern, "") for pattern in (EXPLODES[0], ORDINARY[0], EXPLODES[1])], patience=0.5)
    assert set(found) == {(EXPLODES[0], ""), (EXPLODES[1], "")}
    assert all("still running after 0.5 s" in said for said in found.values())


@pytest.mark.slow  # each takes the whole patience
@pytest.mark.parametrize("pattern", EXPLODES)
def test_every_kind_of_explosion_is_found(pattern: str) -> None:
    assert (pattern, "") in too_slow([(pattern, "")])


@pytest.fixture(scope="module")
def slow_found() -> Mapping[Pattern, str]:
    return too_slow([(pattern, "") for pattern in SLOW_ONES], patience=0.5)


@pytest.mark.parametrize("pattern", SLOW_ONES)
def test_what_takes_a_square_of_the_length_is_found(slow_found: Mapping[Pattern, str], pattern: str) -> None:
    assert (pattern, "") in slow_found


def test_ordinary_patterns_are_let_through() -> None:
    assert too_slow([(pattern, flags) for pattern in ORDINARY for flags in ("", "i")]) == {}


def test_what_python_does_not_take_is_found() -> None:
    [said] = too_slow([(r"\pL", "")]).values()
    assert "does not take it" in said


def test_hard_lines_are_as_long_as_what_is_looked_at_and_come_to_an_end() -> None:
    lines = list(hard_lines(r"(?:ab|cd){2,9}[^x]\d+z?$"))
    assert 15 < len(lines) < 80
    assert all(MAX_TEXT - 300 <= len(line) <= MAX_TEXT + 1 for line in lines)


def test_a_hard_line_nearly_matches_its_pattern() -> None:
    pattern = r"user-[0-9]{3}\s(?:on|off)!"
    body = re.compile(r"user-\d{3}\so[nf]")
    assert any(len(body.findall(line)) > 100 for line in hard_lines(pattern))


def test_the_patterns_of_a_condition_are_found_wherever_they_stand() -> None:
    condition = [
        "and",
        ["re", "F", ["a", "b"], "i"],
        ["not", ["or", ["re", "G", ["c"], ""], ["=", "F", ["x"]]]],
    ]
    assert list(patterns_of(condition)) == [("a", "i"), ("b", "i"), ("c", "")]


def test_the_gate_takes_milliseconds_for_an_ordinary_pattern() -> None:
    began = time.thread_time()
    assert worst(ORDINARY[1], "")[0] < SLOW
    assert time.thread_time() - began < 5.0
