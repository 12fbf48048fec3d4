"""Hunting rows as observations of processes: which was created, which acted, which had started the actor."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from shared.core.alert import Account
from shared.core.correlate.finding import Cell, Event
from shared.core.correlate.span import Span
from shared.core.tables import ACTOR, BY_NAME, CREATED, STARTER, ProcessColumns
from shared.core.values import Instant

# What a query adds to tell its rows apart; no part of the event.
_OURS = frozenset({"Table", "Generation", "Match", "Rows", "First", "Last"})
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Ref:
    """A process as one row, or an alert, names it: its clock may be cut, so this is not yet an identity.
    `likeness` is an alert's own: hash and command line, "" where it does not give both."""

    device_id: str
    pid: int
    created: Instant
    name: str = ""  # lower case
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One event: the process it reports as created, who acted, and who had started the actor."""

    event: Event
    created: Ref | None = None
    actor: Ref | None = None
    starter: Ref | None = None


@dataclass(frozen=True, slots=True)
class Overflow:
    """Rows that were too many to be sent, and so only counted: of one actor, or those that name one thing.

    `asked` is the time in which they were counted for one alert; None where for all that were asked for at
    once."""

    table: str
    device_id: str
    rows: int
    actor: Ref | None = None
    match: str = ""
    asked: Span | None = None


def read(rows: Iterable[Mapping[str, Cell]]) -> Iterator[Observation | Overflow]:
    """What each row says; one without device or time, or of no table that we hunt, says nothing."""
    for row in rows:
        table, device = _text(row, "Table"), _text(row, "DeviceId")
        if table not in BY_NAME or not device:
            continue
        count = _whole(row, "Rows")
        if count is not None:
            yield _overflow(row, table, device, count)
            continue
        time = instant_of(row.get("Timestamp"))
        if time is not None:
            yield _observation(row, table, device, time)


def _observation(row: Mapping[str, Cell], table: str, device: str, time: Instant) -> Observation:
    cells = {
        name: cell for name, cell in row.items() if cell is not None and cell != "" and name not in _OURS
    }
    event = Event(table, device, time, _text(row, "ReportId"), _text(row, "ActionType"), cells)
    columns = BY_NAME[table].created
    created = _ref(row, device, columns) if columns else None
    return Observation(event, created, _ref(row, device, ACTOR), _ref(row, device, STARTER))


def _overflow(row: Mapping[str, Cell], table: str, device: str, count: int) -> Overflow:
    first, last = instant_of(row.get("First")), instant_of(row.get("Last"))
    return Overflow(
        table=table,
        device_id=device,
        rows=count,
        actor=_ref(row, device, ACTOR),
        match=_text(row, "Match"),
        asked=Span(first, last) if first is not None and last is not None else None,
    )


def _ref(row: Mapping[str, Cell], device: str, columns: ProcessColumns) -> Ref | None:
    pid, created = _whole(row, columns.pid), instant_of(row.get(columns.created))
    if pid is None or created is None:
        return None
    return Ref(device, pid, created, _text(row, columns.name).lower())


def likeness(observation: Observation, ref: Ref) -> str:
    """Hash and command line that the row gives of the process it reports as created, or of the actor."""
    columns = CREATED if ref is observation.created else ACTOR
    row = observation.event.row
    return alike(_text(row, columns.sha1), _text(row, columns.command_line))


def alike(sha1: str, command_line: str) -> str:
    """What two mentions of one process share beside pid and time; "" where not both are known."""
    return f"{sha1.lower()} {command_line}" if sha1 and command_line else ""


def instant_of(cell: Cell) -> Instant | None:
    """The cell as a moment, None where it is not one, or stands for none."""
    return _parsed(cell) if isinstance(cell, str) and cell else None


@lru_cache(maxsize=20_000)
def _parsed(text: str) -> Instant | None:
    try:
        moment = Instant.parse(text)
    except ValueError:
        return None
    return moment if moment.is_told else None


def account_of(row: Mapping[str, Cell], prefix: str) -> Account | None:
    """The account in the columns that begin with `prefix`; None where they name nobody."""
    columns = ("Name", "Domain", "Sid", "ObjectId", "Upn")
    account = Account(*(text_or_none(row, prefix + column) for column in columns))
    return account if account != Account() else None


def text_or_none(row: Mapping[str, Cell], name: str) -> str | None:
    """The cell as text; None where there is none."""
    return _text(row, name) or None


def _text(row: Mapping[str, Cell], name: str) -> str:
    cell = row.get(name)
    return "" if cell is None else str(cell)


def _whole(row: Mapping[str, Cell], name: str) -> int | None:
    return whole(row.get(name))


def whole(cell: object) -> int | None:
    """The cell as a whole number that a query can name again, also where it is text; else None."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        number = int(cell)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < _INT64 else None
