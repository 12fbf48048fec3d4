"""Alerts as they become known: listed some time after their creation, and updated later."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulator import ticks
from local.simulator.recording import shown

type Alert = dict[str, Any]


@dataclass(slots=True)
class _Known:
    raw: Mapping[str, Any]
    listed: int
    updates: list[tuple[int, Mapping[str, Any]]]
    version: int = -1  # the number of updates in `current`
    current: Alert | None = None


class AlertBook:
    """The alerts of one API. `created` and `updated` name the two times in that API's words."""

    def __init__(self, *, created: str, updated: str, delay_s: float = 0) -> None:
        self._created, self._updated = created, updated
        self._delay_s = delay_s
        self._alerts: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def put(self, raw: Mapping[str, Any], *, place: str = "") -> None:
        """Adds an alert, or replaces the one of the same id; one without an id is told apart by `place`.

        `_listed_after_s` and each `after_s` of `_updates` are seconds after the alert's creation. Without a
        readable creation time the alert is listed at once.
        """
        created = raw.get(self._created)
        start = ticks.parse(created) if ticks.is_time(created) else 0
        listed = start + ticks.from_seconds(float(raw.get("_listed_after_s", self._delay_s)))
        updates = [
            (start + ticks.from_seconds(float(one["after_s"])), one["changes"])
            for one in raw.get("_updates", ())
        ]
        updates.sort(key=lambda one: one[0])
        key = raw.get("id")
        with self._lock:
            self._alerts[key if isinstance(key, str) else f"\0{place}"] = _Known(raw, listed, updates)

    def change(
        self,
        alert_id: str,
        changes: Mapping[str, Any],
        *,
        now: int,
        shown_at: int,
        comment: Mapping[str, Any] | None = None,
    ) -> bool:
        """Changes the alert of this id from `shown_at` on, with one comment more where one is given; False
        where no such alert is listed by `now`."""
        with self._lock:
            known = self._alerts.get(alert_id)
            if known is None or known.listed > now:
                return False
            if comment is not None:
                # Comments that do not show yet count too: none is lost to a later one.
                stood = [changed["comments"] for _, changed in known.updates if "comments" in changed]
                listed = stood[-1] if stood else known.raw.get("comments") or []
                changes = {**changes, "comments": [*listed, comment]}
            known.updates.append((shown_at, changes))
            known.updates.sort(key=lambda one: one[0])
            known.current = None
            return True

    def listed(self, now: int) -> list[Alert]:
        """Every alert that is listed by now, in its present version."""
        with self._lock:
            return [self._at(known, now) for known in self._alerts.values() if known.listed <= now]

    def one(self, alert_id: str, now: int) -> Alert | None:
        """The alert of this id, if it is listed by now."""
        with self._lock:
            known = self._alerts.get(alert_id)
            return None if known is None or known.listed > now else self._at(known, now)

    def forget(self) -> None:
        """No alert is known any more."""
        with self._lock:
            self._alerts.clear()

    def _at(self, known: _Known, now: int) -> Alert:
        due = sum(1 for at, _ in known.updates if at <= now)
        if known.current is None or known.version != due:
            current: Alert = shown(dict(known.raw))
            for at, changes in known.updates[:due]:
                current |= {**shown(dict(changes)), self._updated: ticks.text(at)}
            known.current, known.version = current, due
        return known.current
