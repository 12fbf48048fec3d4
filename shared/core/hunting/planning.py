"""What to ask next on behalf of one alert, given all rows received so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.core.correlate import (
    PROCESSES,
    Chain,
    HuntPolicy,
    Mentions,
    Method,
    Needle,
    ProcessKey,
    Ref,
    Span,
    Subject,
    Tie,
    Trouble,
    View,
    crowds_of,
    follows,
    is_session_root,
    is_shared,
    tie_of_subject,
)
from shared.core.hunting.wants import (
    Activity,
    AlertEvidence,
    Birth,
    CrowdedDeeds,
    CrowdedNaming,
    Deeds,
    DeviceKnown,
    Naming,
    Want,
)
from shared.core.values import Instant

type _Pid = tuple[str, int]  # of a device


class Asked:
    """Everything asked so far and how it ended. A process counts as asked for within the tolerance, and one
    whose parent was asked for with what its children did, as asked for by that."""

    def __init__(self, ended: Mapping[Want, Trouble | None], view: View, tolerance_s: float) -> None:
        self._ended = ended
        self._view = view
        self._tolerance = tolerance_s
        self._births: dict[_Pid, list[Birth]] = {}
        self._deeds: dict[_Pid, list[Deeds]] = {}
        for want in ended:
            if isinstance(want, Birth):
                self._births.setdefault(_pid(want.key), []).append(want)
            elif isinstance(want, Deeds):
                self._deeds.setdefault(_pid(want.key), []).append(want)

    def __contains__(self, want: Want) -> bool:
        if want in self._ended:
            return True
        if isinstance(want, Birth):
            return any(self._is_near(one.key, want.key) for one in self._births.get(_pid(want.key), ()))
        if isinstance(want, Deeds):
            return self._is_asked(want) or self._came_with_its_parent(want)
        return False

    def _is_asked(self, want: Deeds) -> bool:
        return any(
            self._is_near(one.key, want.key)
            and ((one.first, one.last) == (want.first, want.last) or self._is_answered(one, want))
            for one in self._deeds.get(_pid(want.key), ())
        )

    def _came_with_its_parent(self, want: Deeds) -> bool:
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
            for one in self._deeds.get(_pid(parent), ())
        )

    def _is_answered(self, one: Deeds, want: Deeds) -> bool:
        """True where `one` was answered and its time holds all of the other's: none did anything unborn."""
        begins = max(want.first, want.key.created)
        return self._ended[one] is None and one.first <= begins and one.last >= want.last

    def _is_near(self, one: ProcessKey, other: ProcessKey) -> bool:
        return abs(one.created.seconds_since(other.created)) <= self._tolerance


def _pid(key: ProcessKey) -> _Pid:
    return key.device_id, key.pid


@dataclass(frozen=True, slots=True)
class Scene:
    """All that planning for one alert looks at."""

    view: View
    found: Mentions
    subject: Subject
    asked: Asked
    now: Instant
    policy: HuntPolicy

    @property
    def oldest(self) -> Instant:
        """Before this there is no telemetry."""
        return self.now.plus(-self.policy.retention_s)


def next_wants(scene: Scene) -> list[Want]:
    """What to ask now; nothing where everything worth asking was asked.

    First the processes that the alert names; else its evidence, together with what hunting's own table says
    of the alert; then the weak ties, and at last whether the device is known at all.
    """
    subject = scene.subject
    if subject.is_too_old:
        return []
    tie = tie_of_subject(scene.view, scene.found, subject, scene.policy)
    steps = [_seed_wants(scene), _chain_wants(scene, tie.chain)]
    is_tied_by_process = tie.method in (Method.EXACT_PROCESS, Method.PROCESS_TOLERANCE)
    if not (is_tied_by_process or subject.may_come_by_process):
        steps += [_crowded_naming(scene), _evidence_wants(scene), _weak_wants(scene, tie)]
    for wants in steps:
        fresh = [want for want in wants if want not in scene.asked]
        if fresh:
            return fresh
    return []


