"""What a column of a published row is, and the bounds of Table Storage that all of them keep.

A string property holds 64 KiB of UTF-16, an entity 1 MiB and 252 properties of one's own; a DateTime begins
in 1601:
https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model
(read 2026-11).
"""

from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

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


def text(
    name: str,
    meaning: str,
    source: str,
    example: str = "",
    *,
    limit: int | None = None,
    role: Role = Role.CONTENT,
    words: tuple[str, ...] = (),
) -> Definition:
    """A string column; "" where nothing is known. Without a limit of its own it holds a word."""
    most = limit or (OURS if words else WORD)
    return Definition(name, meaning, source, example, kind=Kind.STRING, role=role, limit=most, words=words)


def lifecycle(*columns: Definition) -> tuple[Definition, ...]:
    """The columns, as ones that say how the row came about, or what people know and said."""
    return tuple(replace(column, role=Role.LIFECYCLE) for column in columns)


# JSON in ASCII: a list, `[]` where there is nothing (one is an object).
json_text = partial(Definition, kind=Kind.STRING, is_json=True, limit=LONG)
# A whole number up to 2,147,483,647; a greater one is shown as that.
count = partial(Definition, kind=Kind.INT32)
# True or false; false where nothing is known.
flag = partial(Definition, kind=Kind.BOOLEAN)
# A moment in UTC, cut to microseconds; 1601-01-01 where there is none.
time = partial(Definition, kind=Kind.DATETIME)
