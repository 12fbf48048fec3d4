"""A pattern's hardest lines, and the time it takes on them; run as a program, it answers `gate`.

Time is the processor's, and told in units of this machine: what a known search takes is measured first.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from shared.core.detections.condition import FLAGS
from shared.core.detections.plain import MAX_TEXT

patterns: Any = import_module("re._parser")  # Python's own reading, without types

# Seconds for one line of the most characters that are looked at, on the machine of _KNOWN_TAKES.
SLOW = 0.0015
_KNOWN = re.compile(r"a{1,60}b")
_KNOWN_LENGTH = 8_192
_KNOWN_TAKES = 0.00046  # seconds, on the machine that the limit was chosen on
_MOST_LINES = 60
_AGAIN = 4  # times that a pattern near the limit is tried once more
_HARD = (
    "a",
    " ",
    "A1",
    "\\a",
    "/",
    "-a ",
    "\"'",
    "0",
    "=",
    "aA ",
    "..",
    "powershell -e ",
    "http://a.",
    "$a;",
    "%a%",
)


def slowness() -> float:
    """How many times the time of the machine of the limits this one takes now."""
    return min(_took(_KNOWN, "a" * _KNOWN_LENGTH) for _ in range(9)) / _KNOWN_TAKES


def worst(pattern: str, flags: str, scale: float = 1.0) -> tuple[float, str]:
    """(seconds on the hardest line, how that line begins); `scale` is how slow this machine is."""
    expression = re.compile(pattern, sum(FLAGS[flag] for flag in flags))
    hardest = (0.0, "")
    for line in hard_lines(pattern):
        # The least of three: what else the machine does only adds.
        took = min(_took(expression, line) for _ in range(3)) / scale
        hardest = max(hardest, (took, line[:40]))
        if took > 10 * SLOW:
            break
    return hardest


def _took(expression: re.Pattern[str], line: str) -> float:
    began = time.process_time()
    expression.search(line)
    return time.process_time() - began


def hard_lines(pattern: str) -> Iterator[str]:
    """Lines of the most characters that are looked at, each as hard as may be."""
    bodies = [*_HARD, *_bodies(pattern)]
    for body in dict.fromkeys(bodies[: _MOST_LINES // 2]):
        line = (body * (MAX_TEXT // len(body) + 1))[: MAX_TEXT - 1]
        yield line + "\x01"
    for opening, body in _openings(pattern):
        line = opening + body * ((MAX_TEXT - len(opening)) // len(body))
        yield line[: MAX_TEXT - 1] + "\x01"


def _bodies(pattern: str) -> Iterator[str]:
    """Texts that, written again and again, keep the pattern hoping: each repeated part and the whole."""
    parsed = list(patterns.parse(pattern))
    for body in _repeated(parsed):
        for which in (0, 1):
            text = _example(body, which)
            if text:
                yield text
    whole = _example(parsed, 0)
    if whole:
        yield whole
        yield whole[:-1] or whole


def _openings(pattern: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeated part, and that part."""
    parsed = list(patterns.parse(pattern))
    for at, (operator, argument) in enumerate(parsed):
        if operator in (patterns.MAX_REPEAT, patterns.MIN_REPEAT):
            body = _example(list(argument[2]), 0)
            if body and at:
                yield _example(parsed[:at], 0), body


def _repeated(nodes: Sequence[Any]) -> Iterator[list[Any]]:
    for operator, argument in nodes:
        if operator in (patterns.MAX_REPEAT, patterns.MIN_REPEAT):
            yield list(argument[2])
        for inner in _inside(operator, argument):
            yield from _repeated(inner)


def _inside(operator: Any, argument: Any) -> Iterator[list[Any]]:
    if operator in (patterns.MAX_REPEAT, patterns.MIN_REPEAT):
        yield list(argument[2])
    elif operator is patterns.SUBPATTERN:
        yield list(argument[3])
    elif operator is patterns.BRANCH:
        yield from (list(branch) for branch in argument[1])


def _example(nodes: Sequence[Any], which: int) -> str:
    """A text that the nodes match; `which` picks among alternatives."""
    text = ""
    for operator, argument in nodes:
        if operator is patterns.LITERAL:
            text += chr(argument)
        elif operator is patterns.NOT_LITERAL:
            text += "a" if argument != ord("a") else "b"
        elif operator is patterns.ANY:
            text += "a"
        elif operator is patterns.IN:
            text += _one_of(argument)
        elif operator is patterns.BRANCH:
            text += _example(list(argument[1][min(which, len(argument[1]) - 1)]), which)
        elif operator is patterns.SUBPATTERN:
            text += _example(list(argument[3]), which)
        elif operator in (patterns.MAX_REPEAT, patterns.MIN_REPEAT):
            text += _example(list(argument[2]), which) * max(1, min(int(argument[0]), 64))
    return text[:256]


def _one_of(members: Sequence[Any]) -> str:
    """A character that the set takes."""
    pattern = re.compile(_set(members))
    return next((char for char in "aA0 \\/-_.:=\"'zZ9+%$~\t" if pattern.fullmatch(char)), "")


def _set(members: Sequence[Any]) -> str:
    words = {"CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
             "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W"}  # fmt: skip
    text = ""
    for operator, argument in members:
        if operator is patterns.NEGATE:
            text += "^"
        elif operator is patterns.LITERAL:
            text += re.escape(chr(argument))
        elif operator is patterns.RANGE:
            text += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        else:
            text += words.get(str(argument), "")
    return f"[{text}]"


def _judged(pattern: str, flags: str) -> tuple[float, str]:
    """As `worst`; one near the limit is tried again, with the machine measured anew: noise only adds."""
    best = worst(pattern, flags, slowness())
    for _ in range(_AGAIN):
        if not SLOW < best[0] < 3 * SLOW:
            break
        best = min(best, worst(pattern, flags, slowness()))
    return best


def _serve() -> None:
    print(json.dumps("ready"), flush=True)
    for given in sys.stdin:
        pattern = json.loads(given)
        try:
            took, hardest = _judged(pattern[0], pattern[1])
            said = f"{took * 1000:.0f} ms on a line like {hardest!r}" if took > SLOW else ""
        except (re.error, RecursionError, OverflowError) as err:
            said = f"Python's re does not take it: {err}"
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    _serve()
