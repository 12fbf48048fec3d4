"""Which rows speak of the same process: device, pid and creation time, the last within a tolerance.

Rows give one process's creation time in several precisions (`…44.594155Z` and `…44.59Z`), or as the moment
of a fork in one table and of its exec in another; and exec on Linux and macOS writes a further creation row
for the same pid. A pid alone says nothing: a fifth of them are used again within days. But not at once: of
154 pids given out again in the public recordings that docs/correlation.md names, the first was after 29
seconds.

What two references say of each other decides whether they mean one process, and nothing else does. So a row
more can join processes and never tear one apart: with more telemetry a tie never gets worse.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Ref, likeness
from shared.core.values import TICKS_PER_SECOND, Instant

_CUT_CLOCK = TICKS_PER_SECOND // 10  # below this, a difference is a clock cut to fewer digits
# Below this, it may be the time from a fork to its exec, which has another name: no system gives the same pid
# out again so soon.
_ONE_MOMENT = TICKS_PER_SECOND // 2
# Linux keeps 15 characters of a process's name (TASK_COMM_LEN): https://man7.org/linux/man-pages/man5/proc_pid_comm.5.html
_KEPT_OF_A_NAME = 15

type _Node = tuple[int, str]  # a creation time in ticks, and a file name
type _Said = tuple[str, int, int, str, str]  # all that a reference says


@dataclass(slots=True, eq=False)
class _One:
    """One process: its key, every moment given for it, its names as far as all systems keep them, and what
    its rows look like."""

    key: ProcessKey
    moments: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    likenesses: set[str] = field(default_factory=set)

    def away(self, ticks: int) -> int:
        """Ticks from the nearest moment of this process."""
        return min(abs(ticks - moment) for moment in self.moments)


@dataclass(slots=True)
class _Pid:
    """Everything seen of one pid of one device: by its own creation rows, by what rows say of it otherwise,
    joined by exec, and by alerts."""

    own: set[_Node] = field(default_factory=set)
    others: set[_Node] = field(default_factory=set)
    execs: list[tuple[_Node, _Node]] = field(default_factory=list)
    likenesses: dict[_Node, set[str]] = field(default_factory=lambda: defaultdict(set))
    named: set[Ref] = field(default_factory=set)


class Identities:
    """Decides for each reference which process it means. References must be those given here."""

    def __init__(self, observations: Iterable[Observation], named: Iterable[Ref], policy: HuntPolicy) -> None:
        self._tolerance = round(policy.tolerance_s * TICKS_PER_SECOND)
        self._reach = round(policy.reach_s * TICKS_PER_SECOND)
        self._keys: dict[_Said, tuple[ProcessKey, ...]] = {}
        self._pids: dict[tuple[str, int], _Pid] = {}
        for ref in named:
            self._pid(ref).named.add(ref)
        for observation in observations:
            self._note(observation)
        for (device, pid), seen in self._pids.items():
            self._settle(device, pid, seen)

    def key(self, ref: Ref) -> ProcessKey:
        """The process that `ref` means."""
        return self._keys[_said(ref)][0]

    def keys(self, ref: Ref) -> tuple[ProcessKey, ...]:
        """Every process that rows know and that `ref`, a reference of an alert, may mean, the surest first;
        one of its own where they know none."""
        return self._keys[_said(ref)]

    def is_exact(self, ref: Ref) -> bool:
        """True where a row gives the process exactly this creation time, to the 100 ns."""
        seen, ticks = self._pid(ref), ref.created.ticks
        return any(ticks == moment for nodes in (seen.own, seen.others) for moment, _ in nodes)

    def _pid(self, ref: Ref) -> _Pid:
        key = ref.device_id, ref.pid
        found = self._pids.get(key)  # for each reference of each row: one is made for the first alone
        if found is None:
            found = self._pids[key] = _Pid()
        return found

    def _note(self, observation: Observation) -> None:
        created, actor = observation.created, observation.actor
        if created is not None:
            seen, node = self._pid(created), _node(created)
            seen.own.add(node)
            if actor is not None and actor.pid == created.pid:
                seen.execs.append((node, _node(actor)))
            if seen.named:
                seen.likenesses[node].add(likeness(observation, created))
        if actor is not None:
            seen, node = self._pid(actor), _node(actor)
            seen.others.add(node)
            if seen.named:
                seen.likenesses[node].add(likeness(observation, actor))
        if observation.starter is not None:
            self._pid(observation.starter).others.add(_node(observation.starter))

    def _settle(self, device: str, pid: int, seen: _Pid) -> None:
        processes: list[_One] = []
        meant: dict[_Node, _One] = {}
        for group in self._groups(seen):
            created = min(group & seen.own or group)[0]
            one = _One(ProcessKey(device, pid, Instant(created)))
            for node in group:
                one.moments.add(node[0])
                one.names.add(node[1][:_KEPT_OF_A_NAME])
                one.likenesses |= seen.likenesses.get(node, set())
            processes.append(one)
            meant |= dict.fromkeys(group, one)
        for (ticks, name), one in meant.items():
            self._keys[device, pid, ticks, name, ""] = (one.key,)
        for ref in sorted(seen.named, key=lambda ref: (ref.created, ref.name, ref.likeness)):
            keys = tuple(dict.fromkeys(one.key for one in self._candidates(processes, ref)))
            self._keys[_said(ref)] = keys or (ProcessKey(device, pid, ref.created),)

    def _groups(self, seen: _Pid) -> list[set[_Node]]:
        """The references that mean one process, group by group, the oldest first."""
        nodes = sorted(seen.own | seen.others)
        joined = _Joined(nodes)
        latest: dict[str, _Node] = {}
        for node, before in zip(nodes, [None, *nodes], strict=False):
            if before is not None and node[0] - before[0] <= min(_ONE_MOMENT, self._tolerance):
                joined.join(node, before)
            name = node[1][:_KEPT_OF_A_NAME]
            same = latest.get(name) if name else None
            # Two creation rows are two processes, also where both have one name.
            if same is not None and node[0] - same[0] <= self._tolerance and not {node, same} <= seen.own:
                joined.join(node, same)
            latest[name] = node
        for after, earlier in seen.execs:
            if abs(after[0] - earlier[0]) <= self._tolerance:
                joined.join(after, earlier)
        return self._with_nameless(joined.groups())

    def _with_nameless(self, groups: list[set[_Node]]) -> list[set[_Node]]:
        """References without a name, alone as yet, with the nearest process within the tolerance."""
        whole = [group for group in groups if any(name for _, name in group)]
        kept = [set(group) for group in whole]
        for group in groups:
            if group in whole:
                continue
            away = [
                (min(abs(at - moment) for at, _ in group for moment, _ in one), place)
                for place, one in enumerate(whole)
            ]
            if away and min(away)[0] <= self._tolerance:
                kept[min(away)[1]] |= group
            else:
                kept.append(group)
        return sorted(kept, key=min)

    def _candidates(self, processes: list[_One], ref: Ref) -> Iterator[_One]:
        """By each kind of proof, the nearest first: the moment as far as a clock may be cut, the name near
        it, the moment of a fork or exec, the very image. Not the nearest alone: a row more, that is nearer,
        must not hide what the others told of the same process."""
        ticks, name = ref.created.ticks, ref.name[:_KEPT_OF_A_NAME]
        by_clock, by_moment = (
            [one for one in processes if one.away(ticks) <= min(most, self._tolerance)]
            for most in (_CUT_CLOCK, _ONE_MOMENT)
        )
        by_name = [
            one
            for one in processes
            if one.away(ticks) <= self._tolerance and (not name or one.names <= {""} or name in one.names)
        ]
        by_image = [
            one
            for one in processes
            if ref.likeness and one.away(ticks) <= self._reach and ref.likeness in one.likenesses
        ]
        for kind in (by_clock, by_name, by_moment, by_image):
            yield from sorted(kind, key=lambda one: (one.away(ticks), one.key.created))


class _Joined:
    """Nodes that are joined two at a time, and the groups that come of it."""

    def __init__(self, nodes: Iterable[_Node]) -> None:
        self._above: dict[_Node, _Node] = {node: node for node in nodes}

    def join(self, one: _Node, other: _Node) -> None:
        """From now on both are of one group."""
        self._above[self._top(one)] = self._top(other)

    def groups(self) -> list[set[_Node]]:
        """Every group, in the order of its first node."""
        found: dict[_Node, set[_Node]] = defaultdict(set)
        for node in self._above:
            found[self._top(node)].add(node)
        return list(found.values())

    def _top(self, node: _Node) -> _Node:
        while self._above[node] != node:
            self._above[node] = self._above[self._above[node]]
            node = self._above[node]
        return node


def _node(ref: Ref) -> _Node:
    return ref.created.ticks, ref.name


def _said(ref: Ref) -> _Said:
    # Looked up for each reference of each row: of plain values, which hash without a call of ours.
    return ref.device_id, ref.pid, ref.created.ticks, ref.name, ref.likeness
