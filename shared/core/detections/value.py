"""One field of a row as a rule sees it: each reading of its text, ready to be compared."""

from collections.abc import Callable
from typing import Any

from shared.core.detections import plain

Reader = Callable[[str], plain.Readings]

# Characters that a disguise adds or changes are as nothing to the index: it may only name too many rules.
_SAME = bytes.maketrans(b"/\\", b"--")
_NOTHING = b" \t\r\n\x0b\x0c^`\"'"


def canonical(lower: str) -> bytes:
    """The lower-case text as the index looks at it: a literal that is in a text is in its canonical form."""
    if not lower.isascii():
        # Letters that a pattern without regard to case takes for `i` and `s`, and that lower() leaves or
        # takes apart.
        lower = lower.replace("i\u0307", "i").replace("\u0131", "i").replace("\u017f", "s")
    return lower.encode("latin-1", "replace").translate(_SAME, _NOTHING)


class Value:
    """A field's readings.

    `low` in lower case, `raw` as they came; the first `sure` of them may excuse, the rest (a second name
    that the file itself tells) only accuse. `partial`: a path of which only the last part is known.
    """

    __slots__ = ("capped", "found", "low", "partial", "raw", "sure")

    def __init__(
        self,
        readings: tuple[str, ...],
        *,
        second: tuple[str, ...] = (),
        partial: bool = False,
        capped: bool = False,
    ) -> None:
        self.sure = len(readings)
        self.raw = tuple([plain.as_it_came(text) for text in (*readings, *second)])
        self.low = tuple([text.lower() for text in self.raw])
        self.partial = partial
        self.capped = capped
        self.found: dict[Any, Any] = {}  # what the index found for it, by place

    def canonicals(self) -> set[bytes]:
        """The readings as the index looks at them, each once."""
        return {canonical(text) for text in self.low}


class Values:
    """Values by their text, so that a line that comes back is read once. Forgets all when it is full."""

    __slots__ = ("_held", "_known")

    _MOST = 4_000_000  # characters

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Value] = {}
        self._held = 0

    def of(self, reader: Reader, text: str) -> Value:
        """The text with its other readings."""
        key = (reader, text)
        value = self._known.get(key)
        if value is None:
            others, capped = reader(text)
            value = self.keep(key, Value((text, *others), capped=capped))
        return value

    def kept(self, key: tuple[object, ...]) -> Value | None:
        """The value kept under this key."""
        return self._known.get(key)

    def keep(self, key: tuple[object, ...], value: Value) -> Value:
        """Keeps a value that was made of more than one text."""
        size = sum(map(len, value.raw)) * 2 + sum(len(part) for part in key if isinstance(part, str)) + 200
        if self._held + size > self._MOST:
            self._known.clear()
            self._held = 0
        self._held += size
        self._known[key] = value
        return value
