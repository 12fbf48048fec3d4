"""A command line or a path as a shell would read it, so that one spelling of a rule meets every disguise.

A rule is tried on the text as it came and on what these functions make of it. Attackers choose the text:
each step takes a time in step with its length, and nothing longer than `MAX_TEXT` is looked at.
"""

import re
import unicodedata
from collections.abc import Callable

from shared.core.detections.decode import decoded

MAX_TEXT = 4_096  # characters of one value that are looked at, after runs of spaces were squeezed
_MAX_ENCODED = 32_768  # characters that are looked through for what is encoded
_CODE = str.maketrans("", "", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_MAX_READ = 262_144  # characters of which blanks are squeezed: no command line is longer
_LONG_RUN = 512  # letters and digits in a row: so many are shortened

_LEFT_OUT = "\n"  # stands where the middle was left out

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
_SWITCH_AND_CODE = re.compile(r"\s[-/][eE][A-Za-z]{0,16}\s[A-Za-z0-9+/=]{16}")
_KEPT_BLANKS = 16
_MANY_BLANKS = " " * (_KEPT_BLANKS + 1)
_PADDING = re.compile(r" {17,}")
# None of these becomes more than four characters; of others one may become eighteen.
_SHAPED = re.compile(
    "[\u00aa\u00b2\u00b3\u00b9\u00ba\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u2070-\u209c\u2100-\u214f\u2160-\u217f"
    "\u2460-\u24ff\ufe50-\ufe6b\uff01-\uff5e\U0001d400-\U0001d7ff\U0001f100-\U0001f1ff]+"
)
_RUN = re.compile(r"(?<![A-Za-z0-9+/=])([A-Za-z0-9+/=]{128})[A-Za-z0-9+/=]{384,}")
_PREFIX = re.compile(r"(?i)^\\(?:\\[?.]|\?\?)\\(?=[a-z]:)")


def squeezed(text: str, most: int = MAX_TEXT) -> str:
    """The text with every run of blanks as one space; of a long one the first and the last half of `most`."""
    if len(text) > _MAX_READ:
        text = cut(text, _MAX_READ)
    if len(text) <= 4 * most:
        words = text.split()
        if not words:
            return text and " "
        opening, closing = " " * text[:1].isspace(), " " * text[-1:].isspace()
        return cut(f"{opening}{' '.join(words)}{closing}", most)
    # So many words fill a half: what is between is left out anyway, so that it need not be split.
    head, tail = text.split(None, most // 4), text.rsplit(None, most // 4)
    return f"{' '.join(head)[: most // 2]}{_LEFT_OUT}{' '.join(tail)[-(most // 2) :]}"


def cut(text: str, most: int = MAX_TEXT) -> str:
    """The text, or its first and its last half of `most`: padding on either side hides nothing."""
    return text if len(text) <= most else f"{text[: most // 2]}{_LEFT_OUT}{text[-(most // 2) :]}"


def as_it_came(text: str) -> str:
    """The text itself, with blanks that only pad it shortened: patterns look at each again and again."""
    text = cut(text, 8 * MAX_TEXT)
    return cut(_PADDING.sub(" " * _KEPT_BLANKS, text) if _MANY_BLANKS in text else text)


def windows_command(text: str) -> Readings:
    """The other readings of a Windows command line or script: cleaned with what it encodes appended, and that
    with `/` before a switch as `-` (never the other way)."""
    clean, was_cut = _with_encoded(text, _windows)
    dashed = _SWITCH.sub("-", clean) if " /" in clean else clean
    return tuple(dict.fromkeys(reading for reading in (clean, dashed) if reading != text)), was_cut


def posix_command(text: str) -> Readings:
    """The other reading of a POSIX command line: cleaned, with what it encodes appended."""
    clean, was_cut = _with_encoded(text, _posix)
    return ((clean,) if clean != text else ()), was_cut


def as_it_stands(text: str) -> Readings:
    """No other reading."""
    return (), len(text) > MAX_TEXT


def _with_encoded(text: str, clean: Callable[[str], str]) -> tuple[str, bool]:
    """(the cleaned text and that of each layer it encodes, whether any of it was cut). A long run of letters
    and digits is shortened in the first, so that what follows is seen; it is decoded whole."""
    whole = squeezed(text, _MAX_ENCODED) if len(text) > MAX_TEXT else text
    if not whole.isascii():
        whole = cut(whole, 2 * MAX_TEXT)  # where cleaning is dear
    short = _RUN.sub(r"\1", whole) if _has_long_run(whole) else whole
    parts = [clean(squeezed(short))]
    was_cut = len(whole) >= _MAX_ENCODED or len(short) > MAX_TEXT
    if _may_encode(parts[0]):
        source = whole.translate(_WINDOWS_NOISE) if len(short) != len(whole) else parts[0]
        parts += [clean(squeezed(layer.text)) for layer in decoded(source)]
        was_cut = was_cut or any(len(part) >= MAX_TEXT for part in parts)
    joined = " ".join(parts)
    return cut(joined), was_cut or len(joined) > MAX_TEXT


def _windows(text: str) -> str:
    if not text.isascii():
        text = _known_letters(text)
    if "+" in text:
        text = _JOINED.sub("", text)
    text = text.translate(_WINDOWS_NOISE)
    if "/" in text:
        text = _SLASHED.sub(_backslashed, text)
    if "\\" in text:
        text = _walked(text)
    return squeezed(text)


def _known_letters(text: str) -> str:
    """Letters, digits and signs of other shapes (fullwidth, mathematical, raised) as the usual ones."""
    return _SHAPED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text).translate(_ODD)


def _backslashed(found: re.Match[str]) -> str:
    return found[0] if "://" in found[0] or "</" in found[0] else found[0].replace("/", "\\")


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
        text = _known_letters(text)
    if "$" in text:
        text = _BLANK.sub(" ", text)
    return squeezed(text.translate(_POSIX_NOISE))


def _has_long_run(text: str) -> bool:
    """True where letters and digits fill a whole stretch, as they do in every long run of them."""
    half = _LONG_RUN // 2
    stretches = range(0, len(text) - half + 1, half) if len(text) >= _LONG_RUN else ()
    return any(not text[at : at + half].translate(_CODE) for at in stretches)


def _may_encode(text: str) -> bool:
    return _SWITCH_AND_CODE.search(text) is not None or "ase64" in text.lower()


def windows_path(path: str) -> str:
    r"""The path with backslashes, without `\.\`, `\..\` and the prefixes that skip parsing."""
    if not path.isascii():
        path = _known_letters(path)
    if "/" in path:
        path = path.replace("/", "\\")
    if path[:1] == "\\":
        path = _PREFIX.sub("", path)
    if "\\.\\" in path or "\\..\\" in path or "\\\\" in path:
        path = _walked(path)
    return cut(path)


def posix_path(path: str) -> str:
    """The path without `//` and `/./`."""
    while "//" in path:
        path = path.replace("//", "/")
    while "/./" in path:
        path = path.replace("/./", "/")
    return cut(path)
