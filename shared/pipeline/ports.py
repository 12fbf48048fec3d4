"""What the three steps need of the outside, as Protocols. Adapters fulfil them, tests use fakes.

Every method may raise `AccessDenied`, `Throttled`, `Unavailable` or `UnexpectedResponse` for its service;
what else it raises is said there. Rooms are imported for the type checker alone: not every step needs all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.core.conclude import Rules, Sighting
    from shared.core.correlate import Cell
    from shared.core.hunting import Gap
    from shared.core.incidents import Mark
    from shared.core.known_benign import Entry
    from shared.core.lookups import Device, File, LoggedOnUser, Lookup, Prevalence
    from shared.core.progress import DueEntry, Lease, LedgerRow, Span, Window
    from shared.core.values import (
        AlertPage,
        CachedAnswer,
        Checkpoint,
        DocumentKey,
        EventRow,
        OtherAlerts,
        RowWrite,
        StoredRow,
    )
    from shared.core.write_back import WriteRow, WriteRule


class AlertSource(Protocol):
    """Where alerts come from: Defender's list or Graph's."""

    @property
    def name(self) -> str:
        """`defender` or `graph`, as `normalize` takes it."""

    def updated_in(self, window: Window) -> AlertPage:
        """Up to 1,000 alerts last updated inside `window`, with evidence."""

    def created_in(self, window: Window) -> AlertPage:
        """Up to 10,000 alerts created inside `window`, without evidence."""

    def touched_in(self, window: Window) -> AlertPage:
        """The same for alerts last updated inside `window`."""

    def others_in(self, window: Window) -> OtherAlerts | None:
        """How many alerts of other services, which the other methods leave aside, were created inside
        `window`; None where the API holds no such."""

    def one(self, alert_id: str) -> object:
        """The alert with this id, with evidence. Raises NotFound."""


# One kind of look-up: every key asked for is in the answer with its outcome.
type Ask[T] = Callable[[Iterable[str]], dict[str, Lookup[T]]]


class Directory(Protocol):
    """Look-ups of entities. They take sets, so that one call can answer many; they never raise for one key:
    every key asked for is in the answer with its outcome."""

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        """Devices by id."""

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        """Logged-on users by device id."""

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """Files by SHA-1 or SHA-256."""

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by IP address."""

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by domain."""


type Rows = tuple[Mapping[str, Cell], ...]


class Hunter(Protocol):
    """Advanced hunting."""

    def run(self, name: str, kql: str, timespan: str) -> Rows:
        """The rows of one query; `name` is for errors and logs. Raises QueryRejected and ResultTooLarge."""


class TenantHunter(Hunter, Protocol):
    """Advanced hunting as one tenant has it: what it lacks is left out of the queries.

    `run` raises Lacking, too.
    """

    def gaps(self) -> frozenset[Gap]:
        """What the tenant's hunting is known to lack."""


