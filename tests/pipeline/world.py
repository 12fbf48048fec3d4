"""An outside in memory for the steps: tables with etags, queues, a clock, and a crash at any effect.

Every port call that reaches the outside is an effect with a name. `World.effects` lists them as they happen;
`World.crash_at` makes the run die before or after the n-th, as a killed instance would.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta

from shared.adapters.detections import DetectionFiles
from shared.core.conclude.seen_before import Sighting
from shared.core.correlate.finding import Cell
from shared.core.incidents import Mark
from shared.core.known_benign import Entry
from shared.core.lookups.entities import Lookup
from shared.core.progress.due_index import DueEntry, entries
from shared.core.progress.lease import Lease
from shared.core.progress.ledger_row import LedgerRow
from shared.core.progress.polling import Window
from shared.core.values import table_keys
from shared.core.values.records import Checkpoint, Column, DocumentKey, OtherAlerts, StoredRow
from shared.core.write_back import WriteRow, WriteRule
from shared.errors import AppError
from shared.pipeline.hunt import KnowingHunter
from shared.pipeline.ports import Ports, WriteBack
from tests.pipeline import fake_incidents, fake_tables, fake_writes, fakes

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

DETECTIONS = DetectionFiles(frozenset())


class Crash(BaseException):
    """The instance dies: no handler of ours can catch it."""


@dataclass
class World:
    """Everything outside the steps, and what happened to it."""

    now: datetime = START
    tick: timedelta = timedelta()
    source: str = "defender"
    alerts: list[dict[str, object]] = field(default_factory=list)
    others: OtherAlerts | None = None
    others_asked: list[Window] = field(default_factory=list)
    listed_from: dict[str, datetime] = field(default_factory=dict)
    directory_answers: Callable[[str, str], Lookup[object]] | None = None
    hunt: Callable[[str, str], Sequence[Mapping[str, Cell]]] | None = None
    effects: list[str] = field(default_factory=list)
    crash_at: tuple[int, str] | None = None  # (index of the effect, "before" or "after")
    failures: dict[str, list[AppError]] = field(default_factory=dict)  # by effect name, used up in order
    before_effect: dict[str, list[Callable[[], object]]] = field(default_factory=dict)
    open: dict[str, LedgerRow] = field(default_factory=dict)
    due: dict[DueEntry, DueEntry] = field(default_factory=dict)  # as written, by what they are
    history: dict[tuple[str, str], LedgerRow] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    documents: dict[DocumentKey, bytes] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    lease: Lease = field(default_factory=Lease)
    rows: dict[tuple[str, str], StoredRow] = field(default_factory=dict)
    events: dict[tuple[str, str], Mapping[str, Column]] = field(default_factory=dict)
    incidents: dict[tuple[str, str], StoredRow] = field(default_factory=dict)
    incident_days: dict[str, str] = field(default_factory=dict)
    incident_alerts: dict[tuple[str, str, str], None] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    cache: fakes.FakeCache = field(default_factory=fakes.FakeCache)
    seen: dict[str, dict[str, Sighting]] = field(default_factory=dict)  # by trait and row key
    known_benign: list[Entry] = field(default_factory=list)
    writes_back: bool = False
    writes: dict[str, WriteRow] = field(default_factory=dict)
    write_rules: list[WriteRule] = field(default_factory=list)
    comment_visible_after: float = 0.0  # seconds until a comment shows when its alert is read
    purged: list[datetime] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    calls_told: int = 0  # of them, by `FakeCalls`
    page_size: int = 1_000
    death: str = ""  # of the instance at work, which then does nothing more
    etags: int = 0  # given so far

    def effect[T](self, name: str, do: Callable[[], T]) -> T:
        """Does it, unless the world ends or the service fails first."""
        if self.death:
            raise Crash(self.death)
        try:
            for hook in [self.before_effect[name].pop(0)] if self.before_effect.get(name) else []:
                hook()
            index = len(self.effects)
            self.effects.append(name)
            if self.crash_at == (index, "before"):
                raise Crash(f"before {name}")
            if self.failures.get(name):
                raise self.failures[name].pop(0)
            try:
                return do()
            finally:
                if self.crash_at == (index, "after"):
                    raise Crash(f"after {name}")
        except Crash as crash:
            self.death = str(crash)
            raise

    def etag(self) -> str:
        """A new etag."""
        self.etags += 1
        return f'W/"{self.etags}"'

    def stands(self, row: LedgerRow) -> None:
        """The row is open as given, and found by the due index, whatever stood there before."""
        for entry in entries(self.open.get(row.alert_id)):
            self.due.pop(entry, None)
        self.open[row.alert_id] = row
        self.due |= {one: replace(one, written=self.now, etag=self.etag()) for one in entries(row)}

    def copied(self) -> "World":
        """A second outside that stands as this one and goes its own way; what tables hold is never changed in
        place, so that both may hold it."""
        return World(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})

    def standing(self) -> tuple[object, ...]:
        """All of it that a next instance could notice: not the past calls, effects and waits."""
        ledger = (
            dict(self.open),
            self._index(),
            dict(self.history),
            dict(self.documents),
            dict(self.checkpoints),
        )
        published = (dict(self.rows), dict(self.events), dict(self.seen), dict(self.writes), self.comments())
        members = (dict(self.incident_days), dict(self.incident_alerts), dict(self.marks))
        return (self.now, self.etags, self.lease, *ledger, *published, dict(self.incidents), *members)

    def _index(self) -> frozenset[tuple[DueEntry, datetime | None]]:
        return frozenset((entry, entry.written) for entry in self.due.values())

    def seen_by_now(self, raw: dict[str, object]) -> dict[str, object]:
        """The alert without the comments that do not show yet."""
        if not self.comment_visible_after:
            return raw
        before = (self.now - timedelta(seconds=self.comment_visible_after)).isoformat()
        comments = raw.get("comments") or []
        assert isinstance(comments, list)
        return {**raw, "comments": [one for one in comments if str(one["createdTime"]) <= before]}

    def comments(self) -> dict[str, list[object]]:
        """The comments on each alert, whether they show yet or not."""
        return {str(raw["id"]): list(raw.get("comments") or []) for raw in self.alerts}  # type: ignore[call-overload]

    def pass_time(self, **spans: float) -> None:
        """Moves the clock."""
        self.now += timedelta(**spans)

    def ports(self) -> Ports:
        """The ports of one instance, which lives."""
        self.death = ""
        return Ports(
            source=fakes.FakeSource(self, self.source),
            directory=fakes.FakeDirectory(self),
            hunter=KnowingHunter(fakes.FakeHunter(self), self.cache, fakes.FakeClock(self)),
            ledger=fakes.FakeLedger(self),
            documents=fakes.FakeDocuments(self),
            checkpoints=fakes.FakeCheckpoints(self),
            leases=fakes.FakeLeases(self),
            alert_rows=fake_tables.FakeAlertRows(self),
            event_rows=fake_tables.FakeEventRows(self),
            incident_rows=fake_incidents.FakeIncidentRows(self),
            memberships=fake_incidents.FakeMemberships(self),
            rules=DETECTIONS.rules,
            known_benign=lambda: self.known_benign,
            write_back=WriteBack(
                fake_writes.FakeWrites(self), fake_writes.FakeAlertWrites(self), lambda: self.write_rules
            )
            if self.writes_back
            else None,
            sightings=fake_tables.FakeSightings(self),
            retention=fake_tables.FakeRetention(self),
            calls=fake_tables.FakeCalls(self),
            clock=fakes.FakeClock(self),
        )


def row_of(world: World, alert_id: str) -> Mapping[str, Column]:
    """The published row of an alert; fails the test where there is none or more than one."""
    found = [row.columns for (_, key), row in world.rows.items() if key == table_keys.safe_id(alert_id)]
    assert len(found) == 1, f"{len(found)} rows for {alert_id}"
    return found[0]
