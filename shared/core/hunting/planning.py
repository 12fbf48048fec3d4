"""What to ask next on behalf of one alert, given all rows received so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.core import correlate
from shared.core.correlate import HuntPolicy, Indicator, Method, ProcessKey, Span, Subject, Tie, Trouble, View
from shared.core.hunting import wants
from shared.core.hunting.sight import Sight
from shared.core.values import Instant

type _Pid = tuple[str, int]  # of a device


class Asked:
    """Everything asked so far and how it ended. A process counts as asked for if one within the tolerance
    was, or if its parent was asked for together with what the parent's children did."""

    def __init__(self, ended: Mapping[wants.Want, Trouble | None], view: View, tolerance_s: float) -> None:
        self._ended = ended
        self._view = view
        self._tolerance = tolerance_s
        self._creations: dict[_Pid, list[wants.ProcessCreation]] = {}
        self._activities: dict[_Pid, list[wants.ProcessActivity]] = {}
        for want in ended:
            if isinstance(want, wants.ProcessCreation):
                self._creations.setdefault(_pid(want.key), []).append(want)
            elif isinstance(want, wants.ProcessActivity):
                self._activities.setdefault(_pid(want.key), []).append(want)

    def __contains__(self, want: wants.Want) -> bool:
        if want in self._ended:
            return True
        if isinstance(want, wants.ProcessCreation):
            return any(self._is_near(one.key, want.key) for one in self._creations.get(_pid(want.key), ()))
        if isinstance(want, wants.ProcessActivity):
            return self._is_asked(want) or self._came_with_its_parent(want)
        return False

    def _is_asked(self, want: wants.ProcessActivity) -> bool:
        return any(
            self._is_near(one.key, want.key)
            and ((one.first, one.last) == (want.first, want.last) or self._is_answered(one, want))
            for one in self._activities.get(_pid(want.key), ())
        )

    def _came_with_its_parent(self, want: wants.ProcessActivity) -> bool:
        """True where a parent was asked for with its children, and a row tells that it started this one."""
        parent = self._view.parent.get(want.key)
        if parent is None:
            return False
        told = [
            one.event.time
            for one in self._view.own.get(want.key, ())
            if one.actor is not None and self._view.key(one.actor) == parent
        ]
        return any(
            one.down
            and self._is_near(one.key, parent)
            and self._is_answered(one, want)
            and any(one.first <= moment <= one.last for moment in told)
            for one in self._activities.get(_pid(parent), ())
        )

    def _is_answered(self, one: wants.ProcessActivity, want: wants.ProcessActivity) -> bool:
        """True where `one` was answered and covers the time of `want`, from the process's creation on."""
        begins = max(want.first, want.key.created)
        return self._ended[one] is None and one.first <= begins and one.last >= want.last

    def _is_near(self, one: ProcessKey, other: ProcessKey) -> bool:
        return abs(one.created.seconds_since(other.created)) <= self._tolerance


def _pid(key: ProcessKey) -> _Pid:
    return key.device_id, key.pid


@dataclass(frozen=True, slots=True)
class Planning:
    """All that planning for one alert looks at."""

    sight: Sight
    subject: Subject
    asked: Asked
    now: Instant

    @property
    def view(self) -> View:
        """The rows by process."""
        return self.sight.view

    @property
    def policy(self) -> HuntPolicy:
        """What bounds the hunt."""
        return self.view.policy

    @property
    def oldest(self) -> Instant:
        """Before this there is no telemetry."""
        return self.now.plus(-self.policy.retention_s)


def next_wants(planning: Planning) -> list[wants.Want]:
    """What to ask now; nothing where everything worth asking was asked.

    First the processes that the alert names; else its evidence, together with what hunting's own table says
    of the alert; then the weak ties, and at last whether the device is known at all.
    """
    subject = planning.subject
    if subject.is_too_old:
        return []
    tie = planning.sight.tie(subject)
    steps = [_seed_wants(planning), _chain_wants(planning, tie)]
    is_tied_by_process = tie.method in (Method.EXACT_PROCESS, Method.PROCESS_TOLERANCE)
    if not (is_tied_by_process or subject.may_come_by_process):
        steps += [_mention_overflows(planning), _evidence_wants(planning), _weak_wants(planning, tie)]
    for step in steps:
        fresh = [want for want in step if want not in planning.asked]
        if fresh:
            return fresh
    return []


