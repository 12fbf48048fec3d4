"""Who acted on a device at an alert's own moment.

Defender gives an alert the times of its first and its last event, with the digits that hunting's row has.
Where an alert names no thing that could be looked for, that moment leads to its process.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.core.correlate import asked
from shared.core.correlate.finding import Event, ProcessKey, TiedEvent
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Ref
from shared.core.correlate.span import Span
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.values import TICKS_PER_SECOND, Instant

SAME = TICKS_PER_SECOND // 1_000  # ticks by which an alert's time may be cut

type Whose = Callable[[Observation], Ref | None]
"""The process that a row leads to; None where the row is not meant."""


@dataclass(frozen=True, slots=True)
class Act:
    """A row at an alert's moment, and the process that did it; `is_own` where it tells of its creation."""

    event: Event
    doer: ProcessKey
    is_own: bool

    @property
    def tied(self) -> TiedEvent:
        """The row as one of the alert's, where it hangs on no tree."""
        return TiedEvent(self.event, "moment", None, self.doer)


class Moments:
    """The rows of each device in the order of time. The pass over all rows is made when first asked."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._times: dict[str, list[tuple[int, int]]] | None = None
        self._rows: list[Observation] = []

    def act(self, subject: Subject, within: int, whose: Whose) -> Act | None:
        """What was done on the alert's device at its moment, at most so many ticks away.

        The nearest row decides, and of equally near ones a process's own creation. None where rows of
        several processes are as near: then it cannot be told.
        """
        for moment in subject.moments:
            nearest: dict[tuple[int, bool], dict[ProcessKey, Observation]] = defaultdict(dict)
            for away, one in self._near(subject.device_id, moment, within):
                ref = whose(one)
                if ref is not None:
                    nearest[away, ref is not one.created].setdefault(self._view.key(ref), one)
            if nearest:
                place = min(nearest)
                [(doer, one), *others] = nearest[place].items()
                return None if others else Act(one.event, doer, is_own=not place[1])
        return None

    def _near(self, device: str, moment: Instant, within: int) -> Iterator[tuple[int, Observation]]:
        rows = self._asked(device, moment)
        for ticks, place in self._between(device, moment.ticks - within, moment.ticks + within):
            if self._rows[place].event.key in rows:
                yield abs(ticks - moment.ticks), self._rows[place]

    def _asked(self, device: str, moment: Instant) -> set[object]:
        """Keys of the rows that the question for this moment brings: what others asked for may hold more,
        such as a creation row that is stamped long after."""
        span = moment_span(moment, self._view.policy)
        tables: dict[str, dict[object, Observation]] = defaultdict(dict)
        for _, place in self._between(device, span.first.ticks, span.last.ticks):
            one = self._rows[place]
            if one.event.time in span:
                tables[one.event.table][one.event.key] = one
        most = self._view.policy.moment_rows
        kept = (asked.nearest(rows.values(), moment, most) for rows in tables.values())
        return {one.event.key for rows in kept for one in rows}

    def _between(self, device: str, first: int, last: int) -> Iterator[tuple[int, int]]:
        times = self._of(device)
        for ticks, place in times[bisect_left(times, (first, -1)) :]:
            if ticks > last:
                return
            yield ticks, place

    def _of(self, device: str) -> list[tuple[int, int]]:
        if self._times is None:
            self._times = defaultdict(list)
            self._rows = list(self._view.telemetry.observations.values())
            for place, one in enumerate(self._rows):
                moments = {one.event.time.ticks}
                if one.created is not None:  # its row is stamped up to a second later
                    moments.add(one.created.created.ticks)
                self._times[one.event.device_id] += [(ticks, place) for ticks in moments]
            for times in self._times.values():
                times.sort()
        return self._times.get(device, [])


def moment_span(moment: Instant, policy: HuntPolicy) -> Span:
    """In which time rows are asked for of what was done at a moment. A row may be stamped later than what it
    tells of: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-schema-tables says nothing of
    it; on a machine of which both are known it was 0.93 s for 95 of 100 rows."""
    return Span(moment.plus(-policy.moment_s), moment.plus(policy.moment_s + 1))


def anybodys(one: Observation) -> Ref | None:
    """The process that a row is about, whoever's it is."""
    return one.created or one.actor
