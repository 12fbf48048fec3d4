"""A hunt for many alerts at once, as a state machine: it says what to ask and takes the answers.

Nothing is done here; whoever asks the service decides how many queries run at once and when time is up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.core import correlate
from shared.core.correlate import Finding, HuntPolicy, Proves, Reason, Status, Subject, Telemetry, Trouble
from shared.core.hunting.answered_creations import answered_creations
from shared.core.hunting.case import Answer, Case, Query
from shared.core.hunting.finding_query import finding_query
from shared.core.hunting.gaps import without_gaps
from shared.core.hunting.packing import pack, smaller
from shared.core.hunting.planning import Asked, Planning, next_wants
from shared.core.hunting.sight import Sight
from shared.core.hunting.told import Told
from shared.core.hunting.wants import AlertEvidence, DeviceKnown, Want
from shared.core.values import Instant

_FUTILE = 3  # halvings in a row without an answer, after which a service that may be down is taken to be
MOST_ROWS = 100_000  # of one answer; the service leaves out the rest and does not say so
# Where one of these is refused, the alert is hunted all the same: their answers help and are not needed.
_HELPFUL = (AlertEvidence, DeviceKnown)
_NO_TELEMETRY = frozenset(("alert-evidence", "device-known"))


def start(
    cases: Sequence[Case], now: Instant, policy: HuntPolicy, proves: Proves = correlate.proves_nothing
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
    proves: Proves = correlate.proves_nothing
    queries: tuple[Query, ...] = ()
    _telemetry: Telemetry = field(default_factory=Telemetry)
    _ended: Mapping[Want, Trouble | None] = field(default_factory=dict)
    _asking: Mapping[Want, tuple[str, ...]] = field(default_factory=dict)
    _told: Told = field(default_factory=Told)
    _subjects: Mapping[str, Subject] = field(default_factory=dict)  # as `_told` has them, so far as known
    _rounds: int = 0
    _last: Sight | None = None  # where nothing is left to ask: the findings are made of it

    def answered(self, answers: Iterable[Answer]) -> "Hunt":
        """The hunt after these answers. Answers that were too large are asked for again in parts."""
        telemetry, ended, asking = self._telemetry, dict(self._ended), dict(self._asking)
        again: list[Query] = []
        told = self._told
        for answer in answers:
            may_help = _is_too_large(answer) and not self._is_down(answer)
            if may_help and (parts := smaller(answer.query, asking, self.policy)):
                again += parts
                asking |= {
                    want: part.alert_ids for part in parts for want in part.wants if want not in asking
                }
                continue
            ended |= dict.fromkeys(answer.query.wants, _trouble(answer))
            told = told.plus(answer)
            if answer.query.name not in _NO_TELEMETRY:
                telemetry = telemetry.plus(answer.rows)
                ended = dict.fromkeys(answered_creations(answer, self.policy)) | ended
        after = replace(
            self,
            queries=tuple(again),
            _telemetry=telemetry,
            _ended=ended,
            _asking=asking,
            _told=told,
            _subjects=self._still(told),
            _last=None,
        )
        return after if again else after._planned()

    def _is_down(self, answer: Answer) -> bool:
        """True where a service that may be down has answered nothing, however little was asked."""
        return answer.may_be_down and not self._told.is_served and answer.query.halvings >= _FUTILE

    def findings(self) -> dict[str, Finding]:
        """What is known of each alert by now, and what was left out. An earlier finding's events are kept."""
        sight = self._last or self._sight()
        troubles, unknown = self._troubles(), self._unknown_devices()
        for alert_id in {alert_id for query in self.queries for alert_id in query.alert_ids}:
            troubles[alert_id].append(Trouble(Reason.WAITING, "the hunt is not finished"))
        return {
            case.alert.id: self._merged(
                case,
                self._new(sight, sight.subjects[case.alert.id], troubles.get(case.alert.id, []), unknown),
            )
            for case in self.cases
        }

    def _new(self, sight: Sight, subject: Subject, troubles: Sequence[Trouble], unknown: set[str]) -> Finding:
        """What this hunt alone says of the alert."""
        if subject.is_too_old:
            return Finding(subject.alert_id, Status.NO_MATCH, reason=Reason.TOO_OLD)
        if subject.is_hopeless:
            return Finding(subject.alert_id, Status.NOT_APPLICABLE, reason=Reason.NO_EVIDENCE)
        new = correlate.finding_of(sight.view, sight.tie(subject), subject, troubles)
        if lacking := sorted(self._told.lacking.get(subject.alert_id, ())):
            said = [f"{gap.words}, which this tenant's hunting lacks" for gap in lacking]
            new = replace(new, left_out=(*new.left_out, *said))
        return _with_status(correlate.without_tie(new, subject, subject.device_id in unknown))

    def _merged(self, case: Case, new: Finding) -> Finding:
        merged = correlate.merge(case.known, new)
        if merged.query:
            return merged
        query = finding_query(merged, self.policy.reach_s)
        return replace(merged, query=without_gaps(query, self._told.lacking.get(case.alert.id, ())))

    def _planned(self) -> "Hunt":
        """The hunt with what is to be asked next."""
        if self._rounds >= self.policy.max_rounds:
            return replace(self, queries=())
        sight = self._sight()
        asked = Asked(self._ended, sight.view, self.policy.tolerance_s)
        asking: dict[Want, tuple[str, ...]] = {}
        troubles = self._troubles()
        for alert_id, subject in sight.subjects.items():
            if alert_id in troubles:
                continue
            for want in next_wants(Planning(sight, subject, asked, self.now)):
                asking[want] = (*asking.get(want, ()), alert_id)
        queries = pack(asking, self.policy) if asking else ()
        return replace(
            self,
            queries=queries,
            _asking={**self._asking, **asking},
            _subjects=sight.subjects,
            _rounds=self._rounds + 1,
            _last=None if queries else sight,
        )

    def _sight(self) -> Sight:
        told = self._told
        subjects = {
            case.alert.id: self._subjects.get(case.alert.id)
            or correlate.subject_of(
                case.alert, told.more.get(case.alert.id, ()), self.now, self.policy, told.merged_into
            )
            for case in self.cases
        }
        return Sight.of(self._telemetry, subjects, self.policy, self.proves)

    def _still(self, told: Told) -> dict[str, Subject]:
        """The subjects of which nothing further was told."""
        before = self._told
        if told.merged_into != before.merged_into:
            return {}
        return {
            alert_id: subject
            for alert_id, subject in self._subjects.items()
            if told.more.get(alert_id) == before.more.get(alert_id)
        }

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
        """Devices that hunting was asked about and does not know: no row of any table is about them. The
        question is about all tables, so that what others' questions have brought says nothing more."""
        asked = {
            want.device_id
            for want, trouble in self._ended.items()
            if isinstance(want, DeviceKnown) and trouble is None
        }
        return asked - self._told.devices


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
    if finding.reason in (*correlate.REFUSED, Reason.QUERY_REJECTED, Reason.UNAVAILABLE):
        return replace(finding, status=Status.FAILED)
    return finding
