from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.core.alert.model import Severity
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.progress import admission, ledger
from shared.core.progress.admission import Admission
from shared.core.progress.due import due_work
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from shared.core.progress.versions import Digests, digests
from tests.builders import alert, evidence

NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
POLICY = LedgerPolicy()
OLD = alert()
HUNTED = Finding(OLD.id, Status.CORRELATED, method=Method.EXACT_PROCESS)


def _row(**changes: object) -> LedgerRow:
    _, row = admission.admit(None, OLD, digests(OLD), "body1", NOW, POLICY)
    assert row is not None
    return replace(row, etag="1", **changes)  # type: ignore[arg-type]


def _later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_an_unknown_alert_is_new_and_its_pointer_counts_as_sent() -> None:
    end, row = admission.admit(None, OLD, digests(OLD), "body1", NOW, POLICY)
    assert end is Admission.NEW
    assert row is not None
    assert (row.generation, row.sends, row.enrich_due) == (1, 1, _later(POLICY.resend_after))
    assert row.etag == ""


@pytest.mark.parametrize(
    ("known_state", "update_after", "changes", "expected"),
    [
        (State.OPEN, 0, {}, Admission.UNCHANGED),
        (State.OPEN, 60, {}, Admission.UNCHANGED),
        (State.DONE, 60, {"status": "Resolved"}, Admission.STATUS),
        (State.OPEN, 60, {"severity": Severity.LOW, "severity_text": "Low"}, Admission.STATUS),
        (State.OPEN, 60, {"evidence": (evidence(),)}, Admission.CHANGED),
        (State.DONE, 60, {"evidence": (evidence(),), "status": "InProgress"}, Admission.CHANGED),
        (State.SET_ASIDE, 60, {"evidence": (evidence(),)}, Admission.CHANGED),
        (State.OPEN, -60, {"evidence": (evidence(),)}, Admission.OLDER),
        (State.DONE, -60, {"status": "Resolved"}, Admission.OLDER),
    ],
)
def test_what_a_version_means_to_the_ledger(
    known_state: State, update_after: float, changes: dict[str, object], expected: Admission
) -> None:
    version = alert(last_update=OLD.last_update.plus(update_after), **changes)
    end, row = admission.admit(_row(state=known_state), version, digests(version), "body2", NOW, POLICY)
    assert end is expected
    assert (row is None) == (expected in (Admission.UNCHANGED, Admission.OLDER))
    if row is not None:
        assert (row.generation, row.state, row.body_ref) == (2, State.OPEN, "body2")
        assert row.etag == ("1" if known_state is State.OPEN else "")


def test_a_status_change_is_published_without_a_hunt() -> None:
    version = alert(last_update=OLD.last_update.plus(60), status="Resolved")
    known = _row(state=State.DONE, enrich_due=None, finding_ref="f", finding_digest=digests(OLD).hunt)
    _, row = admission.admit(known, version, digests(version), "body2", NOW, POLICY)
    assert row is not None
    assert (row.publish_due, row.hunt_due, row.enrich_due) == (NOW, None, None)
    assert ledger.published(row, row, NOW).state is State.DONE


def test_new_evidence_starts_over() -> None:
    version = alert(last_update=OLD.last_update.plus(60), evidence=(evidence(),))
    known = _row(attempts=3, failures=2, late_hunts=2, settled=True, look_ups=4, hunt_due=NOW)
    _, row = admission.admit(known, version, digests(version), "body2", NOW, POLICY)
    assert row is not None
    assert (row.attempts, row.failures, row.late_hunts, row.settled, row.look_ups) == (0, 0, 0, False, 0)
    assert row.hunt_due is None
    assert row.enrich_due is not None


def test_a_row_is_due_for_the_hunt_once_enriched_and_done_once_hunted() -> None:
    row = ledger.enriched(_row(), "e1", NOW, POLICY, again=False)
    assert (row.enrich_due, row.hunt_due) == (None, NOW)
    done = ledger.hunted(row, "f1", None, settled=False, late=False)
    assert done.state is State.DONE
    assert done.finding_digest == row.hunt_digest


