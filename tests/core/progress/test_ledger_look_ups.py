"""What sending, look-ups and their failing change of a ledger row, and that they change nothing else."""

from dataclasses import replace

import pytest

from shared.core.progress import ledger
from tests.core.progress.rows import HUNTED, NOW, POLICY, at, changed, row


def test_a_pointer_that_leaves_again_is_counted_and_due_later() -> None:
    first = row(look_ups=0, sends=3)
    assert changed(first, ledger.resent(first, NOW, POLICY)) == {
        "sends": 4,
        "enrich_due": at(500),
        "look_up_attempts": 1,
    }
    later = row(sends=0)
    assert changed(later, ledger.resent(later, NOW, POLICY)) == {
        "sends": 1,
        "enrich_due": at(500),
        "look_up_attempts": 1,
    }


def test_a_round_that_never_ended_is_hunted_unenriched_and_tried_later() -> None:
    given_up = {
        "look_up_attempts": 1,
        "sends": 0,
        "reason": "enrichment never ended",
        "enrich_due": at(30),
        "look_ups": 1,
    }
    first = row(look_ups=0, sends=4)
    assert changed(first, ledger.resent(first, NOW, POLICY)) == given_up
    not_due = row(look_ups=0, sends=4, hunt_due=None)
    assert changed(not_due, ledger.resent(not_due, NOW, POLICY)) == {**given_up, "hunt_due": NOW}


def test_a_round_that_never_ended_publishes_nothing_while_another_is_due() -> None:
    assert changed(HUNTED, ledger.resent(HUNTED, NOW, POLICY)) == {
        "look_up_attempts": 1,
        "sends": 0, "reason": "enrichment never ended", "enrich_due": at(60), "look_ups": 2,
    }  # fmt: skip
    last = row(finding_digest="hunt digest", look_ups=2)
    assert changed(last, ledger.resent(last, NOW, POLICY)) == {
        "look_up_attempts": 1,
        "sends": 0, "reason": "enrichment never ended", "enrich_due": None, "look_ups": 3, "publish_due": NOW,
    }  # fmt: skip


def test_look_ups_make_an_unhunted_alert_due_and_keep_when_it_was_due_before() -> None:
    ended = {
        "enrichment_ref": "new", "enrich_due": None, "sends": 0, "look_ups": 2, "look_up_attempts": 0,
    }  # fmt: skip
    assert changed(row(), ledger.enriched(row(), "new", NOW, POLICY, again=False)) == ended
    not_due = row(hunt_due=None)
    assert changed(not_due, ledger.enriched(not_due, "new", NOW, POLICY, again=False)) == {
        **ended, "hunt_due": NOW,
    }  # fmt: skip


def test_look_ups_of_a_hunted_alert_make_its_row_due_and_leave_its_next_hunt() -> None:
    assert changed(HUNTED, ledger.enriched(HUNTED, "new", NOW, POLICY, again=False)) == {
        "enrichment_ref": "new", "enrich_due": None, "sends": 0, "look_ups": 2, "publish_due": NOW,
        "look_up_attempts": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("rounds", "due"), [(0, at(30)), (1, at(60)), (2, None), (3, None)])
def test_each_further_round_of_look_ups_waits_twice_as_long(rounds: int, due: object) -> None:
    after = ledger.enriched(row(look_ups=rounds), "new", NOW, POLICY, again=True)
    assert (after.enrich_due, after.look_ups) == (due, rounds + 1)


def test_an_alert_whose_look_ups_never_end_is_hunted_or_published_without() -> None:
    why = {"enrich_due": None, "sends": 0, "reason": "its look-ups never ended"}
    assert changed(row(), ledger.looked_up_in_vain(row(), NOW)) == why
    unhunted = row(hunt_due=None)
    assert changed(unhunted, ledger.looked_up_in_vain(unhunted, NOW)) == {**why, "hunt_due": NOW}
    told_later = replace(HUNTED, publish_due=at(300))
    assert changed(told_later, ledger.looked_up_in_vain(told_later, NOW)) == {**why, "publish_due": NOW}
    idle = replace(HUNTED, hunt_due=None, publish_due=None)
    assert changed(idle, ledger.looked_up_in_vain(idle, NOW)) == {**why, "publish_due": NOW}