def _seed_wants(planning: Planning) -> Iterator[wants.Want]:
    """The processes that the alert names, with what their children did; without that where the process serves
    the whole machine, or has no name and so may be one that does."""
    for ref in planning.subject.processes:
        key = planning.view.key(ref)
        if key.created >= planning.oldest:
            yield wants.ProcessCreation(key, up=not correlate.is_session_root(key, ref.name))
        span = planning.subject.activity_span(key.created, planning.policy.tolerance_s)
        if span.first <= span.last:
            down = bool(ref.name) and not correlate.is_shared(key, ref.name, "")
            yield wants.ProcessActivity(key, span.first, span.last, down=down)


def _chain_wants(planning: Planning, tie: Tie) -> Iterator[wants.Want]:
    """What the trees lack, and who the others are that touched what the alert names."""
    view, chain = planning.view, tie.chain
    for key in tie.named.others:
        if key not in view.own and key.created >= planning.oldest:
            yield wants.ProcessCreation(key, up=False)
    for key, depth in chain.depth.items():
        if depth <= 0 and key not in view.own and key.created >= planning.oldest:
            yield wants.ProcessCreation(key, up=not view.is_session_root(key))
        if not correlate.follows(chain, key):
            continue
        span = planning.subject.activity_span(key.created, planning.policy.tolerance_s)
        if span.first > span.last:
            continue
        yield wants.ProcessActivity(key, span.first, span.last, down=not view.is_shared(key))
        for table in view.overflows.get(key, ()):
            yield wants.ActivityOverflow(key, span.first, span.last, table, planning.subject.near)


def _evidence_wants(planning: Planning) -> Iterator[wants.Want]:
    """The alert's own evidence and hunting's."""
    subject = planning.subject
    yield wants.AlertEvidence(subject.alert_id, *_limited(planning, subject.span))
    strong = [indicator for indicator in subject.indicators if indicator.method is not Method.ACCOUNT]
    yield from _mention_wants(planning, strong)
    yield from _moment_wants(planning)


def _moment_wants(planning: Planning) -> Iterator[wants.Want]:
    """Whoever acted at the alert's own moments, where nothing that it names leads further; of what a table
    has too many of, the rows nearest to the moment."""
    subject = planning.subject
    for moment in subject.moments if subject.device_id else ():
        span = correlate.moment_span(moment, planning.policy)
        asked = Span(*_limited(planning, span))
        yield wants.MomentActivity(subject.device_id, asked.first, asked.last)
        tables = {
            one.table
            for one in planning.view.telemetry.overflows
            if one.asked == asked and one.device_id == subject.device_id and not one.match and not one.actor
        }
        for table in sorted(tables):
            yield wants.MentionOverflow(subject.device_id, asked.first, asked.last, table, "", moment)


def _mention_wants(planning: Planning, indicators: Iterable[Indicator]) -> Iterator[wants.IndicatorMentions]:
    by_device: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        device = indicator.device_id or planning.subject.device_id
        if device or indicator.method in (Method.FILE_HASH, Method.ADDRESS, Method.URL):
            by_device.setdefault(device, []).append(indicator)
    first, last = _limited(planning, planning.subject.mention_span)
    for device, ours in sorted(by_device.items()):
        yield wants.IndicatorMentions(device, first, last, tuple(ours))


def _mention_overflows(planning: Planning) -> Iterator[wants.Want]:
    first, last = _limited(planning, planning.subject.mention_span)
    for overflow in sorted(
        correlate.overflows_of(planning.view, planning.subject), key=lambda one: (one.table, one.match)
    ):
        yield wants.MentionOverflow(
            overflow.device_id, first, last, overflow.table, overflow.match, planning.subject.near
        )


def _weak_wants(planning: Planning, tie: Tie) -> Iterator[wants.Want]:
    subject = planning.subject
    if tie.method not in (Method.NONE, Method.DEVICE_ONLY, Method.ACCOUNT) or not subject.device_id:
        return
    if tie.named.is_near:
        return
    span = _limited(planning, subject.mention_span)
    yield from _mention_wants(planning, [one for one in subject.indicators if one.method is Method.ACCOUNT])
    if subject.has_only_a_device and tie.method is not Method.ACCOUNT:
        yield wants.DeviceActivity(subject.device_id, *span)
    if tie.method is Method.NONE and subject.is_settled:
        yield wants.DeviceKnown(subject.device_id, planning.oldest, planning.now)


def _limited(planning: Planning, span: Span) -> tuple[Instant, Instant]:
    limited = span.within(planning.subject.reach)
    return limited.first, limited.last