def test_look_ups_that_come_late_only_publish() -> None:
    row = ledger.enriched(_row(), "e1", NOW, POLICY, again=True)
    assert row.enrich_due == _later(POLICY.look_up_again)
    hunted = ledger.hunted(row, "f1", None, settled=False, late=False)
    assert hunted.state is State.OPEN
    again = ledger.enriched(hunted, "e2", _later(300), POLICY, again=False)
    assert (again.hunt_due, again.publish_due) == (None, _later(300))


def test_look_ups_are_asked_again_a_bounded_number_of_times() -> None:
    row, rounds = _row(), 0
    while row.enrich_due is not None:
        row, rounds = ledger.enriched(row, f"e{rounds}", NOW, POLICY, again=True), rounds + 1
    assert rounds == POLICY.max_look_ups


def test_a_pointer_is_sent_again_a_bounded_number_of_times_then_hunted_unenriched() -> None:
    row, sends = _row(), 1
    while (row := ledger.resent(row, row.enrich_due or NOW, POLICY)).sends:
        assert row.hunt_due is None
        sends += 1
    assert sends == POLICY.max_attempts
    assert row.hunt_due is not None
    assert row.reason


def test_look_ups_that_never_ended_are_tried_later_once_a_round_and_then_no_more() -> None:
    row, pointers = _row(sends=POLICY.max_attempts), []
    while row.enrich_due is not None:
        at = row.enrich_due
        row = ledger.resent(row, at, POLICY)
        pointers += [at] if row.sends else []
    assert len(pointers) == POLICY.max_look_ups - 1
    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(pointers)]
    assert waits == sorted(waits)
    assert waits[0] > POLICY.look_up_again


def test_an_alert_that_was_hunted_is_not_hunted_again_because_its_look_ups_never_ended() -> None:
    hunted = ledger.hunted(_row(look_ups=1, sends=1), "f", None, settled=False, late=False)
    assert ledger.resent(hunted, _later(700), POLICY).hunt_due is None


_STEPS = {
    "sent again": lambda row, now: ledger.resent(row, now, POLICY),
    "looked up": lambda row, now: ledger.enriched(row, "e", now, POLICY, again=False),
    "looked up in part": lambda row, now: ledger.enriched(row, "e", now, POLICY, again=True),
    "hunted": lambda row, now: ledger.hunted(ledger.taken(row), "f", None, settled=False, late=False),
    "hunted, and later again": lambda row, now: ledger.hunted(row, "f", now, settled=False, late=True),
    "published": lambda row, now: ledger.published(ledger.taken(row), row, now),
    "put off": lambda row, now: ledger.put_off(row, now, "throttled", failed=True),
}


@given(
    st.lists(st.sampled_from(sorted(_STEPS)), max_size=12),
    st.integers(0, POLICY.max_look_ups - 1),
    st.integers(0, POLICY.max_attempts),
    st.booleans(),
)
@example(["sent again"], POLICY.max_look_ups - 1, 1, True)  # its last round of look-ups never ended
def test_an_open_row_always_has_something_due(
    steps: list[str], look_ups: int, sends: int, hunted: bool
) -> None:
    known = digests(OLD).hunt if hunted else ""
    row, now = _row(look_ups=look_ups, sends=sends, finding_digest=known), NOW
    for step in steps:
        is_asked_for = {
            "sent again": row.enrich_due is not None,
            "looked up": row.enrich_due is not None,
            "looked up in part": row.enrich_due is not None,
            "published": row.publish_due is not None,
        }
        if row.state is not State.OPEN or not is_asked_for.get(step, row.hunt_due is not None):
            continue
        now += timedelta(seconds=60)
        row = _STEPS[step](row, now)
        assert row.state is not State.OPEN or row.enrich_due or row.hunt_due or row.publish_due, step


def _after(finding: Finding, *, row: LedgerRow | None = None, **kwargs: object) -> LedgerRow | None:
    seen = _row(hunt_due=NOW, enrich_due=None)
    ended = finding.reason not in (Reason.THROTTLED, Reason.UNAVAILABLE)
    about: dict[str, object] = {"ended": ended, "notify_at": _later(180)} | kwargs
    return ledger.after_hunt(row or seen, seen, finding, "f1", NOW, POLICY, **about)  # type: ignore[arg-type]


