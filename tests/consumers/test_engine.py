"""The engine of these tests, held against what Microsoft documents: otherwise the others prove little."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.consumers.engine import Engine, NotSupported
from tests.consumers.expressions import NotAnExpression, parse, template
from tests.consumers.functions import WrongExpression, evaluate
from tests.consumers.samples import NOW
from tests.consumers.web import Web, is_dropped


def value(text: str, **known: Any) -> Any:
    """An expression's value; `known` are variables."""
    return evaluate(parse(text), lambda _, arguments: known[arguments[0]])


def run(actions: dict[str, Any]) -> Engine:
    """A run of these actions that has ended; nothing in them asks for the web."""
    engine = Engine({"actions": actions, "parameters": {}}, {}, Web(Path("ca"), str), lambda: NOW)
    engine.run()
    return engine


def status(actions: dict[str, Any]) -> str:
    """How a run of these actions ends."""
    return Engine({"actions": actions, "parameters": {}}, {}, Web(Path("ca"), str), lambda: NOW).run().status


# The examples of workflow-definition-language-functions-reference (read 2026-11), and the cases we rely on.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("addDays('2018-03-15T00:00:00Z', 10)", "2018-03-25T00:00:00.0000000Z"),
        ("addDays('2018-03-15T00:00:00Z', -5)", "2018-03-10T00:00:00.0000000Z"),
        ("addDays('2018-03-15T00:00:00Z', -20, 'yyyy-MM-dd')", "2018-02-23"),
        ("coalesce(null, 'hello', 'world')", "hello"),
        ("coalesce(null, null, null)", None),
        ("concat('Hello', 'World')", "HelloWorld"),
        ("decodeUriComponent('https%3A%2F%2Fcontoso.com')", "https://contoso.com"),
        ("empty('')", True),
        ("empty('abc')", False),
        ("empty(null)", True),
        ("encodeUriComponent('https://contoso.com')", "https%3A%2F%2Fcontoso.com"),
        ("encodeUriComponent('a''b%/ü')", "a%27b%25%2F%C3%BC"),
        ("equals(1, 1)", True),
        ("equals('1', 1)", False),
        ("greater(10, 5)", True),
        ("lessOrEquals(10, 10)", True),
        ("if(equals(1, 1), 'yes', 'no')", "yes"),
        ("length('abcd')", 4),
        ("replace('the old string', 'old', 'new')", "the new string"),
        ("startsWith('hello world', 'Hello')", True),
        ("string(10)", "10"),
        ("sub(10, 3)", 7),
        ("take('abcde', 3)", "abc"),
        ("'it''s'", "it's"),
    ],
)
def test_an_expression_gives_what_is_documented(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected and type(found) is type(expected)


def test_lists_are_joined_cut_and_united() -> None:
    assert value("join(variables('a'), '.')", a=["a", "b", "c"]) == "a.b.c"
    assert value("take(variables('a'), 1)", a=[0, 1, 2]) == [0]
    assert value("union(variables('a'), variables('b'))", a=[1, 2, 3], b=[1, 2, 10, 101]) == [
        1,
        2,
        3,
        10,
        101,
    ]
    assert value("first(variables('a'))", a=[]) is None


@pytest.mark.parametrize(
    "text",
    [
        "greater('1', 0)",
        "concat()",
        "variables('a')['c']",
        "variables('a')['b']['c']",
        "if('', 1, 2)",
        "length(1)",
    ],
)
def test_what_the_engine_would_refuse_is_refused(text: str) -> None:
    with pytest.raises(WrongExpression):
        value(text, a={"b": None})
    assert value("variables('a')?['b']?['c']", a={"b": None}) is None


@pytest.mark.parametrize("text", ["concat('a", "concat('a',)", "a b", "concat('a'))", "'a'['b']", ""])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(NotAnExpression):
        parse(text)


@given(st.text())
def test_any_text_in_quotes_is_itself(text: str) -> None:
    quoted = text.replace("'", "''")
    assert value(f"'{quoted}'") == text
    [before, found, after] = template(f"a@{{concat('{quoted}')}}b").parts
    assert (before, after, getattr(found, "name", None)) == ("a", "b", "concat")


def compose(text: str, **after: list[str]) -> dict[str, Any]:
    return {"type": "Compose", "inputs": text, "runAfter": after}


WRONG = "@outputs('nobody')"


def test_an_action_runs_only_after_what_it_waits_for() -> None:
    assert status({"a": compose("x"), "b": compose("@outputs('a')", a=["Succeeded"])}) == "Succeeded"
    assert status({"a": compose(WRONG), "b": compose("x", a=["Succeeded"])}) == "Failed"
    assert status({"a": compose(WRONG), "b": compose("x", a=["Failed"])}) == "Succeeded"
    skipped = {"a": compose(WRONG), "b": compose("x", a=["Succeeded"]), "c": compose("x", b=["Skipped"])}
    assert status(skipped) == "Succeeded"
    with pytest.raises(NotSupported):
        status({"a": compose("x", b=["Succeeded"]), "b": compose("x", a=["Succeeded"])})


def test_a_loop_goes_on_after_a_failed_iteration_and_has_failed() -> None:
    inner = {"add": {"type": "IncrementVariable", "inputs": {"name": "n", "value": 1}, "runAfter": {}}}
    inner["fail"] = compose("@items('loop')['there']", add=["Succeeded"])
    actions: dict[str, Any] = {
        "n": {
            "type": "InitializeVariable",
            "inputs": {"variables": [{"name": "n", "type": "integer", "value": 0}]},
            "runAfter": {},
        },
        "items": {
            "type": "Compose",
            "inputs": [{"there": 1}, {}, {"there": 1}],
            "runAfter": {"n": ["Succeeded"]},
        },
        "loop": {
            "type": "Foreach",
            "foreach": "@outputs('items')",
            "actions": inner,
            "runAfter": {"items": ["Succeeded"]},
        },
    }
    assert status(actions) == "Failed"
    actions["seen"] = compose("@string(variables('n'))", loop=["Failed"])
    assert run(actions)._outputs["seen"] == "3"


def test_headers_that_the_engine_removes_are_not_sent() -> None:
    assert [is_dropped(name) for name in ("Content-Length", "Accept-Language", "Host", "Cookie")] == [
        True
    ] * 4
    assert not any(is_dropped(name) for name in ("Content-Type", "Accept", "If-Match", "x-ms-date"))
