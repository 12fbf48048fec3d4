"""What each step of the ledger changes of a row, and that it changes nothing else."""

from dataclasses import replace

import pytest

from shared.core.alert.model import Severity
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.progress import ledger
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from tests.core.progress.rows import NOW, POLICY, at, changed, row

TIED = Finding("a1", Status.CORRELATED, method=Method.EXACT_PROCESS)
NOTHING = Finding("a1", Status.NO_MATCH, reason=Reason.NOT_SEEN)
THROTTLED = Finding("a1", Status.PENDING, reason=Reason.THROTTLED, detail="come back later")
REFUSED = Finding("a1", Status.PENDING, reason=Reason.UNAVAILABLE, detail="503")
REJECTED = Finding("a1", Status.PENDING, reason=Reason.QUERY_REJECTED, detail="syntax")
A_HUNT_THAT_ENDED = {
    "finding_ref": "new finding",
    "finding_digest": "hunt digest",
    "attempts": 0,
    "failures": 0,
    "was_published": True,
    "reason": "",
}


@pytest.mark.parametrize(
    ("other", "same"),
    [({}, True), ({"generation": 8}, False), ({"generation_seen": at(-1)}, False), ({"attempts": 9}, True)],
)
def test_work_is_the_same_for_the_same_version_begun_at_the_same_time(
    other: dict[str, object], same: bool
) -> None:
    assert ledger.is_same_work(row(**other), row()) is same


@pytest.mark.parametrize(
    ("kept", "behind"),
    [
        ({}, False),
        ({"generation": 8, "generation_seen": at(-9_000)}, True),
        ({"generation": 6, "generation_seen": at(0)}, False),
        ({"generation_seen": at(-2_999)}, True),
        ({"generation_seen": at(-3_001), "late_hunts": 3}, False),
        ({"generation_seen": None}, False),
        ({"late_hunts": 2}, True),
        ({"late_hunts": 0}, False),
        ({"settled": False}, False),
    ],
)
def test_history_is_ahead_by_version_then_time_then_hunts(kept: dict[str, object], behind: bool) -> None:
    assert ledger.is_behind(row(), row(**kept)) is behind


def test_a_settled_row_of_history_is_ahead_of_one_that_is_not() -> None:
    assert ledger.is_behind(row(settled=False), row())


def test_a_row_that_is_taken_is_counted_and_nothing_else() -> None:
    assert changed(row(), ledger.taken(row())) == {"attempts": 4}


@pytest.mark.parametrize(("before", "after"), [(1, 4), (3, 4), (4, 5), (6, 7)])
def test_what_is_taken_alone_has_the_attempts_behind_it_that_others_may_have_ended(
    before: int, after: int
) -> None:
    counted = ledger.taken_alone(row(attempts=before), POLICY)
    assert changed(row(attempts=before), counted) == {"attempts": after}
    assert POLICY.most_begun == 6


def test_a_row_that_was_shown_keeps_all_that_is_due() -> None:
    begun = row(attempts=1, publish_due=None)
    seen = {"was_published": True, "attempts": 0}
    assert changed(begun, ledger.shown(begun, NOW, NOW)) == seen
    assert changed(begun, ledger.shown(begun, NOW, at(90))) == seen | {"publish_due": at(90)}
    due = row(attempts=1, publish_due=at(5))
    assert changed(due, ledger.shown(due, NOW, at(90))) == seen


def test_publishing_leaves_the_hunt_and_the_look_ups_due() -> None:
    after = ledger.published(row(), row(), NOW)
    assert changed(row(), after) == {"publish_due": None, "attempts": 0, "was_published": True}


def test_publishing_the_last_thing_due_finishes_the_row() -> None:
    last = row(enrich_due=None, hunt_due=None)
    assert ledger.published(last, last, NOW).state is State.DONE


@pytest.mark.parametrize(
    ("meanwhile", "due"),
    [
        ({"enrichment_ref": "newer"}, NOW),
        ({"enrichment_ref": "newer", "publish_due": at(9)}, NOW),
        ({"publish_due": at(9)}, at(9)),
        ({"publish_due": None}, None),
    ],
)
def test_what_came_in_while_it_was_published_is_published_too(
    meanwhile: dict[str, object], due: object
) -> None:
    assert ledger.published(row(**meanwhile), row(), NOW).publish_due == due
    after = _after(row(**meanwhile), TIED)
    assert after.publish_due == due


def _after(current: LedgerRow, finding: Finding, **changes: object) -> LedgerRow:
    given: dict[str, object] = {"ended": True, "notify_at": NOW, **changes}
    return ledger.after_hunt(current, row(), finding, "new finding", NOW, POLICY, **given)  # type: ignore[arg-type,return-value]


def test_a_first_hunt_that_tied_an_alert_settles_it_once_more() -> None:
    unsettled = row(settled=False, severity_rank=Severity.MEDIUM.rank)
    assert changed(unsettled, _after(unsettled, TIED)) == {
        **A_HUNT_THAT_ENDED,
        "hunt_due": at(1_700),
        "publish_due": None,
        "settled": True,
    }


