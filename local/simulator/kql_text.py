r"""KQL text made plain for the engine: literals without the escapes that its translator does not know.

duckdb-kql drops the backslash of an escape it does not know: `"\u0041"` would silently become `u0041`.
The escapes are those of https://learn.microsoft.com/en-us/kusto/query/scalar-data-types/string, read
2026-11-24, and were checked against Microsoft's parser.
"""

from __future__ import annotations

import re

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(.))", re.DOTALL
)
# What a scan must tell apart, longest first: comments, fenced and verbatim literals (left alone), plain ones.
_PIECES = re.compile(
    r"""
      //[^\r\n]*
    | ```.*?```  | ~~~.*?~~~
    | [hH]?@"(?:[^"\r\n]|"")*"  | [hH]?@'(?:[^'\r\n]|'')*'
    | (?P<literal> "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' )
    """,
    re.VERBOSE,
)
_KEPT = {"\\": "\\\\", '"': '\\"', "'": "\\'", "\n": "\\n", "\r": "\\r"}


def plain_escapes(kql: str) -> str:
    r"""`kql` meaning the same, its plain literals using no escape but `\\ \" \' \n \r`.

    A lone surrogate becomes U+FFFD. Text that is no valid KQL comes back in some form; judge it before.
    """
    return _PIECES.sub(_plain, kql)


def _plain(piece: re.Match[str]) -> str:
    literal = piece.group("literal")
    return piece.group() if literal is None else literal[0] + _decoded(literal[1:-1]) + literal[-1]


def _decoded(body: str) -> str:
    if "\\" not in body:
        return body
    units = _ESCAPE.sub(_character, body)
    # Pairs of escapes above U+FFFF are two surrogates now; join them, and give up on lone ones.
    joined = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined


def _character(match: re.Match[str]) -> str:
    hexadecimal = match.group(1) or match.group(2) or match.group(3)
    if hexadecimal:
        code = int(hexadecimal, 16)
        decoded = chr(code) if code <= 0x10FFFF else "\ufffd"
    elif match.group(4):
        decoded = chr(int(match.group(4), 8))
    else:
        decoded = _SIMPLE.get(match.group(5), match.group(5))
    return _KEPT.get(decoded, decoded)
