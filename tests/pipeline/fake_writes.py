"""The outside of the write-back over a `World`: the rows with etags, and comments on the world's alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shared.core.write_back import WriteRow
from shared.errors import NotFound

if TYPE_CHECKING:
    from tests.pipeline.world import World


@dataclass
class FakeWrites:
    """Rows of what is to be written, with etags."""

    world: World

    def all(self) -> list[WriteRow]:
        return self.world.effect("read writes", lambda: list(self.world.writes.values()))

    def find(self, alert_ids: Iterable[str]) -> dict[str, WriteRow]:
        wanted = set(alert_ids)
        return self.world.effect(
            "find writes", lambda: {key: row for key, row in self.world.writes.items() if key in wanted}
        )

    def put(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        written = [self.world.effect("write write", partial(self._put, row)) for row in rows]
        return [row for row in written if row is not None]

    def _put(self, row: WriteRow) -> WriteRow | None:
        standing = self.world.writes.get(row.alert_id)
        if (standing.etag if standing else "") != row.etag:
            return None
        self.world.writes[row.alert_id] = replace(row, etag=self.world.etag())
        return self.world.writes[row.alert_id]

    def close(self, rows: Sequence[WriteRow]) -> list[WriteRow]:
        return [row for row in rows if self.world.effect("delete write", partial(self._close, row))]

    def _close(self, row: WriteRow) -> bool:
        standing = self.world.writes.get(row.alert_id)
        if standing is not None and standing.etag != row.etag:
            return False
        self.world.writes.pop(row.alert_id, None)
        return True


@dataclass
class FakeAlertWrites:
    """Defender's alerts as they are written to: a write makes a later update time."""

    world: World

    def comment(self, alert_id: str, text: str) -> None:
        self.world.effect("comment api", lambda: self._change(alert_id, text, {}))

    def set_fields(self, alert_id: str, fields: Mapping[str, str]) -> None:
        self.world.effect("fields api", lambda: self._change(alert_id, "", fields))

    def _change(self, alert_id: str, text: str, fields: Mapping[str, str]) -> None:
        at = next((at for at, raw in enumerate(self.world.alerts) if raw["id"] == alert_id), None)
        if at is None:
            raise NotFound(alert_id)
        moment = f"{self.world.now:%Y-%m-%dT%H:%M:%S.%fZ}"
        known = self.world.alerts[at].get("comments") or []
        assert isinstance(known, list)
        new = [{"comment": text, "createdBy": "correlator", "createdTime": moment}] if text else []
        changed = {"comments": [*known, *new], "lastUpdateTime": moment}
        # A new dictionary: another world may hold the old one.
        self.world.alerts[at] = {**self.world.alerts[at], **fields, **changed}
