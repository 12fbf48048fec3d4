"""How one alert is tied to telemetry, how surely, and why not where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.core.correlate import asked
from shared.core.correlate.by_evidence import Mentions, Named, by_evidence, of_the_moment
from shared.core.correlate.chain import Chain, chain_of, shown_events, way_to_proofs
from shared.core.correlate.device_activity import by_device
from shared.core.correlate.finding import Finding, Method, Reason, Status, TiedEvent
from shared.core.correlate.moments import SAME, anybodys
from shared.core.correlate.nodes import nodes_of
from shared.core.correlate.rows import Ref
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.tables import PROCESSES

# Where a share of right rows was measured, it is that share, a little on the safe side: docs/correlation.md.
BASE = {
    Method.EXACT_PROCESS: 95,
    Method.PROCESS_TOLERANCE: 90,
    Method.FILE_HASH: 75,
    Method.FILE_NAME: 60,
    Method.ADDRESS: 55,
    Method.URL: 50,
    Method.REGISTRY: 50,
    Method.ACCOUNT: 30,
    Method.MOMENT: 90,
    Method.DEVICE_ONLY: 10,
    Method.NONE: 0,
}
# The same where what the evidence leads to was done at the alert's own moment. A URL was not measured.
AT_THE_MOMENT = BASE | dict.fromkeys(
    (Method.FILE_HASH, Method.FILE_NAME, Method.ADDRESS, Method.REGISTRY, Method.ACCOUNT), 90
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a question about the alert was not answered."""

    reason: Reason
    detail: str = ""


_NO_CHAIN = Chain({})
_NOTHING_NAMED = Named()


@dataclass(frozen=True, slots=True)
class Tie:
    """How an alert is tied: the method, the trees, and the rows that hang on no tree."""

    method: Method = Method.NONE
    chain: Chain = _NO_CHAIN
    named: Named = _NOTHING_NAMED
    activity: tuple[TiedEvent, ...] = ()
    missing: tuple[Ref, ...] = ()  # processes of the alert that no row speaks of


def tie_of_subject(view: View, found: Mentions, subject: Subject) -> Tie:
    """The strongest tie that the telemetry seen so far allows."""
    known = [ref for ref in subject.processes if any(view.is_known(key) for key in view.keys(ref))]
    if known:
        anchors = tuple(dict.fromkeys(key for ref in known for key in view.keys(ref) if view.is_known(key)))
        exact = any(view.is_exact(ref) for ref in known)
        method = Method.EXACT_PROCESS if exact else Method.PROCESS_TOLERANCE
        chain = chain_of(view, subject, anchors, frozenset(anchors))
        missing = tuple(ref for ref in subject.processes if ref not in known)
        return Tie(method, chain, missing=missing)
    if subject.may_come_by_process:
        return Tie(missing=subject.processes)
    named = by_evidence(view, found, subject)
    if named.method is not Method.NONE:
        chain = chain_of(view, subject, named.anchors, named.own)
        return Tie(named.method, chain, named, missing=subject.processes)
    if (
        not subject.indicators
        and subject.has_only_a_device
        and (act := found.moments.act(subject, SAME, anybodys))
    ):
        named = replace(of_the_moment(Method.MOMENT, act), left_out=named.left_out)
        chain = chain_of(view, subject, named.anchors, named.own)
        return Tie(named.method, chain, named)
    activity = by_device(view, subject) if subject.has_only_a_device else ()
    method = Method.DEVICE_ONLY if activity else Method.NONE
    return Tie(method, named=named, activity=activity, missing=subject.processes)


