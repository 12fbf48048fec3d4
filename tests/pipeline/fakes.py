"""The ports over a `World`: small real classes, each call an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from shared.core.correlate.finding import Cell
from shared.core.lookups.entities import Device, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.progress.due_index import DueEntry, Span
from shared.core.progress.lease import Lease
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.progress.polling import Window
from shared.core.values.instant import Instant
from shared.core.values.records import AlertPage, CachedAnswer, Checkpoint, DocumentKey, OtherAlerts
from shared.errors import Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from tests.pipeline.world import World


@dataclass
class FakeClock:
    """Time stands still but for sleeping, and for the world's tick at each look at it."""

    world: World

    def now(self) -> datetime:
        self.world.now += self.world.tick
        return self.world.now

    def sleep(self, seconds: float) -> None:
        self.world.slept.append(seconds)
        self.world.pass_time(seconds=seconds)


@dataclass
class FakeCache:
    """A cache in memory; `broken` makes it fail."""

    rows: dict[tuple[str, str], CachedAnswer] = field(default_factory=dict)
    broken: bool = False

    def get(self, kind: str, keys: Iterable[str]) -> dict[str, CachedAnswer]:
        if self.broken:
            raise Unavailable("no table")
        return {key: self.rows[kind, key] for key in keys if (kind, key) in self.rows}

    def put(self, kind: str, answers: Mapping[str, CachedAnswer]) -> None:
        if self.broken:
            raise Unavailable("no table")
        # A new one each time: a copied world may hold the old.
        self.rows = self.rows | {(kind, key): answer for key, answer in answers.items()}


@lru_cache(maxsize=65_536)
def _moment(text: str) -> Instant:
    return Instant.parse(text)


@dataclass
class FakeSource:
    """A list of raw alerts in no order."""

    world: World
    name: str = "defender"

    def _inside(self, window: Window, field_name: str) -> AlertPage:
        self.world.calls.append("alerts")
        found = [
            raw
            for raw in self.world.alerts
            if window.start <= _moment(str(raw[field_name])) < window.end
            and self.world.listed_from.get(str(raw["id"]), self.world.now) <= self.world.now
        ]
        size = self.world.page_size
        return AlertPage(tuple(reversed(found))[:size], len(found) >= size)

    def updated_in(self, window: Window) -> AlertPage:
        field_name = "lastUpdateTime" if self.name == "defender" else "lastUpdateDateTime"
        return self.world.effect("alerts api", lambda: self._inside(window, field_name))

    def created_in(self, window: Window) -> AlertPage:
        field_name = "alertCreationTime" if self.name == "defender" else "createdDateTime"
        return self.world.effect("alerts api", lambda: self._inside(window, field_name))

    def touched_in(self, window: Window) -> AlertPage:
        return self.world.effect("alerts api", lambda: self._inside(window, "lastUpdateTime"))

    def others_in(self, window: Window) -> OtherAlerts | None:
        if self.world.others is None:
            return None
        self.world.others_asked.append(window)
        return self.world.effect("others api", lambda: self.world.others)

    def one(self, alert_id: str) -> object:
        def find() -> object:
            for raw in self.world.alerts:
                if raw["id"] == alert_id:
                    return self.world.seen_by_now(raw)
            raise NotFound(alert_id)

        return self.world.effect("alert api", find)


@dataclass
class FakeDirectory:
    """Answers of `world.directory_answers`, "not found" without one."""

    world: World

    def _all(self, kind: str, keys: Iterable[str]) -> dict[str, Lookup[object]]:
        answer = self.world.directory_answers or (lambda _kind, _key: Lookup(Outcome.NOT_FOUND))
        asked = list(keys)
        self.world.calls += [kind] * len(asked)
        return self.world.effect(f"{kind} api", lambda: {key: answer(kind, key) for key in asked})

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        return self._all("device", ids)  # type: ignore[return-value]  # the test gives values of the kind

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        return self._all("users", device_ids)  # type: ignore[return-value]

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        return self._all("file", hashes)  # type: ignore[return-value]

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        return self._all("address", addresses)  # type: ignore[return-value]

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        return self._all("domain", hosts)  # type: ignore[return-value]


@dataclass
class FakeHunter:
    """Runs queries by `world.hunt`; no rows without one."""

    world: World

    def run(self, name: str, kql: str, timespan: str) -> tuple[Mapping[str, Cell], ...]:
        self.world.calls.append("hunt")
        hunt = self.world.hunt or (lambda _name, _kql: ())
        return self.world.effect("hunting api", lambda: tuple(hunt(name, kql)))


def _order(entry: DueEntry) -> tuple[datetime, str]:
    return entry.at, entry.alert_id


