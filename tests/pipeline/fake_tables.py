"""The published tables and what is kept beside them, over a `World`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from shared.core.conclude.seen_before import MOST_SIGHTINGS, Sighting
from shared.core.values import table_keys
from shared.core.values.records import Column, EventRow, RowWrite, StoredRow

if TYPE_CHECKING:
    from tests.pipeline.world import World


@dataclass
class FakeAlertRows:
    """Alert rows, merged as the table does."""

    world: World

    def read(
        self, keys: Iterable[tuple[str, str]], columns: Collection[str] = ()
    ) -> dict[tuple[str, str], StoredRow]:
        wanted = list(keys)
        return self.world.effect("read alert rows", lambda: self._of(wanted, columns))

    def _of(
        self, wanted: Sequence[tuple[str, str]], columns: Collection[str]
    ) -> dict[tuple[str, str], StoredRow]:
        found = {key: self.world.rows[key] for key in wanted if key in self.world.rows}
        if not columns:
            return found
        return {
            key: StoredRow({n: v for n, v in stored.columns.items() if n in columns}, stored.etag)
            for key, stored in found.items()
        }

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        return [w for w in writes if self.world.effect("write alert row", partial(self._write, w))]

    def _write(self, write: RowWrite) -> bool:
        key = (write.day, write.row_key)
        standing = self.world.rows.get(key)
        if (standing.etag if standing else "") != write.etag:
            return False
        before = dict(standing.columns) if standing else {}
        self.world.rows[key] = StoredRow(before | dict(write.columns), self.world.etag())
        return True


@dataclass
class FakeEventRows:
    """Event rows by partition and key."""

    world: World

    def write(self, rows: Sequence[EventRow]) -> None:
        partitions: dict[str, dict[tuple[str, str], Mapping[str, Column]]] = {}
        for row in rows:
            partitions.setdefault(row.partition, {})[row.partition, row.row_key] = row.columns
        for found in partitions.values():  # one transaction each
            self.world.effect("write events", partial(self.world.events.update, found))

    def keys(self, partition: str) -> set[str]:
        return self.world.effect(
            "read event keys", lambda: {key for part, key in self.world.events if part == partition}
        )

    def remove(self, partition: str, row_keys: Iterable[str]) -> None:
        for row_key in sorted(row_keys):
            self.world.effect("remove event", partial(self.world.events.pop, (partition, row_key), None))


@dataclass
class FakeSightings:
    """Sightings by trait, the newest first, and as the table answers no more of a trait than are looked at.

    What is older than those is not kept: nothing here takes a sighting away, so it could never be answered.
    """

    world: World

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        wanted = dict.fromkeys(traits)
        return self.world.effect(
            "read sightings",
            lambda: {
                each: list(self.world.seen[each].values()) for each in wanted if each in self.world.seen
            },
        )

    def add(self, sightings: Sequence[Sighting]) -> None:
        self.world.effect("write sightings", partial(self._add, sightings))

    def _add(self, sightings: Sequence[Sighting]) -> None:
        fresh: dict[str, dict[str, Sighting]] = {}
        for seen in sightings:
            fresh.setdefault(seen.trait, {})[table_keys.seen_row(seen.trait, seen.created, seen.alert_id)] = (
                seen
            )
        for trait, rows in fresh.items():
            standing = sorted((self.world.seen.get(trait, {}) | rows).items())
            # A new dictionary: another world may hold the old one.
            self.world.seen[trait] = dict(standing[:MOST_SIGHTINGS])


@dataclass
class FakeCalls:
    """The calls that the world has counted, each told once."""

    world: World

    def taken(self) -> dict[str, dict[str, int]]:
        calls, told = self.world.calls, self.world.calls_told
        self.world.calls_told = len(calls)
        # A test may have cleared the list meanwhile.
        return {"calls": dict(Counter(calls[told if told <= len(calls) else 0 :])), "throttled": {}}


@dataclass
class FakeRetention:
    """Remembers what it was asked to purge."""

    world: World

    def purge(self, older_than: datetime, seconds: float, progress: str) -> tuple[dict[str, int], str]:
        self.world.effect("purge", lambda: self.world.purged.append(older_than))
        return {}, f"{progress}+"
