"""What a Sigma rule means, case by case, and the same by pysigma's own parse.

Written from the specification, https://github.com/SigmaHQ/sigma-specification (rules 2.1.0 and its appendix
of modifiers 2.1.0, read 2026-11-29). Description, Company and Product are read as they stand, so that nothing
but Sigma's meaning decides here.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.detections import reference
from tests.core.detections.rules import WINDOWS, detections, judged, refusal, rule

COLUMNS = {
    "Description": "ProcessVersionInfoFileDescription",
    "Company": "ProcessVersionInfoCompanyName",
    "Product": "ProcessVersionInfoProductName",
}


def d(text: str | None, **more: str | None) -> dict[str, str | None]:
    """An event of this description."""
    return {"Description": text, "Company": "Contoso", "Product": "Widget", **more}


# name: (detection, events it meets, events it does not)
CASES: dict[str, tuple[str, list[dict[str, str | None]], list[dict[str, str | None]]]] = {
    "a plain value, whatever the case": (
        "a: {Description: Evil Tool}", [d("Evil Tool"), d("EVIL tool")],
        [d("Evil Tools"), d("An Evil Tool"), d("")],
    ),
    "a list is any of its values": (
        "a: {Description: [one, two]}", [d("one"), d("Two")], [d("three"), d("one two")],
    ),
    "a map is all of its keys": (
        "a: {Description: one, Company: Contoso}", [d("one")], [d("one", Company="Fabrikam"), d("two")],
    ),
    "a list of maps is any of them": (
        "a: [{Description: one}, {Company: Fabrikam}]", [d("one"), d("x", Company="fabrikam")], [d("x")],
    ),
    "a number is its digits": ("a: {Description: 42}", [d("42")], [d("042"), d("421")]),
    "a truth value is its word": ("a: {Description: true}", [d("true"), d("True")], [d("1"), d("false")]),
    "* is any run of characters": (
        "a: {Description: 'pro*am'}", [d("program"), d("proam"), d("PRO x\ny AM")],
        [d("program!"), d("a program")],
    ),
    "? is one character": (
        "a: {Description: 'prog?.exe'}", [d("progA.exe"), d("prog?.exe")], [d("prog.exe"), d("progAB.exe")],
    ),
    "* and ? together": ("a: {Description: '?a*b?c*'}", [d("xabyc"), d("xa..b.c..")], [d("abyc"), d("xabc")]),
    "* alone is any value that is told": ("a: {Company: contoso, Description: '*'}", [d("x")], [d(None)]),
    "an escaped wildcard is itself": (
        r"a: {Description: 'what\?'}", [d("what?")], [d("whats"), d(r"what\?"), d(r"what\s")],
    ),
    "an escaped star is itself": (r"a: {Description: 'a\*b'}", [d("a*b")], [d("ab"), d("axb")]),
    "a backslash before a letter is itself": (
        r"a: {Description: 'C:\Windows'}", [d(r"C:\Windows")], [d("C:Windows")],
    ),
    "two backslashes are one": (r"a: {Description: 'C:\\Windows'}", [d(r"C:\Windows")], [d(r"C:\\Windows")]),
    "two backslashes and a star: one and any": (
        r"a: {Description: 'C:\\*'}", [d("C:\\"), d(r"C:\x")], [d("C:*"), d("C:")],
    ),
    "three backslashes and a star: both themselves": (
        r"a: {Description: 'C:\\\*'}", [d(r"C:\*")], [d(r"C:\x"), d(r"C:\\*")],
    ),
    "four backslashes are two": (r"a: {Description: '\\\\srv'}", [d(r"\\srv")], [d(r"\srv")]),
    "a backslash at the end is itself": (
        "a: {Description|contains: 'Run\\'}", [d("x\\Run\\y")], [d("x\\Run")],
    ),
    "contains": ("a: {Description|contains: vil}", [d("evil"), d("EVILER"), d("vil")], [d("vi l")]),
    "contains with a wildcard inside": (
        "a: {Description|contains: 'a*c'}", [d("xabcx"), d("ac")], [d("ca"), d("cxa")],
    ),
    "startswith": ("a: {Description|startswith: ev}", [d("evil"), d("EV")], [d("devil")]),
    "endswith": ("a: {Description|endswith: il}", [d("evil"), d("IL")], [d("evils")]),
    "endswith a backslash and a name": (
        r"a: {Description|endswith: '\cmd.exe'}", [d(r"C:\cmd.exe")], [d("cmd.exe"), d(r"C:\xcmd.exe")],
    ),
    "contains all": (
        "a: {Description|contains|all: [one, two]}", [d("two one"), d("onetwo")], [d("one"), d("two")],
    ),
    "all of the plain values": ("a: {Description|all: ['*one*', '*two']}", [d("one two")], [d("two one")]),
    "cased": ("a: {Description|cased: Evil}", [d("Evil")], [d("evil"), d("EVIL")]),
    "contains, cased": ("a: {Description|contains|cased: Evil}", [d("so Evil")], [d("so evil")]),
    "neq": (
        "a: {Description|neq: evil, Company: contoso}", [d("good")],
        [d("evil"), d("EVIL"), d("x", Company="y")],
    ),
    "an empty value is no null": (
        "a: {Description|contains: e, Company: null}", [d("e", Company=None)], [d("e")],
    ),
    "null in a filter": (
        "{a: {Description: e}, f: {Company: null}, condition: a and not f}", [d("e")], [d("e", Company=None)],
    ),
    "exists": ("a: {Description: e, Company|exists: true}", [d("e")], [d("e", Company=None)]),
    "exists not": ("a: {Description: e, Company|exists: false}", [d("e", Company=None)], [d("e")]),
    "windash": (
        "a: {Description|windash|contains: ' -enc'}",
        [d("x -enc"), d("x /enc"), d("x \u2013enc"), d("x \u2014enc"), d("x \u2015enc")],
        [d("x _enc"), d("xenc")],
    ),
    "windash leaves what is inside a word": (
        "a: {Description|windash|contains: ' -a-b'}", [d("x /a-b"), d("x -a-b")], [d("x -a/b")],
    ),
    "windash with all": (
        "a: {Description|windash|contains|all: [' -a', ' -b']}", [d("x /a -b"), d("x /b /a")],
        [d("x -a"), d("x _b -a")],
    ),
    "base64": ("a: {Description|base64: evil}", [d("ZXZpbA==")], [d("evil")]),
    "base64offset": (
        "a: {Description|base64offset|contains: 'whoami /all'}",
        [d(base64.b64encode(b"x" * shift + b"whoami /all xyz").decode()) for shift in range(6)],
        [d(base64.b64encode(b"whoamI /all").decode()), d("whoami /all")],
    ),
    "wide base64offset": (
        "a: {Description|wide|base64offset|contains: whoami}",
        [d(base64.b64encode(("y" * shift + "whoami").encode("utf-16-le")).decode()) for shift in range(4)],
        [d(base64.b64encode(b"whoami").decode())],
    ),
    "re is found anywhere, by case": (
        r"a: {Description|re: 'ev[il]{2}\d?'}", [d("so evil1"), d("evli")], [d("EVIL"), d("e.vil")],
    ),
    "re with anchors": ("a: {Description|re: '^ev.l$'}", [d("evil")], [d("devil"), d("evils")]),
    "re without case": ("a: {Description|re|i: 'ev.l'}", [d("EVIL"), d("evil")], [d("evl")]),
    "re over lines": ("a: {Description|re|m: '^two$'}", [d("one\ntwo\nthree")], [d("one two")]),
    "re without lines": ("a: {Description|re: '^two$'}", [d("two")], [d("one\ntwo\nthree")]),
    "re whose dot is any character": ("a: {Description|re|s: 'one.two'}", [d("one\ntwo")], [d("onetwo")]),
    "re whose dot is no new line": ("a: {Description|re: 'one.two'}", [d("one two")], [d("one\ntwo")]),
    "cidr": (
        "a: {Description|cidr: 10.0.0.0/8}", [d("10.0.0.1"), d("10.255.255.255")],
        [d("11.0.0.1"), d("100.0.0.1")],
    ),
    "cidr of version 6": (
        "a: {Description|cidr: 'fe80::/10'}", [d("fe80::1"), d("febf::ffff")], [d("fec0::1"), d("10.0.0.1")],
    ),
    "cidr of several": (
        "a: {Description|cidr: [127.0.0.0/8, '::1/128']}", [d("127.0.0.1"), d("::1")], [d("128.0.0.1")],
    ),
    "fieldref": (
        "a: {Description|fieldref: Company}", [d("contoso"), d("CONTOSO")], [d("contoso1"), d("Widget")],
    ),
    "fieldref with endswith": (
        "a: {Description|fieldref|endswith: Company}", [d("by Contoso")], [d("Contoso x")],
    ),
    "fieldref in a not": (
        "{a: {Product: widget}, f: {Description|fieldref: Company}, condition: a and not f}",
        [d("Fabrikam")], [d("contoso")],
    ),
    "lt": ("a: {Description|lt: 5}", [d("4"), d("-1"), d("4.9")], [d("5"), d("6")]),
    "gte": ("a: {Description|gte: 5}", [d("5"), d("6")], [d("4")]),
    "or binds less than and": (
        "{a: {Description: x}, b: {Company: y}, c: {Product: z}, condition: a or b and c}",
        [d("x"), d("q", Company="y", Product="z")], [d("q", Company="y"), d("q", Product="z")],
    ),
    "not binds most": (
        "{a: {Description: x}, b: {Company: contoso}, condition: not a and b}", [d("q")],
        [d("x"), d("q", Company="y")],
    ),
    "brackets": (
        "{a: {Description: x}, b: {Company: y}, c: {Product: z}, condition: (a or b) and c}",
        [d("x", Product="z"), d("q", Company="y", Product="z")], [d("x"), d("q", Product="z")],
    ),
    "1 of a pattern": (
        "{s_1: {Description: x}, s_2: {Company: y}, t: {Product: widget}, condition: 1 of s_* and t}",
        [d("x"), d("q", Company="y")], [d("q"), d("x", Product="z")],
    ),
    "all of a pattern": (
        "{s_1: {Description: x}, s_2: {Company: y}, condition: all of s_*}", [d("x", Company="y")],
        [d("x"), d("q", Company="y")],
    ),
    "1 of them": (
        "{s: {Description: x}, t: {Company: y}, condition: 1 of them}", [d("x"), d("q", Company="y")],
        [d("q")],
    ),
    "all of them, without those that begin with an underscore": (
        "{s: {Description: x}, _t: {Company: y}, condition: all of them}", [d("x")], [d("q", Company="y")],
    ),
    "not 1 of": (
        "{s: {Description|contains: x}, f_1: {Company: y}, f_2: {Product: z}, condition: s and not 1 of f_*}",
        [d("x")], [d("x", Company="y"), d("x", Product="z")],
    ),
    "not all of": (
        "{s: {Description|contains: x}, f_1: {Company: y}, f_2: {Product: z}, "
        "condition: s and not all of f_*}",
        [d("x"), d("x", Company="y")], [d("x", Company="y", Product="z")],
    ),
    "a not in a not": (
        "{s: {Description: x}, f: {Company: y}, g: {Product: z}, condition: s and not (f and not g)}",
        [d("x"), d("x", Company="y", Product="z")], [d("x", Company="y")],
    ),
    "several conditions are any of them": (
        "{a: {Description: x}, b: {Company: y}, condition: [a, b]}", [d("x"), d("q", Company="y")], [d("q")],
    ),
}  # fmt: skip


def row(event: dict[str, str | None]) -> dict[str, Any]:
    return {COLUMNS[name]: text for name, text in event.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_means_what_the_specification_says(name: str) -> None:
    detection, met, not_met = CASES[name]
    written = rule(detection)
    found = detections(written)
    for event, wanted in [*((event, True) for event in met), *((event, False) for event in not_met)]:
        assert reference.meets(written, event) is wanted, f"by pysigma's parse: {event}"
        assert bool(judged(found, row(event)).hits) is wanted, event


PIECES = ["e", "E", "vil", "*", "?", "\\", "\\\\", "x", " -a", "/", "one", " two"]
TEXTS = st.lists(st.sampled_from(["e", "E", "vil", "*", "?", "\\", "x", " -a", " /a", "/", "one", " two"]),
                 max_size=6).map("".join)  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join),
    st.sampled_from(["", "|contains", "|startswith", "|endswith", "|windash|contains", "|cased"]),
    st.lists(TEXTS, min_size=8, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_any_value_and_modifier_means_the_same_by_pysigmas_parse(
    value: str, modifier: str, texts: list[str]
) -> None:
    detection = {"a": {"Company": "Contoso", f"Description{modifier}": value}}
    written = rule(detection)
    found = detections(written)
    for text in texts:
        # Of an absent field both say that it is not met; so do they of an empty one, but for a lone star.
        event = d(text or None)
        assert bool(judged(found, row(event)).hits) is reference.meets(written, event), (
            value,
            modifier,
            text,
        )


@pytest.mark.parametrize(
    ("detection", "logsource", "reason"),
    [
        ("a: [evil, worse]", None, "keywords without a field"),
        ("{a: {Description|contains|expand: '%servers%'}}", None, "a placeholder"),
        ("{a: {Description|minute: 5}}", None, "a part of a time"),
        ("{a: {Description: '*x*', NoSuchField: y}}", None, "Defender has no column for NoSuchField"),
        ("{a: {CurrentDirectory: x}}", None, "Defender has no column for CurrentDirectory"),
        ("{a: {Hashes|contains: 'IMPHASH=abc'}}", None, "Defender has no column for Imphash"),
        ("{a: {Description: x}, condition: a or not a}", None, "every row meets it"),
        ("{a: {Description: x}, condition: not a}", None, "every row meets it"),
        ("{a: {Description|contains: ''}}", None, "every row meets it"),
        ("{a: {x: y}}", {"product": "windows", "service": "ps_module"}, "no hunting table"),
        ("{a: {x: y}}", {"product": "aws", "service": "cloudtrail"}, "no hunting table"),
        ("{a: {EventID: 7036}}", {"product": "windows", "service": "system"}, "no row can meet it"),
        ("{a: {Description|re: '(unclosed'}}", None, "no valid Sigma"),
        ("{a: {Description|nosuch: x}}", None, "no valid Sigma"),
        ("{a: {Description: x}, condition: b}", None, "no valid Sigma"),
        ("{a: {Description: x}, condition: 1 of f_*}", None, "no valid Sigma"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(
    detection: str, logsource: dict[str, str] | None, reason: str
) -> None:
    assert reason in refusal(rule(detection, logsource or WINDOWS))


def test_a_correlation_a_filter_and_a_withdrawn_rule_are_refused() -> None:
    assert "correlation" in refusal({"title": "x", "correlation": {"type": "event_count"}})
    assert "a filter" in refusal({"title": "x", "filter": {"rules": []}, "logsource": WINDOWS})
    assert "deprecated" in refusal(rule("a: {Description: x}", status="deprecated"))


def test_an_unknown_column_beside_another_way_leaves_the_other_way() -> None:
    found = detections(rule("a: [{NoSuchField: y}, {Description: x}]"))
    assert judged(found, row(d("x"))).hits
    assert not judged(found, row(d("z"))).hits


def test_an_unknown_column_in_a_filter_makes_the_rule_silent_and_so_refused() -> None:
    text = "{a: {Description: x}, f: {NoSuchField: y}, condition: a and not f}"
    assert "NoSuchField" in refusal(rule(text))