def test_after_a_hunt_an_alert_is_done_or_due_again_or_set_aside() -> None:
    done = _after(Finding("a", Status.NO_MATCH, reason=Reason.NOT_SEEN))
    assert done is not None and (done.state, done.finding_ref, done.was_published) == (State.DONE, "f1", True)
    settles = _after(HUNTED)
    assert settles is not None and (settles.hunt_due, settles.settled) == (_later(1800), True)
    refused = _after(Finding("a", Status.FAILED, reason=Reason.UNAVAILABLE, detail="no answer"))
    assert refused is not None and (refused.hunt_due, refused.publish_due) == (_later(60), _later(180))
    assert (refused.failures, refused.reason, refused.finding_ref) == (1, "HuntingUnavailable: no answer", "")
    throttled = _after(Finding("a", Status.PENDING, reason=Reason.THROTTLED), notify_at=NOW)
    assert throttled is not None and (throttled.failures, throttled.publish_due) == (0, None)
    rejected = Finding("a", Status.FAILED, reason=Reason.QUERY_REJECTED, detail="syntax")
    among_fewer = _after(rejected, narrowed=2)
    assert among_fewer is not None and (among_fewer.attempts, among_fewer.hunt_due) == (2, NOW)
    alone = _after(rejected)
    assert alone is not None and (alone.state, alone.reason) == (State.SET_ASIDE, "syntax")


def test_a_hunt_that_another_drain_made_meanwhile_is_not_written_over() -> None:
    assert _after(HUNTED, row=_row(hunt_due=_later(1800), enrich_due=None)) is None
    assert _after(HUNTED, row=_row(hunt_due=None, publish_due=NOW, enrich_due=None)) is None


def test_look_ups_that_ended_while_it_was_hunted_are_published_whatever_the_hunt_came_to() -> None:
    row = _row(hunt_due=NOW, enrich_due=None, enrichment_ref="new")
    for reason in (Reason.NOT_SEEN, Reason.UNAVAILABLE):
        after = _after(Finding("a", Status.NO_MATCH, reason=reason), row=row)
        assert after is not None and (after.publish_due, after.state) == (NOW, State.OPEN)


def test_a_hunt_that_ends_before_the_look_ups_has_its_row_written_again_when_consumers_are_told() -> None:
    waits = _row(hunt_due=NOW, enrich_due=_later(600), sends=1)
    for reason in (Reason.NOT_SEEN, Reason.UNAVAILABLE):
        found = Finding("a", Status.NO_MATCH, reason=reason)
        after = _after(found, row=waits, notify_at=_later(90))
        assert after is not None and after.publish_due == _later(90)
        late = _after(found, row=waits, notify_at=NOW)
        assert late is not None and late.publish_due is None, "they are told at once"


def test_look_ups_count_as_ended_since_only_where_nothing_else_has_changed() -> None:
    seen = _row(hunt_due=NOW, enrich_due=_later(600), sends=1, attempts=1)
    found = replace(seen, enrich_due=None, look_ups=1, enrichment_ref="new")
    assert ledger.is_looked_up_since(found, seen)
    assert not ledger.is_looked_up_since(seen, seen)
    changes = ({"generation": 2}, {"hunt_due": _later(9)}, {"attempts": 2}, {"generation_seen": _later(5)})
    assert not any(ledger.is_looked_up_since(replace(found, **change), seen) for change in changes)


def test_history_is_behind_a_row_that_knows_more() -> None:
    kept = _row(generation=2, late_hunts=1, settled=True)
    assert not ledger.is_behind(kept, kept)
    for more in ({"generation": 3}, {"late_hunts": 2}, {"generation_seen": _later(5), "late_hunts": 0}):
        ahead = replace(kept, **more)
        assert ledger.is_behind(kept, ahead) and not ledger.is_behind(ahead, kept)


def test_a_body_that_is_had_anew_is_another_version_only_where_it_says_something_new() -> None:
    row, later = _row(), OLD.last_update.plus(60)
    same = admission.with_body(row, alert(last_update=later), digests(OLD), "body2")
    assert (same.generation, same.body_ref, same.last_update) == (1, "body2", later)
    news = alert(title="another")
    assert admission.with_body(row, news, digests(news), "body2").generation == 2


