"""Rows that name what an alert's evidence names, and the processes they lead to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from shared.core.correlate import asked, spelling
from shared.core.correlate.device_activity import ACTIONS, LOUD, TOOLS
from shared.core.correlate.finding import Method, ProcessKey, TiedEvent
from shared.core.correlate.indicators import Indicator, Mention, acts_for, mentions, narrows
from shared.core.correlate.moments import SAME, Act, Moments, anybodys
from shared.core.correlate.rows import Observation, Overflow, Ref
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.values import TICKS_PER_SECOND

TIES = {
    Method.FILE_HASH: "evidence-hash",
    Method.FILE_NAME: "evidence-name",
    Method.ADDRESS: "evidence-address",
    Method.URL: "evidence-url",
    Method.REGISTRY: "evidence-registry",
    Method.ACCOUNT: "evidence-account",
}

_LOUD = tuple(word.lower() for word in LOUD)
_FEW = 4  # processes that may all be meant

type _Match = tuple[Observation, Mention]
type _Hits = Mapping[ProcessKey | None, list[_Match]]  # by the process that touched the thing


@dataclass(frozen=True, slots=True)
class Named:
    """What the strongest kind of evidence found: its rows, and the process that becomes the anchor.

    The rows nearest to the alert come first; `counted` is the true number of rows; `own` are anchors that the
    alert may be said to be about, as if it named them; `others` touched the thing, too, and who they are is
    shown; `left_out` says what led nowhere; `is_near` where the anchor acted at the alert's own moment.
    """

    method: Method = Method.NONE
    events: tuple[TiedEvent, ...] = ()
    anchors: tuple[ProcessKey, ...] = ()
    counted: int = 0
    anchors_left_out: int = 0
    own: Set[ProcessKey] = frozenset()
    others: tuple[ProcessKey, ...] = ()
    left_out: tuple[str, ...] = ()
    is_near: bool = False


class Mentions:
    """Everything that rows name, for finding it. The pass over all rows is made when first asked."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.moments = Moments(view)
        self._found: dict[str, list[_Match]] | None = None
        self._beyond: dict[Subject, Set[object]] = {}

    def _index(self) -> dict[str, list[_Match]]:
        """By what is named, whatever kind of thing that is."""
        if self._found is None:
            self._found = defaultdict(list)
            for observation in self._view.telemetry.observations.values():
                for mention in mentions(observation):
                    self._found[mention.value].append((observation, mention))
        return self._found

    def of(self, indicator: Indicator, subject: Subject) -> Iterator[tuple[Observation, Mention]]:
        """Rows that name the thing, on the alert's device and near it in time; where they are too many to be
        sent, those that are nearest to the alert."""
        device = indicator.device_id or subject.device_id
        matches = [
            match
            for match in self._index().get(indicator.value, ())
            if match[1].method is indicator.method
            and (not device or match[0].event.device_id == device)
            and match[0].event.time in subject.mention_span
        ]
        if not matches:
            return
        left_out = self._left_out(subject)
        for observation, mention in matches:
            if observation.event.key not in left_out and narrows(indicator, observation):
                yield observation, mention

    def _left_out(self, subject: Subject) -> Set[object]:
        """Keys of rows that only others' questions can have brought: what names a thing that too many rows
        name, and is not among the nearest of any."""
        if subject not in self._beyond:
            near, named = set[object](), set[object]()
            most = self._view.policy.mention_rows
            for overflow in overflows_of(self._view, subject):
                if overflow.asked is None or overflow.rows <= most:
                    continue
                theirs = self._naming(overflow, subject)
                named |= theirs.keys()
                near |= {one.event.key for one in asked.nearest(theirs.values(), subject.near, most)}
            self._beyond[subject] = named - near
        return self._beyond[subject]

    def _naming(self, overflow: Overflow, subject: Subject) -> dict[object, Observation]:
        """The rows of that table and device that name the thing in the alert's time."""
        return {
            one.event.key: one
            for value in _spellings(overflow.match)
            for one, _ in self._index().get(str(value), ())
            if (one.event.table, one.event.device_id) == (overflow.table, overflow.device_id)
            and one.event.time in subject.mention_span
        }


