"""Which rows speak of the same process: device, pid and creation time, the last within a tolerance.

Rows give one process's creation time in several precisions (`…44.594155Z` and `…44.59Z`), and exec on
Linux and macOS writes a further creation row for the same pid. A pid alone says nothing: a fifth of them are
used again within days.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.rows import Observation, Ref
from shared.core.values import TICKS_PER_SECOND, Instant

# Below this, a difference is a clock cut to fewer digits: no system gives the same pid out again so soon.
_CUT_CLOCK = TICKS_PER_SECOND // 10


@dataclass(slots=True, eq=False)
class _One:
    """One process in the making: its creation time, every moment given for it, and its file names."""

    created: int
    moments: set[int]
    names: set[str]

    def away(self, ticks: int) -> int:
        """Ticks from the nearest moment of this process."""
        return min(abs(ticks - moment) for moment in self.moments)

    def take(self, other: "_One") -> None:
        """Takes in the other: both turned out to be one process."""
        self.created = min(self.created, other.created)
        self.moments |= other.moments
        self.names |= other.names


@dataclass(slots=True)
class _Pid:
    """Everything seen of one pid of one device, in ticks with file names: by its own creation rows, by what
    rows say of it otherwise, and by alerts."""

    own: dict[int, set[str]] = field(default_factory=dict)
    execs: list[tuple[int, int]] = field(default_factory=list)
    others: set[tuple[int, str]] = field(default_factory=set)
    named: set[tuple[int, str]] = field(default_factory=set)


class Identities:
    """Decides for each reference which process it means. References must be those given here."""

    def __init__(self, observations: Iterable[Observation], named: Iterable[Ref], tolerance_s: float) -> None:
        self._tolerance = round(tolerance_s * TICKS_PER_SECOND)
        self._keys: dict[Ref, ProcessKey] = {}
        self._pids: dict[tuple[str, int], _Pid] = {}
        for observation in observations:
            self._note(observation)
        for ref in named:
            self._pid(ref).named.add((ref.created.ticks, ref.name))
        for (device, pid), seen in self._pids.items():
            self._settle(device, pid, seen)

    def key(self, ref: Ref) -> ProcessKey:
        """The process that `ref` means."""
        return self._keys[ref]

    def is_exact(self, ref: Ref) -> bool:
        """True where a row gives the process exactly this creation time, to the 100 ns."""
        seen, ticks = self._pid(ref), ref.created.ticks
        return ticks in seen.own or any(ticks == moment for moment, _ in seen.others)

    def _pid(self, ref: Ref) -> _Pid:
        return self._pids.setdefault((ref.device_id, ref.pid), _Pid())

    def _note(self, observation: Observation) -> None:
        created, actor = observation.created, observation.actor
        if created is not None:
            seen = self._pid(created)
            seen.own.setdefault(created.created.ticks, set()).add(created.name)
            if actor is not None and actor.pid == created.pid:
                seen.execs.append((created.created.ticks, actor.created.ticks))
        for ref in (actor, observation.starter):
            if ref is not None:
                self._pid(ref).others.add((ref.created.ticks, ref.name))

    def _settle(self, device: str, pid: int, seen: _Pid) -> None:
        known = self._from_own_rows(seen)
        meant: dict[tuple[int, str], _One] = {}
        strangers: list[_One] = []  # processes without a creation row, known only from other rows
        for ticks, name in (*sorted(seen.others), *sorted(seen.named - seen.others)):
            one = self._match(known, ticks, name) or self._match(strangers, ticks, name)
            if one is None:
                one = _One(ticks, {ticks}, {name})
                strangers.append(one)
            elif one in strangers:
                one.take(_One(one.created, {ticks}, {name}))
            meant[ticks, name] = one
        for ticks, names in seen.own.items():
            one = next(one for one in known if ticks in one.moments)
            meant.update({(ticks, name): one for name in names})
        for (ticks, name), one in meant.items():
            key = ProcessKey(device, pid, Instant(one.created))
            self._keys[Ref(device, pid, Instant(ticks), name)] = key

    def _from_own_rows(self, seen: _Pid) -> list[_One]:
        """One for each process that has a creation row. Rows are of one process where an exec joins them, or
        where their times differ only in the digits given."""
        known: list[_One] = []
        for ticks in sorted(seen.own):
            one = _One(ticks, {ticks}, set(seen.own[ticks]))
            if known and known[-1].away(ticks) <= min(_CUT_CLOCK, self._tolerance):
                known[-1].take(one)
            else:
                known.append(one)
        for after, before in seen.execs:
            if abs(after - before) > self._tolerance:
                continue
            one = next(one for one in known if after in one.moments)
            earlier = next((other for other in known if before in other.moments), None)
            if earlier is not None and earlier is not one:
                one.take(earlier)
                known.remove(earlier)
            one.moments.add(before)
        return known

    def _match(self, known: list[_One], ticks: int, name: str) -> _One | None:
        """The process meant: the one of exactly this time, else the nearest whose file name agrees."""
        found: tuple[int, int, _One] | None = None
        for one in known:
            away = one.away(ticks)
            agrees = away <= _CUT_CLOCK or not name or one.names <= {""} or name in one.names
            if away <= self._tolerance and agrees and (found is None or (away, one.created) < found[:2]):
                found = (away, one.created, one)
        return found[2] if found else None
