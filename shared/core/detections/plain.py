"""A command line or a path as a shell would read it, so that one spelling of a rule meets every disguise.

A rule is tried on the text as it came and on what these functions make of it. Attackers choose the text:
each step takes a time in step with its length, and nothing longer than `MAX_TEXT` is looked at.
"""

import re
import unicodedata
from collections.abc import Callable

from shared.core.conclude.decode import decoded

MAX_TEXT = 8_192  # characters of one value that are looked at, after runs of spaces were squeezed
_MAX_ENCODED = 32_768  # characters that are looked through for what is encoded
_LONG_RUN, _KEPT_RUN = 512, 128  # letters and digits in a row: that many are shortened to that many

Readings = tuple[tuple[str, ...], bool]
"""Other readings of a text, those that differ from it, and whether any of it was cut."""

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u2018\u2019\u201a\u201b"), None)
_INVISIBLE = dict.fromkeys((0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))
_ODD = _DASHES | _QUOTES | _INVISIBLE
_WINDOWS_NOISE = str.maketrans("", "", "^`\"'")
_POSIX_NOISE = str.maketrans("", "", "\\\"'")
_JOINED = re.compile(r"""["']\s?\+\s?["']""")  # 'Down'+'load'
_SLASHED = re.compile(r"(?<!\S)(?!/|-)[^\s/]+/\S*|(?<![\w])[A-Za-z]:/\S*")
_SWITCH = re.compile(r"(?<= )/(?=[A-Za-z?])")
_SAME_FOLDER = re.compile(r"\\(?:\.\\)+")
_DOUBLED = re.compile(r"(?<=[^\s=,;\\])\\{2,}")
_UP = re.compile(r"\\[^\\\s]+\\\.\.(?=\\)")
_BLANK = re.compile(r"\$(?:IFS(?:\$\d)?|\{IFS[^}\s]{0,8}\})")
_RUN = re.compile(r"[A-Za-z0-9+/=]+")
_PREFIX = re.compile(r"(?i)^\\(?:\\[?.]|\?\?)\\(?=[a-z]:)")


def squeezed(text: str, most: int = MAX_TEXT) -> str:
    """The text with every run of blanks as one space, at most `most` characters of it."""
    words = text.split(None, most // 2)  # so many words fill it: what follows is cut anyway
    if not words:
        return text and " "
    opening, closing = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{opening}{' '.join(words)}{closing}"[:most]


def windows_command(text: str) -> Readings:
    """The other readings of a Windows command line or script: cleaned with what it encodes appended, and that
    with `/` before a switch as `-` (never the other way)."""
    clean, cut = _with_encoded(text, _windows)
    dashed = _SWITCH.sub("-", clean) if " /" in clean else clean
    return tuple(dict.fromkeys(reading for reading in (clean, dashed) if reading != text)), cut


def posix_command(text: str) -> Readings:
    """The other reading of a POSIX command line: cleaned, with what it encodes appended."""
    clean, cut = _with_encoded(text, _posix)
    return ((clean,) if clean != text else ()), cut


def as_it_stands(text: str) -> Readings:
    """No other reading."""
    return (), len(text) > MAX_TEXT


def _with_encoded(text: str, clean: Callable[[str], str]) -> tuple[str, bool]:
    """(the cleaned text and that of each layer it encodes, whether any of it was cut). A long run of letters
    and digits is shortened in the first, so that what follows is seen; it is decoded whole."""
    whole = squeezed(text, _MAX_ENCODED) if len(text) > MAX_TEXT else text
    if not whole.isascii():
        whole = whole[: 2 * MAX_TEXT]  # where cleaning is dear
    short = _RUN.sub(_shortened, whole) if len(whole) > _LONG_RUN else whole
    parts = [clean(squeezed(short))]
    cut = len(whole) >= _MAX_ENCODED or len(short) > MAX_TEXT
    if _may_encode(parts[0]):
        source = clean(squeezed(whole, _MAX_ENCODED)) if len(short) != len(whole) else parts[0]
        parts += [clean(squeezed(layer.text)) for layer in decoded(source)]
        cut = cut or any(len(part) >= MAX_TEXT for part in parts)
    joined = " ".join(parts)
    return joined[:MAX_TEXT], cut or len(joined) > MAX_TEXT


def _shortened(run: re.Match[str]) -> str:
    return run[0] if run.end() - run.start() <= _LONG_RUN else run[0][:_KEPT_RUN]


def _windows(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_ODD)
    if "+" in text:
        text = _JOINED.sub("", text)
    text = text.translate(_WINDOWS_NOISE)
    if "/" in text:
        text = _SLASHED.sub(_backslashed, text)
    if "\\" in text:
        text = _walked(text)
    return squeezed(text)


def _backslashed(found: re.Match[str]) -> str:
    return found[0] if "://" in found[0] else found[0].replace("/", "\\")


def _walked(text: str) -> str:
    r"""Without `\.\`, doubled separators (but the two that open a share) and `\folder\..`."""
    if "\\.\\" in text:
        text = _SAME_FOLDER.sub(r"\\", text)
    if "\\\\" in text:
        text = _DOUBLED.sub(r"\\", text)
    for _ in range(8):
        if "\\..\\" not in text:
            break
        text = _UP.sub("", text)
    return text


def _posix(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_ODD)
    if "$" in text:
        text = _BLANK.sub(" ", text)
    return squeezed(text.translate(_POSIX_NOISE))


def _may_encode(text: str) -> bool:
    return " -e" in text or " -E" in text or " /e" in text or " /E" in text or "ase64" in text.lower()


def windows_path(path: str) -> str:
    r"""The path with backslashes, without `\.\`, `\..\` and the prefixes that skip parsing."""
    if not path.isascii():
        path = unicodedata.normalize("NFKC", path).translate(_INVISIBLE)
    if "/" in path:
        path = path.replace("/", "\\")
    if path[:1] == "\\":
        path = _PREFIX.sub("", path)
    if "\\.\\" in path or "\\..\\" in path or "\\\\" in path:
        path = _walked(path)
    return path[:MAX_TEXT]


def posix_path(path: str) -> str:
    """The path without `//` and `/./`."""
    while "//" in path:
        path = path.replace("//", "/")
    while "/./" in path:
        path = path.replace("/./", "/")
    return path[:MAX_TEXT]
