"""Whether something shown says a value: the same in the row's own spelling, without blanks at its ends."""

from collections.abc import Iterator

from shared.core.alert import CUT_MARK, clean_text, cleaning, moment_of
from shared.core.row.text import cut
from shared.core.values import Instant

LONGEST = 2_000  # UTF-16 units of a fact's text
_LONGEST_MOMENT = 40
_LAST_OF_MARK = CUT_MARK[-1]
_BEFORE_TIME = frozenset("Tt ")
_INT64 = 2**63
_UNSET = ("0001-01-01", "1601-01-01")  # as .NET and Windows write a time that was never set
_KIND_WORDS = ("#microsoft.graph.security.", "evidence")  # before and after a kind's word


def is_said(shown: object, value: object, in_parts: bool = False) -> bool:
    """True where `shown` says `value`, in whatever case; with `in_parts` as its beginning or its end."""
    if isinstance(value, str):
        if isinstance(shown, str):
            return shown == value or _is_text_said(shown, value, in_parts)
        if isinstance(shown, Instant):
            # A column of the type DateTime ends at microseconds.
            return shown.ticks % 10 == 0 and shown == _moment(value)
        return type(shown) is int and str(shown) == value
    if isinstance(value, list):
        return isinstance(shown, list) and all(type(one) is str and one in shown for one in value)
    if type(value) is int:
        return (type(shown) is int and shown == value) or (isinstance(shown, str) and shown == str(value))
    return False


def is_same_moment(known: object, text: object) -> bool:
    """True where the text names that very moment."""
    return isinstance(text, str) and known == _moment(text)


def _is_text_said(shown: str, value: str, in_parts: bool) -> bool:
    if not shown:
        return False
    if shown[-1] == _LAST_OF_MARK and shown.endswith(CUT_MARK):
        # It was cut there, and that is said in ValuesTruncated.
        return value.startswith(shown[: -len(CUT_MARK)])
    low, sought = shown.lower(), value.lower()
    if low == sought:
        return True
    sought = cleaning.trimmed(sought)
    if low == sought or (in_parts and (low.startswith(f"{sought}\\") or low.endswith(f"\\{sought}"))):
        return True
    return may_be_moment(value) and shown == _utc(value)


class Said:
    """All that a column of several values says."""

    __slots__ = ("_values",)

    def __init__(self, shown: object) -> None:
        self._values = frozenset(_told(shown))

    def has(self, value: object) -> bool:
        """True where it is among them, in whatever case."""
        if not isinstance(value, str):
            return type(value) is int and value in self._values
        text = cleaning.trimmed(cut(clean_text(value), LONGEST))
        return text in self._values or text.lower() in self._values or _utc(text) in self._values


def _told(shown: object) -> Iterator[object]:
    """Names also in lower case and apart from their domain."""
    if isinstance(shown, str):
        yield from shown.split(", ")
        yield from shown.lower().split("\\")
        yield shown.lower()
    for entry in shown if isinstance(shown, list) else ():
        for name, value in entry.items() if isinstance(entry, dict) else ():
            yield value
            if name == "name" and isinstance(value, str):
                yield from value.lower().split("\\")
            elif name == "id" and isinstance(value, str):
                yield value.lower()


def may_be_moment(text: str) -> bool:
    """True for text that begins as a moment does; whether it is one, `moment_text` says."""
    return len(text) < _LONGEST_MOMENT and text[4:5] == "-" and text[10:11] in _BEFORE_TIME


def moment_text(text: str) -> str | None:
    """A time in UTC, None where it says that there is none. Raises ValueError for what is no time.

    The beginning or end of another calendar (1970, 9999) stands as it came: it may be a time without an end.
    """
    moment = moment_of(text)
    if moment is None:
        return None if text.strip().startswith(_UNSET) else text
    return text if text.endswith("Z") and text[10] == "T" else moment.text()


def _utc(text: str) -> str | None:
    """A moment in the row's own spelling; None where the text is none."""
    moment = _moment(text) if may_be_moment(text) else None
    return moment.text() if moment else None


def _moment(text: str) -> Instant | None:
    try:
        return moment_of(text)
    except ValueError:
        return None


def kind_word(value: object) -> object:
    """A kind's word in either API's name for it: `file` of `#microsoft.graph.security.fileEvidence`."""
    if not isinstance(value, str):
        return value
    return value.removeprefix(_KIND_WORDS[0]).lower().removesuffix(_KIND_WORDS[1])


def plain_leaf(value: object) -> str | int | float | bool:
    """A value in JSON's types and 64-bit numbers, made safe; what is nested too deep says so."""
    if isinstance(value, str):
        if 2 * len(value) <= LONGEST and value.isascii() and "\x00" not in value:
            return value
        return cut(clean_text(value), LONGEST)
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else hex(value)[:200]
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # JSON has no word for the infinite
    return "[nested too deep]"
