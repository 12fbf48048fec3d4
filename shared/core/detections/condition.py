"""A compiled condition as a function of a row.

Three-valued without a third value: a field that the row does not tell makes a comparison false where it would
fire the rule and true inside a `not`, so that a rule only ever fires less. Sigma's `null` alone is met by it.
"""

import re
from collections.abc import Callable
from typing import Any

from shared.core.detections.view import View

Test = Callable[[View], bool]
Expression = list[Any]

ANY, ONE = "\ue000", "\ue001"  # how a pattern is stored: any characters, one character
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def function_of(expression: Expression, positive: bool = True) -> Test:
    """The function; `positive` is False inside an odd number of nots."""
    operator = expression[0]
    if operator in ("and", "or"):
        parts = [function_of(part, positive) for part in sorted(expression[1:], key=_dearness)]
        return _all(parts) if operator == "and" else _any(parts)
    if operator == "not":
        inner = function_of(expression[1], not positive)
        return lambda view: not inner(view)
    if operator == "null":
        field = expression[1]
        return lambda view: view.field(field) is None
    if operator == "ref":
        return _reference(expression, positive)
    return _comparison(expression, positive)


def _dearness(expression: Expression) -> int:
    """What is cheap to tell comes first."""
    operator = expression[0]
    if operator in ("and", "or", "not"):
        return max(_dearness(part) for part in expression[1:]) + 1
    return {"re": 20, "*": 10, "cidr": 10, "~": 1}.get(operator, 0)


def _all(tests: list[Test]) -> Test:
    def test(view: View) -> bool:
        for each in tests:
            if not each(view):
                return False
        return True

    return test


def _any(tests: list[Test]) -> Test:
    def test(view: View) -> bool:
        for each in tests:
            if each(view):
                return True
        return False

    return test


def _comparison(expression: Expression, positive: bool) -> Test:
    """One field against its values: any reading of the field, any of the values."""
    operator, field, values = expression[:3]
    cased = operator.endswith("c") or operator == "re"
    meets = _meets(operator.removesuffix("c") if operator != "cidr" else operator, values, expression)
    unknown = not positive

    def test(view: View) -> bool:
        value = view.field(field)
        if value is None:
            return unknown
        texts = value.raw if cased else value.low
        if unknown and value.sure < len(texts):
            texts = texts[: value.sure]
        for text in texts:
            if meets(text):
                return True
        return unknown and value.partial

    return test


def _meets(operator: str, values: list[Any], expression: Expression) -> Callable[[str], bool]:
    """Whether one text meets any of the values."""
    if operator == "=":
        return frozenset(values).__contains__
    if operator == "^":
        openings = tuple(values)
        return lambda text: text.startswith(openings)
    if operator == "$":
        endings = tuple(values)
        return lambda text: text.endswith(endings)
    if operator == "~":
        return _holds(values)
    if operator == "*":
        return _either([_glob(value) for value in values])
    if operator == "re":
        flags = sum(FLAGS[letter] for letter in expression[3])
        return _either([_found(value, flags) for value in values])
    if operator == "cidr":
        from shared.core.detections.network import within

        return within(values)
    return _number(operator, values[0])


def _holds(values: list[str]) -> Callable[[str], bool]:
    if len(values) == 1:
        only = values[0]
        return lambda text: only in text

    def meets(text: str) -> bool:
        for value in values:
            if value in text:
                return True
        return False

    return meets


def _either(tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def _found(pattern: str, flags: int) -> Callable[[str], bool]:
    """Whether the pattern is found. It is compiled when first asked: most never are, and each is dear."""
    search: Callable[[str], object] | None = None

    def meets(text: str) -> bool:
        nonlocal search
        if search is None:
            search = re.compile(pattern, flags).search
        return search(text) is not None

    return meets


def _glob(pattern: str) -> Callable[[str], bool]:
    """The parts between `*` one after another, each where it is first found: no going back, so that the time
    stays in step with the text."""
    *opening, closing = pattern.split(ANY)
    last, least = re.compile(_part_text(closing), re.DOTALL), len(closing)
    if not opening:
        return lambda text: last.fullmatch(text) is not None
    first, *middle = [re.compile(_part_text(part), re.DOTALL) for part in opening]

    def meets(text: str) -> bool:
        begun = first.match(text)
        if begun is None:
            return False
        at = begun.end()
        for part in middle:
            found = part.search(text, at)
            if found is None:
                return False
            at = found.end()
        return len(text) - least >= at and last.fullmatch(text, len(text) - least) is not None

    return meets


def _part_text(part: str) -> str:
    return ".".join(re.escape(piece) for piece in part.split(ONE))


def _number(operator: str, limit: float) -> Callable[[str], bool]:
    def meets(text: str) -> bool:
        try:
            number = float(text)
        except ValueError:
            return False
        return {"lt": number < limit, "lte": number <= limit, "gt": number > limit}.get(
            operator, number >= limit
        )

    return meets


def _reference(expression: Expression, positive: bool) -> Test:
    """One field against another of the same row; `how` is as in a comparison's operator."""
    field, other, how = expression[1:4]
    unknown = not positive

    def test(view: View) -> bool:
        left, right = view.field(field), view.field(other)
        if left is None or right is None:
            return unknown
        for text in left.low[: left.sure]:
            for value in right.low[: right.sure]:
                if _refers(how, text, value):
                    return True
        return unknown and (left.partial or right.partial)

    return test


def _refers(how: str, text: str, value: str) -> bool:
    if how == "=":
        return text == value
    if how == "^":
        return text.startswith(value)
    return text.endswith(value) if how == "$" else value in text
