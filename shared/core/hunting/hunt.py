"""A hunt for many alerts at once, as a state machine: it says what to ask and takes the answers.

Nothing is done here; whoever asks the service decides how many queries run at once and when time is up.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.core.alert import Evidence
from shared.core.correlate import (
    REFUSED,
    Event,
    Finding,
    HuntPolicy,
    Mentions,
    Reason,
    Status,
    Subject,
    Telemetry,
    Trouble,
    View,
    evidence_by_alert,
    finding_of,
    merge,
    proves_nothing,
    subject_of,
    tie_of_subject,
    without_tie,
)
from shared.core.hunting.answered_creations import answered_creations
from shared.core.hunting.case import Answer, Case, Query
from shared.core.hunting.finding_query import finding_query
from shared.core.hunting.gaps import Gap, without_gaps
from shared.core.hunting.packing import pack, smaller
from shared.core.hunting.planning import Asked, Planning, named_processes, next_wants
from shared.core.hunting.wants import AlertEvidence, DeviceKnown, Want
from shared.core.values import Instant

MOST_ROWS = 100_000  # of one answer; the service leaves out the rest and does not say so
# Where one of these is refused, the alert is hunted all the same: their answers help and are not needed.
_HELPFUL = (AlertEvidence, DeviceKnown)


def start(
    cases: Sequence[Case],
    now: Instant,
    policy: HuntPolicy,
    proves: Callable[[Event], bool] = proves_nothing,
) -> "Hunt":
    """A hunt for these alerts with its first queries; finished at once where nothing can be asked.

    `proves` tells an event that a verdict would stand on: it is kept where not all can be.
    """
    return Hunt(tuple(cases), now, policy, proves)._planned()


@dataclass(frozen=True, slots=True)
class Hunt:
    """Where a hunt stands. Ask all of `queries` now; none left means finished."""

    cases: tuple[Case, ...]
    now: Instant
    policy: HuntPolicy
    proves: Callable[[Event], bool] = proves_nothing
    queries: tuple[Query, ...] = ()
    _telemetry: Telemetry = field(default_factory=Telemetry)
    _ended: Mapping[Want, Trouble | None] = field(default_factory=dict)
    _asking: Mapping[Want, tuple[str, ...]] = field(default_factory=dict)
    _more: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    _devices: frozenset[str] = frozenset()
    _lacking: Mapping[str, frozenset[Gap]] = field(default_factory=dict)
    _rounds: int = 0

    def answered(self, answers: Iterable[Answer]) -> "Hunt":
        """The hunt after these answers. Answers that were too large are asked for again in parts."""
        telemetry, ended, asking = self._telemetry, dict(self._ended), dict(self._asking)
        again: list[Query] = []
        more, devices, lacking = dict(self._more), set(self._devices), dict(self._lacking)
        for answer in answers:
            if _is_too_large(answer) and (parts := smaller(answer.query, asking, self.policy)):
                again += parts
                asking |= {
                    want: part.alert_ids for part in parts for want in part.wants if want not in asking
                }
                continue
            ended |= dict.fromkeys(answer.query.wants, _trouble(answer))
            for alert_id in answer.query.alert_ids if answer.lacking else ():
                lacking[alert_id] = lacking.get(alert_id, frozenset()) | set(answer.lacking)
            if answer.query.name == "alert-evidence":
                more |= evidence_by_alert(answer.rows)
            elif answer.query.name == "device-known":
                devices |= _devices_in(answer)
            else:
                telemetry = telemetry.plus(answer.rows)
                ended = dict.fromkeys(answered_creations(answer, self.policy)) | ended
        after = replace(
            self,
            queries=tuple(again),
            _telemetry=telemetry,
            _ended=ended,
            _asking=asking,
            _more=more,
            _devices=frozenset(devices),
            _lacking=lacking,
        )
        return after if again else after._planned()

    def findings(self) -> dict[str, Finding]:
        """What is known of each alert by now, and what was left out. An earlier finding's events are kept."""
        subjects = self._subjects()
        view, found = self._views(subjects.values())
        troubles, unknown = self._troubles(), self._unknown_devices()
        for alert_id in {alert_id for query in self.queries for alert_id in query.alert_ids}:
            troubles[alert_id].append(Trouble(Reason.WAITING, "the hunt is not finished"))
        return {
            case.alert.id: self._merged(
                case,
                self._new(subjects[case.alert.id], view, found, troubles.get(case.alert.id, []), unknown),
            )
            for case in self.cases
        }

    def _new(
        self, subject: Subject, view: View, found: Mentions, troubles: Sequence[Trouble], unknown: set[str]
    ) -> Finding:
        """What this hunt alone says of the alert."""
        if subject.is_too_old:
            return Finding(subject.alert_id, Status.NO_MATCH, reason=Reason.TOO_OLD)
        if subject.is_hopeless:
            return Finding(subject.alert_id, Status.NOT_APPLICABLE, reason=Reason.NO_EVIDENCE)
        tie = tie_of_subject(view, found, subject, self.policy)
        new = finding_of(view, tie, subject, self.policy, troubles)
        if lacking := sorted(self._lacking.get(subject.alert_id, ())):
            said = [f"{gap.words}, which this tenant's hunting lacks" for gap in lacking]
            new = replace(new, left_out=(*new.left_out, *said))
        return _with_status(without_tie(new, subject, subject.device_id in unknown))

    def _merged(self, case: Case, new: Finding) -> Finding:
        merged = merge(case.known, new)
        if merged.query:
            return merged
        query = finding_query(merged, self.policy.reach_s)
        return replace(merged, query=without_gaps(query, self._lacking.get(case.alert.id, ())))

    def _planned(self) -> "Hunt":
        """The hunt with what is to be asked next."""
        if self._rounds >= self.policy.max_rounds:
            return replace(self, queries=())
        subjects = self._subjects()
        view, found = self._views(subjects.values())
        asked = Asked(self._ended, view, self.policy.tolerance_s)
        asking: dict[Want, tuple[str, ...]] = {}
        troubles = self._troubles()
        for alert_id, subject in subjects.items():
            if alert_id in troubles:
                continue
            for want in next_wants(Planning(view, found, subject, asked, self.now, self.policy)):
                asking[want] = (*asking.get(want, ()), alert_id)
        queries = pack(asking, self.policy) if asking else ()
        return replace(self, queries=queries, _asking={**self._asking, **asking}, _rounds=self._rounds + 1)

    def _subjects(self) -> dict[str, Subject]:
        return {
            case.alert.id: subject_of(case.alert, self._more.get(case.alert.id, ()), self.now, self.policy)
            for case in self.cases
        }

    def _views(self, subjects: Iterable[Subject]) -> tuple[View, Mentions]:
        view = View(self._telemetry, named_processes(subjects), self.policy, self.proves)
        return view, Mentions(view)

    def _troubles(self) -> dict[str, list[Trouble]]:
        """By alert, the questions that were not answered; nothing more is asked for such an alert."""
        found: dict[str, list[Trouble]] = defaultdict(list)
        for want, trouble in self._ended.items():
            is_help = isinstance(want, _HELPFUL) and trouble and trouble.reason is Reason.QUERY_REJECTED
            if trouble is not None and not is_help:
                for alert_id in self._asking.get(want, ()):
                    found[alert_id].append(trouble)
        return found

    def _unknown_devices(self) -> set[str]:
        """Devices that hunting was asked about and does not know: no row of any table is about them."""
        asked = {
            want.device_id
            for want, trouble in self._ended.items()
            if isinstance(want, DeviceKnown) and trouble is None
        }
        seen = {key[1] for key in self._telemetry.observations}
        return asked - self._devices - seen - {one.device_id for one in self._telemetry.overflows}


def _devices_in(answer: Answer) -> set[str]:
    """The devices that hunting knows; all that were asked for where the table that tells is not there."""
    if answer.lacking:
        return {want.device_id for want in answer.query.wants if isinstance(want, DeviceKnown)}
    return {str(row.get("DeviceId", "")).lower() for row in answer.rows}


def _is_too_large(answer: Answer) -> bool:
    return answer.too_large or len(answer.rows) >= MOST_ROWS


def _trouble(answer: Answer) -> Trouble | None:
    if answer.failure is not None:
        return Trouble(answer.failure, answer.detail)
    if _is_too_large(answer):
        return Trouble(Reason.QUERY_REJECTED, "the answer is too large even for this alert alone")
    return None


def _with_status(finding: Finding) -> Finding:
    """Without a tie the status follows from the reason: pending, failed, or no match."""
    if finding.status is Status.CORRELATED:
        return finding
    if finding.reason in (Reason.THROTTLED, Reason.WAITING):
        return replace(finding, status=Status.PENDING)
    if finding.reason in (*REFUSED, Reason.QUERY_REJECTED, Reason.UNAVAILABLE):
        return replace(finding, status=Status.FAILED)
    return finding