def finding_of(view: View, tie: Tie, subject: Subject, troubles: Sequence[Trouble]) -> Finding:
    """What is proven of the alert; the reason is the first of `troubles`, where there is any."""
    shown = shown_events(view, subject, tie.chain)
    events = {one.event.key: one for one in (*tie.named.events, *tie.activity)}
    extra = len(events.keys() - {one.event.key for one in shown.events})
    events |= {one.event.key: one for one in shown.events}  # a tie by process says more than one by evidence
    kept = _closest(list(events.values()), view, tie.chain, subject)
    counted = shown.counted + extra + max(0, tie.named.counted - len(tie.named.events))
    trouble = troubles[0] if troubles else Trouble(Reason.NONE)
    return Finding(
        alert_id=subject.alert_id,
        status=Status.CORRELATED if kept else Status.NO_MATCH,
        method=tie.method,
        confidence=_confidence(view, tie, len(kept)),
        reason=trouble.reason,
        detail=trouble.detail,
        anchors=tie.chain.anchors,
        nodes=nodes_of(view, subject, tie.chain, tie.named.events),
        events=tuple(kept),
        event_count=max(counted, len(kept)),
        truncated=counted > len(kept),
        left_out=_left_out(tie, subject, shown.left_out, troubles),
    )


def _confidence(view: View, tie: Tie, events: int) -> int:
    """How sure the tie is, 0 to 100; 0 where nothing is tied.

    It starts from the method. Plus 5 where an anchor's own creation row was seen. Away from the alert's
    moment minus 10 where none was, and minus 5 for each further process that touched the thing, at most 15:
    the more touched it, the less one of them means.
    """
    if not events:
        return 0
    named, anchors = tie.named, tie.chain.anchors
    sure = (AT_THE_MOMENT if named.is_near else BASE)[tie.method]
    if anchors:
        is_seen = any(asked.own(view, key, 0) for key in anchors)
        sure += 5 if is_seen else 0
        if named.method is not Method.NONE and not named.is_near:
            sure -= (0 if is_seen else 10) + min(15, 5 * (len(anchors) - 1 + named.anchors_left_out))
    return max(1, min(100, sure))


def _closest(events: list[TiedEvent], view: View, chain: Chain, subject: Subject) -> list[TiedEvent]:
    """As many as one alert may have, in time order: what proves harm and the way from there to the alert's
    process, then those on the tree's trunk and near the alert."""
    if len(events) > view.policy.max_events:
        way = way_to_proofs(view, subject, chain)
        events.sort(
            key=lambda one: (
                not view.proves(one.event),
                one.event.table != PROCESSES or one.owner not in way,
                abs(one.depth or 0),
                abs(one.event.time.ticks - subject.near.ticks),
                one.event.key,
            )
        )
        events = events[: view.policy.max_events]
    return sorted(events, key=lambda one: one.event.order)


def _left_out(tie: Tie, subject: Subject, cut: Sequence[str], troubles: Sequence[Trouble]) -> tuple[str, ...]:
    said = [*subject.left_out, *cut]
    if subject.indicators_left_out and tie.method not in (Method.EXACT_PROCESS, Method.PROCESS_TOLERANCE):
        said.append(f"{subject.indicators_left_out} things that the evidence names")
    if tie.chain.left_out:
        said.append(f"{tie.chain.left_out} processes of the tree")
    if tie.missing and tie.method is not Method.NONE:
        said.append(f"{len(tie.missing)} processes of the evidence that telemetry does not know")
    if tie.named.anchors_left_out:
        said.append(f"the trees of {tie.named.anchors_left_out} further processes that touched the evidence")
    said += tie.named.left_out
    said += [f"a question that was not answered ({trouble.reason})" for trouble in troubles]
    return tuple(dict.fromkeys(said))


def without_tie(finding: Finding, subject: Subject, is_device_unknown: bool) -> Finding:
    """The finding with the reason why nothing was found, where no trouble gave one already.

    Telemetry comes minutes to hours late: until then nothing found means not in yet.
    """
    if finding.status is Status.CORRELATED or finding.reason is not Reason.NONE:
        return finding
    if not subject.is_settled:
        return replace(finding, reason=Reason.NOT_IN_YET)
    return replace(finding, reason=Reason.DEVICE_UNKNOWN if is_device_unknown else Reason.NOT_SEEN)
