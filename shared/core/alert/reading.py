"""Readers over untrusted JSON: a field of the wrong type is named and left out, never raised.

What may be in a string is decided here and nowhere else: NULs and lone surrogates become U+FFFD (storage,
UTF-8 and the hunting API refuse them), and a string over MAX_TEXT characters is cut with a mark.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache

from shared.core.alert.cleaning import trimmed
from shared.core.values import Instant

MAX_TEXT = 256 * 1024
CUT_MARK = "…[cut]"
_MAX_NOTES = 100
_MAX_DEPTH = 16
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_HEX = re.compile("[0-9A-Fa-f]+")
# How the platform writes "unset": .NET's DateTime.MinValue and the zero of a FILETIME, in whatever zone.
_NO_TIMES = ("0001-01-01", "1601-01-01")
# As the older serializer of .NET writes a moment: milliseconds since 1970, the zone only for display.
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_LONGEST_MOMENT = 64
_DIVIDERS = re.compile("[,;]")
_INT64 = 2**63
_EMPTY: tuple[object, ...] = ("", [], {})


class Notes:
    """The paths of fields that were there and could not be read, in the order met, each once."""

    __slots__ = ("_paths",)

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}

    def add(self, path: str) -> None:
        """Remembers `path`; its text is made safe and short, for it may hold a key of the sender's choice."""
        self._paths[clean_text(path[:200])] = None

    def paths(self) -> tuple[str, ...]:
        """The paths; beyond a hundred only their number, so that a hostile alert cannot swell its own row."""
        named = tuple(self._paths)
        if len(named) <= _MAX_NOTES:
            return named
        return (*named[:_MAX_NOTES], f"and {len(named) - _MAX_NOTES} more")


class Reader:
    """Reads the fields of one JSON object, each once.

    Absent, null and empty are None. A field of the wrong type is None too, is named in `notes` and stays
    among `rest()`, which holds everything that was not read: nothing an API sends is dropped.
    """

    __slots__ = ("_children", "_left", "_lists", "notes", "path")

    def __init__(self, raw: Mapping[str, object], notes: Notes, path: str = "") -> None:
        self._left = dict(raw)
        self._children: dict[str, Reader] = {}
        self._lists: dict[str, list[Reader]] = {}
        self.notes = notes
        self.path = path

    @property
    def place(self) -> int:
        """Which item of its list the object is; -1 where it is of none."""
        digits = self.path[self.path.rfind("[") + 1 : -2]
        return int(digits) if digits.isdigit() else -1

    def take(self, name: str) -> object:
        """The value as it is; for the caller to judge."""
        return self._left.pop(name, None)

    def has(self, *names: str) -> bool:
        """True where one of the fields has a value still to be read."""
        return any(self._left.get(name) is not None for name in names)

    def peek(self, name: str) -> str:
        """The text under `name` as `text` will give it, without reading it; "" where there is none."""
        value = self._left.get(name)
        return clean_text(value)[:MAX_TEXT] if isinstance(value, str) else ""

    def note(self, name: str) -> None:
        """Names a field of this object as unreadable."""
        self.notes.add(self.path + name)

    def text(self, name: str) -> str | None:
        """A string, made safe."""
        value = self._left.pop(name, None)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._refuse(name, value)
            return None
        return _short(clean_text(value), self.notes, self.path + name)

    def keep(self, name: str, value: object) -> None:
        """Puts a value back among what was not read: where only a part of it could be used."""
        self._left[name] = value

    def identifier(self, name: str) -> str | None:
        """A string, or a whole number as text: the two APIs differ in how they write ids."""
        value = self._left.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT64:
            del self._left[name]
            return str(value)
        return self.text(name)

    def digest(self, name: str, length: int) -> str | None:
        """A hash of `length` hexadecimal digits, in lower case."""
        value = self._left.pop(name, None)
        if value is None or value == "":
            return None
        text = trimmed(value) if isinstance(value, str) else ""
        if not _is_hex(text, length):
            self._refuse(name, value)
            return None
        return text.lower()

    def integer(self, name: str) -> int | None:
        """A whole number from 0 to 2^63-1, also where it is written as text or as 12.0."""
        value = self._left.pop(name, None)
        if value is None or value == "":
            return None
        number = _whole(value)
        if number is None:
            self._refuse(name, value)
        return number

    def flag(self, name: str) -> bool | None:
        """True or false, also where it is written as text."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, bool):
            return value
        word = value.lower() if isinstance(value, str) else ""
        if word not in ("true", "false"):
            self._refuse(name, value)
            return None
        return word == "true"

    def instant(self, name: str) -> Instant | None:
        """A moment; what systems write where no time is known counts as absent."""
        value = self._left.pop(name, None)
        if value is None or value == "":
            return None
        try:
            if isinstance(value, str):
                return moment_of(value)
        except ValueError:
            pass
        self._refuse(name, value)
        return None

    def strings(self, name: str, key: str = "") -> tuple[str, ...]:
        """The strings of a list, or of text divided by commas or semicolons, each once and without blanks at
        its ends; items of another type are named.

        Where `key` is given, an item may be an object that has the string under `key`.
        """
        value = self._left.pop(name, None)
        if isinstance(value, str):
            value = _DIVIDERS.split(value)
        found: dict[str, None] = {}
        refused: list[object] = []
        known = set[str]()  # a text may be divided into the same word a hundred thousand times
        for index, item in enumerate(self._items(name, value)):
            text = item.get(key) if key and isinstance(item, Mapping) else item
            if text in known if isinstance(text, str) else item is None:
                continue
            path = f"{self.path}{name}[{index}]"
            if isinstance(text, str):
                if len(text) <= MAX_TEXT:
                    known.add(text)
                found[_short(trimmed(clean_text(text)), self.notes, path)] = None
            else:
                self.notes.add(path)
                refused.append(item)
        if refused:
            self._left[name] = refused
        found.pop("", None)
        return tuple(found)

    def child(self, name: str) -> "Reader | None":
        """A reader of the object inside, or of the one object of a list; what it leaves unread is in this
        reader's `rest()`."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
            self._left[name] = value  # the reader of the one object
            return next(iter(self.objects(name)), None)
        if not isinstance(value, Mapping):
            self._refuse(name, value)
            return None
        child = Reader(value, self.notes, f"{self.path}{name}.")
        self._children[name] = child
        return child

    def objects(
        self, name: str, *, apart: bool = False, alone: bool = False, text: str = ""
    ) -> list["Reader"]:
        """A reader for each object of a list; other items, and anything but a list, are named.

        What the readers leave unread is in this reader's `rest()`, but where `apart` says that the caller
        keeps it. `alone` takes an object that stands there by itself for a list of one. Where `text` is
        given, a text is taken for an object that says it under that name, and stays unread.
        """
        value = self._left.pop(name, None)
        is_one = (alone and isinstance(value, Mapping)) or (text and isinstance(value, str) and value)
        readers: list[Reader] = []
        refused: list[object] = []
        for index, item in enumerate([value] if is_one else self._items(name, value)):
            path = self.path + (name if is_one else f"{name}[{index}]")
            if isinstance(item, Mapping):
                readers.append(Reader(item, self.notes, path + "."))
                continue
            refused.append(item)
            if text and isinstance(item, str):
                readers.append(Reader({text: item}, self.notes, path + "."))
            else:
                self.notes.add(path)
        if refused:
            self._left[name] = refused
        if not apart:
            self._lists[name] = readers
        return readers

    def rest(self) -> dict[str, object]:
        """Whatever was not read and is neither null nor empty, made safe, in JSON's types.

        Always in the same order, whatever that of the API is: so the same alert gets the same notes.
        """
        left: dict[str, object] = {}
        for name, value in sorted(self._left.items(), key=_name):
            if value is not None and value not in _EMPTY:
                key = clean_text(str(name)[:200])
                left[key] = plain(value, self.notes, self.path + key)
        for name, child in self._children.items():
            inner = child.rest()
            if inner:
                left[name] = inner
        for name, readers in self._lists.items():
            inners = [inner for reader in readers if (inner := reader.rest())]
            if inners:
                refused = left.get(name)
                left[name] = [*refused, *inners] if isinstance(refused, list) else inners
        return left

    def _items(self, name: str, value: object) -> list[object]:
        if value is None:
            return []
        if isinstance(value, (list, tuple)):
            return list(value)
        self._refuse(name, value)
        return []

    def _refuse(self, name: str, value: object) -> None:
        self._left[name] = value
        self.notes.add(self.path + name)