def test_a_hunt_that_tied_a_settled_alert_is_the_last() -> None:
    assert changed(row(), _after(row(), TIED)) == {**A_HUNT_THAT_ENDED, "hunt_due": None, "publish_due": None}
    last = row(enrich_due=None)
    assert _after(last, TIED).state is State.DONE


def test_a_hunt_that_found_nothing_does_not_count_as_settled() -> None:
    unsettled = row(settled=False, late_hunts=0, generation_seen=at(-50))
    late = Finding("a1", Status.NO_MATCH, reason=Reason.NOT_IN_YET)
    after = _after(unsettled, late)
    assert (after.hunt_due, after.settled, after.late_hunts) == (at(50), False, 0)
    assert _after(unsettled, NOTHING).hunt_due is None
    assert not _after(unsettled, NOTHING).settled


def test_a_hunt_of_the_same_evidence_again_is_counted_before_the_next_is_chosen() -> None:
    again = row(finding_digest="hunt digest", late_hunts=0, generation_seen=at(-50), settled=False)
    after = _after(again, Finding("a1", Status.NO_MATCH, reason=Reason.NOT_IN_YET))
    assert (after.late_hunts, after.hunt_due) == (1, at(950))


def test_a_refused_hunt_is_put_off_and_counted_as_a_failure() -> None:
    assert changed(row(failures=2), _after(row(failures=2), REFUSED, ended=False)) == {
        "hunt_due": at(40),
        "publish_due": None,
        "attempts": 0,
        "failures": 3,
        "was_published": True,
        "reason": f"{Reason.UNAVAILABLE}: 503",
    }


def test_a_hunt_without_quota_is_put_off_and_no_failure() -> None:
    after = _after(row(), THROTTLED, ended=False)
    assert (after.failures, after.attempts, after.reason) == (4, 0, f"{Reason.THROTTLED}: come back later")


def test_a_refused_hunt_is_published_again_when_consumers_may_be_told() -> None:
    assert _after(row(), REFUSED, ended=False, notify_at=at(77)).publish_due == at(77)
    assert _after(row(), REFUSED, ended=False, notify_at=NOW).publish_due is None
    sooner = row(publish_due=at(9))
    assert _after(sooner, REFUSED, ended=False, notify_at=at(77)).publish_due == at(9)


def test_a_hunt_refused_for_too_long_sets_the_alert_aside() -> None:
    old = row(generation_seen=at(-4_001))
    assert changed(old, _after(old, REFUSED, ended=False)) == {
        "state": State.SET_ASIDE,
        "enrich_due": None,
        "hunt_due": None,
        "publish_due": None,
        "reason": f"{Reason.UNAVAILABLE}: 503",
    }


def test_a_query_rejected_for_this_alert_alone_sets_it_aside_with_what_was_found() -> None:
    aside = {"state": State.SET_ASIDE, "enrich_due": None, "hunt_due": None, "publish_due": None}
    found = changed(row(), _after(row(), REJECTED))
    assert found == {**aside, "finding_ref": "new finding", "reason": "syntax"}
    assert _after(row(), replace(REJECTED, detail="")).reason == "query rejected"


def test_a_query_rejected_for_many_is_asked_again_now_with_fewer() -> None:
    long = replace(REJECTED, detail="x" * 501)
    assert changed(row(), _after(row(), long, narrowed=2)) == {
        "hunt_due": NOW,
        "attempts": 2,
        "was_published": True,
        "reason": "x" * 500,
    }
    assert _after(row(), REJECTED, narrowed=0).attempts == 0


def test_a_hunt_that_is_put_off_begins_its_attempts_anew() -> None:
    put_off = {"hunt_due": at(9), "attempts": 0, "was_published": True, "reason": "busy"}
    assert changed(row(), ledger.put_off(row(), at(9), "busy", failed=True)) == {
        **put_off, "failures": 5, "publish_due": None,
    }  # fmt: skip
    assert changed(row(), ledger.put_off(row(), at(9), "busy", failed=False, publish_due=at(300))) == put_off
    assert len(ledger.put_off(row(), at(9), "x" * 501, failed=True).reason) == 500


def test_failures_in_a_row_are_counted_until_a_hunt_ends() -> None:
    refused = row(failures=0)
    for expected in (1, 2, 3):
        refused = ledger.put_off(refused, at(9), "busy", failed=True)
        assert refused.failures == expected
    assert ledger.hunted(refused, "f", None, settled=False, late=False).failures == 0


def test_a_reason_is_cut() -> None:
    assert len(ledger.set_aside(row(), "x" * 501).reason) == 500


