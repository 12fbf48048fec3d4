"""Disguises of a command line, each a function of the line alone: what it does stays the same, its text not.

Words are torn after their second letter, whichever the shell, also where a real attacker could not: a rule
that meets the torn line meets the milder ones.
"""

import base64
import re
from collections.abc import Callable

Mutation = Callable[[str], str]

_WORD = re.compile(r"[A-Za-z]{4,}")
_ENCODED = re.compile(r"[A-Za-z0-9+/=]{40,}")  # base64: its reader takes it as it is
_ESCAPES = "0abefnrtuv"  # letters that a backtick turns into something else
# A path as file systems read it: not a registry key, and not the first two separators of a share.
_PATH = re.compile(r"""(?:\b[A-Za-z]:|%\w+%|\$env:\w+|\\\\[\w.-]+)\\[^\s"'|<>;,]*""")
_FULLWIDTH = {code: code + 0xFEE0 for code in (*range(0x41, 0x5B), *range(0x61, 0x7B))}


def carets(line: str) -> str:
    """`po^wershell`."""
    return _torn(line, "^")


def empty_quotes(line: str) -> str:
    """`po""wershell`."""
    return _torn(line, '""')


def single_quotes(line: str) -> str:
    """`cu''rl`, as a POSIX shell drops them."""
    return _torn(line, "''")


def escaped_letters(line: str) -> str:
    r"""`cu\rl`, as a POSIX shell drops it."""
    return _torn(line, "\\")


def backticks(line: str) -> str:
    """``po`wershell``, before a letter that a backtick does not change."""

    def tear(word: str) -> str:
        place = next((at for at in range(2, len(word)) if word[at].lower() not in _ESCAPES), None)
        return word if place is None else f"{word[:place]}`{word[place:]}"

    return _outside_code(line, lambda text: _WORD.sub(lambda found: tear(found[0]), text))


def fullwidth(line: str) -> str:
    """Every letter in its full width."""
    return _outside_code(line, lambda text: text.translate(_FULLWIDTH))


def encoded(line: str) -> str:
    """The whole line in base64, given to whatever runs it as PowerShell takes it."""
    first = line.split()[0] if line.split() else line
    return f"{first} -enc {base64.b64encode(line.encode('utf-16-le', 'surrogatepass')).decode()}"


def forward_slashes(line: str) -> str:
    """`C:/Windows/…`."""
    return _PATH.sub(lambda found: found[0].replace("\\", "/"), line)


def unicode_dashes(line: str) -> str:
    """Options with an en dash, which PowerShell takes for a hyphen."""
    return re.sub(r"(?<=\s)-(?=\w)", "\u2013", line)


def doubled_spaces(line: str) -> str:
    """Every blank twice."""
    return line.replace(" ", "  ")


def same_folder(line: str) -> str:
    r"""`C:\.\Windows\.\…`."""

    def step(found: re.Match[str]) -> str:
        head = "\\\\" if found[0].startswith("\\\\") else ""
        return head + found[0][len(head) :].replace("\\", "\\.\\")

    return _PATH.sub(step, line)


def same_folder_posix(line: str) -> str:
    """`/./tmp/./x`."""
    return re.sub(r"(?<=[\s=>\"'(])/(?=[\w.])|(?<=\w)/(?=\w)", "/./", _without_urls(line))


def _without_urls(line: str) -> str:
    """The line where it names no URL: there a doubled step is another address."""
    return "" if "://" in line else line


def _torn(line: str, by: str) -> str:
    return _WORD.sub(lambda found: f"{found[0][:2]}{by}{found[0][2:]}", line)


def _outside_code(line: str, change: Mutation) -> str:
    """`line` changed but for what is base64."""
    kept = _ENCODED.findall(line)
    parts = [change(part) for part in _ENCODED.split(line)]
    return "".join(part + code for part, code in zip(parts, [*kept, ""], strict=True))


WINDOWS: dict[str, Mutation] = {
    "carets": carets,
    "empty quotes": empty_quotes,
    "fullwidth letters": fullwidth,
    "whole line in -enc": encoded,
    "backticks": backticks,
    "forward slashes": forward_slashes,
    "unicode dashes": unicode_dashes,
    "doubled spaces": doubled_spaces,
    r"\.\ in paths": same_folder,
}
POSIX: dict[str, Mutation] = {
    "empty quotes": single_quotes,
    "escaped letters": escaped_letters,
    "doubled spaces": doubled_spaces,
    "/./ in paths": lambda line: same_folder_posix(line) or line,
}
