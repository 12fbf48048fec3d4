"""Who acted on a device at an alert's own moment.

Defender gives an alert the times of its first and its last event, with the digits that hunting's row has.
Where an alert names no thing that could be looked for, that moment leads to its process.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.core.correlate.finding import Event, ProcessKey, TiedEvent
from shared.core.correlate.rows import Observation, Ref
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
        times = self._of(device)
        for ticks, place in times[bisect_left(times, (moment.ticks - within, -1)) :]:
            if ticks > moment.ticks + within:
                return
            yield abs(ticks - moment.ticks), self._rows[place]

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


def anybodys(one: Observation) -> Ref | None:
    """The process that a row is about, whoever's it is."""
    return one.created or one.actor
