"""What each way into work changes of a row, and that it changes nothing else."""

from dataclasses import replace

import pytest

from shared.core.alert.model import Severity
from shared.core.progress.admission import (
    Admission,
    admit,
    from_backfill,
    hunted_beside,
    mended,
    replayed,
    touched,
    with_body,
    without,
)
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from shared.core.progress.versions import Digests
from tests.builders import T0, alert
from tests.core.progress.rows import NOW, at, changed, row

POLICY = LedgerPolicy(resend_after=500)
VERSION = alert(id="a1", last_update=T0.plus(60), severity=Severity.HIGH, source="defender")
OTHER_EVIDENCE = Digests("new hunt", "new status")
OTHER_STATUS = Digests("hunt digest", "new status")
SAME = Digests("hunt digest", "status digest")
NEWER = {
    "last_update": T0.plus(60),
    "severity_rank": Severity.HIGH.rank,
    "generation": 8,
    "generation_seen": NOW,
    "status_digest": "new status",
    "body_ref": "new body",
    "attempts": 0,
    "failures": 0,
    "reason": "",
}
NOT_HUNTED = {
    "hunt_due": None,
    "publish_due": None,
    "late_hunts": 0,
    "settled": False,
    "look_ups": 0,
    "look_up_attempts": 0,
}
PACED = {"pace": 1, "paced_at": NOW}  # the first of its changes has its turn at once
REPLAYED = {
    **NOT_HUNTED,
    "enrich_due": NOW,
    "sends": 0,
    "attempts": 0,
    "failures": 0,
    "finding_digest": "",
    "generation_seen": NOW,
    "reason": "",
    "pace": 0,
    "paced_at": None,
}


def test_a_new_alert_is_due_for_its_look_ups_alone() -> None:
    end, made = admit(None, VERSION, OTHER_EVIDENCE, "body", NOW, POLICY)
    assert end is Admission.NEW
    assert made == LedgerRow(
        alert_id="a1",
        day=VERSION.day,
        source="defender",
        created=VERSION.created,
        last_update=VERSION.last_update,
        severity_rank=Severity.HIGH.rank,
        generation=1,
        hunt_digest="new hunt",
        status_digest="new status",
        body_ref="body",
        first_seen=NOW,
        generation_seen=NOW,
        enrich_due=at(500),
        sends=1,
    )


def test_other_evidence_takes_the_new_severity_and_starts_over() -> None:
    end, made = admit(row(), VERSION, OTHER_EVIDENCE, "new body", NOW, POLICY)
    assert end is Admission.CHANGED
    expected = {
        **NEWER,
        **NOT_HUNTED,
        "source": "defender",
        "hunt_digest": "new hunt",
        "enrich_due": at(500),
        "sends": 1,
        **PACED,
    }
    assert changed(row(), made) == expected


def test_another_status_takes_the_new_severity_and_is_published_now() -> None:
    end, made = admit(row(), VERSION, OTHER_STATUS, "new body", NOW, POLICY)
    assert end is Admission.STATUS
    assert changed(row(), made) == {**NEWER, "source": "defender", "publish_due": NOW, **PACED}


@pytest.mark.parametrize("state", [State.DONE, State.SET_ASIDE])
def test_a_version_of_a_finished_alert_opens_a_row_that_was_never_written(state: State) -> None:
    known = row(state=state)
    for digests in (OTHER_EVIDENCE, OTHER_STATUS):
        _, made = admit(known, VERSION, digests, "new body", NOW, POLICY)
        assert made is not None
        assert (made.state, made.etag) == (State.OPEN, "")


def test_other_content_with_the_same_update_time_is_taken_as_newer() -> None:
    known = row(source="defender")
    at_once = alert(id="a1", last_update=row().last_update)
    assert admit(known, at_once, OTHER_EVIDENCE, "new body", NOW, POLICY)[0] is Admission.CHANGED
    assert admit(known, at_once, OTHER_STATUS, "new body", NOW, POLICY)[0] is Admission.STATUS
    tick_before = alert(id="a1", last_update=row().last_update.plus(-0.0000001))
    assert admit(known, tick_before, OTHER_EVIDENCE, "new body", NOW, POLICY) == (Admission.OLDER, None)


@pytest.mark.parametrize(
    ("later", "end"),
    [(-60, Admission.OLDER), (0, Admission.UNCHANGED), (0.9, Admission.UNCHANGED), (1.1, Admission.CHANGED)],
)
def test_the_other_apis_words_for_a_known_version_are_no_news(later: float, end: Admission) -> None:
    told = alert(id="a1", last_update=row().last_update.plus(later))
    assert row().source == "graph" != told.source
    found, made = admit(row(), told, OTHER_EVIDENCE, "new body", NOW, POLICY)
    assert (found, made and made.source) == (end, "defender" if end is Admission.CHANGED else None)


@pytest.mark.parametrize(("severity", "waits"), [(Severity.HIGH, False), (Severity.MEDIUM, True)])
def test_only_a_graver_severity_ends_the_wait_of_a_flapping_alert(severity: Severity, waits: bool) -> None:
    flapping = row(severity_rank=Severity.MEDIUM.rank, pace=7, paced_at=at(2_400), source="defender")
    told = alert(id="a1", last_update=T0.plus(60), severity=severity)
    for digests in (OTHER_EVIDENCE, OTHER_STATUS):
        _, made = admit(flapping, told, digests, "new body", NOW, POLICY)
        assert made is not None
        due = made.enrich_due if digests is OTHER_EVIDENCE else made.publish_due
        assert (due is not None and due > at(600)) is (waits and digests is OTHER_EVIDENCE)
        assert (made.pace > 1) is waits
        assert digests is OTHER_STATUS or made.sends == (0 if waits else 1), (
            "no pointer leaves before its turn"
        )