def by_evidence(view: View, found: Mentions, subject: Subject) -> Named:
    """The rows of the strongest kind of evidence that leads to a process or to rows of its own; empty where
    none does."""
    by_method: dict[Method, list[_Match]] = defaultdict(list)
    for indicator in subject.indicators:
        by_method[indicator.method] += found.of(indicator, subject)
    unclear: list[str] = []
    for method in TIES:
        if method is Method.ACCOUNT and (act := _at_the_moment(view, found, subject)):
            return replace(of_the_moment(method, act), left_out=tuple(unclear))
        if by_method[method]:
            named = _named(view, found, subject, method, by_method[method])
            if named is not None:
                return replace(named, left_out=tuple(unclear))
            unclear.append(f"what many processes share ({method}): which of them is meant cannot be told")
    return Named(left_out=tuple(unclear))


def of_the_moment(method: Method, act: Act) -> Named:
    """What was done at the alert's moment, as what the alert names: a process that began then is its own,
    whatever its name."""
    own = frozenset((act.doer,)) if act.is_own else frozenset()
    return Named(method, (act.tied,), (act.doer,), 1, own=own, is_near=True)


def _at_the_moment(view: View, found: Mentions, subject: Subject) -> Act | None:
    """What an account of the evidence did at the alert's moment."""
    accounts = [one for one in subject.indicators if one.method is Method.ACCOUNT]

    def whose(one: Observation) -> Ref | None:
        return next((ref for account in accounts if (ref := acts_for(account, one))), None)

    within = round(view.policy.moment_s * TICKS_PER_SECOND)
    return found.moments.act(subject, within, whose) if accounts else None


def _named(
    view: View, found: Mentions, subject: Subject, method: Method, matches: list[_Match]
) -> Named | None:
    """The rows of the process that is meant, and those that no process did; None where many share the thing
    and none of them touched it near the alert.

    Of all processes that touched a thing one is meant: who did it at the alert's moment, or for its user,
    or last before it. Of the others the touch is shown; what they did beside it is no part of this alert.
    """
    matches.sort(key=lambda match: _nearness(match, subject))
    by_doer: dict[ProcessKey | None, list[_Match]] = {}
    for match in matches:
        doer = match[1].doer
        by_doer.setdefault(view.key(doer) if doer is not None else None, []).append(match)
    doers = [key for key in by_doer if key is not None]
    if method is Method.ACCOUNT:
        doers = [key for key in doers if any(_came_in(observation) for observation, _ in by_doer[key])]
    act = found.moments.act(subject, SAME, anybodys) if doers else None
    anchors = _meant(view, subject, by_doer, doers, method, act)[: view.policy.max_anchors]
    is_at_it = act is not None and act.doer in anchors
    _, away, *_ = _nearness(matches[0] if not anchors else by_doer[anchors[0]][0], subject)
    is_common = len(doers) - len(anchors) >= view.policy.max_anchors
    if is_common and not is_at_it and away > view.policy.shared_within_s * TICKS_PER_SECOND:
        return None
    touches = _touches(by_doer, anchors, method, is_common)
    most = view.policy.mention_rows if method is not Method.ACCOUNT else view.policy.device_activity
    touches.sort(key=lambda one: _away(one, subject))
    near = dict.fromkeys(one.owner for one in touches[:most] if one.owner is not None)
    others = tuple(key for key in near if anchors and key not in anchors)
    # Of the other who touched it, who that was is shown, too.
    who = [TiedEvent(one.event, TIES[method], None, key) for key in others for one in asked.own(view, key, 0)]
    events = {one.event.key: one for one in (*who, *touches)}
    counted = max(len(events), _crowded(view, subject, method))
    return Named(
        method,
        tuple(sorted(events.values(), key=lambda one: _away(one, subject))[:most]),
        tuple(anchors),
        counted,
        len(doers) - len(anchors),
        others=others,
        is_near=is_at_it or away <= view.policy.moment_s * TICKS_PER_SECOND,
    )


def _away(one: TiedEvent, subject: Subject) -> tuple[int, object]:
    return abs(one.event.time.ticks - subject.near.ticks), one.event.key


def _touches(
    by_doer: _Hits, anchors: Sequence[ProcessKey], method: Method, is_common: bool
) -> list[TiedEvent]:
    """The rows that name the thing, each once, as far as they are shown."""
    events: dict[object, TiedEvent] = {}
    for key, theirs in by_doer.items():
        # Another's run is a process of its own; and that another touched what all touch says nothing.
        is_others = bool(anchors) and key is not None and key not in anchors
        for observation, mention in theirs:
            if mention.is_itself and (is_others or observation.created is None):
                continue
            if not (is_others and is_common):
                event = observation.event
                events.setdefault(event.key, TiedEvent(event, TIES[method], None, key))
    return list(events.values())