@dataclass
class FakeLedger:
    """Open rows and history with etags."""

    world: World

    def open_rows(self, most: int | None = None) -> list[LedgerRow]:
        return self.world.effect("read open rows", lambda: list(self.world.open.values())[:most])

    def open_row(self, alert_id: str) -> LedgerRow | None:
        return self.world.effect("read open row", lambda: self.world.open.get(alert_id))

    def open_many(self, alert_ids: Iterable[str]) -> dict[str, LedgerRow]:
        wanted = list(alert_ids)
        if not wanted:
            return {}
        return self.world.effect(
            "read open rows by id",
            lambda: {key: self.world.open[key] for key in wanted if key in self.world.open},
        )

    def due_entries(self, spans: Sequence[Span]) -> list[list[DueEntry]]:
        return self.world.effect("read due index", lambda: [self._inside(span) for span in spans])

    def _inside(self, span: Span) -> list[DueEntry]:
        inside = [
            entry
            for entry in self.world.due.values()
            if entry.lane == span.lane
            and (span.start is None or span.start <= entry.at)
            and (span.end is None or entry.at <= span.end)
            and (span.beyond is None or _order(entry) > _order(span.beyond))
        ]
        return sorted(inside, key=_order)[: span.most]

    def all_due_entries(self) -> Iterator[DueEntry]:
        return self.world.effect("read whole due index", lambda: iter(list(self.world.due.values())))

    def write_due(self, put: Iterable[DueEntry], remove: Iterable[DueEntry]) -> None:
        def do() -> None:
            for entry in put:
                self.world.due[entry] = replace(entry, written=self.world.now, etag=self.world.etag())
            for entry in remove:
                standing = self.world.due.get(entry)
                if standing is not None and entry.etag in ("", standing.etag):
                    del self.world.due[entry]

        self.world.effect("write due index", do)

    def finished(self, keys: Iterable[tuple[str, str]]) -> dict[str, LedgerRow]:
        wanted = list(keys)
        if not wanted:
            return {}
        return self.world.effect(
            "read history",
            lambda: {key[1]: self.world.history[key] for key in wanted if key in self.world.history},
        )

    def places(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        wanted = list(names)
        if not wanted:
            return {}
        return self.world.effect(
            "read places", lambda: {key: self.world.places[key] for key in wanted if key in self.world.places}
        )

    def keep_places(self, places: Mapping[str, tuple[str, str]]) -> None:
        if places:
            self.world.effect("write places", partial(self.world.places.update, places))

    def write(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        return self._put("write open row", self.world.open, {row.alert_id: row for row in rows})

    def keep(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        assert not any(row.state is State.OPEN for row in rows)
        return self._put("write history", self.world.history, {(row.day, row.alert_id): row for row in rows})

    def _put[Key](
        self, effect: str, table: dict[Key, LedgerRow], rows: dict[Key, LedgerRow]
    ) -> list[LedgerRow]:
        def put(key: Key, row: LedgerRow) -> LedgerRow | None:
            standing = table.get(key)
            if (standing.etag if standing else "") != row.etag:
                return None
            table[key] = replace(row, etag=self.world.etag())
            return table[key]

        written = [self.world.effect(effect, partial(put, key, row)) for key, row in rows.items()]
        return [row for row in written if row is not None]

    def close(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        def delete(row: LedgerRow) -> bool:
            standing = self.world.open.get(row.alert_id)
            if standing is not None and standing.etag != row.etag:
                return False
            self.world.open.pop(row.alert_id, None)
            return True

        return [row for row in rows if self.world.effect("delete open row", partial(delete, row))]


@dataclass
class FakeDocuments:
    """Bodies by key."""

    world: World

    def put(self, documents: Mapping[DocumentKey, bytes]) -> None:
        for key, body in documents.items():
            self.world.effect(
                f"write {key.kind} document",
                partial(self.world.documents.update, {key: body}),
            )

    def get(self, keys: Iterable[DocumentKey]) -> dict[DocumentKey, bytes]:
        wanted = list(keys)
        return self.world.effect(
            "read documents",
            lambda: {key: self.world.documents[key] for key in wanted if key in self.world.documents},
        )


@dataclass
class FakeCheckpoints:
    """Checkpoints with etags."""

    world: World

    def read(self, source: str) -> Checkpoint:
        return self.world.effect("read checkpoint", lambda: self.world.checkpoints.get(source, Checkpoint()))

    def write(self, source: str, checkpoint: Checkpoint) -> Checkpoint:
        def do() -> Checkpoint:
            if self.world.checkpoints.get(source, Checkpoint()).etag != checkpoint.etag:
                raise Conflict(source)
            self.world.checkpoints[source] = replace(checkpoint, etag=self.world.etag())
            return self.world.checkpoints[source]

        return self.world.effect("write checkpoint", do)


@dataclass
class FakeLeases:
    """The lease with its etag."""

    world: World

    def read(self) -> Lease:
        return self.world.effect("read lease", lambda: self.world.lease)

    def write(self, lease: Lease) -> Lease:
        def do() -> Lease:
            if self.world.lease.etag != lease.etag:
                raise Conflict("lease")
            self.world.lease = replace(lease, etag=self.world.etag())
            return self.world.lease

        return self.world.effect("write lease", do)