class Ledger(Protocol):
    """Table `AlertWork`: open rows and history. Read open rows before history, never the other way round:
    finishing writes history first, so whoever reads in this order sees an alert in one of the two."""

    def open_rows(self, most: int | None = None) -> list[LedgerRow]:
        """Every open row of the tenant, or the first so many."""

    def open_row(self, alert_id: str) -> LedgerRow | None:
        """One open row, or None."""

    def open_many(self, alert_ids: Iterable[str]) -> dict[str, LedgerRow]:
        """Those of the alerts that are open, by id."""

    def due_entries(self, spans: Sequence[Span]) -> list[list[DueEntry]]:
        """For each span its entries of the due index, by time."""

    def all_due_entries(self) -> Iterator[DueEntry]:
        """Every entry of the due index."""

    def write_due(self, put: Iterable[DueEntry], remove: Iterable[DueEntry]) -> None:
        """Inserts or replaces entries, then removes others, of those that were read only what nobody wrote
        since. One that is gone already is fine."""

    def finished(self, keys: Iterable[tuple[str, str]]) -> dict[str, LedgerRow]:
        """History rows by alert id, for (day, alert id) pairs; unknown ones are absent."""

    def places(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """(day, alert id) under which an alert is kept, by an id of it, as `keep_places` was told."""

    def keep_places(self, places: Mapping[str, tuple[str, str]]) -> None:
        """Remembers them; safe to repeat."""

    def write(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Creates open rows without etag, replaces those whose etag still holds.

        Gives back what was written, with new etags, in the same order; rows that lost a race are left out.
        """

    def keep(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """The same for history, whose rows have etags of their own."""

    def close(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Deletes open rows whose etag still holds; gives back those that were deleted or were gone."""


class Documents(Protocol):
    """Documents, in the table of the ledger."""

    def put(self, documents: Mapping[DocumentKey, bytes]) -> None:
        """Writes them all; safe to repeat."""

    def get(self, keys: Iterable[DocumentKey]) -> dict[DocumentKey, bytes]:
        """Those that exist and are whole."""


class Checkpoints(Protocol):
    """Table `Checkpoints`."""

    def read(self, source: str) -> Checkpoint:
        """The source's checkpoint; an empty one where there is none yet."""

    def write(self, source: str, checkpoint: Checkpoint) -> Checkpoint:
        """Written if its etag still holds. Raises Conflict."""


class Leases(Protocol):
    """The tenant's hunting lease."""

    def read(self) -> Lease:
        """The lease; an empty one where there is none yet."""

    def write(self, lease: Lease) -> Lease:
        """Written if its etag still holds. Raises Conflict."""


class PublishedRows(Protocol):
    """Table `Alerts`, or `Incidents`."""

    def read(
        self, keys: Iterable[tuple[str, str]], columns: Collection[str] = ()
    ) -> dict[tuple[str, str], StoredRow]:
        """Rows by (day, row key), of these columns alone where any are named; missing ones are absent."""

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        """Those written; one that lost a race is left out and must be read and decided again."""


class Memberships(Protocol):
    """In the ledger's table: the day each incident lies under, which alerts are in it or once were, and which
    incidents are to be built."""

    def days(self, incident_ids: Iterable[str]) -> dict[str, str]:
        """The day by incident; unknown ones are absent."""

    def keep_days(self, days: Mapping[str, str]) -> list[str]:
        """Remembers the day of each incident that has none yet; gives back the ids of those."""

    def add(self, alerts: Mapping[str, Collection[tuple[str, str]]]) -> None:
        """Remembers the alerts, by (day, row key), of each incident, and marks all of these incidents."""

    def alerts(self, incident_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
        """The alerts of each incident that were ever added, oldest day first."""

    def marks(self) -> list[Mark]:
        """Every mark."""

    def write_marks(self, marks: Sequence[Mark]) -> list[Mark]:
        """Replaces those whose etag still holds; gives them back with new etags, without those that lost."""

    def remove_marks(self, marks: Sequence[Mark]) -> None:
        """Deletes those whose etag still holds."""


class EventRows(Protocol):
    """Table `AlertEvents`."""

    def write(self, rows: Sequence[EventRow]) -> None:
        """Inserts or replaces them, those of one partition together."""

    def keys(self, partition: str) -> set[str]:
        """Row keys that stand in the partition."""

    def remove(self, partition: str, row_keys: Iterable[str]) -> None:
        """Deletes them; one that is gone already is fine."""


class Sightings(Protocol):
    """What alerts had in common, in our own tables."""

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        """The newest sightings of each trait; traits that nobody showed are absent."""

    def add(self, sightings: Sequence[Sighting]) -> None:
        """Inserts or replaces them."""


class Retention(Protocol):
    """Deletes what is older than it must be."""

    def purge(self, older_than: datetime, seconds: float, progress: str) -> tuple[dict[str, int], str]:
        """(how many rows of each kind went, the `progress` to give the next purge); stops after `seconds`."""


class Writes(Protocol):
    """What is to be written to alerts: rows in the ledger's table."""

    def all(self) -> list[WriteRow]:
        """Every row of the tenant."""

    def find(self, alert_ids: Iterable[str]) -> dict[str, WriteRow]:
        """Rows by alert id; alerts without one are absent."""

    def put(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        """Creates rows without etag, replaces those whose etag still holds; gives back what was written, with
        new etags."""

    def close(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        """Deletes rows whose etag still holds; gives back those that were deleted or were gone."""


class AlertWrites(Protocol):
    """Changes to alerts in the API that lists them, by the id that it lists them under. Raises Unanswered
    where nobody knows whether the change was made, and NotFound."""

    def comment(self, alert_id: str, text: str) -> None:
        """Adds a comment."""

    def set_fields(self, alert_id: str, fields: Mapping[str, str]) -> None:
        """Sets fields, named and valued in Defender's words."""


@dataclass(frozen=True, slots=True)
class WriteBack:
    """The outside of the write-back."""

    writes: Writes
    alerts: AlertWrites
    rules: Callable[[], Sequence[WriteRule]] = tuple


class CallCounter(Protocol):
    """How often this instance called each API."""

    def taken(self) -> dict[str, dict[str, int]]:
        """`calls` and answers 429 (`throttled`) by API, since the last time this was asked."""


class Clock(Protocol):
    """Time, as the steps see it."""

    def now(self) -> datetime:
        """Aware UTC."""

    def sleep(self, seconds: float) -> None:
        """Waits."""


class EntityCache(Protocol):
    """Table `EntityCache`, with a small memory front."""

    def get(self, kind: str, keys: Iterable[str]) -> dict[str, CachedAnswer]:
        """Cached answers, however old; unknown keys are absent."""

    def put(self, kind: str, answers: Mapping[str, CachedAnswer]) -> None:
        """Inserts or replaces them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside that the steps use."""

    source: AlertSource
    directory: Directory
    hunter: TenantHunter
    ledger: Ledger
    documents: Documents
    checkpoints: Checkpoints
    leases: Leases
    alert_rows: PublishedRows
    event_rows: EventRows
    incident_rows: PublishedRows
    memberships: Memberships
    sightings: Sightings
    retention: Retention
    calls: CallCounter
    clock: Clock
    rules: Callable[[], Rules]
    known_benign: Callable[[], Sequence[Entry]] = tuple  # none, unless wired
    write_back: WriteBack | None = None  # None where it is off


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages that leave once the function has returned."""

    pointers: tuple[str, ...] = ()
    wake_ups: tuple[str, ...] = ()