def moment_of(text: str) -> Instant | None:
    """The moment that a text names, None where it is the platform's word for none. Raises ValueError."""
    if len(text) > _LONGEST_MOMENT:
        raise ValueError("too long for a time")
    return _moment_of(text)


@lru_cache(1_024)  # one moment stands on every item of an alert, and is asked for again when its row is made
def _moment_of(text: str) -> Instant | None:
    plain_text = text.strip()
    if plain_text.startswith(_NO_TIMES):
        return None
    since = _MILLISECONDS.fullmatch(plain_text)
    if since is None:
        moment = Instant.parse(plain_text)
    else:
        moment = Instant.parse("1970-01-01T00:00:00Z").plus(int(since[1]) / 1_000)
    return moment if moment.is_told else None


def clean_text(text: str) -> str:
    """The text with each NUL and lone surrogate as U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSAFE.sub("\ufffd", text)


def plain(value: object, notes: Notes, path: str, depth: int = 0) -> object:
    """The value in JSON's types and 64-bit numbers; what does not fit becomes text and is named."""
    if isinstance(value, str):
        return _short(clean_text(value), notes, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, (Mapping, list, tuple)) and depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            pairs = ((clean_text(str(key)[:200]), inner) for key, inner in sorted(value.items(), key=_name))
            return {key: plain(inner, notes, f"{path}.{key}", depth + 1) for key, inner in pairs}
        return [plain(inner, notes, f"{path}[{at}]", depth + 1) for at, inner in enumerate(value)]
    notes.add(path)
    if isinstance(value, int):
        return hex(value)[:200]  # str() refuses a number of thousands of digits
    return str(value) if isinstance(value, float) else f"[{type(value).__name__} left out]"


def _name(field: tuple[object, object]) -> str:
    return str(field[0])


def _short(text: str, notes: Notes, path: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    notes.add(f"{path} (cut from {len(text)} characters)")
    return text[:MAX_TEXT] + CUT_MARK


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
            return None
        value = int(digits)
    elif isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _INT64 else None


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and _HEX.fullmatch(text) is not None
