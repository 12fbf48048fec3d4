"""Comparisons over readings, over what is unknown and over half a path; patterns in a time as the text's."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.detections.condition import ANY, ONE, function_of
from shared.core.detections.value import Value, Values
from shared.core.detections.view import View
from tests.core.detections.rules import detections, hits, judged, process, rule


class Fields:
    """Fields as a view has them."""

    def __init__(self, **values: Value) -> None:
        self._values = values

    def field(self, name: str) -> Value | None:
        return self._values.get(name)


def met(expression: list[Any], **values: Value) -> bool:
    return function_of(expression)(Fields(**values))  # type: ignore[arg-type]  # stands for a view


IS_X = ["=", "F", ["x"]]


@pytest.mark.parametrize(
    ("expression", "with_y", "without"),
    [
        (IS_X, False, False),
        (["not", IS_X], True, False),
        (["not", ["not", IS_X]], False, False),
        (["and", ["=", "G", ["g"]], ["not", IS_X]], True, False),
        (["and", ["=", "G", ["g"]], ["not", ["and", IS_X, ["=", "G", ["other"]]]]], True, True),
        (["or", IS_X, ["=", "G", ["g"]]], True, True),
        (["not", ["null", "F"]], True, False),
        (["null", "F"], False, True),
        (["not", ["re", "F", ["x"], ""]], True, False),
        (["not", ["cidr", "F", ["10.0.0.0/8"]]], True, False),
        (["not", ["lt", "F", [5.0]]], True, False),
        (["not", ["ref", "F", "G", "="]], True, False),
        (["ref", "F", "G", "="], False, False),
        (["not", ["not", ["not", IS_X]]], True, False),
    ],
)
def test_what_is_unknown_never_makes_a_rule_fire(expression: list[Any], with_y: bool, without: bool) -> None:
    told = {"G": Value(("g",))}
    assert met(expression, F=Value(("y",)), **told) is with_y
    assert met(expression, **told) is without


@given(st.data())
def test_a_rule_that_fires_with_less_told_fires_with_any_filling(data: st.DataObject) -> None:
    """Losing a field may silence a condition without null; it never makes it fire."""
    atoms = st.sampled_from([["=", name, [text]] for name in "FG" for text in "xy"])
    expression = data.draw(
        st.recursive(
            atoms,
            lambda inner: st.one_of(
                st.builds(lambda part: ["not", part], inner),
                st.builds(lambda one, two: ["and", one, two], inner, inner),
                st.builds(lambda one, two: ["or", one, two], inner, inner),
            ),
            max_leaves=6,
        )
    )
    told = Value((data.draw(st.sampled_from("xyz")),))
    filling = Value((data.draw(st.sampled_from("xyz")),))
    if met(expression, F=told):
        assert met(expression, F=told, G=filling)


def test_any_reading_accuses_and_only_the_sure_ones_excuse() -> None:
    value = Value(("c:\\temp\\good.exe",), second=("c:\\temp\\powershell.exe",))
    ends = ["$", "F", ["\\powershell.exe"]]
    assert met(ends, F=value)
    assert met(["not", ends], F=value)


def test_a_renamed_program_is_met_by_either_name_and_a_copied_one_by_the_difference() -> None:
    renamed = process("x", "C:\\Temp\\good.exe", ProcessVersionInfoOriginalFileName="PowerShell.EXE")
    assert hits(r"a: {Image|endswith: '\powershell.exe'}", renamed)
    named = r"a: {OriginalFileName: powershell.exe}, f: {Image|endswith: '\powershell.exe'}"
    text = f"{{{named}, condition: a and not f}}"
    assert hits(text, renamed)
    assert not hits(text, {**renamed, "FolderPath": "C:\\x\\powershell.exe", "FileName": "powershell.exe"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"a: {ParentImage|endswith: '\word.exe'}", True),
        (r"a: {ParentImage|endswith: '\office\word.exe'}", False),
        (r"{a: {CommandLine: x}, f: {ParentImage|startswith: 'C:\Office'}, condition: a and not f}", False),
        (r"{a: {CommandLine: x}, f: {ParentImage|endswith: '\excel.exe'}, condition: a and not f}", False),
    ],
)
def test_a_path_of_which_only_the_name_is_known_accuses_by_name_and_never_clears(
    text: str, wanted: bool
) -> None:
    assert hits(text, process("x", InitiatingProcessFileName="word.exe")) is wanted


@pytest.mark.parametrize(
    ("text", "row", "wanted"),
    [
        ("User|contains: 'AUTHORI'", {"AccountName": "system"}, False),
        ("User|contains: 'AUTHORI'", {"AccountName": "system", "AccountDomain": "contoso"}, True),
        ("Hashes|contains: 'SHA1=aa'", {"MD5": "bb"}, False),
        ("Hashes|contains: 'SHA1=aa'", {"MD5": "bb", "SHA1": "cc", "SHA256": "dd"}, True),
    ],
)
def test_an_exception_about_what_is_told_in_part_may_hold(
    text: str, row: dict[str, Any], wanted: bool
) -> None:
    detection = f"{{a: {{CommandLine: x}}, f: {{{text}}}, condition: a and not f}}"
    assert hits(detection, process("x", **row)) is wanted


@pytest.mark.parametrize(
    "detection",
    [r"a: {CommandLine|contains: 'powershell -nop'}", r"a: {CommandLine|re: '^powershell -nop$'}"],
)
def test_a_disguised_line_is_met_by_its_clean_reading(detection: str) -> None:
    assert hits(detection, process('po^wer"s"hell   -no`p'))
    assert not hits(detection, process("powershell -now"))


def test_a_dash_is_not_taken_for_a_slash() -> None:
    assert not hits("a: {CommandLine|contains: ' /create'}", process("schtasks -create"))
    assert hits("a: {CommandLine|contains: ' -create'}", process("schtasks /create"))


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        (f"ab{ANY}bc", "abc", False),
        (f"ab{ANY}bc", "abbc", True),
        (f"{ANY}aba{ANY}aba", "ababa", False),
        (f"{ANY}a{ONE}", "a", False),
        (f"a{ANY}", "a", True),
        (ANY, "", True),
    ],
)
def test_parts_of_a_pattern_do_not_share_characters(pattern: str, text: str, wanted: bool) -> None:
    assert met(["*", "F", [pattern]], F=Value((text,))) is wanted


PIECES = st.lists(st.sampled_from(["a", "b", "ab", "\n", "*", "?", ".", "\\"]), max_size=8).map("".join)


@given(st.lists(st.sampled_from(["a", "b", "ab", ANY, ANY, ONE, ".", "\\"]), max_size=7).map("".join), PIECES)
def test_a_pattern_is_what_a_regular_expression_of_it_would_be(pattern: str, text: str) -> None:
    parts = {ANY: ".*", ONE: "."}
    plain = "".join(parts.get(char, re.escape(char)) for char in pattern)
    wanted = re.fullmatch(plain, text, re.DOTALL) is not None
    assert met(["*", "F", [pattern]], F=Value((text,))) is wanted


@pytest.mark.parametrize(
    "pattern", [f"{ANY}a{ANY}a{ANY}a{ANY}a{ANY}b", f"a{ANY}{ONE}a{ANY}ab", f"{ANY}{ONE}{ANY}{ONE}{ANY}b"]
)
def test_a_pattern_takes_a_time_in_step_with_the_text(pattern: str) -> None:
    began = time.thread_time()
    assert not met(["*", "F", [pattern]], F=Value(("a" * 6_000,)))
    assert time.thread_time() - began < 5.0  # going back and forth takes minutes here


def test_a_regular_expression_is_compiled_only_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    compile_ = re.compile

    def compile_and_tell(pattern: str, flags: int) -> re.Pattern[str]:
        asked.append(pattern)
        return compile_(pattern, flags)

    monkeypatch.setattr("shared.core.detections.condition.re.compile", compile_and_tell)
    test = function_of(["and", ["re", "F", ["a+"], ""], ["=", "G", ["g"]]])
    assert not test(Fields(F=Value(("aaa",)), G=Value(("other",))))  # type: ignore[arg-type]
    assert asked == []
    assert test(Fields(F=Value(("aaa",)), G=Value(("g",))))  # type: ignore[arg-type]
    assert asked == ["a+"]


def test_an_address_that_is_none_is_in_no_network() -> None:
    row = {"ActionType": "ConnectionSuccess", "RemoteIP": "host.example"}
    found = detections(
        rule("a: {DestinationIp|cidr: '0.0.0.0/0', Initiated: 'true'}", {"category": "network_connection"})
    )
    assert not judged(found, row, "DeviceNetworkEvents").hits
    assert judged(found, {**row, "RemoteIP": "::ffff:203.0.113.9"}, "DeviceNetworkEvents").hits


def test_a_view_reads_a_field_once() -> None:
    asked: list[str] = []

    def read(view: View) -> Value:
        asked.append("x")
        return Value(("x",))

    view = View({"F": read}, "", {}, Values())
    assert view.field("F") is view.field("F")
    assert asked == ["x"]