@pytest.mark.parametrize(
    ("source", "later", "is_noted"),
    [
        ("graph", 0, False),
        ("graph", 0.0000001, True),
        ("defender", 0.9, False),
        ("defender", 1.1, True),
        ("graph", -1, False),
    ],
)
def test_an_update_that_changed_no_meaning_leaves_its_time(source: str, later: float, is_noted: bool) -> None:
    told = alert(id="a1", last_update=row().last_update.plus(later), source=source)
    assert row().source == "graph"
    assert touched(row(), told) == (replace(row(), last_update=told.last_update) if is_noted else None)


def test_the_known_content_costs_nothing_whatever_its_update_time() -> None:
    assert admit(row(), VERSION, SAME, "new body", NOW, POLICY) == (Admission.UNCHANGED, None)
    older = alert(id="a1", last_update=T0.plus(-60))
    assert admit(row(), older, SAME, "new body", NOW, POLICY) == (Admission.UNCHANGED, None)


def test_the_words_for_an_admission_are_those_of_the_log() -> None:
    assert [str(each) for each in Admission] == ["new", "changed", "status", "unchanged", "older"]


def test_an_alert_of_a_backfill_is_marked_and_nothing_else() -> None:
    assert changed(row(), from_backfill(row())) == {"backfill": True}


def test_a_version_whose_pointer_leaves_now_is_hunted_while_it_is_looked_up() -> None:
    on_its_way = row(
        enrich_due=at(500), sends=1, look_ups=0, hunt_due=None, finding_digest="", backfill=False
    )
    assert changed(on_its_way, hunted_beside(on_its_way, NOW)) == {"hunt_due": NOW}


@pytest.mark.parametrize(
    "otherwise",
    [
        {"sends": 0},  # it waits for its turn
        {"backfill": True},
        {"look_ups": 1},
        {"enrich_due": None},
        {"finding_digest": "hunt digest"},  # only its status has changed
        {"hunt_due": at(-5)},
    ],
)
def test_no_other_version_is_made_due_for_a_hunt_as_it_comes(otherwise: dict[str, object]) -> None:
    usual = {"enrich_due": at(500), "sends": 1, "look_ups": 0, "hunt_due": None, "finding_digest": ""}
    one = row(**({"backfill": False} | usual | otherwise))
    assert hunted_beside(one, NOW) == one


def test_a_replay_begins_with_the_look_ups_and_keeps_what_was_published() -> None:
    assert changed(row(), replayed(row(), NOW)) == REPLAYED


@pytest.mark.parametrize("state", [State.DONE, State.SET_ASIDE])
def test_a_replay_of_a_finished_alert_opens_a_row_that_was_never_written(state: State) -> None:
    known = row(state=state)
    assert changed(known, replayed(known, NOW)) == {**REPLAYED, "state": State.OPEN, "etag": ""}


def test_documents_that_cannot_be_read_are_named_no_more_and_nothing_else_is_touched() -> None:
    assert changed(row(), without(row(), ["enrichment"])) == {"enrichment_ref": ""}
    assert changed(row(), without(row(), ["finding", "alert"])) == {"finding_ref": ""}


def test_a_lost_body_comes_again_without_a_new_version_where_it_says_the_same() -> None:
    found = changed(row(), with_body(row(), VERSION, SAME, "new body"))
    assert found == {
        "source": "defender",
        "body_ref": "new body",
        "last_update": T0.plus(60),
        "severity_rank": Severity.HIGH.rank,
    }


@pytest.mark.parametrize("digests", [Digests("new hunt", "status digest"), OTHER_STATUS, OTHER_EVIDENCE])
def test_a_lost_body_that_comes_again_with_news_is_a_newer_version(digests: Digests) -> None:
    made = with_body(row(), VERSION, digests, "new body")
    assert (made.generation, made.hunt_digest, made.status_digest) == (8, digests.hunt, digests.status)


def test_an_open_row_that_could_not_be_read_begins_anew_above_every_generation() -> None:
    lost = ["day", "source", "first_seen", "generation"]
    unread = row(day="")
    assert changed(unread, mended(unread, lost, NOW, is_open=True)) == {
        **REPLAYED,
        "day": row().created.day(),
        "source": "defender",
        "first_seen": NOW,
        "generation": 1_000_000,
    }
    assert mended(row(), ["created", "day"], NOW, is_open=True).day == "2026-11-24"


def test_what_could_be_read_of_a_row_stays() -> None:
    known = row(state=State.DONE)
    assert mended(known, ["status_digest"], NOW, is_open=False) == known


def test_a_row_of_history_stays_there_although_it_could_not_be_read() -> None:
    assert changed(row(), mended(row(), [], NOW, is_open=False)) == {"state": State.DONE}
    aside = row(state=State.SET_ASIDE)
    assert mended(aside, [], NOW, is_open=False) == aside
