"""How a value or an answer looks, in words that hold nothing of what it says."""

from __future__ import annotations

import re

from local.doctor.probe.asking import Answered

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{1,7})Z", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)


def form(value: object) -> str:
    """The form of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case dict():
            return "object" if any(not str(key).startswith("@") for key in value) else "empty object"
        case list():
            return "list"
        case "":
            return "empty text"
    return "text"


def form_of_time(value: object) -> str:
    """The form of a time: how many digits it has, and whether it ends in Z."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return form(value) if match is None else f"text, {len(match[1])} digits and Z"


def refusal(answer: Answered, name: str = "") -> str:
    """Status and code of an answer; with a name, whether the message says it."""
    code = answer.code if _PLAIN.fullmatch(answer.code) else "another code" if answer.code else "no code"
    if answer.was_taken:
        return "taken"
    said = f"{answer.status} {code}"
    return f"{said}, {'names it' if name in answer.message else 'names it not'}" if name else said


def taken(answer: Answered) -> str | None:
    """`taken`, or how it was refused; None where the answer says nothing about the question."""
    return None if answer.says_nothing else refusal(answer)
