"""What a column of a published row is, and the bounds of Table Storage that all of them keep.

A string property holds 64 KiB of UTF-16, an entity 1 MiB and 252 properties of one's own; a DateTime begins
in 1601:
https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model
(read 2026-11).
"""

from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from shared.core.values import Column

OURS = 100  # UTF-16 units: words that we alone choose
WORD = 500  # names, ids, words of others
LINE = 2_000  # sentences, paths, addresses
LONG = 32_000  # texts and JSON; Table Storage ends at 32,768
MAX_ROW = 1_048_576  # bytes
FIRST_TIME = datetime(1601, 1, 1, tzinfo=UTC)  # stands for "no such time": a column is never absent
LAST_TIME = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


class Kind(StrEnum):
    """The types of Table Storage that we use."""

    STRING = "Edm.String"
    INT32 = "Edm.Int32"
    BOOLEAN = "Edm.Boolean"
    DATETIME = "Edm.DateTime"


_EMPTY: dict[Kind, Column] = {Kind.STRING: "", Kind.INT32: 0, Kind.BOOLEAN: False, Kind.DATETIME: FIRST_TIME}


class Role(StrEnum):
    """Who decides a column's value: `content` what is known of the alert, `correlation` the hunt alone (an
    earlier, better hunt keeps it), `lifecycle` how the row came about, and what people know and said."""

    CONTENT = "content"
    CORRELATION = "correlation"
    LIFECYCLE = "lifecycle"


@dataclass(frozen=True, slots=True)
class Definition:
    """One column. `limit` is in UTF-16 units; `unknown` stands where nothing is known, if not
    the type's zero."""

    name: str
    meaning: str
    source: str
    example: Column
    _: KW_ONLY
    kind: Kind
    role: Role = Role.CONTENT
    limit: int = WORD
    is_json: bool = False
    words: tuple[str, ...] = ()  # every value we write ourselves; Microsoft's words may grow
    unknown: Column | None = None
    at_once: int = field(init=False, compare=False, repr=False, default=-1)

    def __post_init__(self) -> None:
        """`at_once` is the length of plain text that surely fits; -1 for a column of another type."""
        if self.kind is Kind.STRING and not self.is_json:
            object.__setattr__(self, "at_once", self.limit // 2)

    @property
    def empty(self) -> Column:
        """The value that says that nothing is known."""
        if self.unknown is not None:
            return self.unknown
        return "[]" if self.is_json else _EMPTY[self.kind]

    @property
    def most_bytes(self) -> int:
        """What the column can take in storage at the most, its name included."""
        if self.kind is Kind.STRING:
            return 2 * len(self.name) + 2 * self.limit + 12
        return 2 * len(self.name) + 16


@dataclass(frozen=True, slots=True)
class Source:
    """Where columns have their values from, in words for a reader: it defines the columns of one source and
    role. Without a limit of its own a text holds a word, and ours alone where we write every value."""

    words: str
    role: Role = Role.CONTENT

    def text(
        self, name: str, meaning: str, example: str = "", *, limit: int = 0, words: tuple[str, ...] = ()
    ) -> Definition:
        """A string column; "" where nothing is known."""
        most = limit or (OURS if words else WORD)
        return self._of(Kind.STRING, name, meaning, example, limit=most, words=words)

    def line(self, name: str, meaning: str, example: str = "") -> Definition:
        """The same for a sentence, a path or an address."""
        return self.text(name, meaning, example, limit=LINE)

    def json(self, name: str, meaning: str, example: str, *, limit: int = LONG) -> Definition:
        """JSON in ASCII: a list, `[]` where there is nothing (one is an object)."""
        return self._of(Kind.STRING, name, meaning, example, limit=limit, is_json=True)

    def count(self, name: str, meaning: str, example: int, *, unknown: int | None = None) -> Definition:
        """A whole number up to 2,147,483,647; a greater one is shown as that."""
        return self._of(Kind.INT32, name, meaning, example, unknown=unknown)

    def flag(self, name: str, meaning: str, example: bool) -> Definition:
        """True or false; false where nothing is known."""
        return self._of(Kind.BOOLEAN, name, meaning, example)

    def time(self, name: str, meaning: str, example: datetime) -> Definition:
        """A moment in UTC, cut to microseconds; 1601-01-01 where there is none."""
        return self._of(Kind.DATETIME, name, meaning, example)

    def _of(self, kind: Kind, name: str, meaning: str, example: Column, **more: Any) -> Definition:
        return Definition(name, meaning, self.words, example, kind=kind, role=self.role, **more)
