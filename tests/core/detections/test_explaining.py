"""Why a rule hit, which almost did, and which part was missing."""

from __future__ import annotations

from typing import Any

from shared.core.detections import Explained, Explainer
from shared.core.detections.explaining import words
from tests.core.detections.rules import detections, process, rule
from tests.core.detections.test_agents import ROW, WHOLE

THREE = r"a: {Image|endswith: '\cmd.exe', CommandLine|contains|all: [one, two, three]}"


def explained(*rules: dict[str, Any], row: dict[str, Any]) -> tuple[list[Explained], list[Explained]]:
    return Explainer(detections(*rules)).explain("DeviceProcessEvents", "ProcessCreated", row)


def test_a_rule_that_hits_has_every_part_met() -> None:
    [hit], almost = explained(rule(THREE), row=process("one two three"))
    assert almost == []
    assert [part.met for part in hit.parts] == [True] * 4


def test_a_rule_that_almost_hits_tells_the_part_that_is_missing() -> None:
    hits, [near] = explained(rule(THREE), row=process("one two"))
    assert hits == []
    assert [part.text for part in near.parts if not part.met] == ["CommandLine contains three"]
    assert near.nearness == 0.75


def test_a_rule_of_which_half_or_less_is_met_is_not_told_of() -> None:
    assert explained(rule(THREE), row=process("one")) == ([], [])


def test_an_exception_that_spoke_against_it_is_told() -> None:
    text = r"{a: {CommandLine|contains: one}, f: {Image|endswith: '\cmd.exe'}, condition: a and not f}"
    _, [near] = explained(rule(text), row=process("one"))
    assert [part.text for part in near.parts if not part.met] == ["not (Image ends with \\cmd.exe)"]
    assert near.nearness == 1.0


def test_a_part_that_the_row_does_not_tell_says_so() -> None:
    text = r"a: {CommandLine|contains|all: [one, two], IntegrityLevel: System}"
    _, [near] = explained(rule(text), row=process("one two"))
    assert [(part.text, part.told) for part in near.parts if not part.met] == [
        ("IntegrityLevel is system", False)
    ]


def test_the_nearest_come_first_and_not_too_many() -> None:
    more = [rule(f"a: {{CommandLine|contains|all: [one, two, x{at}]}}", number=at + 2) for at in range(20)]
    _, almost = explained(rule(THREE), *more, row=process("one two"))
    assert almost[0].rule.title == "Rule 1"
    assert len(almost) == 8


def test_an_excused_hit_names_the_agent() -> None:
    found = detections(rule(r"a: {Image|endswith: '\cscript.exe'}"), agents=[WHOLE])
    [hit], _ = Explainer(found).explain("DeviceProcessEvents", "", ROW)
    assert hit.agent == "Inventory"


def test_every_kind_of_comparison_is_told_in_words() -> None:
    text = r"""
        a:
          CommandLine|contains: [one, two, three, four, five, six, seven]
          Image|startswith: 'C:\'
          ParentImage|endswith: x
          OriginalFileName|re: 'a.b'
          Company: 'a*b?'
          Description|cased: Abc
          Product: null
          User|fieldref: ParentUser
          ProcessId|gte: 5
        b: [{md5: x}, {sha1: y}]
        condition: a and b
    """
    _, almost = explained(rule(text), row=process("one"))
    assert almost == []
    [found] = detections(rule(text)).rules
    told = words(found.condition)
    for each in (
        "CommandLine contains one or two or three or four or five or six or 1 more",
        "Image begins with c:\\",
        "ParentImage ends with x",
        "OriginalFileName matches a.b",
        "Company is like a*b?",
        "Description is Abc (by case)",
        "Product is not told",
        "User is ParentUser",
        "ProcessId is at least 5.0",
        "(md5 is x) or (sha1 is y)",
    ):
        assert each in told


def test_a_table_that_no_rule_judges_is_explained_by_nothing() -> None:
    assert Explainer(detections(rule(THREE))).explain("NoSuchTable", "", {}) == ([], [])


def test_one_explainer_tells_of_each_row_what_it_shows() -> None:
    explainer = Explainer(detections(rule(THREE)))
    rows = (process("one two three"), process("one two"), process("one"), process("one two three"))
    told = [explainer.explain("DeviceProcessEvents", "ProcessCreated", row) for row in rows]
    assert [(len(hits), len(almost)) for hits, almost in told] == [(1, 0), (0, 1), (0, 0), (1, 0)]
    assert told[0] == told[3]
