"""`ops backfill`: admits alerts of a past span of time, as history: consumers are not told of them as new.

Safe to stop and to run again: what the ledger knows is skipped. Alerts are listed by creation without their
evidence; those that are missing are then fetched with evidence, many at a time by their update times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from shared.core.alert import Alert, normalize
from shared.core.progress import Window
from shared.core.values import AlertPage, Instant
from shared.errors import BadAlert, NotFound, Throttled, Unavailable
from shared.pipeline.fetch import Fetched, admit_page, read_page
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import due_index

_DAY = 86_400.0
_SPAN = 6 * 3_600.0  # of update times that are asked for at once
_ADMITTED_AT_ONCE = 200
_LOOK_EVERY = 10.0
_NO_PROGRESS = 1_800.0  # after which nobody seems to work on what was admitted
_REFUSALS = 10
_MORE = 2 * _ADMITTED_AT_ONCE  # alerts in work that are counted beyond those that there is room for


class Stalled(Exception):
    """What was admitted is not worked on; the message says what to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`between_calls` in seconds: the alert API allows 100 calls a minute and 1,500 an hour, for the app too.
    No more than `open_at_once` alerts of the backfill are in work, so that new alerts hardly wait."""

    between_calls: float = 3.0
    open_at_once: int = 500


@dataclass(slots=True)
class Tally:
    """What a backfill came to; `gone` holds ids that could not be had."""

    listed: int = 0
    known: int = 0
    admitted: int = 0
    gone: list[str] = field(default_factory=list)


class Backfill:
    """One run over one span."""

    def __init__(self, ports: Ports, policy: Policy, pace: Pace, say: Callable[[str], None]) -> None:
        self._ports = ports
        # Due at once: the next FetchAlerts run sends the pointers, which no host sends for us here.
        ledger = replace(policy.ledger, resend_after=0.0)
        self._policy = replace(policy, ledger=ledger)
        self._pace = pace
        self._say = say
        self._has_asked = False

    def run(self, window: Window) -> Tally:
        """Admits what is missing, a day at a time, oldest first. Raises Stalled, and AppError where the alert
        source refuses for good."""
        tally = Tally()
        for day in _days(window):
            before = replace(tally, gone=list(tally.gone))
            missing = self._missing(day, tally)
            for fetched in self._with_evidence(missing, tally):
                self._admit(fetched, tally)
            self._say(
                f"{day.start.text()[:16]}Z: {tally.listed - before.listed} listed, "
                f"{tally.known - before.known} known already, {tally.admitted - before.admitted} admitted"
            )
        return tally

    def _missing(self, day: Window, tally: Tally) -> list[Alert]:
        """The day's alerts that the ledger does not know, by their update times."""
        listed = {alert.id: alert for alert in self._listed(day)}
        open_ids = self._ports.ledger.open_many(listed).keys()
        closed = [alert for alert in listed.values() if alert.id not in open_ids]
        finished = self._ports.ledger.finished([(alert.day, alert.id) for alert in closed])
        missing = [alert for alert in closed if alert.id not in finished]
        tally.listed += len(listed)
        tally.known += len(listed) - len(missing)
        return sorted(missing, key=lambda alert: (alert.last_update, alert.id))

    def _listed(self, day: Window) -> Iterator[Alert]:
        todo = [day]
        while todo:
            part = todo.pop()
            page = self._ask(partial(self._ports.source.created_in, part))
            if page.full and part.can_halve:
                todo += part.halves()
                continue
            for raw in page.items:
                try:
                    yield normalize(raw, self._ports.source.name, fallback=part.start)
                except BadAlert:
                    continue  # FetchAlerts and its audit log such an alert; there is no id to admit it by

    def _with_evidence(self, missing: Sequence[Alert], tally: Tally) -> Iterator[list[Fetched]]:
        """The missing alerts with their evidence: by update time where that brings several, else by id."""
        left = {alert.id: alert for alert in missing}
        while left:
            first = min(left.values(), key=lambda alert: alert.last_update)
            window = Window(first.last_update, first.last_update.plus(_SPAN))
            near = [alert for alert in left.values() if alert.last_update < window.end]
            found = self._updated_in(window, left) if len(near) > 1 else []
            have = {item.alert.id for item in found}
            for alert in near:
                if alert.id not in have:  # it changed meanwhile, or lies beyond a page that was full
                    found += self._one(alert, tally)
                del left[alert.id]
            for alert_id in have & left.keys():
                del left[alert_id]
            for at in range(0, len(found), _ADMITTED_AT_ONCE):
                yield found[at : at + _ADMITTED_AT_ONCE]

    def _updated_in(self, window: Window, wanted: dict[str, Alert]) -> list[Fetched]:
        """Those of `wanted` that were last updated in the window."""
        todo, found = [window], list[object]()
        while todo:
            part = todo.pop()
            if not any(part.start <= alert.last_update < part.end for alert in wanted.values()):
                continue
            page = self._ask(partial(self._ports.source.updated_in, part))
            if page.full and part.can_halve:
                todo += part.halves()
                continue
            found += page.items
        return [item for item in read_page(self._ports, found) if item.alert.id in wanted]

    def _one(self, alert: Alert, tally: Tally) -> list[Fetched]:
        try:
            raw = self._ask(lambda: AlertPage((self._ports.source.one(alert.id),), full=False))
        except NotFound:
            tally.gone.append(alert.id)
            return []
        return read_page(self._ports, raw.items)

    def _ask(self, ask: Callable[[], AlertPage]) -> AlertPage:
        """One call of the alert source, spaced from the last; a refusal for now is waited out."""
        for refusals in range(_REFUSALS):
            if self._has_asked:
                self._ports.clock.sleep(self._pace.between_calls)
            self._has_asked = True
            try:
                return ask()
            except Throttled as err:
                wait = max(err.retry_after, self._pace.between_calls)
                self._say(f"the alert API asks for a pause of {wait:.0f} s")
                self._ports.clock.sleep(wait)
            except Unavailable as err:
                if refusals == _REFUSALS - 1:
                    raise
                self._say(f"once more after: {err}")
                self._ports.clock.sleep(5.0 * (refusals + 1))
        raise Unavailable("the alert API kept refusing", service=self._ports.source.name)

    def _admit(self, fetched: list[Fetched], tally: Tally) -> None:
        self._wait_for_room()
        admitted = admit_page(self._ports, self._policy, fetched, backfill=True)
        tally.admitted += len(admitted.rows)

    def _wait_for_room(self) -> None:
        """Comes back once few enough alerts of a backfill wait for their first hunt."""
        fewest, since = -1, self._ports.clock.now()
        while True:
            waiting = due_index.waiting_backfill(self._ports.ledger, self._pace.open_at_once + _MORE)
            if waiting < self._pace.open_at_once:
                return
            now = self._ports.clock.now()
            if fewest < 0 or waiting < fewest:
                fewest, since = waiting, now
                self._say(f"{waiting} alerts of the backfill are in work; waiting for them")
            if (now - since).total_seconds() > _NO_PROGRESS:
                raise Stalled(
                    f"none of {waiting} admitted alerts has moved for {_NO_PROGRESS / 60:.0f} minutes: is "
                    "the app running? Run the same command again to go on"
                )
            self._ports.clock.sleep(_LOOK_EVERY)


def _days(window: Window) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        stop = min(window.end, start.plus(_DAY))
        yield Window(start, stop)
        start = stop


def span_of(first: dt.datetime, last: dt.datetime) -> Window:
    """The span from one moment up to another."""
    return Window(Instant.of(first), Instant.of(last))