@pytest.mark.parametrize(("failures", "wait"), [(0, 10), (1, 20), (3, 80), (4, 100), (40, 100)])
def test_each_further_failure_waits_twice_as_long_up_to_a_bound(failures: int, wait: float) -> None:
    assert ledger.retry_at(row(failures=failures), NOW, POLICY) == at(wait)


@pytest.mark.parametrize(
    ("changes", "given_up"),
    [
        ({"generation_seen": at(-4_000)}, False),
        ({"generation_seen": at(-4_000.5)}, True),
        ({"generation_seen": None, "first_seen": at(-4_000.5)}, True),
        ({"generation_seen": None, "first_seen": at(-3_999)}, False),
        ({"generation_seen": at(-10), "first_seen": at(-9_000)}, False),
    ],
)
def test_a_refused_hunt_is_given_up_by_the_age_of_its_version(
    changes: dict[str, object], given_up: bool
) -> None:
    assert (ledger.retry_at(row(**changes), NOW, POLICY) is None) is given_up


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"late_hunts": 0, "generation_seen": at(-100)}, at(900)),
        ({"late_hunts": 0, "generation_seen": at(-99)}, at(1)),
        ({"late_hunts": 1, "generation_seen": at(-99)}, at(901)),
        ({"late_hunts": 3}, None),
        ({"late_hunts": 0, "generation_seen": at(-5_000)}, None),
        ({"late_hunts": 0, "generation_seen": None, "first_seen": at(-4_000)}, at(1_000)),
    ],
)
def test_late_hunts_come_at_fixed_waits_after_the_version_was_seen(
    changes: dict[str, object], due: object
) -> None:
    late = Finding("a1", Status.NO_MATCH, reason=Reason.NOT_IN_YET)
    assert ledger.next_hunt(row(**changes), late, NOW, POLICY) == due


@pytest.mark.parametrize(
    ("severity", "settled", "settle_after", "due"),
    [
        (Severity.HIGH, False, 1_700, at(1_700)),
        (Severity.MEDIUM, False, 1_700, at(1_700)),
        (Severity.LOW, False, 1_700, None),
        (Severity.HIGH, True, 1_700, None),
        (Severity.HIGH, False, 0.5, at(0.5)),
        (Severity.HIGH, False, 0, None),
    ],
)
def test_a_tied_alert_of_medium_or_above_settles_once(
    severity: Severity, settled: bool, settle_after: float, due: object
) -> None:
    known = row(severity_rank=severity.rank, settled=settled)
    assert ledger.next_hunt(known, TIED, NOW, replace(POLICY, settle_after=settle_after)) == due


def test_an_alert_that_is_not_tied_does_not_settle() -> None:
    assert ledger.next_hunt(row(settled=False, severity_rank=0), NOTHING, NOW, POLICY) is None


@pytest.mark.parametrize(
    ("hunt", "publish", "due"),
    [
        (at(1), at(2), at(1)),
        (at(2), at(1), at(1)),
        (at(1), None, at(1)),
        (None, at(2), at(2)),
        (None, None, None),
    ],
)
def test_work_is_due_at_the_earlier_of_hunt_and_publishing(
    hunt: object, publish: object, due: object
) -> None:
    assert row(hunt_due=hunt, publish_due=publish).work_due == due


@pytest.mark.parametrize(
    ("changes", "finished"),
    [
        ({}, False),
        ({"enrich_due": None}, False),
        ({"hunt_due": None, "publish_due": None}, False),
        ({"enrich_due": None, "hunt_due": None}, False),
        ({"enrich_due": None, "hunt_due": None, "publish_due": None}, True),
    ],
)
def test_a_row_is_finished_once_nothing_is_due(changes: dict[str, object], finished: bool) -> None:
    assert row(**changes).is_finished is finished


def test_the_waits_and_bounds_are_those_that_the_pages_name() -> None:
    usual = LedgerPolicy()
    assert usual == LedgerPolicy(660, 4, (120, 900, 7200), 1800, 60, 1800, 86_400, 300, 5, 3)
    assert usual.resend_after > 600, "a pointer in work must not be sent again: the host holds it for 600 s"


def test_a_new_row_has_nothing_due_and_nothing_counted() -> None:
    needed = {name: getattr(row(), name) for name in LedgerRow.__slots__[:11]}
    fresh = LedgerRow(**needed)
    given = {name: getattr(fresh, name) for name in LedgerRow.__slots__[11:]}
    empty = dict.fromkeys(("enrichment_ref", "finding_ref", "finding_digest", "reason", "etag"), "")
    counts = dict.fromkeys(
        ("sends", "attempts", "failures", "late_hunts", "look_ups", "look_up_attempts", "pace"), 0
    )
    times = dict.fromkeys(("enrich_due", "hunt_due", "publish_due", "generation_seen", "paced_at"))
    marks = dict.fromkeys(("settled", "was_published", "backfill"), False)
    assert given == {"state": State.OPEN, **empty, **counts, **times, **marks}
    assert [str(each) for each in State] == ["open", "done", "set aside"]
