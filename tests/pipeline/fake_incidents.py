"""Incidents' rows and what is known beside them, over a `World`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shared.core.incidents import Mark
from shared.core.values.records import RowWrite, StoredRow

if TYPE_CHECKING:
    from tests.pipeline.world import World

type Key = tuple[str, str]


@dataclass
class FakeIncidentRows:
    """Rows of incidents, merged as the table does."""

    world: World

    def read(self, keys: Iterable[Key], columns: Collection[str] = ()) -> dict[Key, StoredRow]:
        wanted = list(keys)
        rows = self.world.incidents
        return self.world.effect(
            "read incident rows", lambda: {key: rows[key] for key in wanted if key in rows}
        )

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        return [w for w in writes if self.world.effect("write incident row", partial(self._write, w))]

    def _write(self, write: RowWrite) -> bool:
        key = (write.day, write.row_key)
        standing = self.world.incidents.get(key)
        if (standing.etag if standing else "") != write.etag:
            return False
        before = dict(standing.columns) if standing else {}
        self.world.incidents[key] = StoredRow(before | dict(write.columns), self.world.etag())
        return True


@dataclass
class FakeMemberships:
    """Days, alerts and marks of incidents."""

    world: World

    def days(self, incident_ids: Iterable[str]) -> dict[str, str]:
        wanted, days = list(incident_ids), self.world.incident_days
        if not wanted:
            return {}
        return self.world.effect(
            "read incident days", lambda: {each: days[each] for each in wanted if each in days}
        )

    def keep_days(self, days: Mapping[str, str]) -> list[str]:
        def keep(each: str, day: str) -> bool:
            is_new = each not in self.world.incident_days
            self.world.incident_days.setdefault(each, day)
            return is_new

        return [
            each
            for each, day in days.items()
            if self.world.effect("write incident day", partial(keep, each, day))
        ]

    def add(self, alerts: Mapping[str, Collection[Key]]) -> None:
        added = {(each, *key): None for each, keys in alerts.items() for key in keys}
        self.world.effect("write incident alerts", partial(self.world.incident_alerts.update, added))
        for each in alerts:
            self.world.effect("mark incident", partial(self._mark, each))

    def _mark(self, incident_id: str) -> None:
        known = self.world.marks.get(incident_id, Mark(incident_id))
        self.world.marks[incident_id] = replace(known, is_marked=True, etag=self.world.etag())

    def alerts(self, incident_ids: Iterable[str]) -> dict[str, list[Key]]:
        wanted = list(incident_ids)
        return self.world.effect("read incident alerts", lambda: {each: self._of(each) for each in wanted})

    def _of(self, incident_id: str) -> list[Key]:
        return sorted((day, key) for each, day, key in self.world.incident_alerts if each == incident_id)

    def marks(self) -> list[Mark]:
        return self.world.effect("read incident marks", lambda: list(self.world.marks.values()))

    def write_marks(self, marks: Sequence[Mark]) -> list[Mark]:
        def write(mark: Mark) -> Mark | None:
            standing = self.world.marks.get(mark.incident_id)
            if standing is None or standing.etag != mark.etag:
                return None
            self.world.marks[mark.incident_id] = replace(mark, etag=self.world.etag())
            return self.world.marks[mark.incident_id]

        written = [self.world.effect("write incident mark", partial(write, mark)) for mark in marks]
        return [mark for mark in written if mark is not None]

    def remove_marks(self, marks: Sequence[Mark]) -> None:
        def remove(mark: Mark) -> None:
            standing = self.world.marks.get(mark.incident_id)
            if standing is not None and standing.etag == mark.etag:
                del self.world.marks[mark.incident_id]

        for mark in marks:
            self.world.effect("remove incident mark", partial(remove, mark))
