"""The index finds every rule that a full scan finds: on rows made of the rules' own words, and disguised."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.detections.compile import document
from local.detections.keys import required
from local.detections.rulefile import Compiled, Refused, columns, compiled_document
from shared.core.detections.condition import ANY, ONE, Expression
from shared.core.detections.fields import READERS
from shared.core.detections.judging import applies
from shared.core.detections.rules import Ruleset, read
from shared.core.detections.value import Values
from shared.core.detections.view import View
from tests.core.detections.rules import compiled_rules, rule
from tests.detections import own
from tests.local.detections import generated

TABLES = sorted(READERS)
PROCESS = "DeviceProcessEvents"


def _generated(count: int) -> list[Compiled]:
    known = columns()
    made = [
        compiled_document(Path(f"windows/execution/{at}.yml"), "windows", each, known)
        for at, each in enumerate(generated.rules(count))
    ]
    return [each for each in made if not isinstance(each, Refused)]


@pytest.fixture(scope="module")
def rules() -> list[Compiled]:
    """Our own rules and as many generated ones."""
    return [*own.folder().rules, *_generated(400)]


@pytest.fixture(scope="module")
def ruleset(rules: list[Compiled]) -> Ruleset:
    return read(document(rules))


@pytest.fixture(scope="module")
def words(rules: list[Compiled]) -> dict[str, list[str]]:
    """For each field, texts that rules compare it with."""
    found: dict[str, set[str]] = {}
    for each in rules:
        _collect(each.condition, found)
    return {field: sorted(texts) for field, texts in found.items()}


def _collect(expression: Expression, found: dict[str, set[str]]) -> None:
    if expression[0] in ("and", "or", "not"):
        for part in expression[1:]:
            _collect(part, found)
    elif expression[0] in ("=", "^", "$", "~", "*", "re"):
        texts = (str(value).replace(ANY, "xx").replace(ONE, "y") for value in expression[2])
        found.setdefault(expression[1], set()).update(texts)


def scanned(ruleset: Ruleset, table: str, view: View) -> set[int]:
    return {
        at
        for at, each in enumerate(ruleset.rules)
        if applies(each, view, table, None) and ruleset.test(at)(view)
    }


def indexed(ruleset: Ruleset, table: str, view: View) -> set[int]:
    index = ruleset.index(table)
    tried = index.rules(view) if index is not None else []
    return {at for at in tried if applies(ruleset.rules[at], view, table, None) and ruleset.test(at)(view)}


COLUMNS = {
    "FolderPath": ("Image", "TargetFilename", "ImageLoaded", "TargetImage"),
    "ProcessCommandLine": ("CommandLine", "ImagePath"),
    "InitiatingProcessCommandLine": ("ParentCommandLine", "CommandLine"),
    "InitiatingProcessFolderPath": ("ParentImage", "Image", "SourceImage"),
    "ProcessVersionInfoOriginalFileName": ("OriginalFileName",),
    "RegistryKey": ("TargetObject",),
    "RegistryValueName": ("TargetObject",),
    "RegistryValueData": ("Details",),
    "RemoteUrl": ("DestinationHostname",),
    "ProcessIntegrityLevel": ("IntegrityLevel",),
    "InitiatingProcessParentFileName": ("GrandParentImage", "ParentImage"),
}
_GLUE = ("", " ", "\\", "/", " -", "^", '"', "  ", ".", "\u017f", "\u212a", "\u0131", "xyz")


def row_of(chance: random.Random, words: dict[str, list[str]]) -> dict[str, Any]:
    """A row whose cells are made of what rules look for, cut and disguised."""
    row: dict[str, Any] = {}
    for column, fields in COLUMNS.items():
        if chance.random() < 0.3:
            continue
        pieces = []
        for _ in range(chance.randint(1, 4)):
            texts = words.get(chance.choice(fields)) or ["x"]
            text = chance.choice(texts)
            pieces.append(chance.choice(_GLUE) + (text.upper() if chance.random() < 0.2 else text))
        text = "".join(pieces)
        if "Folder" in column and chance.random() < 0.8:
            text = ("/usr/bin/" if chance.random() < 0.2 else "C:\\Windows\\") + text.lstrip("\\/")
        row[column] = "^".join(text) if chance.random() < 0.1 else text
    return row


@given(st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_the_index_finds_what_a_full_scan_finds(
    ruleset: Ruleset, words: dict[str, list[str]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - rows, not secrets
    table = chance.choice(TABLES)
    actions = sorted({action for each in ruleset.rules for action in (each.tables.get(table) or ())}) or [""]
    view = View(READERS[table], chance.choice(actions), row_of(chance, words), Values())
    assert indexed(ruleset, table, view) == scanned(ruleset, table, view)


@pytest.mark.parametrize("text", ["d\u0131sm", "DI\u017fM", "\u212aill", "d\u0130sm"])
def test_letters_that_a_pattern_takes_for_others_are_no_way_round_the_index(text: str) -> None:
    made = compiled_rules(rule(r"a: {Description|re|i: 'dism|kill'}"))
    view = View(READERS[PROCESS], "", {"ProcessVersionInfoFileDescription": text}, Values())
    found = read(document(made))
    assert indexed(found, PROCESS, view) == scanned(found, PROCESS, view)


def test_rows_made_so_meet_rules_at_all(ruleset: Ruleset, words: dict[str, list[str]]) -> None:
    """Else the property above would hold of nothing."""
    chance = random.Random(3)  # noqa: S311 - rows, not secrets
    met: set[int] = set()
    for _ in range(400):
        view = View(READERS["DeviceProcessEvents"], "ProcessCreated", row_of(chance, words), Values())
        met |= scanned(ruleset, "DeviceProcessEvents", view)
    assert len(met) > 40


def test_the_rules_of_a_table_are_hardly_ever_tried_all(
    ruleset: Ruleset, words: dict[str, list[str]]
) -> None:
    chance = random.Random(5)  # noqa: S311 - rows, not secrets
    index = ruleset.index("DeviceProcessEvents")
    assert index is not None
    tried = 0
    for _ in range(100):
        row = {
            "FolderPath": "C:\\Windows\\System32\\notepad.exe",
            "ProcessCommandLine": f"notepad {chance.random()}",
        }
        tried += len(index.rules(View(READERS["DeviceProcessEvents"], "", row, Values())))
    assert tried / 100 < 0.06 * len(ruleset.rules)


@pytest.mark.parametrize(
    ("detection", "keys"),
    [
        (r"a: {Image|endswith: '\evil.exe'}", {("leaf", "Image", "evil.exe")}),
        ("a: {IntegrityLevel: System, Image|endswith: '\\evil.exe'}", {("leaf", "Image", "evil.exe")}),
        ("a: {Description: Tool}", {("exact", "Description", "tool")}),
        ("a: {CommandLine|contains: [' a^b', 'x']}",
         {("short", "CommandLine", "ab"), ("short", "CommandLine", "x")}),
        ("{a: {CommandLine|contains: abcd}, f: {Image: y}, condition: a and not f}",
         {("gram", "CommandLine", "abcd")}),
        (r"a: {CommandLine|re: '(?:abcd|efgh)\d+'}",
         {("gram", "CommandLine", "abcd"), ("gram", "CommandLine", "efgh")}),
        (r"a: {CommandLine|re: 'x(?:abcd)?(?:efgh)*'}", {("short", "CommandLine", "x")}),
        (r"a: {CommandLine|re: '\d(?:abcd)+'}", {("gram", "CommandLine", "abcd")}),
        ("a: {CommandLine|contains: ['^', '``']}",
         {("raw", "CommandLine", "^"), ("raw", "CommandLine", "``")}),
        (r"a: {CommandLine|re: '[aA]bcd(?:zz)?'}", {("gram", "CommandLine", "abcd")}),
    ],
)  # fmt: skip
def test_a_rule_stands_under_the_rarest_keys_that_it_needs(
    detection: str, keys: set[tuple[str, str, str]]
) -> None:
    [made] = compiled_rules(rule(detection))
    assert required(made.condition, Counter()) == keys


@pytest.mark.parametrize(
    "detection",
    [
        "a: [{Description: x}, {Company: null}]",
        r"a: {CommandLine|re: '\d{4}|abcd'}",
        "a: {CommandLine|contains: ' '}",
    ],
)
def test_a_rule_without_keys_is_always_tried(detection: str) -> None:
    [made] = compiled_rules(rule(detection))
    assert required(made.condition, Counter()) is None