def _meant(
    view: View, subject: Subject, by_doer: _Hits, doers: Sequence[ProcessKey], method: Method, act: Act | None
) -> list[ProcessKey]:
    """Which of the processes, the nearest first, the alert is about: one, and where it comes from outside
    those that the same daemon started for the same purpose. Where nothing decides, all that were at it
    between the alert's first event and its last, if they are few."""
    if len(doers) < 2:
        return list(doers)
    accounts = [one for one in subject.indicators if one.method is Method.ACCOUNT]

    def fits(key: ProcessKey) -> tuple[bool, bool, bool]:
        parent = view.parent.get(key)
        is_the_users = any(acts_for(account, one) for account in accounts for one, _ in by_doer[key])
        return (
            act is None or key != act.doer,
            parent is None or parent.pid not in subject.parent_pids,
            not is_the_users,
        )

    first = min(doers, key=lambda key: (fits(key), doers.index(key)))
    also: list[ProcessKey] = []
    if method in (Method.ADDRESS, Method.URL):
        kin = (view.name(first), view.parent.get(first))
        also = [key for key in doers if (view.name(key), view.parent.get(key)) == kin]
    is_near = _nearness(by_doer[first][0], subject)[1] <= view.policy.moment_s * TICKS_PER_SECOND
    if all(fits(first)) and not is_near:
        during = [key for key in doers if any(_is_during(match, subject) for match in by_doer[key])]
        also += during if first in during and len(during) <= _FEW else []
    return list(dict.fromkeys((first, *also)))


def _is_during(match: _Match, subject: Subject) -> bool:
    return bool(subject.moments) and subject.moments[0] <= match[0].event.time <= subject.moments[-1]


def _nearness(match: _Match, subject: Subject) -> tuple[bool, int, bool, object]:
    """Sorts matches: who did it last before the alert's moment first, then who did it next."""
    observation, mention = match
    event = observation.event
    moments = [event.time, *([observation.created.created] if observation.created else [])]
    away = min((moment.ticks - subject.near.ticks for moment in moments), key=abs)
    return away > TICKS_PER_SECOND, abs(away), not mention.is_itself, event.key


def _came_in(observation: Observation) -> bool:
    row = observation.event.row
    names = [str(row.get(prefix + "AccountName", "")).lower() for prefix in ("", "InitiatingProcess")]
    return observation.created is not None and "" not in names and names[0] != names[1]


def _crowded(view: View, subject: Subject, method: Method) -> int:
    """How many rows name the things that this alert names, as far as they were too many to be sent. Those
    that were counted in the alert's own time stand before those of all that were asked for at once."""
    wanted = {indicator.value for indicator in subject.indicators if indicator.method is method}
    counts: dict[tuple[str, str, str], tuple[bool, int]] = {}
    for overflow in overflows_of(view, subject):
        if wanted & _spellings(overflow.match):
            group = overflow.table, overflow.device_id, overflow.match.lower()
            counts[group] = max(counts.get(group, (False, 0)), (overflow.asked is not None, overflow.rows))
    return sum(rows for is_own, rows in counts.values() if not is_own or rows > view.policy.mention_rows)


def _spellings(match: str) -> set[str | None]:
    return {match.lower(), spelling.address(match), spelling.host(match), spelling.registry_key(match)}


def overflows_of(view: View, subject: Subject) -> list[Overflow]:
    """Overflows of rows that name a thing of the alert, or telling activity where it names only a device."""
    wanted: set[str | None] = {indicator.value for indicator in subject.indicators}
    if subject.has_only_a_device:
        wanted |= {word.lower() for word in (*TOOLS, *ACTIONS)}
    return [
        overflow
        for overflow in view.telemetry.overflows
        if overflow.match
        and overflow.asked in (None, subject.asked_mentions)
        and subject.device_id in ("", overflow.device_id)
        and (
            wanted & _spellings(overflow.match)
            or (subject.has_only_a_device and overflow.match.lower().startswith(_LOUD))
        )
    ]