def _seed_wants(scene: Scene) -> Iterator[Want]:
    """The processes that the alert names. What the children of one that serves the whole machine did is not
    asked for; neither where no name tells whether it does."""
    for ref in scene.subject.processes:
        key = scene.view.key(ref)
        if key.created >= scene.oldest:
            yield Birth(key, up=not is_session_root(key, ref.name))
        first, last = _deeds_span(scene, key)
        if first <= last:
            yield Deeds(key, first, last, down=bool(ref.name) and not is_shared(key, ref.name, ""))


def _deeds_span(scene: Scene, key: ProcessKey) -> tuple[Instant, Instant]:
    span, born = scene.subject.span, key.created.plus(-scene.policy.tolerance_s)
    return max(span.first, scene.oldest, born), min(span.last, scene.now.plus(3_600))


def _chain_wants(scene: Scene, chain: Chain) -> Iterator[Want]:
    view = scene.view
    for key, depth in chain.depth.items():
        if depth <= 0 and key not in view.own and key.created >= scene.oldest:
            yield Birth(key, up=not view.is_session_root(key))
        if not follows(view, chain, key):
            continue
        first, last = _deeds_span(scene, key)
        if first > last:
            continue
        yield Deeds(key, first, last, down=not view.is_shared(key))
        for table, crowd in view.crowds.get(key, {}).items():
            seen = len(view.children.get(key, ())) if table == PROCESSES else 0
            if seen < crowd.rows:
                yield CrowdedDeeds(key, first, last, table, scene.subject.near)


def _evidence_wants(scene: Scene) -> Iterator[Want]:
    """The alert's own evidence and hunting's."""
    subject = scene.subject
    yield AlertEvidence(subject.alert_id, *_limited(scene, subject.span))
    strong = [needle for needle in subject.needles if needle.method is not Method.ACCOUNT]
    yield from _namings(scene, strong)


def _namings(scene: Scene, needles: Iterable[Needle]) -> Iterator[Naming]:
    by_device: dict[str, list[Needle]] = {}
    for needle in needles:
        device = needle.device_id or scene.subject.device_id
        if device or needle.method in (Method.FILE_HASH, Method.ADDRESS, Method.URL):
            by_device.setdefault(device, []).append(needle)
    first, last = _limited(scene, scene.subject.mention_span)
    for device, ours in sorted(by_device.items()):
        yield Naming(device, first, last, tuple(ours))


def _crowded_naming(scene: Scene) -> Iterator[Want]:
    first, last = _limited(scene, scene.subject.mention_span)
    for crowd in sorted(crowds_of(scene.view, scene.subject), key=lambda one: (one.table, one.match)):
        yield CrowdedNaming(crowd.device_id, first, last, crowd.table, crowd.match, scene.subject.near)


def _weak_wants(scene: Scene, tie: Tie) -> Iterator[Want]:
    subject = scene.subject
    if tie.method not in (Method.NONE, Method.DEVICE_ONLY, Method.ACCOUNT) or not subject.device_id:
        return
    span = _limited(scene, subject.mention_span)
    yield from _namings(scene, [one for one in subject.needles if one.method is Method.ACCOUNT])
    if subject.has_only_a_device and tie.method is not Method.ACCOUNT:
        yield Activity(subject.device_id, *span)
    if tie.method is Method.NONE and subject.is_settled:
        yield DeviceKnown(subject.device_id, scene.oldest, scene.now)


def _limited(scene: Scene, span: Span) -> tuple[Instant, Instant]:
    return max(span.first, scene.oldest), min(span.last, scene.now.plus(3_600))


def named_processes(subjects: Iterable[Subject]) -> list[Ref]:
    """Every process that any alert names."""
    return [ref for subject in subjects for ref in subject.processes]