@pytest.mark.parametrize(
    ("finding", "changes", "expected"),
    [
        (Finding("a", Status.NO_MATCH, reason=Reason.NOT_IN_YET), {}, 120),
        (Finding("a", Status.NO_MATCH, reason=Reason.NOT_IN_YET), {"late_hunts": 1}, 900),
        (Finding("a", Status.NO_MATCH, reason=Reason.NOT_IN_YET), {"late_hunts": 3}, None),
        (Finding("a", Status.NO_MATCH, reason=Reason.NOT_SEEN), {}, None),
        (HUNTED, {}, 1800),
        (HUNTED, {"settled": True}, None),
        (HUNTED, {"severity_rank": Severity.LOW.rank}, None),
        (HUNTED, {"severity_rank": Severity.MEDIUM.rank}, 1800),
    ],
)
def test_when_a_generation_is_hunted_again(
    finding: Finding, changes: dict[str, object], expected: float | None
) -> None:
    moment = ledger.next_hunt(_row(**changes), finding, NOW, POLICY)
    assert moment == (None if expected is None else _later(expected))


def test_a_late_hunt_whose_time_has_passed_is_skipped() -> None:
    late = Finding("a", Status.NO_MATCH, reason=Reason.NOT_IN_YET)
    assert ledger.next_hunt(_row(), late, _later(400), POLICY) == _later(900)
    assert ledger.next_hunt(_row(), late, _later(8000), POLICY) is None


def test_refusals_wait_longer_each_time_and_end_after_a_day() -> None:
    waits = [ledger.retry_at(_row(failures=n), NOW, POLICY) for n in (0, 1, 2, 10)]
    assert waits == [_later(60), _later(120), _later(240), _later(1800)]
    assert ledger.retry_at(_row(), _later(86_401), POLICY) is None


def test_work_is_taken_by_severity_then_age_and_nobody_starves() -> None:
    rows = [
        _row(alert_id="low-old", severity_rank=2, hunt_due=_later(-1000)),
        _row(alert_id="low", severity_rank=2, hunt_due=_later(-500)),
        _row(alert_id="high", severity_rank=0, hunt_due=_later(-10)),
        _row(alert_id="high-old", severity_rank=0, publish_due=_later(-20)),
        _row(alert_id="later", severity_rank=0, hunt_due=_later(1)),
        _row(alert_id="nothing", severity_rank=0),
        _row(alert_id="backfill", severity_rank=0, hunt_due=_later(-2000), backfill=True),
    ]
    taken = [row.alert_id for row in due_work(rows, NOW, low_severity_max_wait=900, row_after=1e9)]
    assert taken == ["high-old", "high", "low", "low-old", "backfill"]


def test_an_unknown_severity_is_worked_on_like_high() -> None:
    assert Severity.UNKNOWN.rank == Severity.HIGH.rank


def test_digests_tell_meaning_from_time() -> None:
    assert digests(alert(last_update=OLD.last_update.plus(5))) == digests(OLD)
    assert digests(alert(status="Resolved")).hunt == digests(OLD).hunt
    assert isinstance(digests(OLD), Digests)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 4), (3, 9), (4, 4), (5, 9), (6, 16)])
def test_what_a_service_refused_alone_waits_longer_with_each_attempt(attempts: int, minutes: int) -> None:
    """The host brings its message back every half a minute: without a wait, all attempts are gone in two."""
    due, until = _later(-5), NOW + timedelta(minutes=minutes)
    hunted = ledger.after_refusal(_row(attempts=attempts, hunt_due=due, publish_due=None), NOW, POLICY)
    assert hunted is not None and (hunted.hunt_due, hunted.publish_due) == (until, None)
    written = ledger.after_refusal(_row(attempts=attempts, hunt_due=None, publish_due=due), NOW, POLICY)
    assert written is not None and (written.hunt_due, written.publish_due) == (None, until)
    assert hunted.attempts == attempts


def test_what_has_ended_meanwhile_waits_for_nothing() -> None:
    assert ledger.after_refusal(_row(attempts=0, hunt_due=NOW), NOW, POLICY) is None
    assert ledger.after_refusal(_row(attempts=2, hunt_due=None, publish_due=None), NOW, POLICY) is None
